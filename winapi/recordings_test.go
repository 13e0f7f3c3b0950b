package winapi

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// looks are the calls that look, each with the type of its answer.
var looks = map[string]func() any{
	string(System): answerOf(System), string(Token): answerOf(Token), string(RegistryKey): answerOf(RegistryKey), string(Events): answerOf(Events),
	string(Channel): answerOf(Channel), string(Disks): answerOf(Disks), string(Volumes): answerOf(Volumes), string(Encryption): answerOf(Encryption),
	string(Services): answerOf(Services), string(SecurityProducts): answerOf(SecurityProducts), string(Filters): answerOf(Filters),
	string(Defender): answerOf(Defender), string(DiskHealth): answerOf(DiskHealth), string(UpdateHistory): answerOf(UpdateHistory),
	string(SearchUpdates): answerOf(SearchUpdates), string(Power): answerOf(Power), string(Clock): answerOf(Clock), string(FileSecurity): answerOf(FileSecurity),
	string(KeySecurity): answerOf(KeySecurity), string(AppControl): answerOf(AppControl), string(AgentBusy): answerOf(AgentBusy),
	string(Installers): answerOf(Installers),
}

func answerOf[A, R any](Call[A, R]) func() any { return func() any { return new(R) } }

// recorded reads a recording as its lines, each answer in its type: a field that the type
// does not know is an error.
func recorded(t *testing.T, name string) (lines []entry, answers []any) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "recordings", name+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for text := bufio.NewScanner(bytes.NewReader(raw)); text.Scan(); {
		var e entry
		if err := strictly(text.Bytes(), &e); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		made, known := looks[e.Call]
		if !known {
			t.Fatalf("%s: no such call: %s", name, e.Call)
		}
		answer := made()
		if e.Error == nil && !e.None {
			if err := strictly(e.Answer, answer); err != nil {
				t.Fatalf("%s: %s: %v", name, e.Call, err)
			}
		}
		lines, answers = append(lines, e), append(answers, answer)
	}
	return lines, answers
}

func strictly(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

var titleInXML = regexp.MustCompile(`<Data Name='updateTitle'>[^<]*</Data>`)

// worded empties the fields that hold words of Windows; nothing else may differ between
// languages.
func worded(answer any) any {
	switch a := answer.(type) {
	case *SystemInfo:
		a.Languages = nil
	case *[]Volume:
		for i := range *a {
			(*a)[i].Label = ""
		}
	case *[]SecurityProduct:
		for i := range *a {
			(*a)[i].Name = ""
		}
	case *[]HistoryEntry:
		for i := range *a {
			(*a)[i].Title = ""
		}
	case *[]Update:
		for i := range *a {
			(*a)[i].Title = ""
		}
	case *EventPage:
		for i := range a.Events {
			a.Events[i] = titleInXML.ReplaceAllString(a.Events[i], "")
		}
	case *Key:
		for i, v := range a.Values {
			if v.Name == "DisplayName" {
				a.Values[i].Data = nil
			}
		}
	}
	return answer
}

func TestRecordingsOfOnePCDifferInWordsOnly(t *testing.T) {
	for _, pair := range [][2]string{{"home-ja", "home-en"}, {"server-de", "server-en"}} {
		lines, answers := recorded(t, pair[0])
		others, otherAnswers := recorded(t, pair[1])
		if len(lines) != len(others) {
			t.Fatalf("%v: %d and %d lines", pair, len(lines), len(others))
		}
		wordsDiffer := 0
		for i, e := range lines {
			o := others[i]
			if !reflect.DeepEqual(answers[i], otherAnswers[i]) {
				wordsDiffer++
			}
			if e.Error != nil && o.Error != nil {
				e.Error.Text, o.Error.Text = "", ""
			}
			if e.Call != o.Call || !bytes.Equal(e.Args, o.Args) || !reflect.DeepEqual(e.Error, o.Error) || !reflect.DeepEqual(worded(answers[i]), worded(otherAnswers[i])) {
				t.Errorf("%v, %s %s: facts differ\n%+v\n%+v", pair, e.Call, e.Args, answers[i], otherAnswers[i])
			}
		}
		if wordsDiffer < 4 {
			t.Errorf("%v: only %d answers differ in words: this proves nothing", pair, wordsDiffer)
		}
	}
}

func TestRecordingsAnswerEveryLook(t *testing.T) {
	files, err := filepath.Glob("testdata/recordings/*.jsonl")
	if err != nil || len(files) < 4 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".jsonl")
		seen := map[string]bool{}
		lines, _ := recorded(t, name)
		for _, e := range lines {
			seen[e.Call] = true
		}
		for call := range looks {
			if !seen[call] {
				t.Errorf("%s: %s is not recorded", name, call)
			}
		}
	}
}

func TestRecordedPCAnswers(t *testing.T) {
	raw, err := os.Open("testdata/recordings/server-de.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	pc, err := ReadRecording(raw)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := System.Do(t.Context(), pc, None{}); err != nil || s.Product != 3 || s.Build != 20348 {
		t.Errorf("%+v %v", s, err)
	}
	if _, err := SecurityProducts.Do(t.Context(), pc, None{}); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := FileSecurity.Do(t.Context(), pc, `C:\System Volume Information`); !errors.Is(err, fs.ErrPermission) {
		t.Error(err)
	}
	if _, err := FileSecurity.Do(t.Context(), pc, `C:\not asked then`); !errors.Is(err, ErrUnsupported) {
		t.Error(err)
	}
}
