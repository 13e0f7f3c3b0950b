package bundle

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Where names stand in quoted lines. Account SIDs are those of a PC or domain
// (S-1-5-21) and of a cloud directory (S-1-12-1); others are the same everywhere.
var (
	sidPattern  = regexp.MustCompile(`(?i)\bS-1-(?:5-21|12-1)(?:-\d+){3,}`)
	sidHex      = regexp.MustCompile(`(?i)01(?:04|05)000000000005` + `15000000` + `(?:[0-9a-f]{32}|[0-9a-f]{24})`)
	email       = regexp.MustCompile(`[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+`)
	productID   = regexp.MustCompile(`\b\d{5}-(?:\d{5}-\d{5}|\d{3}-\d{7}|OEM-\d{7})-[0-9A-Z]{5}\b`)
	productKey  = regexp.MustCompile(`\b(?:[2-9B-DF-HJKMNP-TV-Y]{5}-){4}[2-9B-DF-HJKMNP-TV-Y]{5}\b`)
	bareGUID    = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	bootObject  = regexp.MustCompile(`(?i)Objects\\(\{[0-9a-f-]{36}\})`)
	volumeGUID  = regexp.MustCompile(`(?i)Volume(\{[0-9a-f-]{36}\})`)
	uncPath     = regexp.MustCompile(`(?:^|[\s"'(=])\\\\([^\\/:*?"<>|.\s][^\\/:*?"<>|\s]*)\\`)
	profilePath = regexp.MustCompile(`(?i)(?:[\\/](?:Users|Documents and Settings)|(?:^|[\s"'(=:])/home)[\\/]([^\\/:*?"<>|]+)[\\/]`)
	profileEnd  = regexp.MustCompile(`(?i)(?:[\\/](?:Users|Documents and Settings)|(?:^|[\s"'(=:])/home)[\\/]([^\\/:*?"<>|,;)\s]+)(?:[\s,;:)"']|$)`)
	profileRoot = regexp.MustCompile(`(?i)[\\/](?:Users|Documents and Settings|home)[\\/]`)
)

// Objects of the boot store that every PC has. Source: the well-known identifiers
// that bcdedit /enum all prints by name.
var knownGUIDs = []string{
	"9dea862c-5cdd-4e70-acc1-f32b344d4795", "a5a30fa2-3d06-4e9f-b5f4-a01df9d1fcba", "b2721d73-1db4-4c62-bf78-c548a880142d",
	"466f5a88-0af2-4f76-9038-095b170dc21c", "fa926493-6f1c-4193-a414-58f0b2456d1e", "ae5534e0-a924-466c-b836-758539a3ee3a",
	"0ce4991b-e6b3-4b16-b23c-5e0d9250e5d9", "1afa9c49-16ab-4a5c-901b-212802da9460", "1cae1eb7-a0df-4d4d-9851-4860e34ef535",
	"313e8eed-7098-4586-a9bf-309c61f8d449", "4636856e-540f-4170-a130-a84776f4c654", "5189b25c-5558-4bf2-bca4-289b11bd29e2",
	"6efb52bf-1766-41db-a6b3-0ee5eff72bd7", "7ea2e1ac-2e61-4728-aaa3-896d9d0a9f0e", "7ff607e0-4395-11db-b0de-0800200c9a66",
	"147aa509-0358-4473-b83b-d950dda00615", "cbd971bf-b7b8-4885-951a-fa03044f5d71", "00000000-0000-0000-0000-000000000000",
}

// Volume labels that say nothing about a person.
var everyonesLabels = []string{
	"", "windows", "os", "system", "system reserved", "recovery", "recovery image", "winretools", "windows re tools", "winre",
	"data", "local disk", "boot", "efi", "esp", "システムで予約済み", "回復", "ボリューム", "新しいボリューム", "new volume", "pbr image", "image",
}

