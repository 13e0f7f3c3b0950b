package windows

import (
	"bytes"
	"strings"
	"testing"

	"updoc/remedy/host"
	"updoc/winapi"
)

// stranger is what somebody else does between a repair and undo.
type stranger struct {
	course string
	does   func(s *sim)
	named  string
	kept   string // what they wrote, which undo must not lose; empty: nothing to lose
}

func strangers(t testing.TB) []stranger {
	theirs := tinyWim(t, "from an update of theirs")
	value := func(s *sim, key, name, text string) {
		if _, _, err := s.actRegistry(string(winapi.SetValue), winapi.ValueAt{Key: key, Value: winapi.Value{Name: name, Type: 1, Data: []byte(text)}}); err != nil {
			t.Fatal(err)
		}
	}
	return []stranger{
		{"files", func(s *sim) { s.write(`C:\Windows\old.ini`, []byte("theirs")) }, `disk0p2\windows\old.ini`, "theirs"},
		{"files", func(s *sim) { s.write(`C:\Windows\System32\new.dll`, []byte("newer")) }, `disk0p2\windows\system32\new.dll`, "newer"},
		{"files", func(s *sim) { s.write(`C:\Windows\pending.xml`, []byte("<new/>")) }, `disk0p2\windows\pending.xml`, "<new/>"},
		{"registry", func(s *sim) { value(s, `HKLM\SYSTEM\ControlSet001\Services\wuauserv`, "Start", "theirs") }, `hklm\system\controlset001\services\wuauserv\\start`, "dGhlaXJz"},
		{"registry", func(s *sim) { value(s, `HKLM\SOFTWARE\Policies\New\Deep`, "Text", "theirs") }, `hklm\software\policies\new\deep\\text`, "dGhlaXJz"},
		{"registry", func(s *sim) { value(s, `HKLM\SOFTWARE\Policies\WindowsUpdate`, "Disable", "theirs") }, `hklm\software\policies\windowsupdate\\disable`, "dGhlaXJz"},
		{"registry", func(s *sim) { value(s, `HKLM\SOFTWARE\Queue`, "n", "theirs") }, `hklm\software\queue`, "dGhlaXJz"},
		{"recovery enlarged", func(s *sim) { s.part(101 * mib).Size -= mib }, "table disk0p2", ""},
		{"recovery enlarged", func(s *sim) { s.disable() }, agentName, ""},
		{"recovery enlarged", func(s *sim) {
			s.images = append(s.images, theirs)
			s.vol(101*mib + shorter).files[`recovery\windowsre\winre.wim`].data = theirs
		}, "disk0p3", string(theirs)},
		{"recovery switched on", func(s *sim) {
			s.images = append(s.images, theirs)
			s.vols[2].files[`recovery\windowsre\winre.wim`].data = theirs
		}, `disk0p3\recovery\windowsre\winre.wim`, string(theirs)},
		{"patched", func(s *sim) {
			s.images = append(s.images, theirs)
			s.vols[2].files[`recovery\windowsre\winre.wim`].data = theirs
		}, `disk0p3\recovery\windowsre\winre.wim`, string(theirs)},
		{"type", func(s *sim) { s.part(mib).Attributes = 4 }, "table disk0p1", ""},
	}
}

// What somebody else has changed since is named before anything is taken back; if it is
// taken back all the same, as after a step that failed, a copy of theirs is kept.
func TestSomebodyElseHasChangedIt(t *testing.T) {
	for _, w := range strangers(t) {
		t.Run(w.course+" "+w.named, func(t *testing.T) {
			p := courseOf(t, w.course).make(t)
			must(t, "apply", p.apply())
			p.unchanged(t)
			w.does(p.sim)
			if got := p.others(t); strings.Join(got, ", ") != w.named {
				t.Errorf("named %q", got)
			}
			if w.kept == "" {
				return
			}
			must(t, "undo", p.undo())
			if !p.keeps(w.kept) {
				t.Error("what they wrote is lost")
			}
			sound(t, "undo", p)
		})
	}
}

func courseOf(t *testing.T, name string) course {
	for _, c := range courses {
		if c.name == name {
			return c
		}
	}
	t.Fatal(name)
	return course{}
}

// keeps tells whether a content lies in the journal's folder.
func (p *pc) keeps(content string) bool {
	for key, f := range p.vols[1].files {
		if strings.HasPrefix(key, `programdata\updoc\keep\`) && (string(f.data) == content || strings.Contains(nameOf(key), "since-") && bytes.Contains(f.data, []byte(content))) {
			return true
		}
	}
	return false
}

// Somebody who puts it back by hand leaves nothing to refuse; what one operation after the
// other has changed is compared with the last.
func TestWhatIsAsBeforeIsNobodysChange(t *testing.T) {
	p := courseOf(t, "files").make(t)
	op := p.ops[1]
	again := op
	again.Data = []byte("once more")
	p.ops = []host.Op{op, again}
	must(t, "apply", p.apply())
	p.unchanged(t)
	p.write(`C:\Windows\old.ini`, []byte("short")) // as before the last one
	p.unchanged(t)
	p.write(`C:\Windows\old.ini`, []byte("a longer text than the new one")) // as before both
	if len(p.others(t)) != 1 {
		t.Error("it is not as any of the last operation")
	}
}
