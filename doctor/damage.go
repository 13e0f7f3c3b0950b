package doctor

import (
	"slices"

	"updoc/model"
	"updoc/source"
)

// noteDamage records the problems that a source met while its facts were collected.
// Each volume, and the disk itself, becomes one more thing that was looked at.
func noteDamage(m *model.Machine, problems []model.DiskProblem) {
	if len(m.Disks.Items) > 0 && len(problems) > 0 {
		m.Disks.Items[0].Problems = problems
		countUnreadable(m, problems)
	}
	for _, p := range problems {
		l := lookAt(m, artifactOf(p), p.Origin.Volume)
		switch {
		case !source.Lost(p):
			l.Note = note(l.Note, p)
		case l.Unseen == nil:
			l.Unseen = &model.Unseen{Artifact: l.Artifact, Reason: model.ReasonDamaged, Detail: note("", p), How: model.HowNothing}
		default:
			l.Unseen.Detail = note(l.Unseen.Detail, p)
		}
	}
}

// countUnreadable counts the places that the disk refused to give while it was looked at.
func countUnreadable(m *model.Machine, problems []model.DiskProblem) {
	n := int64(0)
	for _, p := range problems {
		if p.Code == "read-error" {
			n++
		}
	}
	if m.Storage.Unreadable.Known && n > m.Storage.Unreadable.Value {
		m.Storage.Unreadable.Value = n
	}
}

// lookAt returns the entry of a volume, or of the disk, as a whole.
func lookAt(m *model.Machine, artifact, volume string) *model.Look {
	i := slices.IndexFunc(m.Looks, func(l model.Look) bool { return l.Artifact == artifact && l.Volume == volume && l.Path == "" })
	if i < 0 {
		i = len(m.Looks)
		m.Looks = append(m.Looks, model.Look{Artifact: artifact, Volume: volume})
	}
	return &m.Looks[i]
}

// artifactOf says "a part of": what could not be read is never the whole, or nothing
// would have been found.
func artifactOf(p model.DiskProblem) string {
	switch {
	case p.Origin.Volume != "":
		return "volume-part"
	case p.Origin.Artifact == "disk":
		return "disk-part"
	}
	return p.Origin.Artifact
}

// maxNote is how long, in bytes, the account of damage becomes.
const maxNote = 300

func note(text string, p model.DiskProblem) string {
	more := p.Code + ": " + p.Text
	switch {
	case text == "":
		return more
	case len(text) < maxNote:
		return text + "; " + more
	}
	return text
}
