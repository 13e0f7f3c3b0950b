package live

import (
	"errors"
	"io"
	"io/fs"
	"strings"

	"updoc/model"
	"updoc/source"
	"updoc/source/image"
	"updoc/winapi"
)

// mounted is a volume that Windows has in use, read through it.
type mounted struct {
	s    *Source
	id   string
	root string
	told winapi.Volume
	lock *winapi.EncryptedVolume // nil: BitLocker does not know it, or may not be asked
	fsys fs.FS
	err  error
	done bool
}

// mount takes the volumes of a disk that Windows has in use. locks is what BitLocker says.
func (s *Source) mount(img *image.Source, number uint32, taken map[place]winapi.Volume, locks []winapi.EncryptedVolume) {
	for at, v := range taken {
		id := img.ID(at.start)
		if at.disk != number || id == "" {
			continue
		}
		s.mounted[id] = &mounted{s: s, id: id, root: v.Mounts[0], told: v, lock: lockOf(v, locks)}
	}
}

// lockOf is what BitLocker says of a volume; nil: it does not know it.
func lockOf(v winapi.Volume, locks []winapi.EncryptedVolume) *winapi.EncryptedVolume {
	for i := range locks {
		if strings.EqualFold(locks[i].Path, v.Path) {
			return &locks[i]
		}
	}
	return nil
}

// Home implements source.Running.
func (s *Source) Home() (model.Volume, bool) {
	m := s.mounted[s.windows]
	if m == nil || m.told.FS == "" {
		return model.Volume{}, false
	}
	why := s.unasked("bitlocker")
	unseen := model.Volume{ID: s.windows, BitLocker: model.BitLocker{
		Encrypted: model.NotSeen[bool](why), State: model.NotSeen[string](why), Method: model.NotSeen[string](why)}}
	return m.facts(unseen, true), true
}

// locked reports whether nobody can read the volume without a key.
func (m *mounted) locked() bool {
	return m.lock != nil && m.lock.Protection == 2 || m.lock == nil && m.told.FS == ""
}

func (m *mounted) open() (fs.FS, error) {
	if m.done {
		return m.fsys, m.err
	}
	m.done = true
	if m.lock != nil && m.locked() {
		m.err = &source.UnseenError{Unseen: model.Unseen{Artifact: "volume", Reason: model.ReasonEncrypted, How: model.HowUnlock}}
		return nil, m.err
	}
	fsys, err := m.s.sys.Volume(m.root)
	if err != nil {
		m.err = &source.UnseenError{Unseen: source.Why("volume", err), Err: err}
		return nil, m.err
	}
	m.fsys = volumeFS{fsys, m}
	return m.fsys, nil
}

// closeVolumes closes those that were opened and can be.
func (s *Source) closeVolumes() error {
	var errs []error
	for _, m := range s.mounted {
		if v, ok := m.fsys.(volumeFS); ok {
			if open, ok := v.FS.(io.Closer); ok {
				errs = append(errs, open.Close())
			}
		}
	}
	return errors.Join(errs...)
}

// facts are what Windows tells of a volume that it has in use; raw is what the first
// sectors tell, if they may be read.
func (m *mounted) facts(raw model.Volume, windows bool) model.Volume {
	out, v := raw, m.told
	kind := strings.ToLower(v.FS)
	at := model.Origin{Artifact: kind, Volume: m.id}
	m.encryption(&out)
	if m.locked() || kind == "" {
		why := model.Unseen{Artifact: "volume", Reason: model.ReasonUnsupported, Detail: v.FS, How: model.HowNothing}
		if m.locked() {
			why.Reason, why.How = model.ReasonEncrypted, model.HowUnlock
		}
		out.Label, out.Free, out.Dirty = model.NotSeen[string](why), model.NotSeen[int64](why), model.NotSeen[bool](why)
		out.LogFile, out.Hibernated = model.NotSeen[string](why), model.NotSeen[bool](why)
		return out
	}
	out.FS, out.Label = model.Known(kind, at), model.Known(v.Label, at)
	out.Size, out.Free, out.Dirty = model.Known(int64(v.Size), at), model.Known(int64(v.Free), at), model.NotSeen[bool](m.s.unasked("volume"))
	if v.DirtyKnown {
		out.Dirty = model.Known(v.Dirty, at)
	}
	// Windows has replayed the log before it shows a volume, and cannot sleep while it runs.
	out.LogFile = model.Known("clean", at)
	if windows {
		out.Hibernated = model.Known(false, at)
	}
	return out
}

// methods are the ways to encrypt. Source: Win32_EncryptableVolume.GetEncryptionMethod.
var methods = map[uint32]string{
	1: "aes-128-diffuser", 2: "aes-256-diffuser", 3: "aes-128", 4: "aes-256", 5: "hardware", 6: "xts-aes-128", 7: "xts-aes-256",
}

// encryption puts what BitLocker itself says in the place of what the header tells.
func (m *mounted) encryption(out *model.Volume) {
	if m.lock == nil {
		return
	}
	at := model.Origin{Artifact: "bitlocker", Volume: m.id}
	out.BitLocker = model.BitLocker{
		Encrypted: model.Known(m.lock.Conversion != 0, at),
		State:     model.Known(lockState(*m.lock), at),
		Method:    model.Known(methods[m.lock.Method], at),
	}
}

// lockState decides by how far the conversion is, not by the protection alone: a volume
// that is not encrypted at all has none either. Source: GetConversionStatus,
// GetProtectionStatus.
func lockState(v winapi.EncryptedVolume) string {
	switch {
	case v.Conversion == 0:
		return "off"
	case v.Protection == 2:
		return "unknown"
	case v.Conversion != 1:
		return "converting"
	case v.Protection == 1:
		return "on"
	}
	return "suspended"
}
