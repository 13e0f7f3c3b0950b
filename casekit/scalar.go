package casekit

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// Size is a number of bytes. A text says 530 MB, 64 GB, 12 KB, 4096 (bytes), rest
// (what the other partitions leave) or fill (what is needed to reach the free space
// asked for). 1 KB is 1024 bytes, as Windows shows sizes.
type Size int64

// Sizes that are worked out later.
const (
	SizeUnset Size = 0
	SizeRest  Size = -1 // all that the other partitions leave
)

// UnmarshalYAML reads a size; the error names the line.
func (s *Size) UnmarshalYAML(n ast.Node) error {
	v, err := ParseSize(scalar(n))
	if err != nil {
		return at(n, err)
	}
	*s = v
	return nil
}

// ParseSize reads a size such as "530 MB". Fractions ("1.5 GB") are rounded down to
// whole bytes.
func ParseSize(text string) (Size, error) {
	text = strings.TrimSpace(text)
	if text == "rest" {
		return SizeRest, nil
	}
	number, unit, _ := strings.Cut(text, " ")
	factor, ok := map[string]float64{"": 1, "B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40}[unit]
	v, err := strconv.ParseFloat(strings.ReplaceAll(number, "_", ""), 64)
	if err != nil || !ok || v < 0 || v*factor > 1<<50 {
		return 0, fmt.Errorf("%q is no size: write it like 530 MB, 64 GB, 4096 or rest", text)
	}
	return Size(v * factor), nil
}

// Time is a moment as the PC's own clock on the wall shows it; a trailing Z makes it
// UTC. Minutes are enough. The zero Time is "not said".
type Time struct {
	wall time.Time
	utc  bool
}

// UnmarshalYAML reads a time; the error names the line.
func (t *Time) UnmarshalYAML(n ast.Node) error {
	v, err := ParseTime(clock(n))
	if err != nil {
		return at(n, err)
	}
	*t = v
	return nil
}

// ParseTime reads "2024-01-10 12:05", "2024-01-10 12:05:31" or the same with Z.
func ParseTime(text string) (Time, error) {
	body, utc := strings.CutSuffix(strings.TrimSpace(text), "Z")
	for _, form := range []string{"2006-01-02 15:04", "2006-01-02 15:04:05"} {
		if w, err := time.Parse(form, body); err == nil {
			if w.Year() < 1990 || w.Year() > 2100 {
				break
			}
			return Time{wall: w, utc: utc}, nil
		}
	}
	return Time{}, fmt.Errorf("%q is no time: write it like 2024-01-10 12:05, with a trailing Z for UTC", text)
}

// IsZero reports whether no time was said.
func (t Time) IsZero() bool { return t.wall.IsZero() }

// In returns the moment in UTC for a PC in zone.
func (t Time) In(zone *time.Location) time.Time {
	if t.utc {
		return t.wall
	}
	w := t.wall
	return time.Date(w.Year(), w.Month(), w.Day(), w.Hour(), w.Minute(), w.Second(), 0, zone).UTC()
}

// clock returns the text of a time. The YAML reader takes 12:05 within nested flow
// brackets for a pair; its halves are joined again.
func clock(n ast.Node) string {
	switch v := n.(type) {
	case *ast.MappingNode:
		if len(v.Values) == 1 {
			return clock(v.Values[0])
		}
	case *ast.MappingValueNode:
		return scalar(v.Key) + ":" + clock(v.Value)
	}
	return scalar(n)
}

// Times is one time or a list of them.
type Times []Time

// UnmarshalYAML reads one time or a list of times.
func (t *Times) UnmarshalYAML(n ast.Node) error {
	nodes := []ast.Node{n}
	if list, ok := n.(*ast.SequenceNode); ok {
		nodes = list.Values
	}
	*t = make(Times, len(nodes))
	for i, node := range nodes {
		if err := (*t)[i].UnmarshalYAML(node); err != nil {
			return err
		}
	}
	return nil
}

// Word is a text kept as it was typed; YAML alone would read 310_1 as a number.
type Word string

// UnmarshalYAML reads any plain value.
func (w *Word) UnmarshalYAML(n ast.Node) error {
	*w = Word(scalar(n))
	return nil
}

// Code is an HRESULT or Win32 code, written 0x80070643 or in decimal. Zero is success.
type Code uint32

// UnmarshalYAML reads a code; the error names the line.
func (c *Code) UnmarshalYAML(n ast.Node) error {
	text := strings.TrimSpace(scalar(n))
	v, err := strconv.ParseUint(text, 0, 32)
	if err != nil {
		return at(n, fmt.Errorf("%q is no code: write it like 0x80070643", text))
	}
	*c = Code(v)
	return nil
}

// String returns the code as Windows' own logs write it, 0x80070643.
func (c Code) String() string { return fmt.Sprintf("0x%08x", uint32(c)) }

// Switch is yes, no or not said.
type Switch int8

// States of a Switch.
const (
	Unsaid Switch = iota
	Off
	On
)

// UnmarshalYAML reads on, off, yes, no, true or false.
func (s *Switch) UnmarshalYAML(n ast.Node) error {
	switch strings.TrimSpace(scalar(n)) {
	case "on", "yes", "true":
		*s = On
	case "off", "no", "false":
		*s = Off
	default:
		return at(n, fmt.Errorf("%q is neither on nor off", scalar(n)))
	}
	return nil
}

// or returns the switch as a bool, d if nothing was said.
func (s Switch) or(d bool) bool { return s == On || s == Unsaid && d }

// scalar returns the text of a plain value, "" for anything else. It keeps what the
// writer typed: 0x80070643 stays that, whatever YAML would make of it.
func scalar(n ast.Node) string {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value
	case *ast.MappingNode, *ast.MappingValueNode, *ast.SequenceNode, nil:
		return ""
	}
	return n.GetToken().Value
}
