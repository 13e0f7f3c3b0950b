package knowledge

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func load(t testing.TB) *Base {
	t.Helper()
	b, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// asked writes topics as "kind id", with a question mark if unknown.
func asked(topics []Topic) []string {
	out := []string{}
	for _, t := range topics {
		s := t.Kind + " " + t.ID
		if !t.Known {
			s += "?"
		}
		out = append(out, s)
	}
	return out
}

func TestFind(t *testing.T) {
	b := load(t)
	for input, want := range map[string][]string{
		// one code in every notation
		"0x80070643":                    {"code 0x80070643"},
		"0X80070643":                    {"code 0x80070643"},
		"80070643":                      {"code 0x80070643"},
		"０ｘ８００７０６４３":                    {"code 0x80070643"},
		"0×80070643":                    {"code 0x80070643"},
		"Ox80070643":                    {"code 0x80070643"},
		"0x8007643":                     {"code 0x80070643"},
		"0xffffffff80070643":            {"code 0x80070643"},
		"0x0000000080070643":            {"code 0x80070643"},
		"-2147023293":                   {"code 0x80070643"},
		"−2147023293":                   {"code 0x80070643"},
		"－２１４７０２３２９３":                   {"code 0x80070643"},
		"2147942402":                    {"code 0x80070002"},
		"2147944003":                    {"code 0x80070643"},
		"1603":                          {"code 0x80070643"},
		"0x643":                         {"code 0x80070643"},
		"2359302":                       {"code 0x00240006"},
		"0x00240006":                    {"code 0x00240006"},
		"800f0922":                      {"code 0x800f0922"},
		"0x80240022":                    {"code 0x80240022"},
		"5":                             {"code 0x80070005"},
		"12029":                         {"code 0x80072efd"},
		"CBS_E_INSUFFICIENT_DISK_SPACE": {"code 0x800f0828"},
		"error_install_failure":         {"code 0x80070643"},
		"E_ACCESSDENIED":                {"code 0x80070005"},
		"E_INVALIDARG":                  {"code 0x80070057"},
		// codes nobody knows
		"0x8024dead": {"code 0x8024dead?"},
		"8024dead":   {"code 0x8024dead?"},
		"4711":       {"code 0x80071267?"},
		"0xc0000142": {"code 0xc0000142?"},
		"0x00040008": {"code 0x00040008?"},
		// KBs
		"KB5034441":  {"kb KB5034441"},
		"kb5034441":  {"kb KB5034441"},
		"ＫＢ５０３４４４１":  {"kb KB5034441"},
		"KB 5034441": {"kb KB5034441"},
		"KB-5034441": {"kb KB5034441"},
		"5034441":    {"kb KB5034441"},
		"890830":     {"kb KB890830"},
		"KB9999999":  {"kb KB9999999?"},
		"9999999":    {"kb KB9999999?"},
		// ids and titles
		"winre-partition-too-small": {"cause winre-partition-too-small"},
		"winre-enlarge":             {"remedy winre-enlarge"},
		"回復パーティションの空き不足":            {"cause winre-partition-too-small"},
		// sentences
		"KB5034441 ダウンロード エラー - 0x80070643":                              {"kb KB5034441", "code 0x80070643"},
		"更新プログラムKB5034441がエラー0x80070643で入りません。":                          {"kb KB5034441", "code 0x80070643"},
		"windows10.0-kb5034232-x64_ff4651e9e031bad04f7fa645dc3dee.cab":   {"kb KB5034232"},
		"2024-01 Update for Windows 10 22H2 x64 (KB5034441)":             {"kb KB5034441"},
		"Failed. [HRESULT = 0x800f0828 - CBS_E_INSUFFICIENT_DISK_SPACE]": {"code 0x800f0828"},
		"MSI (s): Product: X -- Installation failed. status: 1603.":      {"code 0x80070643"},
		"0xC1900101 - 0x4001E":                    {"code 0xc1900101"},
		"0xC1900101-0x20017":                      {"code 0xc1900101"},
		"Error: 14098":                            {"code 0x80073712"},
		"終了コード 5 で失敗":                             {"code 0x80070005"},
		"HRESULT_FROM_WIN32(1603)":                {"code 0x80070643"},
		"winre-disabled, pending-reboot; restart": {"cause winre-disabled", "cause pending-reboot", "remedy restart"},
		"80070643\t80070643 0x80070643 1603":      {"code 0x80070643"},
		// nothing
		"":                          {},
		"0":                         {},
		"0x0":                       {},
		"-":                         {},
		"hello":                     {},
		"2026-11-21 10:03":          {},
		"I have 12 updates, 2024":   {},
		"deadbeef effaced badfaced": {},
		"20240109":                  {},
	} {
		if got := asked(b.Find(input)); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", input, got, want)
		}
	}
}

