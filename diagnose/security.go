package diagnose

import (
	"slices"

	"updoc/knowledge"
	"updoc/model"
)

// WithSecurity returns a copy of m whose Security is joined anew: recorded facts may
// come from a program that knew fewer vendors.
func WithSecurity(m *model.Machine, b *knowledge.Base) *model.Machine {
	own := *m
	own.Security = security(m, &b.Vendors)
	return &own
}

// security joins filter drivers and programs with the table of vendors: which
// antivirus of another vendor works here, and which left something behind.
func security(m *model.Machine, table *knowledge.Vendors) model.List[model.SecurityProduct] {
	var found []*trace
	of := func(v *knowledge.Vendor) *trace {
		for _, t := range found {
			if t.vendor == v {
				return t
			}
		}
		found = append(found, &trace{vendor: v})
		return found[len(found)-1]
	}
	for i := range m.Filters.Items {
		f := &m.Filters.Items[i]
		if v := vendorOf(f, table); v != nil {
			t := of(v)
			t.drivers = append(t.drivers, f)
		}
	}
	for i := range m.Programs.Items {
		if v := table.OfProgram(m.Programs.Items[i].Name); v != nil {
			t := of(v)
			t.programs = append(t.programs, &m.Programs.Items[i])
		}
	}
	return products(m, found)
}

// vendorOf goes by the name of a driver, and by the company only of drivers at the
// height of an antivirus.
func vendorOf(f *model.Filter, table *knowledge.Vendors) *knowledge.Vendor {
	company := ""
	if f.Altitude >= 320000 && f.Altitude < 330000 {
		company = f.Company.Value
	}
	return table.OfDriver(f.Name, company)
}

// trace is what was found of one vendor.
type trace struct {
	vendor   *knowledge.Vendor
	drivers  []*model.Filter
	programs []*model.Program
}

// products turns traces into products. One whose state cannot be told is left out, and
// the list is not complete then.
func products(m *model.Machine, found []*trace) model.List[model.SecurityProduct] {
	list := model.Complete([]model.SecurityProduct{})
	for _, c := range []model.Coverage{m.Filters.Coverage, m.Programs.Coverage} {
		if !c.Complete {
			why := c.Reason()
			list.Coverage = model.Coverage{Why: &why}
		}
	}
	for _, t := range found {
		state, why := t.state(m.Programs.Coverage)
		if why != nil {
			list.Coverage = model.Coverage{Why: why}
			continue
		}
		list.Items = append(list.Items, t.product(state))
	}
	return list
}

func (t *trace) product(state string) model.SecurityProduct {
	p := model.SecurityProduct{Vendor: t.vendor.Name, State: state, Tool: t.vendor.Tool.Name, Drivers: []string{}, Programs: []string{}}
	for _, x := range t.programs {
		p.Programs, p.Origin = append(p.Programs, x.Name), x.Origin
	}
	for _, f := range slices.Backward(t.drivers) {
		p.Drivers = append(p.Drivers, f.Name)
		if state != model.SecurityResidue || leftRunning(f) {
			p.Origin = f.Origin
		}
	}
	slices.Reverse(p.Drivers)
	return p
}

const (
	startAutomatic = 2 // and below: at every start of Windows
	startManual    = 3 // by the product, when it starts
)

// state tells what the vendor's product does here; a reason if that cannot be told. A
// product that is not in the list leaves a residue only if its driver is there and
// starts with Windows.
func (t *trace) state(programs model.Coverage) (string, *model.Unseen) {
	if len(t.programs) > 0 {
		if slices.ContainsFunc(t.drivers, func(f *model.Filter) bool { return f.Start <= startManual && !gone(f) }) {
			return model.SecurityActive, nil
		}
		return model.SecurityHarmless, nil
	}
	starting := slices.ContainsFunc(t.drivers, func(f *model.Filter) bool { return f.Start <= startAutomatic && !gone(f) })
	switch {
	case !starting:
		return model.SecurityHarmless, nil
	case !programs.Complete:
		why := programs.Reason()
		return "", &why
	case t.vendor.Unlisted:
		return model.SecurityActive, nil
	case slices.ContainsFunc(t.drivers, leftRunning):
		return model.SecurityResidue, nil
	}
	why := model.Unseen{Artifact: "file", Reason: model.ReasonAbsent, How: model.HowCopyFolder}
	for _, f := range t.drivers {
		if !f.File.Known {
			why = f.File.Reason()
		}
	}
	return "", &why
}

// gone reports whether a driver's file is known not to be there.
func gone(f *model.Filter) bool { return f.File.Known && !f.File.Value }

// leftRunning reports whether a driver is there and starts with Windows.
func leftRunning(f *model.Filter) bool {
	return f.Start <= startAutomatic && f.File.Known && f.File.Value
}
