package bcd

import (
	"bytes"
	"crypto/sha1"
	"errors"
	"fmt"
	"strings"
	"time"

	"updoc/format/regf"
)

// ErrNoLoader is returned when a store does not say which loader is that of Windows.
var ErrNoLoader = errors.New("the store has no loader of this Windows")

// ErrNotSet is wrapped when a store that was edited does not say what it should.
var ErrNotSet = errors.New("the store does not name the recovery environment as it should")

// Where Windows keeps the recovery environment on its partition.
const (
	usualWim = `\Recovery\WindowsRE\Winre.wim`
	usualSDI = `\Recovery\WindowsRE\boot.sdi`
)

// A RecoveryTarget says which recovery environment a store is to name, and for which Windows.
type RecoveryTarget struct {
	Windows *Partition // picks the loader by its osdevice; nil, or if none has it: the one WinRE follows
	Holder  Partition  // holds winre.wim and boot.sdi
	WimPath string     // from the root of Holder, backslashes; "" = \Recovery\WindowsRE\Winre.wim
	SDIPath string     // likewise; "" = \Recovery\WindowsRE\boot.sdi
}

// RecoveryIDs are the objects a recovery environment consists of.
type RecoveryIDs struct {
	Loader  GUID // of Windows
	Entry   GUID // of the recovery environment: WinreBCD of ReAgent.xml
	Options GUID // of its ramdisk
}

// SetRecovery lets an existing store name a recovery environment, and switches recovery on. clean is the hive as
// regf.Hive.WriteClean gives it; now becomes the time of changed keys, UTC. Objects that are there keep their identifier and
// all elements but those that name partition and files. Missing ones are made with what Windows gives them; their identifiers
// follow from the loader's, so that the same store always gets the same. Everything else stays as it is, byte for byte; a
// store that says all of it already is returned unchanged.
//
// The error is ErrNoLoader, ErrNotSet, ErrNotStore or one of regf's.
func SetRecovery(clean []byte, now time.Time, t RecoveryTarget) ([]byte, RecoveryIDs, error) {
	s, err := readBytes(clean)
	if err != nil {
		return nil, RecoveryIDs{}, err
	}
	loader := s.loaderOf(t.Windows)
	if loader == nil {
		return nil, RecoveryIDs{}, ErrNoLoader
	}
	hive, err := regf.Edit(clean, now)
	if err != nil {
		return nil, RecoveryIDs{}, err
	}
	e := editor{hive: hive}
	ids := s.setRecovery(&e, loader, t.filled())
	if e.err != nil {
		return nil, RecoveryIDs{}, e.err
	}
	out := hive.Bytes()
	return out, ids, checkRecovery(out, ids, t.filled())
}

func (t RecoveryTarget) filled() RecoveryTarget {
	if t.WimPath == "" {
		t.WimPath = usualWim
	}
	if t.SDIPath == "" {
		t.SDIPath = usualSDI
	}
	return t
}

func readBytes(b []byte) (*Store, error) {
	h, err := regf.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, err
	}
	return Read(h)
}

// loaderOf returns the loader of the Windows on a partition; of several the one that WinRE follows, else the first.
func (s *Store) loaderOf(windows *Partition) *Object {
	usual, _ := s.chooseLoader()
	var found *Object
	for _, o := range s.Loaders() {
		dev := o.Device(OSDevice)
		if pe, _ := o.Bool(WinPE); pe || windows == nil || dev == nil || dev.Kind != DevicePartition || *dev.Partition != *windows {
			continue
		}
		if found == nil || o.ID == usual {
			found = o
		}
	}
	if found == nil {
		found = s.Object(usual)
	}
	return found
}

func (s *Store) setRecovery(e *editor, loader *Object, t RecoveryTarget) RecoveryIDs {
	old := s.Recovery(loader.ID)
	ids := RecoveryIDs{Loader: loader.ID, Entry: derived(loader.ID, "recovery"), Options: derived(loader.ID, "ramdisk options")}
	known := old.Entry != nil && old.Entry.Type == TypeOSLoader && old.Entry.ID != loader.ID
	if known {
		ids.Entry = old.Entry.ID
	}
	if o := old.Options; known && o != nil && o.Type == TypeDeviceOptions && o.ID != RamdiskTemplate {
		ids.Options = o.ID
	} else {
		e.object(ids.Options, TypeDeviceOptions)
		e.text(ids.Options, Description, "Windows Recovery")
	}
	if !known {
		e.newEntry(ids.Entry, loader)
		e.guids(ids.Loader, RecoverySequence, ids.Entry)
	}
	image := RamdiskDevice(t.Holder, t.WimPath, ids.Options)
	e.device(ids.Entry, AppDevice, image)
	e.device(ids.Entry, OSDevice, image)
	e.device(ids.Options, RamdiskSDIDevice, PartitionDevice(t.Holder))
	e.text(ids.Options, RamdiskSDIPath, t.SDIPath)
	if on, _ := loader.Bool(RecoveryEnabled); !on {
		e.bool(ids.Loader, RecoveryEnabled, true)
	}
	return ids
}

// derived is an identifier that follows from another one, after the rules of RFC 9562 for version 5.
func derived(from GUID, what string) GUID {
	sum := sha1.Sum(append(from[:], "updoc "+what...))
	g := GUID(sum[:16])
	g[7] = g[7]&0x0F | 0x50 // the third field is stored little-endian
	g[8] = g[8]&0x3F | 0x80
	return g
}

// checkRecovery reads an edited store again.
func checkRecovery(b []byte, ids RecoveryIDs, t RecoveryTarget) error {
	s, err := readBytes(b)
	if err != nil {
		return err
	}
	w := s.Recovery(ids.Loader)
	for _, d := range w.Disagreements {
		// A sequence may go on naming objects that were missing before.
		if !strings.HasPrefix(d, "recoverysequence") {
			return fmt.Errorf("%w: %s", ErrNotSet, d)
		}
	}
	entry := w.Entry != nil && w.Entry.ID == ids.Entry && w.RecoveryEnabled != nil && *w.RecoveryEnabled
	wim := w.Partition != nil && *w.Partition == t.Holder && w.WimPath == t.WimPath
	sdi := w.SDIDevice != nil && w.SDIDevice.Partition != nil && *w.SDIDevice.Partition == t.Holder && w.SDIPath == t.SDIPath
	if !entry || !wim || !sdi {
		return fmt.Errorf("%w: %s of %s", ErrNotSet, ids.Entry, ids.Loader)
	}
	return nil
}
