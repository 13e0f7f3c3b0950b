package windows

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"updoc/format/reagent"
	"updoc/format/wim"
	"updoc/model"
	"updoc/winapi"
)

const (
	mib = 1 << 20
	gib = 1 << 30
)

// errCut: the power went.
var errCut = errors.New("the power was cut")

// sim is a Windows in memory: a winapi.Caller and its Files. Every call and every write
// is a moment at which the power can go.
type sim struct {
	t         testing.TB
	disk      winapi.Disk
	later     func()      // what Windows is still at
	twin      winapi.Disk // another disk, partitioned alike
	vols      []*simVol
	reg       map[string]map[string]winapi.Value // lower-case key → lower-case name
	volatile  map[string]bool                    // lower-case keys that end with Windows
	services  map[string]*simService
	hidden    map[string]bool
	installed map[string]bool
	tasks     map[string]winapi.Task
	boot      agentState // what the boot store says
	sealed    string     // hash of the image that BitLocker trusts
	started   time.Time
	trouble   string
	offline   int // searches that do not reach the server
	facts     func(*model.Machine)
	install   func() (winapi.InstallResult, error)
	runs      map[string]func(s *sim, args []string) (winapi.Finished, error)
	mounted   string // image that DISM has mounted
	added     bool
	set       string // ImageLocation of ReAgent.xml

	ticks, cutAt int
	down         bool
	wrong        []string
	images       [][]byte // any of them is a whole image
	persons      [][]byte
	serial       int
	asked        func(text string)     // what the person does who is asked
	noticed      []winapi.ServiceStart // by the service manager
	ids          uint64
	unsigned     map[string]bool // contents of programs that are not Microsoft's
}

type simVol struct {
	guid   string
	start  uint64 // of its partition; 0: on no disk (D:)
	letter string
	fs     string
	label  string
	room   int // bytes; 0: plenty
	enc    winapi.EncryptedVolume
	files  map[string]*simFile
}

type simFile struct {
	path       string
	data       []byte
	attributes uint32
	security   []byte
	folder     bool
	locked     bool
	id         uint64
}

type simService struct {
	state      uint32
	dependents []string
	makes      map[string]string // files that it makes when it starts and they are missing
}

// tick is asked before everything.
func (s *sim) tick() error {
	if !s.down {
		s.ticks++
		s.down = s.ticks == s.cutAt
	}
	if s.down {
		return errCut
	}
	return nil
}

func (s *sim) restart() {
	s.down, s.cutAt = false, 0
	s.later = nil
	s.renumber()
	s.mounted = ""
	for key := range s.volatile {
		delete(s.reg, key)
	}
	clear(s.volatile)
}

