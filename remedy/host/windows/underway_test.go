package windows

import (
	"testing"

	"updoc/winapi"
)

// A change of the disk that Windows ends when nobody waits any more is never said to be
// taken back before: it is seen later, or a start of Windows has ended it.
func TestChangeThatLandsLate(t *testing.T) {
	for _, name := range []string{string(winapi.Resize), string(winapi.Delete), string(winapi.Create), string(winapi.Format)} {
		for _, way := range []string{"lands", "never lands"} {
			t.Run(name+" "+way, func(t *testing.T) {
				p := courseOf(t, "recovery enlarged").make(t)
				before := p.snapshot()
				p.trouble = name + " lands late"
				if err := p.apply(); code(err) != "disk-underway" {
					t.Fatal(whole(err))
				}
				for _, do := range []func() error{p.apply, p.undo} {
					if err := do(); code(err) != "disk-underway" {
						t.Error("it was gone on with", err)
					}
				}
				if way == "lands" {
					p.later()
				}
				if name != string(winapi.Resize) || way != "lands" { // what is asked for is not seen by itself: only a start of Windows ends it
					p.restart()
				}
				must(t, "undo", p.undo())
				same(t, "undo", before, p.snapshot())
				sound(t, "undo", p)
			})
		}
	}
}
