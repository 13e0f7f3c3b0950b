package knowledge

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Rules for Japanese texts. Placeholders and quoted labels of the screen count as a
// digit: the labels are Windows' own words.
var japaneseRules = []struct {
	name    string
	pattern *regexp.Regexp
}{
	{"longmark", regexp.MustCompile(`(フォルダ|ユーザ|サーバ|コンピュータ|ドライバ|ビューア|セクタ|フィルタ|インストーラ|ブラウザ|エクスプローラ|アダプタ|パラメータ|ヘッダ)([^ー]|$)`)},
	{"term", regexp.MustCompile(`ウィルス|アンチウイルス|リカバリ|アップデート|トラブルシューター|リブート|エビデンス|初期化|ドライブレター|メーター接続|測定接続`)},
	{"joined", regexp.MustCompile(`サービススタック|コンポーネントストア|イベントビューアー|コマンドプロンプト|ファイルシステム|コントロールパネル|クリーンブート|セーフモード|グループポリシー|エラーコード|フィルタードライバー`)},
	{"nospace", regexp.MustCompile(`[\p{Hiragana}\p{Katakana}ー\p{Han}][A-Za-z0-9]|[A-Za-z0-9)][\p{Hiragana}\p{Katakana}\p{Han}]`)},
	{"extra", regexp.MustCompile(`[ ][、。」』]|[「『、。][ ]`)},
	{"width", regexp.MustCompile(`[Ａ-Ｚａ-ｚ０-９（）［］：％／ｦ-ﾟ]`)},
	{"codepoint", regexp.MustCompile(`[\x{301C}\x{2014}\x{2212}\x{00A5}]`)},
	{"hedge", regexp.MustCompile(`おそらく|恐らく|多分|かもしれ|と思われ|はず(です|だ)`)},
	{"fear", regexp.MustCompile(`致命的|危険|深刻|最悪|直ちに|今すぐ|！`)},
	{"vague", regexp.MustCompile(`しばらく|少々|まもなく|すぐに`)},
	{"negask", regexp.MustCompile(`(ません|ない)か[?？。]`)},
}

var labelPattern = regexp.MustCompile(`\[[^\]]*\]`)

// text checks one text in both languages.
func (l *linter) text(id string, t Text) {
	if t.EN == "" && t.JA == "" {
		return // a text that is not needed
	}
	if t.EN == "" || t.JA == "" {
		l.say(id, "one-language")
		return
	}
	if ja, en := placeholderNames(t.JA), placeholderNames(t.EN); !slices.Equal(ja, en) {
		l.say(id, "placeholders-differ", ja, en)
	}
	for _, p := range Placeholders(t.JA + t.EN) {
		if !slices.Contains(Formats, p.Format) {
			l.say(id, "placeholder-format", p.Format)
		}
	}
	for _, rule := range LintJapanese(t.JA) {
		l.say(id, "japanese", rule)
	}
}

// LintJapanese returns the names of the glossary rules that a Japanese text breaks.
func LintJapanese(s string) []string {
	var broken []string
	if strings.ContainsFunc(s, notInCP932) {
		broken = append(broken, "not in code page 932")
	}
	s = placeholderPattern.ReplaceAllString(labelPattern.ReplaceAllString(s, "0"), "0")
	for _, r := range japaneseRules {
		if hit := r.pattern.FindString(s); hit != "" {
			broken = append(broken, r.name+" ("+strings.TrimSpace(hit)+")")
		}
	}
	return broken
}

// cp932 has a bit for each character of the basic plane: 1 if code page 932 has it. A table
// of bits, because an encoder would bring a hundred times as much into the program.
var cp932 = sync.OnceValue(func() []byte {
	table, err := fs.ReadFile(data, "cp932.bin")
	if err != nil {
		panic(err) // it is part of the program
	}
	return table
})

func notInCP932(r rune) bool {
	table := cp932()
	return int(r)/8 >= len(table) || table[r/8]>>(r%8)&1 == 0
}

var codePattern = regexp.MustCompile(`0x[0-9a-f]{8}`)

// namedCodes are the codes that causes, remedies and KBs name anywhere.
func (l *linter) namedCodes() map[string]bool {
	named := map[string]bool{}
	note := func(s string) {
		for _, hex := range codePattern.FindAllString(s, -1) {
			named[hex] = true
		}
	}
	for _, c := range l.b.Causes {
		for _, e := range c.Evidence {
			note(e.When.Source)
		}
	}
	for id, t := range l.b.texts {
		if strings.HasPrefix(id, "cause.") || strings.HasPrefix(id, "remedy.") || strings.HasPrefix(id, "kb.") {
			note(t.EN)
		}
	}
	return named
}
