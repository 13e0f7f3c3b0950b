package report

import (
	"slices"
	"testing"
	"time"

	"updoc/knowledge"
	"updoc/model"
)

func testFormatter(lang string) formatter {
	none := map[string]string{"ja": "未確認", "en": "not measured"}[lang]
	return formatter{lang: lang, zone: time.FixedZone("+09:00", 9*3600), notMeasured: none}
}

func TestFill(t *testing.T) {
	at := time.Date(2025, 4, 8, 18, 12, 45, 0, time.UTC)
	args := model.Args{"free": int64(87138304), "need": 262144000, "n": 1234.0, "at": at, "later": "2025-04-08T18:12:45Z",
		"code": "0x80070643", "p": 0.454, "s": int64(1190), "list": []string{"A", "B", "C"}, "zero": time.Time{}, "name": "回復", "empty": ""}
	for _, c := range []struct{ template, ja, en string }{
		{"{free:size}", "83 MB", "83 MB"},
		{"{free:bytes}", "87,138,304", "87,138,304"},
		{"{n:count}|{n}", "1,234|1234", "1,234|1234"},
		{"{at:time}", "2025 年 4 月 9 日 (水) 3:12", "Wed, 9 April 2025, 03:12"},
		{"{later:date}", "2025 年 4 月 9 日 (水)", "9 April 2025"},
		{"{at:stamp}|{at:day}", "2025/04/09 03:12|2025/04/09", "2025-04-09 03:12|2025-04-09"},
		{"{code:code} {p:percent}", "0x80070643 45%", "0x80070643 45%"},
		{"{s:minutes}", "20 分", "20 min"},
		{"{list}", "A、B、C", "A, B, and C"},
		{"{lacking:size}|{zero:time}|{empty}", "未確認|未確認|未確認", "not measured|not measured|not measured"},
		{"名は {name} です", "名は回復です", "名は 回復 です"},
		{"名は {code} です", "名は 0x80070643 です", "名は 0x80070643 です"},
		{"{not a placeholder} {}", "{not a placeholder} {}", "{not a placeholder} {}"},
		{"{code:size}", "0x80070643", "0x80070643"},
	} {
		for lang, want := range map[string]string{"ja": c.ja, "en": c.en} {
			if got := testFormatter(lang).fill(c.template, args); got != want {
				t.Errorf("%s: fill(%q) = %q, want %q", lang, c.template, got, want)
			}
		}
	}
}

// A size is never rounded up: 249.9 MB must not read as the 250 MB that are needed.
func TestSize(t *testing.T) {
	for n, want := range map[float64]string{
		0: "0 B", 1023: "1023 B", 1024: "1 KB", 262143999: "249 MB", 262144000: "250 MB", 9 << 20: "9 MB", 1 << 30: "1 GB",
		1288490189: "1.2 GB", 64 << 30: "64 GB", 500107862016: "465 GB", 1 << 41: "2 TB", 1 << 55: "32768 TB",
	} {
		if got := sizeOf(n); got != want {
			t.Errorf("sizeOf(%v) = %q, want %q", n, got, want)
		}
	}
}

// Every format that the linter of the knowledge lets pass is one that is shown.
func TestFormatsOfKnowledge(t *testing.T) {
	for _, format := range knowledge.Formats {
		if format != "" && !slices.Contains(Formats, format) {
			t.Errorf("format %q of the knowledge is not known to reports", format)
		}
	}
}

func TestZone(t *testing.T) {
	zone, known := zoneOf(model.Clock{BiasMinutes: model.Known(int64(-540), model.Origin{})})
	if _, offset := time.Now().In(zone).Zone(); !known || offset != 9*3600 {
		t.Errorf("zone of bias -540 = %v, %v", zone, known)
	}
	for _, c := range []model.Clock{{}, {BiasMinutes: model.Known(int64(99999), model.Origin{})}} {
		if zone, known := zoneOf(c); known || zone != time.UTC {
			t.Errorf("zone of %+v = %v, %v, want UTC, unknown", c, zone, known)
		}
	}
}
