package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"updoc/model"
	"updoc/report"
)

// asks runs "updoc explain" and returns what came out.
func asks(t *testing.T, args ...string) (code int, out, err string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = Run(t.Context(), append([]string{"explain"}, args...), Streams{Out: &stdout, Err: &stderr, Env: func(string) string { return "" }})
	return code, stdout.String(), stderr.String()
}

func TestExplain(t *testing.T) {
	for _, test := range []struct {
		args []string
		want []string
	}{
		{[]string{"0x80070643"}, []string{"Error 0x80070643", "Are my files safe?", "updoc diagnose"}},
		{[]string{"0x80070643", "--lang", "ja"}, []string{"エラー 0x80070643", "偽サイト"}},
		{[]string{"--lang=ja", "KB5034441", "ダウンロード", "エラー", "-", "0x80070643"}, []string{"更新プログラム KB5034441", "回復パーティションに 250 MB"}},
		{[]string{"-2147023293"}, []string{"Error 0x80070643", `"-2147023293" stands for`}},
		{[]string{"winre-partition-too-small", "-v"}, []string{"For an expert", "KB5028997"}},
		{[]string{"restart", "--format", "md"}, []string{"# Remedy: Restart Windows"}},
		{[]string{"KB9999999"}, []string{"knows nothing about KB9999999"}},
		{[]string{"0x8024beef", "--format=html"}, []string{"<!doctype html>", "0x8024beef"}},
	} {
		code, out, err := asks(t, test.args...)
		if code != 0 || err != "" {
			t.Errorf("%v: exit %d, %s", test.args, code, err)
		}
		for _, want := range test.want {
			if !strings.Contains(out, want) {
				t.Errorf("%v: no %q in\n%s", test.args, want, out)
			}
		}
	}
}

func TestExplainJSON(t *testing.T) {
	code, out, _ := asks(t, "1603", "KB5034441", "--format", "json")
	var x report.Explanation
	if err := json.Unmarshal([]byte(out), &x); err != nil || code != 0 {
		t.Fatalf("exit %d, %v", code, err)
	}
	if x.Schema != report.ExplainSchema || x.Input != "1603 KB5034441" || len(x.Topics) != 2 || x.Topics[0].ID != "0x80070643" || x.Topics[0].Typed != "1603" || x.Topics[1].ID != "KB5034441" {
		t.Errorf("%+v", x)
	}
}

func TestExplainNothing(t *testing.T) {
	code, out, err := asks(t, "hello", "there")
	if code != 2 || out != "" || !strings.Contains(err, `"hello there"`) || !strings.Contains(err, "hint:") {
		t.Errorf("exit %d, %q, %q", code, out, err)
	}
	code, out, _ = asks(t, "hello", "--format", "json")
	var e model.Error
	if err := json.Unmarshal([]byte(out), &e); err != nil || code != 2 || e.Code != "no-such-thing" || len(e.Hints) == 0 {
		t.Errorf("exit %d, %v, %+v", code, err, e)
	}
	if code, _, err := asks(t); code != 2 || err == "" {
		t.Errorf("no question: exit %d, %q", code, err)
	}
}

func TestExplainOutput(t *testing.T) {
	file := filepath.Join(t.TempDir(), "answer.txt")
	code, out, err := asks(t, "0x80070643", "--output", file)
	raw, readErr := os.ReadFile(file)
	if code != 0 || out != "" || readErr != nil || !strings.Contains(string(raw), "Error 0x80070643") {
		t.Errorf("exit %d, %q, %q, %v", code, out, err, readErr)
	}
}