// commonWords are names that people give to PCs and accounts and that also stand in
// every log. Such a name is replaced only where nothing else can stand.
var commonWords = strings.Fields(`
	account admin administrator agent all amd64 android any app apps arm64 asus backup boot build business cache catalog check cleanup client
	code com command common company component computer config console core corp corruption current data default defender dell desktop
	device disabled disk domain driver drivers email enabled end engine english enterprise error event events exec execute express failed failure
	family feature file files folder foundation free guest help home host hotpatch hp http https image info information install
	installed installer internet japan japanese kernel key lan language laptop lenovo list load local localhost log logs machine main
	manager media memory microsoft mode monitor name net network none normal note notebook notepad null office offline online operation
	oem open orchestrator other owner package packages partition pc phase platform policy poll power private process product professional program
	programs project provider public queue read reagent reboot recovery register release remote repair report reserved reset resource restart restore result root
	sale scan school security server service services servicing session sessions setup shared shutdown shop size software source stack stage staged
	standard start state status stop storage store success support surface switch sync sysprep system system32 task tech temp test text time tool
	tools trustedinstaller type unknown update updates upgrade user users value version video volume warning web wim win win10 win11 win32 win7 window
	windows winpe winre work workgroup workstation write x64 x86 xbox`)

// numbers replaces what is recognised by its own form.
func (k *masker) numbers(s string) string {
	s = sidPattern.ReplaceAllStringFunc(s, k.sid)
	s = sidHex.ReplaceAllStringFunc(s, k.sidBytes)
	s = email.ReplaceAllStringFunc(s, func(m string) string { return k.met("email", "user%d@example.invalid", m) })
	s = productKey.ReplaceAllStringFunc(s, func(m string) string { return k.met("key", "key%d", m) })
	return productID.ReplaceAllStringFunc(s, func(m string) string { return k.met("serial", "serial%d", m) })
}

// met returns the stand-in of what is found only while replacing.
func (k *masker) met(kind, form, name string) string {
	if k.stand[lower(name)] == "" {
		k.stand[lower(name)] = k.next(kind, form)
	}
	return k.stand[lower(name)]
}

func (k *masker) sid(s string) string {
	if strings.HasPrefix(strings.ToUpper(s), "S-1-5-21-0-0-0-") { // masked already
		return s
	}
	return k.met("sid", "S-1-5-21-0-0-0-%d", s)
}

// sidBytes replaces a binary SID that is quoted in hex digits.
func (k *masker) sidBytes(digits string) string {
	b, err := hex.DecodeString(digits)
	if err != nil || len(b) < 8+4*int(b[1]) {
		return digits
	}
	parts := func(b []byte) (text string) {
		for i := 8; i+4 <= len(b); i += 4 {
			text += "-" + strconv.FormatUint(uint64(binary.LittleEndian.Uint32(b[i:])), 10)
		}
		return text
	}
	rest := b[8+4*int(b[1]):] // a domain's SID is shorter than an account's
	b = b[:8+4*int(b[1])]
	stand := k.sid("S-1-5" + parts(b))
	out := append([]byte{}, b[:8]...)
	for _, n := range strings.Split(stand, "-")[3:] {
		v, _ := strconv.ParseUint(n, 10, 32)
		out = binary.LittleEndian.AppendUint32(out, uint32(v))
	}
	out[1] = byte((len(out) - 8) / 4)
	return hex.EncodeToString(append(out, rest...))
}

// paths replaces the folder behind \Users\, whatever it is called.
func (k *masker) paths(s string) string {
	var out strings.Builder
	for {
		at := profileRoot.FindStringIndex(s)
		if at == nil {
			return out.String() + s
		}
		out.WriteString(s[:at[1]])
		s = s[at[1]:]
		if name := k.userAt(s); name != "" {
			out.WriteString(k.users[lower(name)])
			s = s[len(name):]
		}
	}
}

// userAt returns the longest known user whose folder s begins with.
func (k *masker) userAt(s string) string {
	best := ""
	for u := range k.users {
		if len(u) > len(best) && len(s) >= len(u) && strings.EqualFold(s[:len(u)], u) && (len(s) == len(u) || strings.ContainsRune(`\/:*?"<>|,;)' `+"\t\r\n", rune(s[len(u)]))) {
			best = s[:len(u)]
		}
	}
	return best
}

// accounts replaces HOST\user and \\HOST\.
func (k *masker) accounts(s string) string {
	if k.account == nil {
		return s
	}
	var out strings.Builder
	for {
		m := k.account.FindStringSubmatchIndex(s)
		if m == nil {
			return out.String() + s
		}
		out.WriteString(s[:m[0]] + k.account1(s, m))
		s = s[m[1]:]
	}
}

