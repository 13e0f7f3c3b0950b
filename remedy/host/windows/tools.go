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

	signed bool // it is no part of Windows: Microsoft must have signed it
}

func arguments(forms string) *regexp.Regexp { return regexp.MustCompile(`(?i)^(?:` + forms + `)$`) }

// A file or folder that an argument may name: absolute, without quotes and wildcards.
const (
	fileForm = `[A-Z]:\\[^"*?<>|\x00-\x1f]+`
)

// tools are all that RunTool knows: what the remedies need. Sources: the documentation of
// each program.
var tools = map[string]tool{
	"dism": {path: "Dism.exe", args: arguments(`/online|/cleanup-image|/(scan|restore)health|/limitaccess|/norestart|/quiet|/add-package|/enable-feature|/all` +
		`|/featurename:[A-Za-z0-9.-]+|/packagepath:` + fileForm + `|/source:wim:` + fileForm + `:[0-9]{1,3}`)},
	"sfc":      {path: "sfc.exe", args: arguments(`/scannow`)},
	"mpcmdrun": {find: (*Host).defender, args: arguments(`-(signatureupdate|removedefinitions|dynamicsignatures|resetplatform)`)},
	"msiexec":  {path: "msiexec.exe", args: arguments(`/(qn|norestart|f[a-z]{1,8})|\{[0-9A-F-]{36}\}|` + fileForm)},
	"netsh":    {path: "netsh.exe", args: arguments(`winsock|reset`)},
	"w32tm":    {path: "w32tm.exe", args: arguments(`/(resync|rediscover)`)},
	"chkdsk":   {path: "chkdsk.exe", args: arguments(`[A-Z]:|/scan`)},
	"fsutil":   {path: "fsutil.exe", args: arguments(`resource|setautoreset|true|[A-Z]:\\`)},
	"office":   {find: (*Host).office, args: arguments(`/update|user|forceappshutdown=false`)},
	"officeclicktorun": {find: (*Host).officeRepair, signed: true, args: arguments(`scenario=Repair|RepairType=QuickRepair|(forceappshutdown|DisplayLevel)=False` +
		`|platform=(x64|x86|arm64)|culture=[a-z]{2,3}(-[a-z0-9]{2,8}){1,2}`)},
	"wusa":    {path: "wusa.exe", args: arguments(`/(quiet|norestart)|` + fileForm)},
	"program": {find: noProgram, args: arguments(`/(q|n|quiet|repair|norestart)`)},
}

// noProgram: a program that the person has not named does not exist.
func noProgram(*Host, context.Context) (string, error) {
	return "", refused("refused-tool", model.Args{"tool": "program"})
}

// toolSeconds is the time limit if the operation names none.
const toolSeconds = 3600

func (h *Host) runTool(ctx context.Context, op host.Op) error {
	c, err := h.command(ctx, op)
	if err != nil {
		return err
	}
	end, err := h.finished(winapi.Hearing(ctx, &percents{ctx: ctx}), op.Name, c)
	switch {
	case err != nil:
		return err
	case slices.Contains(op.Restarts, end.Exit):
		return h.restartWanted(ctx)
	case op.Maybe, slices.Contains(op.Exits, end.Exit), op.Exits == nil && end.Exit == 0:
		return nil
	}
	return toolFailed(op.Name, end)
}

// command is what an operation runs: a tool of the table, each argument of its form.
func (h *Host) command(ctx context.Context, op host.Op) (winapi.Command, error) {
	t, known := tools[strings.ToLower(op.Name)]
	if !known {
		return winapi.Command{}, refused("refused-tool", model.Args{"tool": op.Name})
	}
	args, err := h.expanded(ctx, op.Args)
	if err != nil {
		return winapi.Command{}, err
	}
	for _, arg := range args {
		if !t.args.MatchString(arg) {
			return winapi.Command{}, refused("refused-tool", model.Args{"tool": op.Name + " " + arg})
		}
	}
	if args, err = h.trustedPackages(ctx, args); err != nil {
		return winapi.Command{}, err
	}
	if args, err = h.heldPackages(ctx, args); err != nil {
		return winapi.Command{}, err
	}
	path := op.Local
	if path != "" {
		path, err = h.trusted(ctx, path)
	} else {
		path, err = h.toolPath(ctx, t)
	}
	return winapi.Command{Path: path, Args: args, Seconds: seconds(op, toolSeconds)}, err
}

