package wine

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"updoc/format/evtx"
	"updoc/testkit"
)

// putLogs copies an event log of failures and a large servicing log into a Windows.
func putLogs(t *testing.T, p *testkit.WinePrefix) {
	t.Helper()
	from := time.Date(2024, 1, 10, 8, 0, 0, 0, time.UTC)
	var events []evtx.Event
	for i := range 5000 {
		events = append(events, evtx.Event{Provider: "Microsoft-Windows-WindowsUpdateClient", EventID: 20, Level: 2, Channel: "System",
			Time: from.Add(time.Duration(i) * time.Minute), Data: []evtx.Item{
				{Name: "errorCode", Type: evtx.TypeHex32, Value: "0x80070643"},
				{Name: "updateTitle", Type: evtx.TypeString, Value: "2024-01 Security Update for Windows 10 Version 22H2 for x64-based Systems (KB5034441)"},
				{Name: "updateGuid", Type: evtx.TypeGUID, Value: "{5f4f7e5b-0000-4000-8000-000000005441}"},
				{Name: "updateRevisionNumber", Type: evtx.TypeUint32, Value: "200"},
			}})
	}
	log, err := evtx.Build(events, evtx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	put(t, p, `C:\windows\system32\winevt\Logs\System.evtx`, log)
	put(t, p, cbsLog, nil)
	file, err := os.OpenFile(p.Path(cbsLog), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w, size := bufio.NewWriter(file), 0
	for i := 0; size < largeLog; i++ {
		n, err := fmt.Fprintf(w, "%s, Info                  CBS    Session: 31081_%d initialized by client WindowsUpdateAgent.\r\n",
			from.Add(time.Duration(i)*time.Second).Format("2006-01-02 15:04:05"), i)
		if err != nil {
			t.Fatal(err)
		}
		size += n
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
}

const cbsLog = `C:\windows\Logs\CBS\CBS.log`

// largeLog is the size of the servicing log, bytes: as large as that of the benchmark.
const largeLog = 114 << 20

// put makes a file. One that is there gives way, it is not written into: all Windows of the
// tests share what Wine has in system32.
func put(t *testing.T, p *testkit.WinePrefix, name string, content []byte) {
	t.Helper()
	to := p.Path(name)
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(to); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
