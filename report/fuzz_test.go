package report

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"updoc/model"
)

// FuzzWrite puts what a hostile disk or bundle could hold into a diagnosis: whatever
// the facts say, every form is written, and nothing of theirs becomes markup.
func FuzzWrite(f *testing.F) {
	b := base(f)
	f.Add(uint64(0), uint64(math.MaxUint64), int64(-1), int64(math.MaxInt64), int64(math.MinInt64), `<script>"&\{free:size}`)
	f.Add(uint64(1), uint64(1), int64(1), int64(1), int64(1), "\x1b[2J\r\n\u202e\u009b")
	f.Add(uint64(1<<40), uint64(1), int64(math.MaxInt64), int64(0), int64(-540), "disk0p4")
	f.Fuzz(func(t *testing.T, start, size uint64, free, seconds, number int64, text string) {
		d := severalDiagnosis()
		spoilDiagnosis(d, start, size, free, seconds, number, text)
		for _, o := range []Options{{Lang: "ja", Verbose: true}, {Lang: "en", Width: int(number % 100)}, {Format: "md"}, {Format: "html", Lang: "ja"}} {
			var out bytes.Buffer
			if err := Write(&out, d, b, o); err != nil {
				t.Fatalf("%+v: %v", o, err)
			}
			if o.Format == "html" && strings.Contains(out.String(), "<script") {
				t.Fatal("a value became markup")
			}
			if o.Format != "html" && strings.ContainsAny(out.String(), "\x1b\u009b\r\u202e") {
				t.Fatal("a value can command the terminal")
			}
		}
	})
}

func spoilDiagnosis(d *model.Diagnosis, start, size uint64, free, seconds, number int64, text string) {
	m := &d.Machine
	m.Name.Value, m.OS.Build.Value, m.Clock.BiasMinutes.Value = text, number, number
	m.LastSeen = time.Unix(seconds, 0)
	disk := &m.Disks.Items[0]
	disk.Size = size
	for i := range disk.Partitions {
		p := &disk.Partitions[i]
		p.Start, p.Size, p.Volume.Free.Value = start*uint64(i), size, free
	}
	disk.Partitions[1].Role, disk.Partitions[1].ID = text, text
	for i := range d.Plan.After[0].Partitions {
		d.Plan.After[0].Partitions[i].Size = start
	}
	m.WinRE.Active.Free.Value = free
	m.Attempts.Items[0].Title, m.Attempts.Items[0].KB, m.Attempts.Items[0].Outcome = text, "", text
	m.Attempts.Items[1].End = time.Unix(number, 0)
	d.Failures[0].KB, d.Failures[0].Title, d.Failures[0].Class = "", text, text
	c := &d.Failures[0].Causes[0]
	c.ID, c.Verdict, c.Args["free"], c.Args["need"] = text, text, free, math.Float64frombits(start)
	c.For[0].Origin = model.Origin{Artifact: text, Volume: text, Path: text, Key: text, Record: start, Line: number, Offset: number}
	d.Unseen[0].Artifact, d.Unseen[0].Reason = text, text
	d.Plan.Steps[0].Seconds, d.Plan.Steps[0].Bytes, d.Plan.Steps[0].Params["x"] = seconds, free, text
}
