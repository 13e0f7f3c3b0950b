package report

import (
	"fmt"
	"strings"

	"updoc/model"
)

// place says where a fact was read: short for a person, with the whole path and the
// offset if full.
func (s speaker) place(o model.Origin, full bool) string {
	var parts []string
	add := func(text string) {
		if text != "" {
			parts = append(parts, text)
		}
	}
	add(s.placeFile(o, full))
	if o.Record > 0 {
		add(s.say("ui.place.record", model.Args{"record": int64(o.Record)}))
	}
	if o.Line > 0 {
		add(s.say("ui.place.line", model.Args{"line": o.Line}))
	}
	if o.Key != "" && o.Artifact != "knowledge" {
		add(shortKey(o.Key, full))
	}
	if o.Offset > 0 && (full || len(parts) == 0) {
		add(s.say("ui.place.offset", model.Args{"offset": fmt.Sprintf("0x%x", o.Offset)}))
	}
	if len(parts) == 0 {
		return s.ui("place.unknown")
	}
	return strings.Join(parts, s.ui("list-comma"))
}

// placeFile names the file, or the partition for what lies outside files.
func (s speaker) placeFile(o model.Origin, full bool) string {
	switch {
	case o.Artifact == "knowledge":
		return strings.TrimSpace(s.artifact(o.Artifact, "") + " " + o.Key)
	case o.Volume != "" && strings.HasPrefix(baseName(o.Path), "$") && !full: // the file system's own files say nothing to a person
		return s.volume(o.Volume)
	case o.Path != "" && full && o.Volume != "":
		return s.volume(o.Volume) + s.ui("list-comma") + o.Path
	case o.Path != "" && full:
		return o.Path
	case o.Path != "":
		return baseName(o.Path)
	case o.Volume != "":
		return s.volume(o.Volume)
	case o.Artifact != "":
		return s.artifact(o.Artifact, "")
	}
	return ""
}

// volume names a partition id such as disk0p3; other ids are shown as they are.
func (s speaker) volume(id string) string {
	var disk, index int64
	if n, err := fmt.Sscanf(id, "disk%dp%d", &disk, &index); n == 2 && err == nil {
		return s.say("ui.place.partition", model.Args{"disk": disk, "index": index})
	}
	if n, err := fmt.Sscanf(id, "disk%d", &disk); n == 1 && err == nil {
		return s.say("ui.place.disk", model.Args{"disk": disk})
	}
	return id
}

func baseName(path string) string {
	return path[strings.LastIndexAny(path, `\/`)+1:]
}

// shortKeyWidth is how many characters of a registry key a short report shows.
const shortKeyWidth = 48

// shortKey leaves out the middle of a long key: its end says most.
func shortKey(key string, full bool) string {
	if full || len(key) <= shortKeyWidth {
		return key
	}
	parts := strings.Split(key, `\`)
	if len(parts) < 3 {
		return key
	}
	head, tail := parts[0], parts[len(parts)-1]
	for i := len(parts) - 2; i > 0 && len(head)+len(tail)+len(parts[i]) < shortKeyWidth; i-- {
		tail = parts[i] + `\` + tail
	}
	return head + `\...\` + tail
}
