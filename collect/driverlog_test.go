package collect

import (
	"strings"
	"testing"

	"updoc/model"
)

const driverSections = ">>>  [Install Driver Updates]\r\n>>>  Section start 2024/01/10 19:00:00.000\r\n" +
	"!!!  inf:      Failed to install service of 'flpydisk.inf'. Error = 0x00000002\r\n" +
	"<<<  Section end 2024/01/10 19:00:05.000\r\n<<<  [Exit status: FAILURE(0x00000002)]\r\n" +
	">>>  [Disable Device Install]\r\n>>>  Section start 2024/01/11 08:00:00.000\r\n<<<  Section end 2024/01/11 08:00:00.000\r\n<<<  [Exit status: SUCCESS]\r\n"

func TestDriverLog(t *testing.T) {
	src := newFake(softwareKeys(), systemKeys())
	src.put("Windows/INF/setupapi.dev.log", []byte("[Device Install Log]\r\n"+driverSections))
	m := look(t, src)
	if len(m.DriverLog.Items) != 1 {
		t.Fatalf("%+v", m.DriverLog)
	}
	n := m.DriverLog.Items[0]
	if n.Subject != "flpydisk.inf" || n.Code != "0x80070002" || n.Origin.Line != 2 || !strings.HasPrefix(n.Text, "inf:") {
		t.Errorf("%+v", n)
	}
	if zone := at("10:00:05"); !n.Time.Equal(zone) { // Tokyo is nine hours ahead
		t.Errorf("time %s, want %s", n.Time, zone)
	}
	if !m.DriverLog.Coverage.Covers(at("10:00:05")) || m.DriverLog.Coverage.Complete {
		t.Errorf("%+v", m.DriverLog.Coverage)
	}
}

// Of a long log the end is read: its beginning is not covered.
func TestLongDriverLog(t *testing.T) {
	old := strings.ReplaceAll(driverSections, "2024/01/1", "2023/01/1")
	filler := strings.Repeat("     dvi: nothing of interest\r\n", driverLogBytes/30+1)
	src := newFake(softwareKeys(), systemKeys())
	src.put("Windows/INF/setupapi.dev.log", []byte(old+filler+driverSections))
	list := look(t, src).DriverLog
	if len(list.Items) != 1 || list.Coverage.Covers(at("10:00:05").AddDate(-1, 0, 0)) || !list.Coverage.Covers(at("10:00:05")) {
		t.Fatalf("%+v", list)
	}
	if o := list.Items[0].Origin; o.Line != 0 || o.Offset != int64(len(old+filler)) {
		t.Errorf("%+v", o)
	}
}

func TestDriverLogIsNone(t *testing.T) {
	src := newFake(softwareKeys(), systemKeys())
	if c := look(t, src).DriverLog.Coverage; c.Why == nil || c.Why.Reason != model.ReasonAbsent {
		t.Errorf("no log: %+v", c)
	}
	src.put("Windows/INF/setupapi.dev.log", []byte("this is no log\r\n"))
	if c := look(t, src).DriverLog.Coverage; c.Why == nil || c.Why.Reason != model.ReasonDamaged {
		t.Errorf("another text: %+v", c)
	}
}
