package main

import (
	"bytes"
	"fmt"
	"time"
)

// cbsLines are size bytes of CBS.log, or a little more: sessions of a servicing stack
// that does its work, with the share of codes and the lengths of lines of real logs.
func cbsLines(size int) []byte {
	var b bytes.Buffer
	b.Grow(size + 8192)
	for i := 0; b.Len() < size; i++ {
		cbsSession(&b, i)
	}
	return b.Bytes()
}

// cbsSession is one session with a hundred components.
func cbsSession(b *bytes.Buffer, i int) {
	at := epoch.Add(time.Duration(i) * 4 * time.Minute)
	id := fmt.Sprintf("%d_%d", 31067000+i/100, mix(uint64(i))%4000000000)
	line := func(level, from, format string, args ...any) {
		fmt.Fprintf(b, "%s, %-21s %-6s "+format+"\r\n", append([]any{at.Format(time.DateTime), level, from}, args...)...)
	}
	line("Info", "CBS", "Session: %s initialized by client WindowsUpdateAgent, external staging directory: (null), external registry directory: (null)", id)
	pkg := fmt.Sprintf("Package_for_KB%d~31bf3856ad364e35~amd64~~10.0.1.%d", 5000000+i%40000, i%20)
	line("Info", "CBS", "Exec: Processing started.  Client: WindowsUpdateAgent, Session: %s, Package: %s, Identifier: KB%d", id, pkg, 5000000+i%40000)
	for j := range 100 {
		n := uint64(i*100 + j)
		switch j % 10 {
		case 0, 1, 2:
			line("Info", "CBS", "Appl: detectParent: package: Microsoft-Windows-Feature%04d-Package~31bf3856ad364e35~amd64~~10.0.19041.1, parent found: Microsoft-Windows-Foundation-Package~31bf3856ad364e35~amd64~~10.0.19041.1, state: Installed", j*i%5000)
		case 3, 4:
			line("Info", "CSI", "%08x@%s Installing component amd64_microsoft-windows-part%05d_31bf3856ad364e35_10.0.19041.%d_none_%016x", n, at.Format("2006/1/2:15:04:05.000"), n%20000, n%4000, mix(n))
		case 5:
			line("Info", "CBS", "Plan: Package: %s, Update: %d-%d_neutral_GDR, current: Absent, pending: Default, start: Absent, applicable: Installed, targeted: Installed, limit: Installed", pkg, 5000000+i%40000, j)
		case 6:
			line("Info", "CSI", "%08x [SR] Verifying 100 components", n)
		case 7:
			line("Info", "CSI", "%08x Hashes for file member [l:%d]'part%02d.dll' do match actual file", n, 10+j%9, j)
		case 8:
			line("Info", "CBS", "Failed to get next element [HRESULT = 0x800f080d - CBS_E_MANIFEST_INVALID_ITEM]")
		default:
			line("Info", "CBS", "Appl: Selfupdate, Component: amd64_microsoft-windows-part%05d_31bf3856ad364e35_0.0.0.0_none_%016x (10.0.19041.%d), elevation:2, lower version revision holder: 10.0.19041.1", n%20000, mix(n), n%4000)
		}
	}
	line("Info", "CBS", "Exec: Processing complete.  Session: %s, Package: %s, Identifier: KB%d [HRESULT = 0x00000000 - S_OK]", id, pkg, 5000000+i%40000)
	line("Info", "CBS", "Session: %s finalized. Reboot required: no [HRESULT = 0x00000000 - S_OK]", id)
}
