package knowledge

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"updoc/model"
)

// Lifecycle is one version of Windows in lifecycle.yaml.
type Lifecycle struct {
	Name         string         `yaml:"name"`
	Build        int64          `yaml:"build"`
	Server       bool           `yaml:"server"`
	Released     time.Time      `yaml:"released"`
	LastRevision int64          `yaml:"lastRevision"` // UBR of the last update everybody gets; 0: not known
	Ends         []LifecycleEnd `yaml:"ends"`
	Source       Source         `yaml:"source"`
}

// LifecycleEnd is when a group of editions stops getting updates.
type LifecycleEnd struct {
	Group    string    `yaml:"group"`
	End      time.Time `yaml:"end"`
	Extended time.Time `yaml:"extended"` // zero: there are no extended updates
}

// Groups of editions that end together.
const (
	groupHome       = "home"
	groupEnterprise = "enterprise"
	groupLTSC       = "ltsc"
	groupIoT        = "iot-ltsc"
	groupServer     = "server"
)

// editionGroups are the EditionIDs of client Windows by the group they end with; those
// that are not here are not known.
var editionGroups = map[string][]string{
	groupHome: {"core", "coren", "coresinglelanguage", "corecountryspecific", "professional", "professionaln",
		"professionaleducation", "professionaleducationn", "professionalworkstation", "professionalworkstationn"},
	groupEnterprise: {"enterprise", "enterprisen", "education", "educationn", "iotenterprise", "serverrdsh"},
	groupLTSC:       {"enterprises", "enterprisesn"},
	groupIoT:        {"iotenterprises"},
}

func (b *Base) loadLifecycle(fsys fs.FS) error {
	err := decode(fsys, "lifecycle.yaml", &b.lifecycles)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // a part of the knowledge, as tests load it
	}
	return err
}

// Lifecycle returns how long the Windows of a machine gets updates. What is not
// published, or turns on something that was not seen, is unseen; it is never nil.
func (b *Base) Lifecycle(os *model.OS) *model.Lifecycle {
	if !os.Build.Known || !os.InstallationType.Known {
		return unseenLifecycle(firstReason(os.Build.Reason(), os.InstallationType.Reason()))
	}
	server := os.InstallationType.Value != "Client"
	i := slices.IndexFunc(b.lifecycles, func(l Lifecycle) bool { return l.Build == os.Build.Value && l.Server == server })
	if i < 0 {
		return unseenLifecycle(notPublished)
	}
	l := b.lifecycles[i]
	at := model.Origin{Artifact: "knowledge", Key: l.Name}
	out := unseenLifecycle(notPublished)
	out.Name, out.Released = l.Name, published(l.Released, time.Time{}, at)
	out.LastRevision = published(l.LastRevision, 0, at)
	l.end(os, out, at)
	return out
}

// end fills in the dates of the edition's group.
func (l *Lifecycle) end(os *model.OS, out *model.Lifecycle, at model.Origin) {
	if !l.Server && !os.Edition.Known {
		why := os.Edition.Reason()
		out.End, out.Extended = model.NotSeen[time.Time](why), model.NotSeen[time.Time](why)
		return
	}
	group := groupOf(os.Edition.Value, l.Server)
	for _, e := range l.Ends {
		if e.Group == group {
			out.End = published(endOfDay(e.End), time.Time{}, at)
			out.Extended = model.Known(endOfDay(e.Extended), at)
		}
	}
}

// endOfDay is when a last day is over everywhere on earth; the zero time stays zero.
func endOfDay(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(36 * time.Hour)
}

func groupOf(edition string, server bool) string {
	if server {
		return groupServer
	}
	for group, list := range editionGroups {
		if slices.Contains(list, strings.ToLower(edition)) {
			return group
		}
	}
	return ""
}

var notPublished = model.Unseen{Artifact: "knowledge", Reason: model.ReasonAbsent, How: model.HowNothing}

func unseenLifecycle(why model.Unseen) *model.Lifecycle {
	t := model.NotSeen[time.Time](why)
	return &model.Lifecycle{Released: t, End: t, Extended: t, LastRevision: model.NotSeen[int64](why)}
}

func firstReason(reasons ...model.Unseen) model.Unseen {
	for _, r := range reasons {
		if r.Reason != "" {
			return r
		}
	}
	return model.Unseen{}
}

// lifecycles lints the table: it must be possible to tell its entries apart.
func (l *linter) lifecycles() {
	seen := map[string]bool{}
	groups := []string{groupHome, groupEnterprise, groupLTSC, groupIoT, groupServer}
	for _, v := range l.b.lifecycles {
		key := fmt.Sprint(v.Build, v.Server)
		if v.Name == "" || v.Build == 0 || seen[key] {
			l.say("lifecycle", "lifecycle-entry", v.Name, v.Build)
		}
		seen[key] = true
		l.source("lifecycle.yaml: "+v.Name, v.Source)
		for _, e := range v.Ends {
			if !slices.Contains(groups, e.Group) || (e.Group == groupServer) != v.Server || !e.End.After(v.Released) || !e.Extended.IsZero() && !e.Extended.After(e.End) {
				l.say("lifecycle", "lifecycle-end", v.Name, e.Group)
			}
		}
	}
}
