package bcd

import (
	"fmt"
)

// WinRE is what a store says about the recovery environment of one Windows. All of it are facts; nothing is made up where the
// store is silent.
type WinRE struct {
	Loader          GUID       // the loader whose recovery this is; zero if none could be chosen
	ChosenBy        string     // "default", "displayorder" or "only": how WinRE chose the loader; "" if the caller did
	RecoveryEnabled *bool      // recoveryenabled of the loader; nil if the store does not say
	Sequence        []GUID     // recoverysequence of the loader, as stored
	Entry           *Object    // the recovery environment's own loader; nil if there is none
	WinPE           *bool      // winpe of Entry; nil if the store does not say
	Device          *Device    // what Entry boots from; nil if Entry is nil or does not say
	Partition       *Partition // the partition that holds the image; nil if unknown
	WimPath         string     // the image on it, as \Recovery\WindowsRE\Winre.wim
	Options         *Object    // device options object of the ramdisk; nil if there is none
	SDIDevice       *Device    // where boot.sdi lies; nil if the store does not say
	SDIPath         string     // boot.sdi on it
	Disagreements   []string   // parts of the store that do not fit together
}

// WinRE follows the default loader's recovery sequence. If the boot manager names no default, the first loader of its display
// order is taken, or the only loader that is not itself a recovery environment.
func (s *Store) WinRE() WinRE {
	id, by := s.chooseLoader()
	w := s.Recovery(id)
	w.ChosenBy = by
	return w
}

func (s *Store) chooseLoader() (GUID, string) {
	if o := s.Object(s.Default); o != nil && o.Type == TypeOSLoader {
		return s.Default, "default"
	}
	if mgr := s.Object(BootMgr); mgr != nil {
		for _, id := range mgr.GUIDs(DisplayOrder) {
			if o := s.Object(id); o != nil && o.Type == TypeOSLoader {
				return id, "displayorder"
			}
		}
	}
	var only GUID
	for _, o := range s.Loaders() {
		if pe, _ := o.Bool(WinPE); pe {
			continue
		}
		if !only.IsZero() {
			return GUID{}, ""
		}
		only = o.ID
	}
	if only.IsZero() {
		return GUID{}, ""
	}
	return only, "only"
}

// Recovery tells about the recovery environment of a certain loader.
func (s *Store) Recovery(loader GUID) WinRE {
	w := WinRE{Loader: loader}
	o := s.Object(loader)
	if o == nil {
		return w
	}
	w.RecoveryEnabled = known(o.Bool(RecoveryEnabled))
	w.Sequence = o.GUIDs(RecoverySequence)
	for _, id := range w.Sequence {
		if e := s.Object(id); e != nil {
			w.Entry = e
			break
		}
		w.disagree("recoverysequence names %s, which the store does not have", id)
	}
	if w.Entry != nil {
		s.followEntry(&w)
	}
	return w
}

func known(value, isKnown bool) *bool {
	if !isKnown {
		return nil
	}
	return &value
}

func (w *WinRE) disagree(format string, args ...any) {
	w.Disagreements = append(w.Disagreements, fmt.Sprintf(format, args...))
}

// followEntry reads the recovery environment's loader and its device options.
func (s *Store) followEntry(w *WinRE) {
	w.WinPE = known(w.Entry.Bool(WinPE))
	w.Device = w.Entry.Device(AppDevice)
	if w.Device == nil {
		w.disagree("%s has no device", w.Entry.ID)
		return
	}
	if os := w.Entry.Device(OSDevice); os == nil || os.String() != w.Device.String() {
		w.disagree("device and osdevice of %s differ", w.Entry.ID)
	}
	if w.Device.Kind != DeviceRamdisk {
		w.disagree("%s does not boot from a ramdisk", w.Entry.ID)
		return
	}
	w.Partition, w.WimPath = w.Device.Partition, w.Device.Path
	s.followOptions(w)
}

func (s *Store) followOptions(w *WinRE) {
	if w.Options = s.Object(w.Device.Options); w.Options == nil {
		w.disagree("the store does not have the device options %s", w.Device.Options)
		return
	}
	w.SDIDevice = w.Options.Device(RamdiskSDIDevice)
	w.SDIPath = w.Options.Text(RamdiskSDIPath)
	if sdi := w.SDIDevice; sdi != nil && sdi.Partition != nil && w.Partition != nil && *sdi.Partition != *w.Partition {
		w.disagree("boot.sdi and the image lie on different partitions")
	}
}
