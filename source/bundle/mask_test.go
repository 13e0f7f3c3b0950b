package bundle

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"updoc/model"
	"updoc/testkit"
)

const (
	host     = "DESKTOP-QX7Z9K2"
	japanese = "山田 太郎"
	domain   = "contoso-osaka"
	sid      = "S-1-5-21-1004336348-1177238915-682003330-1001"
	diskGUID = "{8f1c2d3e-4a5b-4c6d-9e8f-a0b1c2d3e4f5}"
	partGUID = "{7b6a5948-3726-4514-8302-f1e0d9c8b7a6}"
	bcdGUID  = "{d2f0a1b3-6c7d-4e8f-b1a2-c3d4e5f60718}"
	product  = "00330-80000-00000-AA123"
	keyOf5   = "W269N-WFGWX-YVC9B-4J6C9-T83GX"
	mail     = "taro.yamada@example.jp"
	looker   = "/home/hanako/cases/pc.img"
)

// secret is everything that must not be in a bundle.
var secret = []string{host, japanese, "tarokun", domain, "wsus-osaka", sid, diskGUID[1:37], partGUID[1:37], bcdGUID[1:37], product, keyOf5, mail, looker, "hanako", "家族の写真", "0x5ec3e7aa", "1589897130", "5ec3e7aa"}

func known[T any](v T) model.Fact[T] { return model.Known(v, model.Origin{Artifact: "hive"}) }

func secretNames() Names {
	return Names{Hosts: []string{host, domain + ".local"}, Users: []string{"Public", japanese, "tarokun", "user"}, Owners: []string{"Windows User", japanese}, Serials: []string{product}, Paths: []string{looker}}
}

