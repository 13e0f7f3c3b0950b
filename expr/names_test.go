package expr

import "testing"

func TestSameProduct(t *testing.T) {
	for _, c := range []struct {
		title, product string
		want           bool
	}{
		{"Windows Subsystem for Linux Update - 5.4.91", "Windows Subsystem for Linux Update", true},
		{"Windows Subsystem for Linux WSLg Preview - 1.0.26", "Windows Subsystem for Linux WSLg Preview", true},
		{"Microsoft Visual C++ 2015-2022 Redistributable (x64) - 14.32.31332", "Microsoft Visual C++ 2022 X64 Minimum Runtime - 14.38.33130", true},
		{"Security Update for SQL Server 2019 RTM CU (KB5084816)", "SQL Server 2019 Database Engine Services", true},
		{"2024-03 .NET 8.0.3 Security Update for x64 Client (KB5036452)", "Microsoft .NET Runtime - 8.0.2 (x64)", true},
		{"2024-03 .NET 8.0.3 Security Update for x64 Client (KB5036452)", "Microsoft Visual C++ 2022 X64 Minimum Runtime - 14.38.33130", false},
		{"2024-03 Cumulative Update for Windows 10 Version 22H2 for x64-based Systems (KB5035845)", "Windows Subsystem for Linux Update", false},
		{"Windows Subsystem for Linux Update - 5.4.91", "Example Photo Viewer", false},
		{"Windows Subsystem for Linux Update - 5.4.91", "Windows Update Setup", false},
		{"Update für Windows-Subsystem für Linux - 5.4.91", "Windows Subsystem for Linux Update", true},
		{"Linux 用 Windows サブシステム (Windows Subsystem for Linux) の更新プログラム - 5.4.91", "Windows Subsystem for Linux Update", true},
		{"2024-03 Kumulatives Update für Windows 10 Version 22H2 für x64-basierte Systeme (KB5035845)", "Treiber für Systeme", false},
		{"Sicherheitsupdate für SQL Server 2019 RTM CU (KB5084816)", "SQL Server 2019 Database Engine Services", true},
		{"Sicherheitsupdate für SQL Server 2019 RTM CU (KB5084816)", "Werkzeuge für das Paket", false},
		{"", "", false},
		{"KB5035845", "KB5035845", false},
	} {
		if got := sameProduct(c.title, c.product); got != c.want {
			t.Errorf("%q, %q: %v", c.title, c.product, got)
		}
	}
}

func TestNewerThanTitle(t *testing.T) {
	const linux, net = "Windows Subsystem for Linux Update - 5.4.91", "2024-03 .NET 8.0.3 Security Update for x64 Client (KB5036452)"
	for _, c := range []struct {
		version, title string
		newer, band    bool
	}{
		{"5.10.16", linux, true, false}, {"5.4.91", linux, false, true}, {"5.4.92.1", linux, true, true}, {"4.19.128", linux, false, false},
		{"8.0.4", net, true, true}, {"8.0.2", net, false, true}, {"9.0.0-preview.2", net, true, false}, {"8.0.300-preview.1", net, true, true},
		{"", net, false, false}, {"8.0.4", "Cumulative Update for Windows 10 Version 22H2 (KB5035845)", false, false}, {"x", net, false, false},
	} {
		if got := newerThanTitle(c.version, c.title); got != c.newer {
			t.Errorf("%q, %q: newer %v", c.version, c.title, got)
		}
		if got := sameBand(c.version, c.title); got != c.band {
			t.Errorf("%q, %q: band %v", c.version, c.title, got)
		}
	}
}
