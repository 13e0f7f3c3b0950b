package report

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"updoc/knowledge"
)

// explainSections are the ids a section can have.
var explainSections = []any{"data", "meaning", "about", "without", "why-not", "instead", "home", "why", "now", "download", "room", "fake", "known", "settle", "remedies", "gates", "serves", "causes", "find", "facts", "expert", "evidence", "sources"}

// explainBase is a small knowledge with the real texts: golden files change when the
// answers change, not when a cause is worded anew.
func explainBase(t *testing.T) *knowledge.Base {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range map[string]string{
		"codes.tsv": "hex\tsymbol\tfamily\tmeaning\n0x80070643\tERROR_INSTALL_FAILURE\tWIN32\tAn installer failed.\n" +
			"0x80070017\tERROR_CRC\tWIN32\tThe disk could not be read.\n0x00240006\tWU_S_ALREADY_INSTALLED\tWU\tIt is installed.\n",
		"codes/codes.yaml": "- {hex: '0x80070643', wrapper: true, meaning: {ja: インストーラーが失敗しました。}}\n" +
			"- {hex: '0x80070017', advice: back-up, meaning: {ja: ディスクを読めませんでした。}}\n- {hex: '0x00240006', advice: nothing, meaning: {ja: もう入っています。}}\n",
		"classes.yaml": "- {id: winre, name: {ja: 回復環境の更新プログラム, en: Recovery environment update}}\n- {id: guide, name: {ja: 手順の案内, en: Guidance}}\n",
		"gates.yaml":   "- {id: backup, text: {ja: バックアップがあること, en: A backup exists}}\n",
		"kbs/kbs.yaml": `- id: KB5034441
  class: winre
  title: {ja: 回復環境の更新, en: Recovery update}
  released: 2024-01-09
  withdrawn: 2024-08-13
  replacedBy: KB5042320
  needFree: 262144000
  cves: [CVE-2024-20666]
  facts:
    - {text: {ja: 空き不足で失敗します。, en: It fails for lack of room.}, grade: B, source: press}
    - {text: {ja: 番号は確認できていません。, en: The number is unconfirmed.}, grade: U, source: nobody}
  sources: [{grade: A, ref: support article}]
- {id: KB5042320, class: winre, title: {ja: 次の更新, en: Next update}, sources: [{grade: C, ref: scripts}]}
- {id: KB928228, class: guide, title: {ja: 読み方, en: How to read}, sources: [{grade: A, ref: support article}]}
`,
		"causes/too-small.yaml": `id: too-small
classes: [winre]
prior: 0.3
title: {ja: 空き不足, en: Too little room}
home: {ja: '空きは {free:size}、必要なのは {need:size} です。', en: '{free:size} free; {need:size} are needed.'}
expert: {ja: 'ディスク {disk}。', en: 'Disk {disk}.'}
args: {free: machine.winre.active.free, need: 262144000, disk: machine.winre.active.disk}
evidence:
  - id: free
    when: machine.winre.active.free < 262144000
    confirms: true
    args: {free: machine.winre.active.free}
    text: {ja: '空きは {free:size} です。', en: '{free:size} free.'}
    settle: {ja: 空きを調べると分かります。, en: The free space would tell.}
  - id: enough
    when: machine.winre.active.free >= 262144000
    rulesOut: true
    text: {ja: 足りています。, en: It is enough.}
remedies: {oneOf: [enlarge]}
sources: [{grade: A, ref: KB5028997}]
`,
		"causes/false-alarm.yaml": "id: false-alarm\nnoFault: true\nprior: 0.5\ntitle: {ja: 誤った表示, en: False alarm}\nhome: {ja: もう入っています。, en: It is in.}\nexpert: {ja: 入っています。, en: Present.}\n",
		"remedies/enlarge.yaml": "id: enlarge\nrisk: R4\nwhere: [live, offline]\ntitle: {ja: 広げる, en: Enlarge}\nwhy: {ja: '{size} 広げます。', en: 'Grow by {size}.'}\ngates: [backup]\nundoKind: exact\nseconds: 600\n" +
			"undo: {ja: 戻せます。, en: It can be put back.}\nifFails: {ja: 元のままです。, en: Nothing changes.}\nexpectText: {ja: 空きが増えます。, en: There is more room.}\nparams: {size: machine.winre.active.free}\n",
	} {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	for _, name := range []string{"ui.yaml", "explain.yaml"} {
		raw, err := os.ReadFile("../knowledge/texts/" + name)
		if err != nil {
			t.Fatal(err)
		}
		fsys["texts/"+name] = &fstest.MapFile{Data: raw}
	}
	b, err := knowledge.LoadFS(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestExplainGolden(t *testing.T) {
	b := explainBase(t)
	for name, question := range map[string]string{
		"wrapper": "KB5034441 ダウンロード エラー - 0x80070643", "failing-disk": "23", "success": "2359302", "unknown": "0x8024beef",
		"unknown-kb": "KB9999999", "article": "KB928228", "cause": "too-small", "no-fault": "false-alarm", "remedy": "enlarge",
	} {
		for _, lang := range []string{"ja", "en"} {
			for _, o := range []struct {
				end string
				Options
			}{{".txt", Options{}}, {".v.txt", Options{Verbose: true}}, {".md", Options{Format: "md"}}, {".json", Options{Format: "json"}}, {".html", Options{Format: "html"}}} {
				if name != "wrapper" && name != "cause" && o.end != ".txt" {
					continue
				}
				o.Lang = lang
				var got bytes.Buffer
				if err := WriteExplain(&got, b.Find(question), question, b, o.Options); err != nil {
					t.Fatal(err)
				}
				if o.end == ".html" {
					got = *bytes.NewBuffer(withoutStyle(got.Bytes()))
				}
				golden(t, "explain-"+name+"."+lang+o.end, got.Bytes())
			}
		}
	}
}

// withoutStyle leaves out the style sheet, which others change.
func withoutStyle(page []byte) []byte {
	before, rest, _ := bytes.Cut(page, []byte("<style>"))
	_, after, _ := bytes.Cut(rest, []byte("</style>"))
	return append(before, after...)
}

// everything asks for all that is known, and for things that are not.
func everything(b *knowledge.Base) []knowledge.Topic {
	topics := []knowledge.Topic{{Kind: "code", ID: "0x8024beef"}, {Kind: "code", ID: "0xc0000142"}, {Kind: "code", ID: "0x00040008"}, {Kind: "kb", ID: "KB9999999"}}
	for _, hex := range slices.Sorted(maps.Keys(b.Codes)) {
		topics = append(topics, knowledge.Topic{Kind: "code", ID: hex, Known: true, Typed: hex})
	}
	for id := range b.KBs {
		topics = append(topics, knowledge.Topic{Kind: "kb", ID: id, Known: true})
	}
	for _, c := range b.Causes {
		topics = append(topics, knowledge.Topic{Kind: "cause", ID: c.ID, Known: true})
	}
	for id := range b.Remedies {
		topics = append(topics, knowledge.Topic{Kind: "remedy", ID: id, Known: true})
	}
	for _, h := range b.Harms {
		topics = append(topics, knowledge.Topic{Kind: "harm", ID: h.ID, Known: true})
	}
	return topics
}

// TestExplainEverything: no answer is empty, shows a hole, or breaks the glossary.
func TestExplainEverything(t *testing.T) {
	b := realBase(t)
	for _, lang := range []string{"ja", "en"} {
		for _, topic := range everything(b) {
			x := Explain([]knowledge.Topic{topic}, "", b, lang).Topics[0]
			if x.Title == "" || len(x.Sections) == 0 {
				t.Errorf("%s %s: title %q, %d sections", lang, x.ID, x.Title, len(x.Sections))
			}
			for _, s := range x.Sections {
				if !slices.Contains(explainSections, any(s.ID)) {
					t.Errorf("%s: section %q is not in the schema", x.ID, s.ID)
				}
				texts := append(append([]string{s.Heading}, s.Texts...), s.Items...)
				for _, l := range s.Facts {
					texts = append(texts, l.Label, l.Text)
				}
				for _, text := range texts {
					checkExplained(t, x.ID+" "+s.ID, lang, text)
				}
			}
		}
	}
}

func checkExplained(t *testing.T, at, lang, text string) {
	t.Helper()
	if text == "" || strings.Contains(text, "{") || strings.Contains(text, "未確認 です") || strings.Contains(text, "not measured") {
		t.Errorf("%s: %q", at, text)
	}
	if lang != "ja" {
		return
	}
	if !strings.ContainsFunc(text, wide) {
		return // names
	}
	for _, rule := range knowledge.LintJapanese(text) {
		t.Errorf("%s: %q breaks %s", at, text, rule)
	}
}

// TestExplainAnswersFearFirst: the order in which a worried reader needs it.
func TestExplainAnswersFearFirst(t *testing.T) {
	b := realBase(t)
	x := Explain(b.Find("0x80070643"), "0x80070643", b, "ja")
	var ids []string
	for _, s := range x.Topics[0].Sections {
		ids = append(ids, s.ID)
	}
	want := []string{"data", "meaning", "now", "download", "room", "fake", "causes", "find", "facts", "expert", "sources"}
	if !slices.Equal(ids, want) {
		t.Errorf("%v, want %v", ids, want)
	}
	if n := len(x.Topics[0].Causes); n != len(b.Causes) {
		t.Errorf("%d causes stand behind it, want all %d", n, len(b.Causes))
	}
}

// TestExplainDiskFirst: codes of a failing disk never begin with comfort or a repair.
func TestExplainDiskFirst(t *testing.T) {
	b := realBase(t)
	for _, hex := range []string{"0x80070017", "0x8007001e", "0x8007045d", "0x80070570", "0x80070571"} {
		x := Explain(b.Find(hex), hex, b, "en").Topics[0]
		if got := x.Sections[0].Texts; len(got) != 1 || !strings.Contains(got[0], "copy important files") {
			t.Errorf("%s begins with %v", hex, got)
		}
		if x.Code.Advice != "back-up" {
			t.Errorf("%s: %s", hex, x.Code.Advice)
		}
	}
}

// TestAdvicesExist: every word has its text, and no other word is used.
func TestAdvicesExist(t *testing.T) {
	b := realBase(t)
	for _, word := range append(slices.Clone(knowledge.Advices), "diagnose") {
		if id := "explain.advice." + word; b.Text(id).JA == "" || b.Text(id).EN == "" {
			t.Errorf("%s is not there", id)
		}
	}
	for hex, c := range b.Codes {
		if c.Advice != "" && !slices.Contains(knowledge.Advices, c.Advice) {
			t.Errorf("%s: advice %q", hex, c.Advice)
		}
	}
}

func TestExplainFitsItsSchema(t *testing.T) {
	b := realBase(t)
	schema := readSchema(t, "explain")
	for _, lang := range []string{"ja", "en"} {
		var out bytes.Buffer
		if err := WriteExplain(&out, everything(b), "all of it", b, Options{Format: "json", Lang: lang}); err != nil {
			t.Fatal(err)
		}
		var doc any
		if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
			t.Fatal(err)
		}
		for _, fault := range validate(schema, schema, doc, "") {
			t.Error(fault)
		}
	}
}

// TestExplainHTMLIsSafe: what somebody pastes never becomes markup.
func TestExplainHTMLIsSafe(t *testing.T) {
	b := realBase(t)
	topics := []knowledge.Topic{{Kind: "code", ID: "0x80070643", Known: true, Typed: "<script>alert(1)</script>"}}
	var out bytes.Buffer
	if err := WriteExplain(&out, topics, "x", b, Options{Format: "html"}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "<script") {
		t.Error("markup of the question stands in the page")
	}
}
