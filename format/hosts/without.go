package hosts

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf16"
)

// Without returns the file without the names of update's servers, and how many there were. Other names of the same line,
// comments, line ends, byte order mark and encoding stay; a line whose names are all gone goes as a whole if it has no
// comment. Without such names the file is returned as it is.
func Without(file []byte) (out []byte, removed int) {
	if rest, wide := bytes.CutPrefix(file, []byte{0xff, 0xfe}); wide && len(rest)%2 == 0 {
		return withoutWide(file, rest)
	}
	for line := range bytes.Lines(file) {
		// Bytes that are no UTF-8 stay: they are copied, never decoded.
		kept, n := withoutLine(string(line))
		out, removed = append(out, kept...), removed+n
	}
	if removed == 0 {
		return file, 0
	}
	return out, removed
}

// withoutWide is Without for UTF-16, which Windows' Notepad offers. A file that cannot be written back exactly is left alone.
func withoutWide(file, rest []byte) ([]byte, int) {
	units := make([]uint16, len(rest)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(rest[2*i:])
	}
	text := string(utf16.Decode(units))
	if !bytes.Equal(wide(text), file) {
		return file, 0
	}
	kept, removed := Without([]byte(text))
	return wide(string(kept)), removed
}

func wide(text string) []byte {
	b := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return b
}

const mark = "\ufeff" // only the first line can have it

func withoutLine(line string) (string, int) {
	body, marked := strings.CutPrefix(line, mark)
	_, names, ok := Line(body)
	removed := 0
	for _, name := range names {
		if UpdateServer(name) {
			removed++
		}
	}
	if !ok || removed == 0 {
		return line, 0
	}
	if removed < len(names) {
		body = cutNames(body)
	} else {
		body = comment(body)
	}
	if marked {
		body = mark + body
	}
	return body, removed
}

// comment returns the comment of a line with its line end, "" if it has none.
func comment(line string) string {
	if i := strings.IndexByte(line, '#'); i >= 0 {
		return line[i:]
	}
	return ""
}

// cutNames takes names out of a line together with the blanks before them.
func cutNames(line string) string {
	content, _, _ := strings.Cut(line, "#")
	tail := line[len(content):]
	var out strings.Builder
	for content != "" {
		blank := len(content) - len(strings.TrimLeftFunc(content, unicode.IsSpace))
		end := strings.IndexFunc(content[blank:], unicode.IsSpace)
		if end < 0 {
			end = len(content) - blank
		}
		if name := content[blank : blank+end]; name == "" || !UpdateServer(name) {
			out.WriteString(content[:blank+end])
		}
		content = content[blank+end:]
	}
	return out.String() + tail
}
