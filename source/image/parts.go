package image

import (
	"errors"
	"io"
	"io/fs"

	"updoc/model"
	"updoc/source"
)

func mountFAT(*io.SectionReader) (fs.FS, error) {
	return nil, unseen(model.ReasonUnsupported, model.HowNothing, errors.New("fat"))
}

func fatFacts(*model.Volume, fs.FS, model.Origin) {}

func bitLocker(v *volume) model.BitLocker {
	at := model.Origin{Artifact: "bitlocker", Volume: v.id}
	if v.kind != "bitlocker" {
		return model.BitLocker{Encrypted: model.Known(false, at), State: model.Known("off", at), Method: model.Known("", at)}
	}
	return model.BitLocker{Encrypted: model.Known(true, at), State: model.Known("unknown", at)}
}

func reasonOf(_ *volume, err error) model.Unseen { return source.Why("volume", err) }