// renumber lets Windows find its disks in another order, once the ids of a repair are known
// by more than numbers: before that it is planned anew.
func (s *sim) renumber() {
	if s.content(`C:\ProgramData\updoc\keep\`+placesFile) != nil {
		s.disk.Number, s.twin.Number = s.twin.Number, s.disk.Number
	}
}

// watch notes what must never be.
func (s *sim) watch(what string) {
	if len(s.images) > 0 && !s.anywhere(s.images...) {
		s.wrong = append(s.wrong, what+": no whole recovery image anywhere")
	}
	for _, p := range s.persons {
		if !s.anywhere(p) {
			s.wrong = append(s.wrong, what+": lost "+string(p))
		}
	}
}

func (s *sim) anywhere(any ...[]byte) bool {
	for _, v := range s.vols {
		for _, f := range v.files {
			for _, b := range any {
				if !f.folder && v.enc.Conversion == 0 && bytes.Equal(f.data, b) {
					return true
				}
			}
		}
	}
	return false
}

// newSim is a PC with an EFI system partition, Windows and, behind it, recovery in use.
func newSim(t testing.TB) *sim {
	s := &sim{t: t, reg: map[string]map[string]winapi.Value{}, volatile: map[string]bool{}, services: map[string]*simService{}, hidden: map[string]bool{}, installed: map[string]bool{}, tasks: map[string]winapi.Task{},
		started: time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC), runs: map[string]func(*sim, []string) (winapi.Finished, error){}}
	s.disk = winapi.Disk{Number: 0, Size: 64 * gib, SectorSize: 512, Table: "gpt", GUID: "99999999-0000-0000-0000-000000000001"}
	s.addPartition(winapi.Partition{Start: mib, Size: 100 * mib, TypeGUID: "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"})
	s.addPartition(winapi.Partition{Start: 101 * mib, Size: 30 * gib, TypeGUID: "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7"})
	s.addPartition(winapi.Partition{Start: 101*mib + 30*gib, Size: 560 * mib, TypeGUID: bare(recoveryType), Attributes: recoveryAttributes})
	s.twin = winapi.Disk{Number: 1, Size: 64 * gib, SectorSize: 512, Table: "gpt", GUID: "99999999-0000-0000-0000-000000000002"}
	for i, p := range s.disk.Partitions {
		p.GUID = fmt.Sprintf("22222222-2222-3333-4444-%012x", i)
		s.twin.Partitions = append(s.twin.Partitions, p)
	}
	s.vols[0].fs, s.vols[1].fs, s.vols[2].fs, s.vols[2].label = "FAT32", ntfs, ntfs, "Recovery"
	s.vols[1].letter = "C:"
	s.vols = append(s.vols, &simVol{guid: "usb", letter: "D:", fs: ntfs, files: map[string]*simFile{}})
	s.write(`C:\Users\a\letter.txt`, []byte("dear all"))
	image := tinyWim(t, "winre")
	s.images = [][]byte{image}
	s.persons = [][]byte{[]byte("dear all")}
	re := s.vols[2]
	s.writeOn(re, `Recovery\WindowsRE\winre.wim`, image)
	re.files[`recovery\windowsre\winre.wim`].attributes = attrHidden | attrSystem
	re.files[`recovery\windowsre\winre.wim`].security = []byte("rights")
	s.writeOn(re, `Recovery\WindowsRE\boot.sdi`, []byte("sdi"))
	s.writeOn(re, `System Volume Information\tracking.log`, []byte("theirs"))
	s.enable(re, `Recovery\WindowsRE`)
	s.hive(`HKLM`)
	s.hive(`HKLM\SYSTEM`)
	s.hive(`HKLM\SOFTWARE`)
	for _, tool := range []string{"reagentc.exe", "Dism.exe", "sfc.exe"} {
		s.write(`C:\Windows\System32\`+tool, []byte(tool))
	}
	return s
}

func tinyWim(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	root := &wim.Node{Attributes: wim.AttributeDirectory, Children: []*wim.Node{{Name: "what.txt", Attributes: wim.AttributeArchive, Content: wim.Bytes([]byte(text))}}}
	if err := wim.Write(&b, wim.Options{Images: []wim.Tree{{Info: wim.Image{Name: "Windows Recovery Environment"}, Root: root}}, BootIndex: 1}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// addPartition gives it a number and, on GPT, an identifier. GUIDs are as the real layout
// tells them: without braces, lower case.
func (s *sim) addPartition(p winapi.Partition) *simVol {
	p.Number = 1
	for slices.ContainsFunc(s.disk.Partitions, func(o winapi.Partition) bool { return o.Number == p.Number }) {
		p.Number++
	}
	s.serial++
	if s.disk.Table == "gpt" {
		p.GUID = fmt.Sprintf("11111111-2222-3333-4444-%012x", s.serial)
	}
	s.disk.Partitions = append(s.disk.Partitions, p)
	slices.SortFunc(s.disk.Partitions, func(a, b winapi.Partition) int { return int(a.Start/mib) - int(b.Start/mib) })
	v := &simVol{guid: fmt.Sprintf("%08x", s.serial), start: p.Start, files: map[string]*simFile{}}
	s.vols = append(s.vols, v)
	return v
}

// onMBR lets the disk have an MBR instead: types of one byte, a signature, no identifiers.
func (s *sim) onMBR() *sim {
	s.disk.Table, s.disk.GUID, s.disk.Signature = "mbr", "", 0x1234abcd
	for i := range s.disk.Partitions {
		p := &s.disk.Partitions[i]
		*p = winapi.Partition{Number: p.Number, Start: p.Start, Size: p.Size, MBRType: 7, Active: i == 0}
	}
	s.disk.Partitions[2].MBRType = 0x27
	s.vols[0].fs = ntfs
	s.enable(s.vols[2], `Recovery\WindowsRE`)
	return s
}

// shows tells whether FindFirstVolume names a volume: of a partition of MBR type 0x27,
// which is hidden, that is not documented.
func (s *sim) shows(v *simVol) bool {
	p := s.part(v.start)
	return p != nil && p.MBRType != 0x27
}

func (v *simVol) path() string { return `\\?\Volume{` + v.guid + `}\` }

func (s *sim) vol(start uint64) *simVol {
	for _, v := range s.vols {
		if v.start == start && start != 0 {
			return v
		}
	}
	return nil
}

func (s *sim) part(start uint64) *winapi.Partition {
	for i, p := range s.disk.Partitions {
		if p.Start == start {
			return &s.disk.Partitions[i]
		}
	}
	return nil
}

// find resolves a path.
func (s *sim) find(path string) (*simVol, string) {
	for _, v := range s.vols {
		names := []string{strings.TrimSuffix(v.path(), `\`)}
		if v.letter != "" {
			names = append(names, v.letter)
		}
		for _, p := range s.disk.Partitions {
			if p.Start == v.start {
				names = append(names, fmt.Sprintf(`\\?\GLOBALROOT\Device\Harddisk%d\Partition%d`, s.disk.Number, p.Number))
			}
		}
		for _, n := range names {
			if strings.EqualFold(path, n) {
				return v, ""
			}
			if len(path) > len(n) && strings.EqualFold(path[:len(n)+1], n+`\`) {
				return v, path[len(n)+1:]
			}
		}
	}
	return nil, ""
}

func (s *sim) write(path string, data []byte) { v, at := s.find(path); s.writeOn(v, at, data) }

func (s *sim) writeOn(v *simVol, at string, data []byte) {
	for i := range at {
		if at[i] == '\\' {
			if key := strings.ToLower(at[:i]); v.files[key] == nil {
				v.files[key] = &simFile{path: at[:i], folder: true, id: s.nextID()}
			}
		}
	}
	v.files[strings.ToLower(at)] = &simFile{path: at, data: slices.Clone(data), attributes: attrArchive, id: s.nextID()}
}

func (s *sim) nextID() uint64 { s.ids++; return s.ids }

func (s *sim) content(path string) []byte {
	v, at := s.find(path)
	if v == nil || v.files[strings.ToLower(at)] == nil {
		return nil
	}
	return v.files[strings.ToLower(at)].data
}

func (s *sim) hive(key string) {
	if s.reg[strings.ToLower(key)] == nil {
		s.reg[strings.ToLower(key)] = map[string]winapi.Value{}
	}
}

const simBCD = "{cccccccc-0000-0000-0000-000000000001}"

// enable is what reagentc leaves.
func (s *sim) enable(v *simVol, folder string) {
	at := reagent.Location{Path: `\` + folder, ID: "0", Offset: v.start, GUID: "{" + s.disk.GUID + "}"}
	if s.disk.Table == "mbr" {
		at.ID, at.GUID = strconv.FormatUint(uint64(s.disk.Signature), 10), "{00000000-0000-0000-0000-000000000000}"
	}
	raw, err := reagent.Enable(s.content(`C:\Windows\System32\Recovery\ReAgent.xml`), at, simBCD)
	if err != nil {
		s.t.Fatal(err)
	}
	s.write(`C:\Windows\System32\Recovery\ReAgent.xml`, raw)
	s.boot = agentState{true, extent{Start: v.start}, folder}
	s.sealed = ""
	if f := v.files[strings.ToLower(folder+`\winre.wim`)]; f != nil {
		s.sealed = sumOf(f.data)
	}
}

func (s *sim) disable() {
	s.write(`C:\Windows\System32\Recovery\ReAgent.xml`, reagent.New().Format())
	s.boot = agentState{}
}

// look are the facts.
func (s *sim) look(ctx context.Context) (*model.Machine, error) {
	if err := s.tick(); err != nil {
		return nil, err
	}
	m := &model.Machine{}
	var disks []model.Disk
	for _, is := range s.disks() {
		d := model.Disk{Index: int64(is.Number), Size: is.Size, Table: is.Table, GUID: "{" + is.GUID + "}"}
		for i, p := range is.Partitions {
			d.Partitions = append(d.Partitions, model.Partition{ID: fmt.Sprintf("disk%dp%d", is.Number, i+1), Start: p.Start, Size: p.Size})
		}
		disks = append(disks, d)
	}
	m.Disks = model.Complete(disks)
	h := &Host{System: System{Calls: reading{s}, Files: s}}
	now, err := h.agent(ctx)
	if err != nil {
		return nil, err
	}
	var o model.Origin
	m.WinRE.Enabled = model.Known(now.on && s.boot.on, o)
	m.WinRE.Agree = model.Known(now.on == s.boot.on && now.extent.Start == s.boot.extent.Start && strings.EqualFold(now.folder, s.boot.folder), o)
	m.WinRE.Active.Start = model.Known(int64(now.extent.Start), o)
	if s.facts != nil {
		s.facts(m)
	}
	return m, nil
}

// reading answers calls without a tick.
type reading struct{ s *sim }

// Call implements winapi.Caller.
func (r reading) Call(_ context.Context, name string, args, answer any) error {
	return r.s.answer(name, args, answer)
}

// Call implements winapi.Caller.
func (s *sim) Call(ctx context.Context, name string, args, answer any) error {
	if err := errors.Join(ctx.Err(), s.tick()); err != nil {
		return err
	}
	err := s.answer(name, args, answer)
	if end, ok := answer.(*winapi.Finished); ok {
		_, _ = winapi.Heard(ctx).Write(end.Output)
	}
	return err
}

func (s *sim) answer(name string, args, answer any) error {
	got, err := s.act(name, args)
	if err != nil {
		return err
	}
	s.watch(name)
	raw, err := json.Marshal(got)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, answer)
}

// disks are in the order of their numbers.
func (s *sim) disks() []winapi.Disk {
	if s.twin.Number < s.disk.Number {
		return []winapi.Disk{s.twin, s.disk}
	}
	return []winapi.Disk{s.disk, s.twin}
}

func refusal(call string, code uint32) error { return &winapi.Error{Call: call, Code: code} }

func (s *sim) act(name string, args any) (any, error) {
	none := winapi.None{}
	switch name {
	case string(winapi.System):
		return winapi.SystemInfo{Windows: `C:\Windows`, Started: s.started}, nil
	case string(winapi.Disks):
		return s.disks(), nil
	case string(winapi.Volumes):
		var all []winapi.Volume
		for _, v := range s.vols {
			if s.shows(v) {
				all = append(all, winapi.Volume{Path: v.path(), Disk: s.disk.Number, Start: v.start, FS: v.fs, Label: v.label})
			}
		}
		for i, p := range s.twin.Partitions {
			all = append(all, winapi.Volume{Path: fmt.Sprintf(`\\?\Volume{twin%d}\`, i), Disk: s.twin.Number, Start: p.Start, FS: ntfs})
		}
		slices.SortFunc(all, func(a, b winapi.Volume) int { return int(a.Disk) - int(b.Disk) })
		return all, nil
	case string(winapi.FileSystem):
		v, at := s.find(strings.TrimSuffix(args.(string), `\`))
		if v == nil || at != "" {
			return nil, refusal(name, 3)
		}
		return winapi.Volume{Path: args.(string), FS: v.fs, Label: v.label}, nil
	case string(winapi.Encryption):
		var all []winapi.EncryptedVolume
		for _, v := range s.vols {
			e := v.enc
			e.Path = v.path()
			if s.trouble == "count untold" {
				e.Suspended = 0
			}
			all = append(all, e)
		}
		return all, nil
	case string(winapi.FileSecurity):
		v, at := s.find(args.(string))
		if v == nil || v.files[strings.ToLower(at)] == nil {
			return nil, refusal(name, 2)
		}
		return v.files[strings.ToLower(at)].security, nil
	case string(winapi.SetFileSecurity):
		c := args.(winapi.FileSecurityCall)
		v, at := s.find(c.Path)
		if s.trouble == "permissions lie" {
			return none, nil
		}
		v.files[strings.ToLower(at)].security = c.Descriptor
		return none, nil
	case string(winapi.MicrosoftSigned):
		return !s.unsigned[string(s.content(args.(string)))], nil
	case string(winapi.Run):
		return s.run(args.(winapi.Command))
	}
	if got, known, err := s.actTable(name, args); known {
		return got, err
	}
	if got, known, err := s.actRegistry(name, args); known {
		return got, err
	}
	return s.actAgent(name, args)
}

func (s *sim) actTable(name string, args any) (any, bool, error) {
	c, ok := args.(winapi.PartitionCall)
	if !ok {
		return nil, false, nil
	}
	if s.trouble == name+" fails" {
		return nil, true, refusal(name, 5)
	}
	if c.Disk != s.disk.Number {
		s.wrong = append(s.wrong, name+" of another disk")
		return nil, true, refusal(name, 5)
	}
	p := s.part(c.Start)
	if s.trouble == name+" lands late" {
		was := s.trouble
		s.later = func() {
			s.trouble = ""
			if _, _, err := s.actTable(name, args); err != nil {
				s.t.Error(was, err)
			}
		}
		s.trouble = ""
		return nil, true, refusal(name, 1460) // ERROR_TIMEOUT
	}
	switch name {
	case string(winapi.Resize):
		p.Size = c.Size
		if s.trouble == "shrinks less" {
			p.Size += 10 * mib
		}
	case string(winapi.Delete):
		if s.boot.on && s.boot.extent.Start == c.Start {
			s.wrong = append(s.wrong, "deleted the partition that recovery uses")
		}
		s.disk.Partitions = slices.DeleteFunc(s.disk.Partitions, func(p winapi.Partition) bool { return p.Start == c.Start })
		s.vols = slices.DeleteFunc(s.vols, func(v *simVol) bool { return v.start == c.Start })
	case string(winapi.Create):
		p, err := s.createPartition(name, c)
		return p, true, err
	case string(winapi.SetType):
		if err := s.retype(name, p, c); err != nil {
			return nil, true, err
		}
	case string(winapi.Format):
		v := s.vol(c.Start)
		if !s.shows(v) {
			return nil, true, refusal(name, 2)
		}
		v.fs, v.label, v.files = c.FS, c.Label, map[string]*simFile{}
		if s.disk.Table == "mbr" {
			p.MBRType = 7 // Windows gives it the type of its file system
		}
		s.writeOn(v, `System Volume Information\tracking.log`, []byte("new"))
	}
	return winapi.None{}, true, nil
}

// braced is the only form of a GUID that WMI's methods take: MicrosoftDocs/
// windows-powershell-docs, issue 1026.
var braced = regexp.MustCompile(`^\{[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}$`)

// createPartition is as strict as MSFT_Disk.CreatePartition: only the documented MBR types,
// a type that fits the table, four entries of an MBR.
func (s *sim) createPartition(name string, c winapi.PartitionCall) (winapi.Partition, error) {
	isMBR := s.disk.Table == "mbr"
	switch {
	case isMBR != (c.TypeGUID == ""), !isMBR && !braced.MatchString(c.TypeGUID), isMBR && !slices.Contains([]uint8{1, 4, 5, 6, 7, 12}, c.MBRType):
		return winapi.Partition{}, refusal(name, 41006) // the partition type is not valid
	case isMBR && len(s.disk.Partitions) >= 4:
		return winapi.Partition{}, refusal(name, 41004)
	case s.trouble == "refuses recovery" && bare(c.TypeGUID) == bare(recoveryType):
		return winapi.Partition{}, refusal(name, 41006)
	}
	for _, o := range s.disk.Partitions {
		if c.Start < o.Start+o.Size && o.Start < c.Start+c.Size {
			return winapi.Partition{}, refusal(name, 41003)
		}
	}
	if s.trouble == "untyped" {
		c.Attributes = 0
	}
	v := s.addPartition(winapi.Partition{Start: c.Start, Size: c.Size, TypeGUID: strings.ToLower(bare(c.TypeGUID)), Attributes: c.Attributes, MBRType: c.MBRType})
	if s.trouble == "grabbed" {
		v.enc.Conversion = 2
	}
	return *s.part(c.Start), nil
}

// retype is IOCTL_DISK_SET_PARTITION_INFO_EX: the style must be that of the disk.
func (s *sim) retype(name string, p *winapi.Partition, c winapi.PartitionCall) error {
	if isMBR := s.disk.Table == "mbr"; isMBR != (c.TypeGUID == "") {
		return refusal(name, 87)
	}
	p.TypeGUID, p.MBRType, p.Attributes = strings.ToLower(bare(c.TypeGUID)), c.MBRType, c.Attributes
	return nil
}

func (s *sim) actRegistry(name string, args any) (any, bool, error) {
	key := func(path string) map[string]winapi.Value { return s.reg[strings.ToLower(path)] }
	switch a := args.(type) {
	case string:
		switch name {
		case string(winapi.RegistryKey):
			if key(a) == nil {
				return nil, true, refusal(name, 2)
			}
			return s.key(a), true, nil
		case string(winapi.DeleteKey):
			for k := range s.reg {
				if k == strings.ToLower(a) || strings.HasPrefix(k, strings.ToLower(a)+`\`) {
					delete(s.reg, k)
					delete(s.volatile, k)
				}
			}
			return winapi.None{}, true, nil
		}
	case winapi.ServiceStart:
		if s.trouble == "start denied" {
			return nil, true, refusal(name, codeDenied)
		}
		if s.reg[`hklm\system\controlset001\services\`+strings.ToLower(a.Name)] == nil {
			return nil, true, refusal(name, 1060)
		}
		s.noticed = append(s.noticed, a)
		if s.trouble != "registry lies" {
			s.reg[`hklm\system\controlset001\services\`+strings.ToLower(a.Name)]["start"] = winapi.Value{Name: "Start", Type: 4, Data: []byte{byte(a.Start), 0, 0, 0}}
		}
		return winapi.None{}, true, nil
	case winapi.ValueAt:
		if name == string(winapi.DeleteValue) {
			if key(a.Key) != nil {
				delete(key(a.Key), strings.ToLower(a.Value.Name))
			}
			return winapi.None{}, true, nil
		}
		if s.trouble == "registry lies" {
			return winapi.None{}, true, nil
		}
		for i := range a.Key {
			if a.Key[i] == '\\' {
				s.hive(a.Key[:i])
			}
		}
		if lower := strings.ToLower(a.Key); key(a.Key) == nil {
			if above := folderOf(lower); s.volatile[above] && !a.Volatile {
				return nil, true, refusal(name, 1021) // ERROR_CHILD_MUST_BE_VOLATILE
			}
			if a.Volatile {
				s.volatile[lower] = true
			}
		}
		s.hive(a.Key)
		key(a.Key)[strings.ToLower(a.Value.Name)] = a.Value
		return winapi.None{}, true, nil
	}
	return nil, false, nil
}

func (s *sim) key(path string) winapi.Key {
	k := winapi.Key{Volatile: s.volatile[strings.ToLower(path)]}
	for _, v := range s.reg[strings.ToLower(path)] {
		k.Values = append(k.Values, v)
	}
	for name := range s.reg {
		if sub, ok := strings.CutPrefix(name, strings.ToLower(path)+`\`); ok && !strings.Contains(sub, `\`) {
			k.Subkeys = append(k.Subkeys, sub)
		}
	}
	return k
}

func (s *sim) actAgent(name string, args any) (any, error) {
	none := winapi.None{}
	switch name {
	case string(winapi.Services):
		var all []winapi.ServiceState
		for _, n := range args.([]string) {
			if v := s.services[n]; v != nil {
				all = append(all, winapi.ServiceState{Name: n, State: v.state})
			}
		}
		return all, nil
	case string(winapi.Dependents):
		all := []winapi.ServiceState{}
		for _, n := range s.services[args.(string)].dependents {
			if s.services[n].state == serviceRunning {
				all = append(all, winapi.ServiceState{Name: n, State: serviceRunning})
			}
		}
		return all, nil
	case string(winapi.StartService), string(winapi.StopService):
		w := args.(winapi.ServiceWait)
		v := s.services[w.Name]
		switch {
		case s.trouble == "service hangs":
			return nil, refusal(name, 258) // WAIT_TIMEOUT
		case name == string(winapi.StartService):
			v.state = serviceRunning
			for path, text := range v.makes {
				if s.content(path) == nil {
					s.write(path, []byte(text))
				}
			}
		default:
			for _, d := range v.dependents {
				s.services[d].state = serviceStopped
			}
			v.state = serviceStopped
		}
		return winapi.ServiceState{Name: w.Name, State: v.state}, nil
	case string(winapi.SuspendProtection), string(winapi.ResumeProtection):
		c := args.(winapi.ProtectionCall)
		v, _ := s.find(strings.TrimSuffix(c.Volume, `\`))
		if v.enc.Protection, v.enc.Suspended = 1, 0; name == string(winapi.SuspendProtection) {
			v.enc.Protection, v.enc.Suspended = 0, c.Restarts
		}
		return none, nil
	case string(winapi.SearchUpdates):
		if s.trouble == "agent busy" {
			return nil, refusal(name, 0x80240009)
		}
		if s.offline > 0 {
			s.offline--
			return nil, refusal(name, 0x80072ee7)
		}
		id := args.(string)[len("(UpdateID='"):][:36]
		return []winapi.Update{{UpdateID: id, Hidden: s.hidden[id], Installed: s.installed[id]}}, nil
	case string(winapi.HideUpdate):
		c := args.(winapi.HideCall)
		s.hidden[c.UpdateID] = c.Hide
		return none, nil
	case string(winapi.InstallUpdate):
		return s.installOne(args.(string))
	case string(winapi.RegisterTask):
		s.tasks[args.(winapi.Task).Name] = args.(winapi.Task)
		return none, nil
	case string(winapi.DeleteTask):
		delete(s.tasks, args.(string))
		return none, nil
	}
	return nil, winapi.ErrUnsupported
}

// installOne notes an update that is installed twice, which nobody needs.
func (s *sim) installOne(id string) (winapi.InstallResult, error) {
	if s.installed[id] {
		s.wrong = append(s.wrong, "installed again: "+id)
	}
	end, err := s.install()
	if err == nil && end.Result == resultSucceeded {
		s.installed[id] = true
	}
	return end, err
}

// snapshot is all that operations can change but the journal's folder.
func (s *sim) snapshot() string {
	var lines []string
	for _, p := range s.disk.Partitions {
		lines = append(lines, fmt.Sprintf("partition %d +%d %s %02x %016x", p.Start, p.Size, p.TypeGUID, p.MBRType, p.Attributes))
	}
	for _, v := range s.vols {
		lines = append(lines, fmt.Sprintf("volume %d %s %s %v", v.start, v.fs, v.label, v.enc))
		for key, f := range v.files {
			if !strings.HasPrefix(key, "programdata") && !strings.HasPrefix(key, "system volume information") {
				lines = append(lines, fmt.Sprintf("file %d %s %v %x %s %s", v.start, f.path, f.folder, f.attributes, f.security, sumOf(f.data)[:12]))
			}
		}
	}
	for key, values := range s.reg {
		if key == strings.ToLower(sessionKey) {
			continue // Windows forgets it
		}
		lines = append(lines, "key "+key)
		for _, v := range values {
			lines = append(lines, fmt.Sprintf("value %s %s %d %x", key, v.Name, v.Type, v.Data))
		}
	}
	for name, v := range s.services {
		lines = append(lines, fmt.Sprintf("service %s %d", name, v.state))
	}
	lines = append(lines, fmt.Sprintf("boot %v %d %s %s", s.boot.on, s.boot.extent.Start, s.boot.folder, s.sealed))
	for id, hidden := range s.hidden {
		if hidden {
			lines = append(lines, "hidden "+id)
		}
	}
	for name, t := range s.tasks {
		lines = append(lines, fmt.Sprintf("task %s %v", name, t))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// installWim holds an image where Windows has it.
func installWim(t testing.TB, image []byte) []byte {
	t.Helper()
	dir := func(name string, in ...*wim.Node) *wim.Node {
		return &wim.Node{Name: name, Attributes: wim.AttributeDirectory, Children: in}
	}
	file := &wim.Node{Name: "winre.wim", Attributes: wim.AttributeArchive, Content: wim.Bytes(image)}
	root := dir("", dir("Windows", dir("System32", dir("Recovery", file))))
	var b bytes.Buffer
	if err := wim.Write(&b, wim.Options{Images: []wim.Tree{{Info: wim.Image{Name: "Windows"}, Root: root}}}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
