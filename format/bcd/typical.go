package bcd

// A Typical store is what Windows setup leaves on a disk with one Windows and one recovery environment.
type Typical struct {
	UEFI            bool
	System          Partition // holds the boot manager: the EFI system partition or the active one
	Windows         Partition
	Recovery        Partition // holds the recovery environment
	WimPath         string    // "" = \Recovery\WindowsRE\Winre.wim
	Loader          GUID      // of Windows
	WinRE           GUID      // of the recovery environment's loader; zero = there is none
	Options         GUID      // of its device options
	RecoveryEnabled bool
}

// Writer returns the store; more may be added to it.
func (t Typical) Writer() *Writer {
	w := NewWriter()
	w.Object(GlobalSettings, TypeInherit)
	w.Object(BootLoaderSettings, TypeInheritLoader).GUIDs(Inherit, GlobalSettings)
	mgr := w.Object(BootMgr, TypeBootManager).
		Device(AppDevice, PartitionDevice(t.System)).
		Text(Description, "Windows Boot Manager").Text(Locale, "en-US").
		GUIDs(Inherit, GlobalSettings).GUID(DefaultObject, t.Loader).GUIDs(DisplayOrder, t.Loader).Integer(Timeout, 30)
	if t.UEFI {
		mgr.Text(Path, `\EFI\Microsoft\Boot\bootmgfw.efi`)
	}
	loader := w.Object(t.Loader, TypeOSLoader).
		Device(AppDevice, PartitionDevice(t.Windows)).Device(OSDevice, PartitionDevice(t.Windows)).
		Text(Path, t.winload(`\Windows\system32\winload`)).Text(Description, "Windows 10").Text(Locale, "en-US").
		GUIDs(Inherit, BootLoaderSettings).Text(SystemRoot, `\Windows`).Integer(NX, 0).Integer(BootMenuPolicy, 1).
		Bool(RecoveryEnabled, t.RecoveryEnabled)
	if !t.WinRE.IsZero() {
		loader.GUIDs(RecoverySequence, t.WinRE)
		t.addRecovery(w)
	}
	return w
}

func (t Typical) winload(path string) string {
	if t.UEFI {
		return path + ".efi"
	}
	return path + ".exe"
}

func (t Typical) addRecovery(w *Writer) {
	wim := t.WimPath
	if wim == "" {
		wim = `\Recovery\WindowsRE\Winre.wim`
	}
	image := RamdiskDevice(t.Recovery, wim, t.Options)
	w.Object(t.WinRE, TypeOSLoader).
		Device(AppDevice, image).Device(OSDevice, image).
		Text(Path, t.winload(`\windows\system32\winload`)).Text(Description, "Windows Recovery Environment").Text(Locale, "en-US").
		GUIDs(Inherit, BootLoaderSettings).Integer(DisplayMessage, 3).Text(SystemRoot, `\windows`).
		Integer(NX, 0).Integer(BootMenuPolicy, 1).Bool(WinPE, true).Bool(RecoveryImageMark, true)
	w.Object(t.Options, TypeDeviceOptions).
		Text(Description, "Windows Recovery").
		Device(RamdiskSDIDevice, PartitionDevice(t.Recovery)).Text(RamdiskSDIPath, `\Recovery\WindowsRE\boot.sdi`)
}
