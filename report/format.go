package report

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"updoc/model"
)

// Formats are the names that may follow the colon of a placeholder:
//
//	size     bytes as Windows shows them, 1024-based, rounded down: 83 MB, 1.2 GB
//	bytes    a number with commas, without a unit: 87,138,304
//	count    the same, for things that are counted
//	time     date and time in a sentence
//	date     date in a sentence
//	stamp    date and time in a table
//	day      date in a table
//	minutes  a duration given in seconds: 20 min
//	percent  a share from 0 to 1
//	code     an error code, as it is
//	none     the value as it is
var Formats = []string{"size", "bytes", "count", "time", "date", "stamp", "day", "minutes", "percent", "code", "none"}

// formatter shows values in one language and time zone.
type formatter struct {
	lang        string
	zone        *time.Location
	notMeasured string // what stands for a value that is not known
}

// fill puts args into a template. A placeholder without a value shows that it was
// not measured.
func (f formatter) fill(template string, args model.Args) string {
	var out strings.Builder
	for _, part := range parseTemplate(template) {
		if part.name == "" {
			f.join(&out, part.text)
			continue
		}
		f.join(&out, f.show(args[part.name], part.format))
	}
	return out.String()
}

// join appends text. In Japanese a space separates half-width from full-width
// characters only, so one between two full-width ones is taken out.
func (f formatter) join(out *strings.Builder, text string) {
	s := out.String()
	if f.lang != "ja" || s == "" || text == "" {
		out.WriteString(text)
		return
	}
	switch {
	case strings.HasSuffix(s, " ") && wideEnd(strings.TrimRight(s, " ")) && wideStart(text):
		out.Reset()
		out.WriteString(strings.TrimRight(s, " "))
	case strings.HasPrefix(text, " ") && wideEnd(s) && wideStart(strings.TrimLeft(text, " ")):
		text = strings.TrimLeft(text, " ")
	}
	out.WriteString(text)
}

func wideEnd(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return wide(r)
}

func wideStart(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return wide(r)
}

// wide reports whether a character of Japanese text takes the full width.
func wide(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || strings.ContainsRune("ー、。「」『』・～", r)
}

// show formats one value. A format that does not fit the value shows it as it is.
func (f formatter) show(v any, format string) string {
	if v == nil {
		return f.notMeasured
	}
	if t, ok := asTime(v); ok {
		return f.showTime(t, format)
	}
	if n, ok := asNumber(v); ok {
		return f.showNumber(n, v, format)
	}
	switch v := v.(type) {
	case string:
		if v == "" {
			return f.notMeasured
		}
		return v
	case []string:
		return f.list(v)
	}
	return fmt.Sprint(v)
}

func (f formatter) showNumber(n float64, v any, format string) string {
	switch format {
	case "size":
		return sizeOf(n)
	case "bytes", "count":
		return commas(int64(n))
	case "minutes":
		return f.minutes(int64(n))
	case "percent":
		return strconv.Itoa(int(math.Round(n*100))) + "%"
	}
	if n == math.Trunc(n) && math.Abs(n) < 1<<53 {
		return strconv.FormatInt(int64(n), 10)
	}
	return fmt.Sprint(v)
}

func (f formatter) list(items []string) string {
	if f.lang == "ja" {
		return strings.Join(items, "、")
	}
	switch n := len(items); n {
	case 0:
		return ""
	case 1:
		return items[0]
	case 2:
		return items[0] + " and " + items[1]
	default:
		return strings.Join(items[:n-1], ", ") + ", and " + items[n-1]
	}
}

// asNumber reads a number of any kind that Args may hold, also after a detour
// through JSON.
func asNumber(v any) (float64, bool) {
	switch n := v.(type) {
	case int64:
		return float64(n), true
	case int:
		return float64(n), true
	case uint64:
		return float64(n), true
	case float64:
		return n, true
	case json.Number:
		x, err := n.Float64()
		return x, err == nil
	}
	return 0, false
}

// asTime reads a time, also after a detour through JSON.
func asTime(v any) (time.Time, bool) {
	switch t := v.(type) {
	case time.Time:
		return t, true
	case string:
		if len(t) < len("2006-01-02T15:04:05Z") || t[4] != '-' {
			return time.Time{}, false
		}
		x, err := time.Parse(time.RFC3339Nano, t)
		return x, err == nil
	}
	return time.Time{}, false
}

// sizeOf shows bytes as Windows does: 1024-based, never rounded up, so that too
// little room is never shown as enough.
func sizeOf(n float64) string {
	units := []string{"KB", "MB", "GB", "TB"}
	if n < 1024 {
		return strconv.FormatInt(int64(n), 10) + " B"
	}
	i := -1
	for n >= 1024 && i < len(units)-1 {
		n, i = n/1024, i+1
	}
	if decimal := math.Floor(n*10) / 10; i > 0 && decimal < limitOfDecimals(i) && decimal != math.Trunc(decimal) {
		return strconv.FormatFloat(decimal, 'f', 1, 64) + " " + units[i]
	}
	return strconv.FormatInt(int64(n), 10) + " " + units[i]
}

// limitOfDecimals is where one decimal stops being of use: 9.5 MB, but 83 MB; 63.5 GB,
// but 465 GB.
func limitOfDecimals(unit int) float64 {
	if unit == 1 {
		return 10
	}
	return 100
}

func commas(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}
