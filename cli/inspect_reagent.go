package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"updoc/format/reagent"
)

// zeroGUID is how ReAgent.xml says that there is none.
const zeroGUID = "{00000000-0000-0000-0000-000000000000}"

type reagentView struct{ s *subject }

// openReAgent returns nil if the XML is another one.
func openReAgent(s *subject) view { return &reagentView{s} }

type reagentDocument struct {
	Kind     string          `json:"kind"`
	State    string          `json:"state"` // enabled, disabled, unknown
	Location reagentLocation `json:"location"`
	BCD      string          `json:"bcd"` // all zero: none
	about
	Version            string          `json:"version"`
	InstallState       string          `json:"installState"`
	OSBuild            string          `json:"osBuild"`
	WinREStaged        string          `json:"winreStaged"`
	ScheduledOperation string          `json:"scheduledOperation"`
	Image              reagentLocation `json:"image"`
	Downlevel          reagentLocation `json:"downlevel"`
	Raw                *reagent.Config `json:"all"` // every element, as read
	Problems           []string        `json:"problems"`
}

type reagentLocation struct {
	Path   string `json:"path"`
	Offset uint64 `json:"offset"` // of the partition, bytes from the start of the disk
	GUID   string `json:"guid"`   // all zero: none
	ID     string `json:"id"`     // MBR disk signature, decimal
}

func (v *reagentView) document(context.Context) (document, error) {
	raw, err := io.ReadAll(io.LimitReader(v.s.reader(), reagent.MaxSize+1))
	if err != nil && len(raw) == 0 {
		return nil, err
	}
	c, parseErr := reagent.Parse(raw)
	if errors.Is(parseErr, reagent.ErrNotReAgent) {
		return nil, damagedFile(v.s.name, "ReAgent.xml", parseErr)
	}
	d := &reagentDocument{Kind: "reagent", State: c.State(), Location: locationOf(c.Location), BCD: orZero(c.BCD), about: aboutOf(v.s),
		Version: c.Version, InstallState: c.InstallState, OSBuild: c.OSBuild, WinREStaged: c.WinREStaged, ScheduledOperation: c.ScheduledOperation,
		Image: locationOf(c.Image), Downlevel: locationOf(c.Downlevel), Raw: c, Problems: append([]string{}, c.Problems...)}
	if err != nil {
		d.Problems = append(d.Problems, err.Error())
	}
	return d, nil
}

func locationOf(l reagent.Location) reagentLocation {
	return reagentLocation{l.Path, l.Offset, orZero(l.GUID), l.ID}
}

func orZero(guid string) string {
	if guid == "" {
		return zeroGUID
	}
	return guid
}

func (v *reagentView) records(ctx context.Context, out *lines) error { return oneRecord(ctx, v, out) }

// oneRecord writes the document of an artefact that has no records as the only line.
func oneRecord(ctx context.Context, v view, out *lines) error {
	doc, err := v.document(ctx)
	if err != nil {
		return err
	}
	return out.add(doc)
}

func (d *reagentDocument) show(s *sheet) {
	s.title(d.Path, "reagent")
	s.row("state", s.label("state."+d.State))
	s.showLocation("location", d.Location)
	if d.BCD != zeroGUID {
		s.row("boot-entry", d.BCD)
	}
	s.row("version", d.Version)
	s.row("os-build", d.OSBuild)
	s.row("staged", d.WinREStaged)
	s.row("scheduled", d.ScheduledOperation)
	s.showLocation("image", d.Image)
	s.showLocation("downlevel", d.Downlevel)
	s.list("problems", append(append([]string{}, d.Problems...), d.Notes...))
}

func (s *sheet) showLocation(id string, l reagentLocation) {
	if l.Path == "" && l.Offset == 0 {
		return
	}
	text := fmt.Sprintf("%s @ %s", l.Path, commas(l.Offset))
	if l.GUID != zeroGUID {
		text += " " + l.GUID
	}
	s.row(id, text)
}
