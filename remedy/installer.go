package remedy

import (
	"regexp"
	"strings"

	"updoc/model"
	"updoc/remedy/host"
)

// msiFile is the package of the installed version that the person names.
const msiFile = "msi-package"

// recache lets Windows Installer keep the package of an installed product anew. It refuses
// a package that says it is of another product (1605) or version (1638), but believes what
// it says: whose it is, the host must see by its signature. Source: Microsoft, "Restore the
// missing Windows Installer cache files".
func recache(m *model.Machine, p model.Args) ([]host.Op, error) {
	if err := mustRun(m); err != nil {
		return nil, err
	}
	if !m.Installer.Products.Coverage.Complete {
		return nil, unseenFact("installer.products")
	}
	busy, err := seen(m.Installer.Busy, "installer.busy")
	if err != nil {
		return nil, err
	}
	if busy {
		return nil, refused("refused-installer-busy", nil)
	}
	local, err := namedFile(p, msiFile, ".msi")
	if err != nil {
		return nil, err
	}
	return []host.Op{msiexec("/fv", local), restartIfAsked()}, nil
}

// repairOffice lets Windows Installer repair the one suite of MSI-based Office. Source:
// Microsoft, "Numbering scheme for product code GUIDs in Office".
func repairOffice(m *model.Machine, _ model.Args) ([]host.Op, error) {
	if err := mustRun(m); err != nil {
		return nil, err
	}
	msi, err := seen(m.Office.MSI, "office.msi")
	switch {
	case err != nil:
		return nil, err
	case !msi:
		return nil, refused("refused-office-kind", nil)
	case !m.Installer.Products.Coverage.Complete:
		return nil, unseenFact("installer.products")
	}
	var suites []string
	for _, each := range m.Installer.Products.Items {
		if officeSuite(each.Code) {
			suites = append(suites, each.Code)
		}
	}
	if len(suites) != 1 {
		return nil, refused("refused-office-suites", model.Args{"count": int64(len(suites))})
	}
	return []host.Op{msiexec("/fa", suites[0]), restartIfAsked()}, nil
}

// officeSuite knows {BRMMmmmm-PPPP-LLLL-p000-D000000FF1CE} of a whole suite: a product
// type below 0020, in no language.
func officeSuite(code string) bool {
	parts := strings.Split(strings.ToUpper(strings.Trim(code, "{}")), "-")
	return len(parts) == 5 && strings.HasSuffix(parts[4], "0FF1CE") && parts[2] == "0000" && parts[1] < "0020" && len(parts[1]) == 4
}

// quickRepairOffice lets Click-to-Run repair itself with the files it has; the online
// repair, which installs it anew, is never asked for. Programs that are open are not ended:
// the person has closed them. The tool hands the work over and ends; no exit code is
// published. Source: Microsoft's FAQ on shortcuts deleted by an ASR rule (January 2023);
// platform and culture are what public scripts give it too (grade C).
func quickRepairOffice(m *model.Machine, _ model.Args) ([]host.Op, error) {
	if err := mustBeClickToRun(m); err != nil {
		return nil, err
	}
	whole, err := seen(m.Office.Programs, "office.programs")
	if err != nil || whole {
		return nil, err
	}
	args := []string{"scenario=Repair"}
	if platform, culture := m.Office.Platform.Value, m.Office.Culture.Value; officePlatform.MatchString(platform) && officeCulture.MatchString(culture) {
		args = append(args, "platform="+platform, "culture="+culture)
	}
	op := tool("officeclicktorun", longer, append(args, "RepairType=QuickRepair", "forceappshutdown=False", "DisplayLevel=False")...)
	op.Maybe = true
	return []host.Op{op}, nil
}

var (
	officePlatform = regexp.MustCompile(`^(?i:x64|x86|arm64)$`)
	officeCulture  = regexp.MustCompile(`^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){1,2}$`)
)

// updateOffice lets Click-to-Run update itself, with its own window. Its client hands the
// work over and ends: no exit code tells how it went.
func updateOffice(m *model.Machine, _ model.Args) ([]host.Op, error) {
	if err := mustBeClickToRun(m); err != nil {
		return nil, err
	}
	op := tool("office", longer, "/update", "user", "forceappshutdown=false")
	op.Maybe = true
	return []host.Op{op}, nil
}

// mustBeClickToRun refuses an Office that Windows Installer put there, and a Windows that
// does not run.
func mustBeClickToRun(m *model.Machine) error {
	if err := mustRun(m); err != nil {
		return err
	}
	c2r, err := seen(m.Office.ClickToRun, "office.clickToRun")
	if err == nil && !c2r {
		err = refused("refused-office-kind", nil)
	}
	return err
}