// account1 masks one match of account in s. A PC with an ordinary name is told from a
// folder by the user behind it: Windows\System32 is no account of a PC "Windows".
func (k *masker) account1(s string, m []int) string {
	unc, host, user := m[2] >= 0, s[m[4]:m[5]], s[m[6]:m[7]]
	before, _ := utf8.DecodeLastRuneInString(s[:m[0]])
	profile := k.users[lower(user)]
	switch {
	case unc:
		return `\\` + k.stand[lower(host)] + `\` + user
	case strings.ContainsRune(`\/_-`, before) || unicode.IsLetter(before) || unicode.IsDigit(before), profile == "" && (user == "" || !distinctive(host)):
		return s[m[0]:m[1]]
	case profile != "":
		return k.stand[lower(host)] + `\` + profile
	}
	return k.stand[lower(host)] + `\` + k.met("user", "user", user)
}

// words replaces distinctive names that stand as words of their own.
func (k *masker) words(s string) string {
	if k.word == nil {
		return s
	}
	var out strings.Builder
	for at := 0; ; {
		m := k.word.FindStringIndex(s[at:])
		if m == nil {
			return out.String() + s[at:]
		}
		from, to := at+m[0], at+m[1]
		if stand := k.stand[lower(s[from:to])]; stand != "" && alone(s, from, to) {
			out.WriteString(s[at:from] + stand)
			at = to
			continue
		}
		_, n := utf8.DecodeRuneInString(s[from:])
		out.WriteString(s[at : from+n])
		at = from + n
	}
}

// alone reports whether s[from:to] is no part of a longer word. Only ASCII letters and
// digits make words longer: in Japanese nothing stands between a name and what
// follows. Nothing is a word of its own within the name of a package or provider.
func alone(s string, from, to int) bool {
	if !isASCII(s[from:to]) {
		return true
	}
	before, after := s[:from], s[to:]
	if b, _ := utf8.DecodeLastRuneInString(before); inWord(b) {
		return false
	}
	if a, _ := utf8.DecodeRuneInString(after); inWord(a) {
		return false
	}
	outside := func(r rune) bool { return !inWord(r) && !strings.ContainsRune("-.~", r) }
	head := before
	if i := strings.LastIndexFunc(before, outside); i >= 0 {
		_, n := utf8.DecodeRuneInString(before[i:])
		head = before[i+n:]
	}
	if end := strings.IndexFunc(after, outside); end >= 0 {
		after = after[:end]
	}
	return !strings.HasPrefix(head, "Microsoft-") && !strings.Contains(head+after, "~")
}

func inWord(r rune) bool {
	return r <= unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_')
}

// hexForms pairs how a name and its stand-in look as hex digits of their UTF-8, of
// their UTF-16, and of a binary GUID, in either case.
func hexForms(name, stand string) []string {
	var pairs []string
	add := func(a, b []byte) {
		if len(a) >= 6 {
			x, y := hex.EncodeToString(a), hex.EncodeToString(b)
			pairs = append(pairs, x, y, strings.ToUpper(x), strings.ToUpper(y))
		}
	}
	if g, ok := guidBytes(name); ok {
		to, _ := guidBytes(stand)
		add(g, to)
		return pairs
	}
	add([]byte(name), []byte(stand))
	add(wide(name, binary.LittleEndian), wide(stand, binary.LittleEndian))
	add(wide(name, binary.BigEndian), wide(stand, binary.BigEndian))
	return pairs
}

func wide(s string, order binary.AppendByteOrder) (b []byte) {
	for _, u := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, u)
	}
	return b
}

// guidBytes is a GUID as Windows stores it: the first three parts little-endian.
func guidBytes(guid string) ([]byte, bool) {
	if !bareGUID.MatchString(lower(guid)) {
		return nil, false
	}
	var a uint32
	var b, c uint16
	var d uint16
	var e uint64
	if _, err := fmt.Sscanf(guid, "%08x-%04x-%04x-%04x-%012x", &a, &b, &c, &d, &e); err != nil {
		return nil, false
	}
	out := binary.LittleEndian.AppendUint32(nil, a)
	out = binary.LittleEndian.AppendUint16(out, b)
	out = binary.LittleEndian.AppendUint16(out, c)
	out = binary.BigEndian.AppendUint16(out, d)
	return append(out, binary.BigEndian.AppendUint64(nil, e)[2:]...), true
}
