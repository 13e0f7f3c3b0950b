package doctor_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"updoc/disk/container"
	"updoc/model"
)

// A sector that cannot be read, anywhere a diagnosis reads, is survived: what hangs
// on it is unseen, or the disk is refused as unreadable, never as empty; nothing
// false becomes sure.
func TestReadErrors(t *testing.T) {
	t.Parallel()
	img := sick(t)
	whole, pieces := touched(t, img)
	truth := factsOf(t, whole)
	var c complaints
	for i := 0; i < len(pieces); i += 6 {
		p := &patient{Image: img, bad: []span{pieces[i]}}
		where := fmt.Sprint("error at ", pieces[i].at)
		if d := c.open(t, p, where, "windows-unreadable"); d != nil {
			c.add(where, append(wrongs(whole, d), changed(t, truth, d)...))
			if !hasProblem(d, "read-error") {
				c.add(where, []string{"the error is not told"})
			}
		}
	}
	c.report(t)
}

// An image cut short at any point is read as far as it goes, and it is said.
func TestTruncated(t *testing.T) {
	t.Parallel()
	img := sick(t)
	whole, pieces := touched(t, img)
	truth := factsOf(t, whole)
	var c complaints
	for i := 0; i < len(pieces); i += 12 {
		p := &patient{Image: img, cut: pieces[i].at + 512}
		where := fmt.Sprint("cut at ", p.cut)
		if d := c.open(t, p, where, "windows-unreadable"); d != nil {
			c.add(where, append(wrongs(whole, d), changed(t, truth, d)...))
			if !hasProblem(d, "partition-out-of-range") && !hasProblem(d, "backup-gpt-damaged") {
				c.add(where, []string{"the cut is not told"})
			}
		}
	}
	c.report(t)
}

// Flipped bits wherever a diagnosis reads, and a cut anywhere, are survived. A flip in
// a name can hide Windows, and one in ReAgent.xml is damage that Windows meets too.
func TestAnyDamage(t *testing.T) {
	t.Parallel()
	img := sick(t)
	whole, pieces := touched(t, img)
	piece := rapid.SampledFrom(pieces)
	rapid.Check(t, func(rt *rapid.T) {
		p := &patient{Image: img, flips: map[int64]byte{}}
		for range rapid.IntRange(0, 8).Draw(rt, "flips") {
			at := piece.Draw(rt, "piece").at + rapid.Int64Range(0, 4095).Draw(rt, "offset")
			p.flips[at] ^= byte(1 << rapid.IntRange(0, 7).Draw(rt, "bit"))
		}
		if rapid.IntRange(0, 4).Draw(rt, "whole") == 0 {
			p.cut = piece.Draw(rt, "cut").at + rapid.Int64Range(1, 4096).Draw(rt, "left")
		}
		var c complaints
		if d := c.open(t, p, "", "windows-unreadable", "no-windows"); d != nil {
			c.add("", wrongs(whole, d, "reagent-config-corrupt"))
		}
		for wrong := range c.met {
			rt.Error(wrong)
		}
	})
}

// open diagnoses a patient, or returns nil if it is refused; a refusal must have one
// of these codes.
func (c *complaints) open(t *testing.T, p *patient, where string, codes ...string) *model.Diagnosis {
	t.Helper()
	src, err := p.open()
	if err == nil {
		return examine(t, src)
	}
	if !slices.Contains(codes, code(err)) {
		c.add(where, []string{"refused as " + code(err)})
	}
	return nil
}

func hasProblem(d *model.Diagnosis, code string) bool {
	return slices.ContainsFunc(d.Machine.Disks.Items, func(d model.Disk) bool {
		return slices.ContainsFunc(d.Problems, func(p model.DiskProblem) bool { return p.Code == code })
	})
}

var _ container.Image = (*patient)(nil)
