package main

import (
	"bytes"
	"fmt"
	"time"
)

// cbsLines are size bytes of CBS.log, or a little more: sessions of a servicing stack
// that does its work, with the mix and the lengths of lines of a real log of Windows 10
// (sample solstice__CBS_19041_clean), but more lines with a code: one in a hundred. They
// begin at from.
func cbsLines(size int, from time.Time) []byte {
	var b bytes.Buffer
	b.Grow(size + 65536)
	for i := 0; b.Len() < size; i++ {
		s := cbsSession{&b, from.Add(time.Duration(i) * 4 * time.Minute), i}
		s.write()
	}
	return b.Bytes()
}

// cbsSession is the i-th session of the log.
type cbsSession struct {
	b  *bytes.Buffer
	at time.Time
	i  int
}

func (s cbsSession) line(from, format string, args ...any) {
	fmt.Fprintf(s.b, "%s, %-21s %-6s ", s.at.Format(time.DateTime), "Info", from)
	fmt.Fprintf(s.b, format+"\r\n", args...)
}

func (s cbsSession) write() {
	id := fmt.Sprintf("%d_%d", 31067000+s.i/100, mix(uint64(s.i))%4000000000)
	kb := 5000000 + s.i%40000
	pkg := fmt.Sprintf("Package_for_KB%d~31bf3856ad364e35~amd64~~10.0.1.%d", kb, s.i%20)
	s.line("CBS", "Session: %s initialized by client WindowsUpdateAgent, external staging directory: (null), external registry directory: (null)", id)
	s.line("CBS", "Exec: Processing started.  Client: WindowsUpdateAgent, Session: %s, Package: %s, Identifier: KB%d", id, pkg, kb)
	for j := range 300 {
		s.at = s.at.Add(time.Duration(j%70/69) * time.Second)
		s.ordinary(uint64(s.i*300 + j))
	}
	s.line("CBS", "Exec: Processing complete.  Session: %s, Package: %s, Identifier: KB%d [HRESULT = 0x00000000 - S_OK]", id, pkg, kb)
	s.line("CBS", "Session: %s finalized. Reboot required: no [HRESULT = 0x00000000 - S_OK]", id)
}

// ordinary writes one of the lines between the beginning and the end of a session.
func (s cbsSession) ordinary(n uint64) {
	const identity = "~31bf3856ad364e35~amd64~~10.0.19041.1"
	switch pick := mix(n) % 100; {
	case pick < 64:
		s.line("CBS", "Appl: Evaluating package applicability for package Microsoft-Windows-LanguageFeatures-Part%04d-Package%s, applicable state: Installed", n%5000, identity)
	case pick < 75:
		s.line("CBS", "Appl: detectParent: parent found: Microsoft-Windows-Edition%03d-Professional-Package%s, state: Installed", n%700, identity)
	case pick < 82:
		s.line("CBS", "Appl: detect Parent, Package: Feature%04d-Client-Package%s, Parent: Microsoft-Windows-Client-Features-Package%s, Disposition = Detect, VersionComp: EQ, BuildComp: GE, RevisionComp: GE, Exist: present", n%5000, identity, identity)
	case pick < 88:
		s.line("CSI", "%08x [SR] Verifying 100 components", uint32(n))
	case pick < 92:
		s.line("CSI", "%08x Hashes for file member [l:%d]'part%02d.dll' do match actual file", uint32(n), 10+n%9, n%90)
	case pick < 93:
		s.line("CBS", "Failed to get next element [HRESULT = 0x800f080d - CBS_E_MANIFEST_INVALID_ITEM]")
	case pick < 97:
		s.line("CBS", "Skipping package Microsoft-Windows-Feature%04d-Package%s because it is already in the correct state.", n%5000, identity)
	default:
		s.line("CBS", "Lock: New lock added: CCbsPublicSessionClassFactory, level: 30, total lock:%d", 2+n%9)
	}
}