func TestFindTyped(t *testing.T) {
	b := load(t)
	for input, want := range map[string]string{"１６０３": "1603", "-2147023293": "-2147023293", "0x8007643": "0x8007643"} {
		if got := b.Find(input); len(got) != 1 || got[0].Typed != want {
			t.Errorf("%q: %v, want %q as typed", input, got, want)
		}
	}
}

// TestFindIsBounded: a log of megabytes, and one that names a thousand codes.
func TestFindIsBounded(t *testing.T) {
	b := load(t)
	if got := b.Find(strings.Repeat("更", maxQuestion) + " 0x80070643"); len(got) != 0 {
		t.Errorf("read %v behind the bound", got)
	}
	many := ""
	for hex := range b.Codes {
		many += hex + " "
	}
	if got := b.Find(many); len(got) != maxTopics {
		t.Errorf("%d topics, want %d", len(got), maxTopics)
	}
}

func TestEveryCodeIsFound(t *testing.T) {
	b := load(t)
	for hex, c := range b.Codes {
		if got := asked(b.Find(hex)); !slices.Equal(got, []string{"code " + hex}) {
			t.Errorf("%s: %v", hex, got)
		}
		for _, name := range strings.Fields(c.Symbol) {
			if got := asked(b.Find(name)); !slices.Equal(got, []string{"code " + hex}) {
				t.Errorf("%s: %v, want %s", name, got, hex)
			}
		}
	}
}

func TestSplitHResult(t *testing.T) {
	for hex, want := range map[string]HResult{
		"0x80070643": {Failure: true, Facility: 7, Code: 1603},
		"0x800f0922": {Failure: true, Facility: 15, Code: 0x922},
		"0x00240006": {Facility: 0x24, Code: 6},
		"0xd0000034": {Failure: true, NT: true, Code: 0x34},
		"0xc0000142": {Failure: true, NT: true, Code: 0x142},
		"0xc1900101": {Failure: true, Facility: 0x190, Code: 0x101},
	} {
		if got, ok := SplitHResult(hex); !ok || got != want {
			t.Errorf("%s: %+v, want %+v", hex, got, want)
		}
	}
	if _, ok := SplitHResult("0x123456789"); ok {
		t.Error("nine digits are taken for a code")
	}
	if h, _ := SplitHResult("0x80070643"); true {
		if n, ok := h.Win32(); !ok || n != 1603 {
			t.Errorf("Win32 %d, %v", n, ok)
		}
	}
}

func FuzzFind(f *testing.F) {
	for _, s := range []string{"0x80070643", "KB5034441 ダウンロード エラー - 0x80070643", "-2147023293", "ＫＢ５０３４４４１", "a-b_c", "\xff0x8007\x00", "KB KB kb-1", "0xffffffffffffffffffff"} {
		f.Add(s)
	}
	b := load(f)
	f.Fuzz(func(t *testing.T, input string) {
		topics := b.Find(input)
		if len(topics) > maxTopics {
			t.Fatalf("%d topics", len(topics))
		}
		for i, a := range topics {
			if a.ID == "" || a.Kind == "" || !utf8.ValidString(a.ID) {
				t.Fatalf("%+v", a)
			}
			if _, ok := SplitHResult(a.ID); a.Kind == TopicCode && !ok {
				t.Fatalf("%s is no code", a.ID)
			}
			known := map[string]bool{TopicCode: b.Codes[a.ID] != nil, TopicKB: b.KBs[a.ID] != nil, TopicCause: b.Cause(a.ID) != nil, TopicRemedy: b.Remedies[a.ID] != nil}
			if known[a.Kind] != a.Known {
				t.Fatalf("%+v", a)
			}
			for _, o := range topics[:i] {
				if o.Kind == a.Kind && o.ID == a.ID {
					t.Fatalf("%s twice", a.ID)
				}
			}
		}
	})
}
