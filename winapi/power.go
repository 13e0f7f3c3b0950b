package winapi

// Bits of BatteryFlag in SYSTEM_POWER_STATUS.
const (
	noBattery      = 128
	batteryUnknown = 255
)

// parsePower reads SYSTEM_POWER_STATUS.
func parsePower(b []byte) (PowerStatus, error) {
	f := &fields{b: b}
	p := PowerStatus{Line: f.u8(0), Battery: f.u8(2)}
	flag := f.u8(1)
	p.HasBattery = flag != batteryUnknown && flag&noBattery == 0
	return p, f.err()
}