// lines are texts as logs and errors have them.
func lines() []string {
	le, be := hexOf(testkit.UTF16(host, binary.LittleEndian)), hexOf(testkit.UTF16(japanese, binary.BigEndian))
	return []string{
		`Failed to open C:\Users\` + japanese + `\AppData\Local\Temp\x.log (` + sid + `)`,
		`c:/users/tarokun/downloads/setup.exe was run by ` + strings.ToLower(host) + `\tarokun`,
		strings.ToUpper(domain) + `\TAROKUN logged on at ` + host + ".",
		host + `: ` + japanese + `のフォルダー; 所有者は` + japanese + `です`,
		`\\wsus-osaka\share\x; http://wsus-osaka.` + domain + `.local:8530/ContentRoot`,
		`\\?\Volume` + partGUID + `\Recovery on disk ` + strings.ToUpper(diskGUID) + ` signature 0x5EC3E7AA or 1589897130`,
		`Objects\` + bcdGUID + `\Elements\11000001`,
		`product ` + product + `, key ` + keyOf5 + `, account MicrosoftAccount\` + mail,
		`data ` + strings.ToUpper(le) + ` and ` + be + ` and ` + hexOf([]byte("tarokun")) + ` sid ` + hexOf(binarySID(sid)) + ` guid ` + hexOf(mixedGUID(diskGUID)),
		`open ` + looker + `: input/output error`,
	}
}

func hexOf(b []byte) string { return hex.EncodeToString(b) }

func mixedGUID(guid string) []byte {
	b, ok := guidBytes(guid[1:37])
	if !ok {
		panic(guid)
	}
	return b
}

// binarySID writes a SID as Windows stores it.
func binarySID(text string) []byte {
	var nums []uint32
	for _, p := range strings.Split(text, "-")[3:] {
		var n uint32
		for _, c := range p {
			n = n*10 + uint32(c-'0')
		}
		nums = append(nums, n)
	}
	b := []byte{1, byte(len(nums)), 0, 0, 0, 0, 0, 5}
	for _, n := range nums {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	return b
}

// forms are how a secret could be found in a bundle.
func forms(s string) [][]byte {
	out := [][]byte{[]byte(s), testkit.UTF16(s, binary.LittleEndian), testkit.UTF16(s, binary.BigEndian)}
	if strings.HasPrefix(s, "S-1-") {
		out = append(out, binarySID(s))
	}
	if g, ok := guidBytes(s); ok {
		out = append(out, g)
	}
	for _, b := range slices.Clone(out) {
		out = append(out, []byte(hexOf(b)))
	}
	return out
}

// leaks returns the secrets that are in b in any form and case.
func leaks(b []byte, secrets []string) []string {
	small := bytes.ToLower(b)
	var out []string
	for _, s := range secrets {
		for _, f := range forms(s) {
			if bytes.Contains(b, f) || bytes.Contains(small, bytes.ToLower(f)) {
				out = append(out, s)
				break
			}
		}
	}
	return out
}

// filled is a machine whose every free text is s.
func filled(s string) *model.Machine {
	m := &model.Machine{Schema: model.MachineSchema, LookedAt: time.Unix(1700000000, 0).UTC()}
	fill(reflect.ValueOf(m).Elem(), "", s)
	m.Name = known(host)
	m.Policies.Items[0].Value = "http://wsus-osaka." + domain + ".local:8530"
	d := &m.Disks.Items[0]
	d.GUID, d.Signature, d.Partitions[0].GUID = diskGUID, "0x5ec3e7aa", partGUID
	d.Partitions[0].Role, d.Partitions[0].Volume.Label = model.RoleData, known("家族の写真")
	m.WinRE.Config.GUID, m.WinRE.Config.BCDObject, m.WinRE.Config.DiskID = known(diskGUID), known(bcdGUID), known("1589897130")
	return m
}

// fill sets every text that is no word of the model, makes every fact known and
// every list one long.
func fill(v reflect.Value, key, s string) {
	switch v.Kind() {
	case reflect.String:
		if !slices.Contains(ours, key) {
			v.SetString(s)
		}
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), key, s)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), key, s)
	case reflect.Struct:
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			if name == "" { // the parts of a fact
				name = map[string]string{"Value": "value", "Origin": "origin", "Why": "why"}[v.Type().Field(i).Name]
			}
			if v.Field(i).CanSet() && v.Type() != reflect.TypeFor[time.Time]() {
				fill(v.Field(i), keyOf(key, name), s)
			}
		}
	}
}

// Nothing that names anybody is left, whatever field it stands in and however it is
// written.
func TestNothingLeaks(t *testing.T) {
	all := strings.Join(lines(), " | ")
	plain, err := json.Marshal(filled(all))
	if err != nil {
		t.Fatal(err)
	}
	if got := leaks(plain, secret); len(got) != len(secret) {
		t.Fatalf("the search finds only %v of %v", got, secret)
	}
	masked, err := Mask(filled(all), secretNames())
	if err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(masked)
	if err != nil {
		t.Fatal(err)
	}
	if got := leaks(out, secret); len(got) > 0 {
		t.Errorf("left: %v in %s", got, masked.Disks.Items[0].Problems[0].Text)
	}
}

// Even without what the source tells, the places that names stand in give most away.
func TestNamesAreFoundInTexts(t *testing.T) {
	m := &model.Machine{Name: known(host)}
	for _, l := range lines() {
		m.CBS.Notes.Items = append(m.CBS.Notes.Items, model.Note{Text: l})
	}
	masked, err := Mask(m, Names{})
	if err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(masked)
	if err != nil {
		t.Fatal(err)
	}
	if got := leaks(out, []string{host, japanese, "tarokun", sid, partGUID[1:37], bcdGUID[1:37], product, keyOf5, mail, "hanako"}); len(got) > 0 {
		t.Errorf("left: %v in %s", got, out)
	}
}

func maskLine(t *testing.T, name string, names Names, line string) string {
	t.Helper()
	m := &model.Machine{Name: known(name)}
	m.CBS.Notes.Items = []model.Note{{Kind: "disk-space", Text: line}}
	masked, err := Mask(m, names)
	if err != nil {
		t.Fatal(err)
	}
	if masked.CBS.Notes.Items[0].Kind != "disk-space" {
		t.Errorf("the kind became %s", masked.CBS.Notes.Items[0].Kind)
	}
	return masked.CBS.Notes.Items[0].Text
}

// Names that are ordinary words, or parts of them, do not mangle the text around.
func TestOrdinaryWordsStay(t *testing.T) {
	for _, c := range []struct{ host, user, line, want string }{
		{"PC", "user", `This PC: user PC\user, C:\Users\user\x, the user's PC Health Check`, `This PC: user PC1\user1, C:\Users\user1\x, the user's PC Health Check`},
		{"WINDOWS", "Windows", `C:\Windows\System32 of C:\Users\Windows\AppData`, `C:\Windows\System32 of C:\Users\user1\AppData`},
		{"h", "a", `a house; h\a; C:\Users\a`, `a house; PC1\user1; C:\Users\user1`},
		{"SERVER", "install", `install failed: \\SERVER\share by SERVER\install`, `install failed: \\PC1\share by PC1\user1`},
		{"ken-pc", "ken", `ken, Ken. KEN! broken kennel ken_1 dept-ken ken's ken-pc`, `user1, user1. user1! broken kennel ken_1 dept-user1 user1's PC1`},
		{"MIKA", "mika", `Mikado; mika; Package_for_mika~31bf3856ad364e35~amd64; Microsoft-Windows-Mika-Package~31bf; Microsoft-Windows-Mika/Operational`, `Mikado; PC1; Package_for_mika~31bf3856ad364e35~amd64; Microsoft-Windows-Mika-Package~31bf; Microsoft-Windows-Mika/Operational`},
		{"pc-1", "林", `森林 C:\Users\林\x 林`, `森林 C:\Users\user1\x 林`},
		{"pc-1", "佐藤", `佐藤のPC C:\Users\佐藤`, `user1のPC C:\Users\user1`},
		{"pc-1", "7", `7 of 77 C:\Users\7\x 0x7`, `7 of 77 C:\Users\user1\x 0x7`},
		{"pc-1", "Public", `C:\Users\Public\Documents by the Public`, `C:\Users\Public\Documents by the Public`},
		{"pc-1", "taro.DESKTOP", `C:\Users\taro.DESKTOP\x`, `C:\Users\user1\x`},
	} {
		if got := maskLine(t, c.host, Names{Users: []string{c.user}}, c.line); got != c.want {
			t.Errorf("host %s, user %s:\n got %s\nwant %s", c.host, c.user, got, c.want)
		}
	}
}

// One name has one stand-in, in whatever case; two names have two.
func TestStandIns(t *testing.T) {
	got := maskLine(t, host, Names{Users: []string{"tarokun", "hanako"}},
		`TAROKUN tarokun C:\Users\Tarokun\ hanako `+sid+` `+strings.ToLower(sid)+` S-1-5-21-9-9-9-1001 S-1-5-18 S-1-5-32-544`)
	if want := `user1 user1 C:\Users\user1\ user2 S-1-5-21-0-0-0-1 S-1-5-21-0-0-0-1 S-1-5-21-0-0-0-2 S-1-5-18 S-1-5-32-544`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// What is the same on every PC is no name, and no enumeration is ever changed.
func TestWhatStays(t *testing.T) {
	line := `{9dea862c-5cdd-4e70-acc1-f32b344d4795} {c12a7328-f81f-11d2-ba4b-00a0c93ec93b} KB5034441 0x80070643 10.0.19041.3920 http://go.microsoft.com/fwlink`
	if got := maskLine(t, host, Names{}, line); got != line {
		t.Errorf("got %s", got)
	}
	m := filled("text")
	m.Name = known("enabled")
	m.WinRE.Config.State = known("enabled")
	m.Attempts.Items[0].Outcome, m.Attempts.Items[0].Title = "failed", "Update for enabled (KB5034441)"
	m.Packages.Items[0].Name, m.Packages.Items[0].State = "Package_for_KB5034441~31bf3856ad364e35~amd64~~19041.3920.1.0", "installed"
	m.Services.Items[0].Name = "wuauserv"
	masked, err := Mask(m, Names{Users: []string{"failed", "installed", "wuauserv", "KB5034441", "gpt", "text"}})
	if err != nil {
		t.Fatal(err)
	}
	if a := masked.Attempts.Items[0]; a.Outcome != "failed" || a.Title != m.Attempts.Items[0].Title {
		t.Errorf("attempt %s, %s", a.Outcome, a.Title)
	}
	if p := masked.Packages.Items[0]; p.Name != m.Packages.Items[0].Name || p.State != "installed" {
		t.Errorf("package %s, %s", p.Name, p.State)
	}
	if masked.WinRE.Config.State.Value != "enabled" || masked.Services.Items[0].Name != "wuauserv" || masked.Name.Value != "PC1" {
		t.Errorf("state %v, service %s, name %v", masked.WinRE.Config.State, masked.Services.Items[0].Name, masked.Name)
	}
	if masked.WinRE.Config.GUID.Value != masked.Disks.Items[0].GUID {
		t.Errorf("the disk is %s here and %s there", masked.Disks.Items[0].GUID, masked.WinRE.Config.GUID.Value)
	}
	if m.Name.Value != "enabled" {
		t.Error("the machine itself was changed")
	}
}
