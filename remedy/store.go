package remedy

import (
	"fmt"

	"updoc/model"
	"updoc/remedy/host"
)

// firstRestoreHealth is the build of Windows 8, the first one whose DISM repairs the store
// of the running Windows.
const firstRestoreHealth = 9200

// storeTools refuses where the tools of the component store are not there.
func storeTools(m *model.Machine) error {
	if err := mustRun(m); err != nil {
		return err
	}
	build, err := seen(m.OS.Build, "os.build")
	if err == nil && build < firstRestoreHealth {
		err = refused("refused-old-windows", nil)
	}
	return err
}

// checkStore looks at the component store; what it finds stands in CBS.log.
func checkStore(m *model.Machine, _ model.Args) ([]host.Op, error) {
	if err := storeTools(m); err != nil {
		return nil, err
	}
	return []host.Op{dism("/Cleanup-Image", "/ScanHealth")}, nil
}

// repairStore repairs the component store, from the media that the person names or from
// Windows Update, then the files in use. Source: Microsoft, "Fix Windows Update corruptions
// and installation failures".
func repairStore(m *model.Machine, p model.Args) ([]host.Op, error) {
	if err := storeTools(m); err != nil {
		return nil, err
	}
	source, err := storeSource(m, p)
	if err != nil {
		return nil, err
	}
	restore := dism(append([]string{"/Cleanup-Image", "/RestoreHealth"}, source...)...)
	return []host.Op{restore, sfc(), restartIfAsked()}, nil
}

// storeSource is the install.wim of the person, which must hold the same build. Without
// one Windows fetches what it needs.
func storeSource(m *model.Machine, p model.Args) ([]string, error) {
	local := textParam(p, installWim)
	if local == "" {
		return nil, nil
	}
	image, err := numberParam(p, installWim+"-image")
	if err != nil {
		return nil, err
	}
	build, err := numberParam(p, installWim+"-build")
	if err != nil {
		return nil, err
	}
	if int64(build) != m.OS.Build.Value {
		return nil, refused("refused-other-windows", model.Args{"path": local, "build": int64(build), "want": m.OS.Build.Value})
	}
	return []string{fmt.Sprintf("/Source:wim:%s:%d", local, image), "/LimitAccess"}, nil
}

// repairFramework repairs .NET Framework, which is a part of Windows; with Microsoft's
// repair tool too, if the person names it. Source: Microsoft KB2698555 (grade U for its
// exit codes: as an installer's).
func repairFramework(m *model.Machine, p model.Args) ([]host.Op, error) {
	if err := storeTools(m); err != nil {
		return nil, err
	}
	files, err := seen(m.DotNet.Files, "dotnet.files")
	if err != nil {
		return nil, err
	}
	release, err := seen(m.DotNet.Release, "dotnet.release")
	if err != nil || files && release > 0 {
		return nil, err
	}
	ops := []host.Op{dism("/Cleanup-Image", "/RestoreHealth"), sfc()}
	if textParam(p, repairTool) != "" {
		local, err := namedFile(p, repairTool, ".exe")
		if err != nil {
			return nil, err
		}
		ops = append(ops, program(local, "/q", "/n"))
	}
	return append(ops, restartIfAsked()), nil
}

// repairTool is the file of the .NET Framework Repair Tool.
const repairTool = "netfx-repair-tool"

// program runs a program that the person has named, as an installer.
func program(local string, args ...string) host.Op {
	op := tool("program", longer, args...)
	op.Local, op.Restarts = local, []uint32{exitRestart, exitStarted}
	return op
}

// reinstallRuntime lets the installer of a .NET runtime, which the person names, repair it.
// Source: Microsoft, "Install .NET on Windows": /repair, /quiet, /norestart.
func reinstallRuntime(m *model.Machine, p model.Args) ([]host.Op, error) {
	if err := mustRun(m); err != nil {
		return nil, err
	}
	if !m.DotNet.Runtimes.Coverage.Complete {
		return nil, unseenFact("dotnet.runtimes")
	}
	broken := false
	for _, r := range m.DotNet.Runtimes.Items {
		broken = broken || r.Registered.Known && r.Registered.Value && r.Files.Known && !r.Files.Value
	}
	if !broken {
		return nil, nil
	}
	local, err := namedFile(p, "dotnet-installer", ".exe")
	if err != nil {
		return nil, err
	}
	return []host.Op{program(local, "/repair", "/quiet", "/norestart"), restartIfAsked()}, nil
}
