package winapi

// Machines as PE files name them. Source: "Image File Machine Constants".
const (
	machineX86   = 0x14c
	machineAMD64 = 0x8664
	machineARM64 = 0xaa64
)

// machineName is the architecture's name in SystemInfo; empty for others.
func machineName(machine uint16) string {
	return map[uint16]string{machineX86: "x86", machineAMD64: "amd64", machineARM64: "arm64"}[machine]
}

// machineOf is the name of what Go calls so.
func machineOf(goarch string) string {
	if goarch == "386" {
		return "x86"
	}
	return goarch
}
