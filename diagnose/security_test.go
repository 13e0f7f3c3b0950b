package diagnose

import (
	"testing"

	"updoc/model"
)

func filterOf(name string, start int64, file model.Fact[bool]) model.Filter {
	return model.Filter{Name: name, Type: 2, Start: start, Altitude: 328700, File: file, Origin: at("hive")}
}

func TestSecurity(t *testing.T) {
	there, missing := model.Known(true, at("file")), model.Known(false, at("file"))
	unseen := model.Fact[bool]{}
	nod := []model.Program{{Name: "ESET Security", Origin: at("hive")}}
	for name, c := range map[string]struct {
		filters  []model.Filter
		programs []model.Program
		want     string // state; empty: no product
		complete bool
	}{
		"active":             {[]model.Filter{filterOf("eamonm", 1, there)}, nod, model.SecurityActive, true},
		"active, not copied": {[]model.Filter{filterOf("eamonm", 1, unseen)}, nod, model.SecurityActive, true},
		"started by hand":    {[]model.Filter{filterOf("eamonm", 3, there)}, nod, model.SecurityActive, true},
		"switched off":       {[]model.Filter{filterOf("eamonm", 4, there)}, nod, model.SecurityHarmless, true},
		"no driver":          {nil, nod, model.SecurityHarmless, true},
		"residue":            {[]model.Filter{filterOf("eamonm", 1, there)}, nil, model.SecurityResidue, true},
		"one of two":         {[]model.Filter{filterOf("ehdrv", 4, there), filterOf("eamonm", 0, there)}, nil, model.SecurityResidue, true},
		"only the key":       {[]model.Filter{filterOf("eamonm", 1, missing)}, nil, model.SecurityHarmless, true},
		"never starts":       {[]model.Filter{filterOf("eamonm", 3, there)}, nil, model.SecurityHarmless, true},
		"file unseen":        {[]model.Filter{filterOf("eamonm", 1, unseen)}, nil, "", false},
		"hides itself":       {[]model.Filter{filterOf("csagent", 1, there)}, nil, model.SecurityActive, true},
		"Windows' own":       {[]model.Filter{filterOf("wdfilter", 0, there)}, nil, "", true},
		"nothing":            {nil, nil, "", true},
	} {
		m := &model.Machine{Filters: model.Complete(c.filters), Programs: model.Complete(c.programs)}
		got := run(t, m).Machine.Security
		state := ""
		if len(got.Items) > 0 {
			state = got.Items[0].State
		}
		if state != c.want || len(got.Items) > 1 || got.Coverage.Complete != c.complete {
			t.Errorf("%s: %+v, want %s", name, got, c.want)
		}
	}
}

// A driver whose name nobody knows counts by its company, at the height of an
// antivirus only.
func TestSecurityByCompany(t *testing.T) {
	f := filterOf("brandnew", 1, model.Known(true, at("file")))
	f.Company = model.Known("ESET", at("pe"))
	for altitude, want := range map[float64]int{328700: 1, 365000: 0, 0: 0} {
		f.Altitude = altitude
		m := &model.Machine{Filters: model.Complete([]model.Filter{f}), Programs: model.Complete[model.Program](nil)}
		if got := run(t, m).Machine.Security.Items; len(got) != want {
			t.Errorf("%v: %+v", altitude, got)
		}
	}
}

// What was not seen of the programs leaves open whether a driver is a residue, and the
// machine that was given stays as it is.
func TestSecurityOfPartialLists(t *testing.T) {
	f := filterOf("eamonm", 1, model.Known(true, at("file")))
	m := &model.Machine{Filters: model.Complete([]model.Filter{f})}
	m.Security = model.Complete([]model.SecurityProduct{{Vendor: "of an older bundle"}})
	got := run(t, m).Machine.Security
	if len(got.Items) != 0 || got.Coverage.Complete || got.Coverage.Why == nil {
		t.Errorf("%+v", got)
	}
	if m.Security.Items[0].Vendor != "of an older bundle" {
		t.Error("the machine was changed")
	}
}
