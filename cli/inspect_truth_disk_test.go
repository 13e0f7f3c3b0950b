package cli

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var mmlsRow = regexp.MustCompile(`^\d+: +(\d+:\d+|\d+) +(\d+) +(\d+) +(\d+) +(.*)$`)

// compareDisk compares with mmls, fsstat and the containers' own tools.
func compareDisk(d differences, o, t object) {
	d.same("size", o["size"], t, "virtual_size")
	d.same("size of the raw form", o["size"], t, "raw_size")
	if rows, ok := t.at("mmls").([]any); ok {
		d.equal("partitions", ourRows(o), mmlsRows(rows))
	} else if t.at("mmls") != nil {
		d.equal("table", o.text("table"), "none")
	}
	for i, p := range asList(t.at("fs_by_partition")) {
		compareFS(d, o, object(p.(map[string]any)), i)
	}
	if fs, ok := t.at("fsstat").(map[string]any); ok {
		compareFsstat(d, o, fs)
	}
}

func asList(v any) []any {
	list, _ := v.([]any)
	return list
}

func ourRows(o object) string {
	var out []string
	for _, item := range asList(o["partitions"]) {
		p := object(item.(map[string]any))
		out = append(out, fmt.Sprintf("%d+%d", number(p["start"])/512, number(p["size"])/512))
	}
	return strings.Join(out, " ")
}

func number(v any) int64 {
	n, _ := strconv.ParseInt(flat(v), 10, 64)
	return n
}

// mmlsRows keeps the rows of partitions: those with a slot number.
func mmlsRows(rows []any) string {
	var out []string
	for _, row := range rows {
		if m := mmlsRow.FindStringSubmatch(row.(string)); m != nil {
			out = append(out, fmt.Sprintf("%d+%d", number(json.Number(strings.TrimLeft(m[2], "0"))), number(json.Number(strings.TrimLeft(m[4], "0")))))
		}
	}
	return strings.Join(out, " ")
}

// compareFS finds the partition that begins where the truth says and compares its kind.
func compareFS(d differences, o, want object, i int) {
	for _, item := range asList(o["partitions"]) {
		p := object(item.(map[string]any))
		if number(p["start"])/512 == number(want["start"]) {
			d.equal(fmt.Sprintf("fs %d", i), p.text("fs"), ourName(want.text("fs")))
			return
		}
	}
	d[fmt.Sprintf("fs %d", i)] = [2]string{"no partition", want.text("start")}
}

func ourName(kind string) string {
	kind = strings.ToLower(kind)
	if strings.HasPrefix(kind, "ext") {
		return "ext"
	}
	return kind
}

func compareFsstat(d differences, o object, fs map[string]any) {
	t := object(fs)
	d.equal("fs", o.text("volume.fs"), ourName(t.text("File System Type")))
	d.same("clusterSize", o.at("volume.clusterSize"), t, "Cluster Size")
	d.same("sectorSize", o["sectorSize"], t, "Sector Size")
	if serial := t.text("Volume Serial Number"); serial != "" {
		d.equal("serial", strings.ToUpper(strings.TrimPrefix(o.text("volume.serial"), "0x")), serial)
		d.same("label", o.at("volume.label"), t, "Volume Name")
	}
}
