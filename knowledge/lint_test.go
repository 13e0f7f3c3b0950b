package knowledge

import "testing"

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
