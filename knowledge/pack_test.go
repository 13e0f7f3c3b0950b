package knowledge

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// good is the worked example of docs/adding.md.
func good(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("../docs/examples/office-proxy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func pack(text string) Pack {
	return Pack{Name: "my.yaml", FS: fstest.MapFS{"my.yaml": {Data: []byte(text)}}, Path: "my.yaml"}
}

func TestPackIsAdded(t *testing.T) {
	b, err := LoadWith(pack(good(t)))
	if err != nil {
		t.Fatal(err)
	}
	built, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Causes) != len(built.Causes)+1 || b.Cause("office-proxy-blocks") == nil || b.Text("cause.office-proxy-blocks.title").JA == "" {
		t.Errorf("%d causes, %+v", len(b.Causes), b.Cause("office-proxy-blocks"))
	}
	if b.Name != "built-in + my.yaml" || built.Cause("office-proxy-blocks") != nil || built.Name != "built-in" {
		t.Errorf("%q, built-in %q", b.Name, built.Name)
	}
}

// Every fault names the file, the line and the reason, in both languages.
func TestPackFaults(t *testing.T) {
	ok := good(t)
	for name, tt := range map[string]struct{ old, new, en, ja string }{
		"wrong path":    {"machine.agent.proxy.contains", "machine.agnt.proxy.contains", ``, ``},
		"unknown field": {"    prior: 0.02\n", "    prior: 0.02\n    priority: 3\n", `there is no field "priority"`, "「priority」という項目はありません"},
		"not YAML":      {"causes:\n", "causes: [\n", "cannot be read as YAML", "YAML として読めません"},
		"exists":        {"id: office-proxy-blocks", "id: disk-full", "disk-full exists already; write replaces: true", "disk-full はすでにあります"},
		"nothing there": {"    prior: 0.02\n", "    prior: 0.02\n    replaces: true\n", "there is nothing to replace", "置き換える相手がありません"},
		"bad id":        {"id: office-proxy-blocks", "id: Office.Proxy", "is not of the right form", "形が正しくありません"},
		"self":          {"    prior: 0.02\n", "    prior: 0.02\n    refines: office-proxy-blocks\n", "leads in a circle back to office-proxy-blocks", "office-proxy-blocks に戻ります"},
		"prior":         {"prior: 0.02", "prior: 2", "the prior 2 is no probability", "prior が 2 です"},
		"no remedy":     {"[ask-administrator]", "[pray]", "the remedy pray is not known", "pray という対処はありません"},
		"no Japanese":   {"ja: '会社のプロキシが更新を止めています'", "ja: ''", "is there in one language only", "片方の言語しかありません"},
		"glossary":      {"会社のプロキシが更新を止めています", "会社のアップデート", "breaks a rule for Japanese texts", "日本語の書き方の決まり"},
		"alias":         {"    prior: 0.02\n", "    prior: &p 0.02\n", "anchors, aliases and tags are not read", ""},
	} {
		text := strings.Replace(ok, tt.old, tt.new, 1)
		if text == ok {
			t.Errorf("%s: %q is not in the example", name, tt.old)
			continue
		}
		_, err := LoadWith(pack(text))
		var faults Faults
		if !errors.As(err, &faults) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		f := faults[0]
		if name == "wrong path" {
			tt.en, tt.ja = `the expression names "agnt", which does not exist`, "式にある「agnt」という項目はありません"
		}
		if f.File != "my.yaml" || f.Line == 0 || !strings.Contains(f.In("en"), tt.en) || !strings.Contains(f.In("ja"), tt.ja) {
			t.Errorf("%s: %s:%d: %s | %s", name, f.File, f.Line, f.In("en"), f.In("ja"))
		}
		if want := lineOfChange(ok, text); name != "not YAML" && (f.Line < want-4 || f.Line > want+1) {
			t.Errorf("%s: line %d, changed is %d", name, f.Line, want)
		}
	}
}

func lineOfChange(old, changed string) int {
	a, b := strings.Split(old, "\n"), strings.Split(changed, "\n")
	for i := range a {
		if a[i] != b[i] {
			return i + 1
		}
	}
	return 0
}

func TestPackCircles(t *testing.T) {
	kb := func(id, by string) string {
		return "- {id: " + id + ", class: winre, replacedBy: " + by + ", title: {ja: 名前, en: name}, sources: [{grade: A, ref: x}]}\n"
	}
	_, err := LoadWith(pack("kbs:\n" + kb("KB9990001", "KB9990002") + kb("KB9990002", "KB9990003") + kb("KB9990003", "KB9990001")))
	var faults Faults
	if !errors.As(err, &faults) || len(faults) != 3 || faults[1].Line != 3 || !strings.Contains(faults[0].In("en"), "circle back to KB9990001") {
		t.Errorf("%v", err)
	}
}

func TestPackReplaces(t *testing.T) {
	b, err := LoadWith(pack("kbs:\n- {id: KB5034441, replaces: true, class: winre, title: {ja: 社内の名前, en: our name}, sources: [{grade: A, ref: x}]}\n" +
		"---\ncodes:\n- {hex: '0xe0000001', family: own, meaning: {ja: 社内の配布の失敗, en: our deployment failed}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if b.KBs["KB5034441"].Title.EN != "our name" || b.Text("kb.KB5034441.title").JA != "社内の名前" || b.Text("kb.KB5034441.fact.0") != (Text{}) {
		t.Errorf("%+v", b.KBs["KB5034441"])
	}
	if c := b.Codes["0xe0000001"]; c == nil || c.Success {
		t.Errorf("%+v", c)
	}
}

func TestPackFolder(t *testing.T) {
	folder := fstest.MapFS{"p/a.yaml": {Data: []byte(good(t))}, "p/b.yml": {Data: []byte("codes:\n- {hex: nonsense}\n")}, "p/readme.txt": {Data: []byte("no")}}
	_, err := LoadWith(Pack{Name: "p", FS: folder, Path: "p"})
	var faults Faults
	if !errors.As(err, &faults) || faults[0].File != "p/b.yml" || faults[0].Line != 2 {
		t.Errorf("%v", err)
	}
	delete(folder, "p/b.yml")
	if _, err := LoadWith(Pack{Name: "p", FS: folder, Path: "p"}); err != nil {
		t.Error(err)
	}
	if _, err := LoadWith(Pack{Name: "q", FS: folder, Path: "q"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
}

// What could drown the parser is refused before it sees it.
func TestPackIsTame(t *testing.T) {
	for name, text := range map[string]string{
		"brackets": strings.Repeat("[\n", 100000), "dashes": strings.Repeat("- ", 100000), "large": strings.Repeat("# comment\n", 200000),
		"a bomb": "codes: &a [1]\nkbs: *a\n", "garbage": "\x00\x01\xff\xfe", "binary tag": "codes: !!binary x", "null": "~", "number": "5", "list": "- 1\n- 2\n",
	} {
		if b, err := LoadWith(pack(text)); err == nil && name != "null" {
			t.Errorf("%s is taken: %s", name, b.Name)
		}
	}
}

func FuzzPack(f *testing.F) {
	raw, err := os.ReadFile("../docs/examples/office-proxy.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(raw))
	f.Add("kbs:\n- {id: KB1234567}\n---\ncodes:\n- {hex: '0x80070643'}\n")
	b, err := Load()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p := pack(text)
		docs, faults := b.readPack(source{p.FS, p.Path, p.Name})
		if len(docs) > 0 && len(faults) > 0 {
			t.Errorf("%d documents and %v", len(docs), faults)
		}
		lineOf([]byte(text), "cause", "office-proxy-blocks", "evidence.x")
	})
}
