package knowledge

import (
	"bytes"
	"flag"
	"os"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/japanese"
)

var update = flag.Bool("update", false, "write the table of code page 932 anew")

// The table says what an encoder of others says.
func TestTableOfCodePage932(t *testing.T) {
	want := make([]byte, 1<<16/8)
	encoder := japanese.ShiftJIS.NewEncoder()
	for r := range rune(1 << 16) {
		if utf16.IsSurrogate(r) {
			continue
		}
		if _, err := encoder.String(string(r)); err == nil {
			want[r/8] |= 1 << (r % 8)
		}
	}
	if *update {
		if err := os.WriteFile("cp932.bin", want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(cp932(), want) {
		t.Error("it differs: go test ./knowledge -run CodePage932 -update, then once more")
	}
	for r, lacks := range map[rune]bool{'あ': false, '髙': false, '～': false, '〜': true, '—': true, '😀': true} {
		if notInCP932(r) != lacks {
			t.Errorf("%c: %t", r, !lacks)
		}
	}
}

func TestBuiltInIsSound(t *testing.T) {
	b, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range b.Lint() {
		t.Error(f)
	}
}

func TestLintJapanese(t *testing.T) {
	bad := map[string]string{
		"フォルダを開く": "longmark", "ウィルス対策": "term", "エラーコード": "joined", "KB5034441の空き": "nospace", "更新 。": "extra",
		"２５０ MB": "width", "10〜40 分": "codepoint", "おそらく原因です": "hedge", "危険です": "fear", "しばらくお待ちください": "vague", "バックアップはありませんか?": "negask",
	}
	for text, want := range bad {
		got := LintJapanese(text)
		found := false
		for _, g := range got {
			found = found || g[:min(len(g), len(want))] == want
		}
		if !found {
			t.Errorf("%q: %v, want %s", text, got, want)
		}
	}
	for _, text := range []string{"[フォルダ] を開きます。", "空きは {free:size} です。", "更新プログラム KB5034441 の空き 250 MB", "フォルダーを開く"} {
		if got := LintJapanese(text); len(got) > 0 {
			t.Errorf("%q breaks %v", text, got)
		}
	}
}