// expanded puts the running Windows into arguments.
func (h *Host) expanded(ctx context.Context, args []string) ([]string, error) {
	windows, err := h.windows(ctx)
	if err != nil {
		return nil, err
	}
	in := strings.NewReplacer("%SystemDrive%", folderOf(windows), "%SystemRoot%", windows)
	out := []string{}
	for _, arg := range args {
		out = append(out, in.Replace(arg))
	}
	return out, nil
}

// localProgram is the path of a program that a person may name.
var localProgram = arguments(fileForm + `\.exe`)

// localPackage is the path of a package of Windows Installer.
var localPackage = arguments(fileForm + `\.msi`)

// trustedPackages puts copies that are trusted in the place of packages of Windows
// Installer: what is in one runs as SYSTEM, whatever product it says it is.
func (h *Host) trustedPackages(ctx context.Context, args []string) (out []string, err error) {
	for _, arg := range args {
		if localPackage.MatchString(arg) {
			if arg, err = h.trustedPackage(ctx, arg); err != nil {
				return nil, err
			}
		}
		out = append(out, arg)
	}
	return out, nil
}

// trustedPackage copies once more, because the name of a package must stay as it was.
// Source: Windows Installer, "Preparing a Small Update or Minor Upgrade" (error 1316).
func (h *Host) trustedPackage(ctx context.Context, path string) (string, error) {
	copied, err := h.trustedCopy(ctx, path)
	if err != nil {
		return "", err
	}
	sum, err := h.sum(ctx, copied)
	if err != nil {
		return "", err
	}
	named := join(h.Keep, "package-"+sum[:min(16, len(sum))]+`\`+nameOf(path))
	return named, h.put(ctx, named, sum, h.fileOf(copied), nil)
}

// trusted refuses programs that are not Microsoft's.
func (h *Host) trusted(ctx context.Context, path string) (string, error) {
	if !localProgram.MatchString(path) {
		return "", refused("refused-wrong-file", model.Args{"path": path, "ends": ".exe"})
	}
	return h.trustedCopy(ctx, path)
}

// trustedCopy refuses what Microsoft has not signed. It answers a copy in the journal's
// folder: nobody can put another one in its place once it was looked at.
func (h *Host) trustedCopy(ctx context.Context, path string) (string, error) {
	f, err := h.keep(ctx, path)
	if err == nil && f.Sum == "" {
		err = &model.Error{Code: "tool-not-there", Exit: 6, Args: model.Args{"tool": path}}
	}
	if err != nil {
		return "", err
	}
	copied := h.keptAs(f.Sum, path)
	signed, err := winapi.MicrosoftSigned.Do(ctx, h.Calls, copied)
	if err == nil && !signed {
		err = refused("refused-program-unsigned", model.Args{"path": path})
	}
	return copied, err
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
	if !t.signed {
		return path, nil
	}
	signed, err := winapi.MicrosoftSigned.Do(ctx, h.Calls, path)
	if err == nil && !signed {
		err = refused("refused-program-unsigned", model.Args{"path": path})
	}
	return path, err
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

// clickToRun is where Office keeps its own tools, below the drive of Windows: a folder that
// only administrators write to, whatever the registry says. Source: OfficeDocs-DeployOffice.
const clickToRun = `Program Files\Common Files\microsoft shared\ClickToRun`

func (h *Host) office(ctx context.Context) (string, error) {
	windows, err := h.windows(ctx)
	return join(folderOf(windows), clickToRun+`\OfficeC2RClient.exe`), err
}

func (h *Host) officeRepair(ctx context.Context) (string, error) {
	windows, err := h.windows(ctx)
	return join(folderOf(windows), clickToRun+`\OfficeClickToRun.exe`), err
}
