package remedy

import (
	"updoc/model"
	"updoc/remedy/host"
)

// setClock lets the time service ask its server at once. Source: Microsoft, w32tm
// /resync, which needs the service to run.
func setClock(m *model.Machine, _ model.Args) ([]host.Op, error) {
	if err := mustRun(m); err != nil {
		return nil, err
	}
	return []host.Op{
		{Kind: host.StartService, Name: "w32time", Seconds: briefly},
		tool("w32tm", briefly, "/resync", "/rediscover"),
	}, nil
}

// resetTransactionLogs lets NTFS make its transaction logs anew at the next start, once.
// Source: Microsoft, fsutil resource setautoreset.
func resetTransactionLogs(m *model.Machine, _ model.Args) ([]host.Op, error) {
	if err := mustRun(m); err != nil {
		return nil, err
	}
	return []host.Op{tool("fsutil", briefly, "resource", "setautoreset", "true", `%SystemDrive%\`), {Kind: host.RestartWindows}}, nil
}
