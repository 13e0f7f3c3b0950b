package image

import (
	"errors"
	"io"
	"io/fs"

	"updoc/disk/bitlocker"
	"updoc/disk/fat"
	"updoc/disk/table"
	"updoc/model"
	"updoc/source"
)

func mountFAT(r *io.SectionReader) (fs.FS, error) {
	vol, err := fat.Open(r, r.Size())
	if err != nil {
		return nil, unseen(model.ReasonDamaged, model.HowNothing, err)
	}
	return vol, nil
}

func fatFacts(out *model.Volume, vol *fat.Volume, at model.Origin) {
	out.Label = model.Known(vol.Label(), at)
	if n, err := vol.FreeBytes(); err == nil {
		out.Free = model.Known(int64(n), at)
	} else {
		out.Free = model.NotSeen[int64](source.Why(at.Artifact, &source.UnseenError{
			Unseen: model.Unseen{Reason: model.ReasonDamaged, How: model.HowNothing}, Err: err}))
	}
	out.Dirty = model.Known(vol.Dirty(), at)
	// FAT has no journal and no place for a resume image.
	out.LogFile, out.Hibernated = model.Known("clean", at), model.Known(false, at)
}

// bitLocker tells how far a volume's header tells whether it is encrypted.
func bitLocker(v *volume) model.BitLocker {
	at := model.Origin{Artifact: "bitlocker", Volume: v.id}
	if v.unread != nil {
		why := source.Why("bitlocker", v.unread)
		return model.BitLocker{Encrypted: model.NotSeen[bool](why), State: model.NotSeen[string](why), Method: model.NotSeen[string](why)}
	}
	if v.kind != "bitlocker" {
		return model.BitLocker{Encrypted: model.Known(false, at), State: model.Known("off", at), Method: model.Known("", at)}
	}
	vol, err := bitlocker.Read(v.data, v.data.Size())
	if err != nil {
		why := model.Unseen{Artifact: "bitlocker", Reason: model.ReasonDamaged, Detail: err.Error(), How: model.HowLive}
		return model.BitLocker{Encrypted: model.Known(true, at), State: model.NotSeen[string](why), Method: model.NotSeen[string](why)}
	}
	return model.BitLocker{Encrypted: model.Known(true, at), State: model.Known(lockState(vol), at), Method: model.Known(vol.Method, at)}
}

// lockState: a key in clear on the disk means that protection is suspended.
func lockState(vol *bitlocker.Volume) string {
	if !vol.Settled() {
		return "converting"
	}
	for _, p := range vol.Protectors {
		if p.Kind == "clear-key" {
			return "suspended"
		}
	}
	return "on"
}

// reasonOf says why nothing of a volume's files can be known; for a locked one, how
// it is locked.
func reasonOf(v *volume, err error) model.Unseen {
	why := source.Why("volume", err)
	if v.kind == "bitlocker" {
		why.Artifact, why.Detail = "bitlocker", bitLocker(v).State.Value
	}
	if v.part.TypeGUID == table.TypeMSR && errors.As(err, new(*source.UnseenError)) {
		why.Reason = model.ReasonAbsent
	}
	return why
}
