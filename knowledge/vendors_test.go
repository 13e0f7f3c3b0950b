package knowledge

import "testing"

func vendorID(v *Vendor) string {
	if v == nil {
		return ""
	}
	return v.ID
}

func TestVendors(t *testing.T) {
	b, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ driver, company, want string }{
		{"eamonm", "", "eset"},
		{"EHDRV", "ESET", "eset"},
		{"srtsp64", "", "norton-symantec"},
		{"newdriver", "Kaspersky Lab AO", "kaspersky"},
		{"newdriver", "Preset Software", ""},
		{"wdfilter", "", ""},
		{"mpksl1a2b3c", "", ""},
		{"strange", "Microsoft Corporation", ""},
		{"strange", "Example GmbH", ""},
		{"strange", "", ""},
	} {
		if got := vendorID(b.Vendors.OfDriver(c.driver, c.company)); got != c.want {
			t.Errorf("driver %s of %q: %q, want %q", c.driver, c.company, got, c.want)
		}
	}
	for name, want := range map[string]string{
		"ESET Security": "eset", "ESET Online Scanner": "", "McAfee LiveSafe": "mcafee", "WebAdvisor by McAfee": "", "McAfee WebAdvisor": "",
		"Norton 360": "norton-symantec", "Norton Utilities Premium": "", "ウイルスバスター クラウド": "trendmicro", "AVG Secure Browser": "",
		"AVG AntiVirus FREE": "avg", "Kaspersky Password Manager": "", "Kaspersky Standard": "kaspersky", "Microsoft Edge": "", "": "",
	} {
		if got := vendorID(b.Vendors.OfProgram(name)); got != want {
			t.Errorf("program %q: %q, want %q", name, got, want)
		}
	}
}
