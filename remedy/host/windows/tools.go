package windows

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"updoc/model"
	"updoc/remedy/host"
	"updoc/winapi"
)

// tool is a program of Windows that operations may run: where it lies, and every form
// that one of its arguments may have. Nothing else is ever started.
type tool struct {
	path string // below C:\Windows\System32
	find func(h *Host, ctx context.Context) (string, error)
	args *regexp.Regexp // of one argument, whole
}

func arguments(forms string) *regexp.Regexp { return regexp.MustCompile(`(?i)^(?:` + forms + `)$`) }

// A file or folder that an argument may name: absolute, without quotes and wildcards.
const (
	fileForm   = `[A-Z]:\\[^"*?<>|\x00-\x1f]+`
	numberForm = `[0-9]{1,9}`
	driveForm  = `[A-Z]:`
)

// tools are all that RunTool knows. Sources: the documentation of each program.
var tools = map[string]tool{
	"dism": {path: "Dism.exe", args: arguments(`/online|/cleanup-image|/(scan|check|restore)health|/startcomponentcleanup|/analyzecomponentstore|/limitaccess|/norestart|/quiet|/english` +
		`|/(add|remove)-package|/get-packages|/enable-feature|/all|/featurename:[A-Za-z0-9.-]+|/packagename:[A-Za-z0-9.~-]+` +
		`|/packagepath:` + fileForm + `|/source:(wim:|esd:)?` + fileForm + `(:[0-9]{1,3})?`)},
	"sfc":        {path: "sfc.exe", args: arguments(`/scannow|/verifyonly`)},
	"mpcmdrun":   {find: (*Host).defender, args: arguments(`-(signatureupdate|removedefinitions|all|dynamicsignatures|mmpc|microsoftupdateserver|resetplatform|revertplatform|scan|scantype|getfiles|wdenable)|` + numberForm)},
	"msiexec":    {path: "msiexec.exe", args: arguments(`/(unregister|regserver|qn|quiet|norestart|passive)|/(i|p|x|f[a-z]{0,8})|REBOOT=ReallySuppress|REINSTALL=ALL|REINSTALLMODE=[a-z]{1,8}|\{[0-9A-F-]{36}\}|/l[a-z*]{0,6}|` + fileForm)},
	"netsh":      {path: "netsh.exe", args: arguments(`winsock|winhttp|int|interface|ip|ipv4|ipv6|reset|proxy|import|source=ie`)},
	"w32tm":      {path: "w32tm.exe", args: arguments(`/(resync|rediscover|force|register|config|update|syncfromflags:(domhier|manual))`)},
	"chkdsk":     {path: "chkdsk.exe", args: arguments(driveForm + `|/(scan|perf|spotfix)`)},
	"chkntfs":    {path: "chkntfs.exe", args: arguments(driveForm + `|/[cdx]`)},
	"fsutil":     {path: "fsutil.exe", args: arguments(`dirty|set|query|` + driveForm)},
	"office":     {find: (*Host).office, args: arguments(`/update|user|scenario=repair|platform=x(64|86)|culture=[a-z]{2,3}(-[a-z]{2,8}){0,2}|repairtype=(quick|full)repair|forceappshutdown=(true|false)|displaylevel=(true|false)|updatepromptuser=(true|false)`)},
	"wusa":       {path: "wusa.exe", args: arguments(`/(quiet|norestart|uninstall|kb:[0-9]{6,8})|` + fileForm)},
	"reagentc":   {path: "reagentc.exe", args: arguments(`/(enable|disable|info)`)},
	"bcdedit":    {path: "bcdedit.exe", args: arguments(`/(export|set|deletevalue)|\{(current|default)\}|safeboot|recoveryenabled|yes|no|` + fileForm)},
	"icacls":     {path: "icacls.exe", args: arguments(`/(reset|t|c|q|l)|` + fileForm)},
	"ipconfig":   {path: "ipconfig.exe", args: arguments(`/(flushdns|registerdns)`)},
	"regsvr32":   {path: "regsvr32.exe", args: arguments(`/s|[a-z0-9]{1,20}\.dll`)},
	"usoclient":  {path: "UsoClient.exe", args: arguments(`StartScan|StartInteractiveScan`)},
	"sc":         {path: "sc.exe", args: arguments(`sdset|[a-z]{2,20}|D:\([A-Z0-9;()-]+`)},
	"netfxsetup": {path: "dism.exe", args: arguments(`/online|/enable-feature|/all|/featurename:NetFx3|/limitaccess|/norestart|/source:` + fileForm)},
}

// toolSeconds is the time limit if the operation names none.
const toolSeconds = 3600

func (h *Host) runTool(ctx context.Context, op host.Op) error {
	t, known := tools[strings.ToLower(op.Name)]
	if !known {
		return refused("refused-tool", model.Args{"tool": op.Name})
	}
	for _, arg := range op.Args {
		if !t.args.MatchString(arg) {
			return refused("refused-tool", model.Args{"tool": op.Name + " " + arg})
		}
	}
	path, err := h.toolPath(ctx, t)
	if err != nil {
		return err
	}
	good := append(slices.Clone(op.Exits), op.Restarts...)
	if op.Exits == nil {
		good = append(good, 0)
	}
	return h.run(ctx, op.Name, winapi.Command{Path: path, Args: op.Args, Seconds: seconds(op, toolSeconds)}, good)
}

func (h *Host) toolPath(ctx context.Context, t tool) (string, error) {
	find := t.find
	if find == nil {
		find = func(h *Host, ctx context.Context) (string, error) { return h.system32(ctx, t.path) }
	}
	path, err := find(h, ctx)
	if err != nil {
		return "", err
	}
	if _, err := h.Files.Stat(path); err != nil {
		return "", &model.Error{Code: "tool-not-there", Exit: 6, Args: model.Args{"tool": path}, Err: err}
	}
	return path, nil
}

// defender is MpCmdRun.exe of the newest platform, else the one that came with Windows.
// Source: field guide, artifacts §6.
func (h *Host) defender(ctx context.Context) (string, error) {
	windows, err := h.windows(ctx)
	if err != nil {
		return "", err
	}
	drive := folderOf(windows)
	platforms := join(drive, `ProgramData\Microsoft\Windows Defender\Platform`)
	names, err := h.Files.List(platforms)
	if err != nil && !isGone(err) {
		return "", err
	}
	slices.SortFunc(names, newest)
	for _, name := range names {
		at := join(platforms, name+`\MpCmdRun.exe`)
		if _, err := h.Files.Stat(at); err == nil {
			return at, nil
		}
	}
	return join(drive, `Program Files\Windows Defender\MpCmdRun.exe`), nil
}

// newest puts the highest version first: 4.18.24090.11-0.
func newest(a, b string) int { return slices.Compare(numbers(b), numbers(a)) }

func numbers(version string) (out []int) {
	for _, part := range strings.FieldsFunc(version, func(r rune) bool { return r == '.' || r == '-' }) {
		n, _ := strconv.Atoi(part)
		out = append(out, n)
	}
	return out
}

func (h *Host) office(ctx context.Context) (string, error) {
	windows, err := h.windows(ctx)
	return join(folderOf(windows), `Program Files\Common Files\microsoft shared\ClickToRun\OfficeC2RClient.exe`), err
}
