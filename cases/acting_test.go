package cases_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"updoc/remedy/host/windows"
	"updoc/source"
	"updoc/source/live"
	"updoc/source/live/simulated"
	"updoc/winapi"
)

// acting is a simulated Windows that can also be told to do something: what it is told
// lies over its disk, which is not written to. It writes down every call.
type acting struct {
	*simulated.Windows
	ends  map[string]winapi.Finished // of tools, by name in lower case
	asked []string
	keys  map[string]map[string]*winapi.Value // by path and name in lower case; nil: deleted
	state map[string]uint32                   // of services
	files map[string][]byte                   // written, by path in lower case
	disk  source.Source                       // for the files of volumes that have no letter
}

// newActing is one that has a name for this start already: a new one would be drawn.
func newActing(w *simulated.Windows, disk source.Source) *acting {
	session := map[string]*winapi.Value{"id": {Name: "id", Type: 1, Data: []byte("S\x00\x00\x00")}}
	return &acting{Windows: w, disk: disk, ends: map[string]winapi.Finished{}, keys: map[string]map[string]*winapi.Value{`hklm\software\updoc-session`: session}, state: map[string]uint32{}, files: map[string][]byte{}}
}

// Call implements winapi.Caller.
func (a *acting) Call(ctx context.Context, name string, args, answer any) error {
	raw, err := json.Marshal(args)
	if err != nil {
		return err
	}
	got, known, err := a.act(name, args)
	if known {
		a.asked = append(a.asked, name+" "+string(raw))
	}
	switch {
	case err != nil:
		return err
	case known:
		return hand(got, answer)
	}
	err = a.Windows.Call(ctx, name, args, answer)
	if key, ok := args.(string); ok && errors.Is(err, fs.ErrNotExist) && len(a.keys[strings.ToLower(key)]) > 0 {
		err = nil
	}
	if err == nil {
		a.overlay(args, answer)
	}
	return err
}

func hand(got, answer any) error {
	raw, err := json.Marshal(got)
	if err == nil {
		err = json.Unmarshal(raw, answer)
	}
	return err
}

// act does what changes something; known is false for looks.
func (a *acting) act(name string, args any) (got any, known bool, err error) {
	none := winapi.None{}
	switch v := args.(type) {
	case winapi.ValueAt:
		at := strings.ToLower(v.Key)
		if a.keys[at] == nil {
			a.keys[at] = map[string]*winapi.Value{}
		}
		a.keys[at][strings.ToLower(v.Value.Name)] = &v.Value
		if name == string(winapi.DeleteValue) {
			a.keys[at][strings.ToLower(v.Value.Name)] = nil
		}
		return none, true, nil
	case winapi.ServiceStart:
		_, _, err := a.act(string(winapi.SetValue), winapi.ValueAt{Key: `HKLM\SYSTEM\CurrentControlSet\Services\` + v.Name,
			Value: winapi.Value{Name: "Start", Type: 4, Data: []byte{byte(v.Start), 0, 0, 0}}})
		return none, true, err
	case winapi.ServiceWait:
		a.state[v.Name] = map[string]uint32{string(winapi.StartService): 4, string(winapi.StopService): 1}[name]
		return winapi.ServiceState{Name: v.Name, State: a.state[v.Name]}, true, nil
	case winapi.Command:
		tool := strings.ToLower(strings.TrimSuffix(v.Path[strings.LastIndexByte(v.Path, '\\')+1:], ".exe"))
		return a.ends[tool], true, nil
	}
	switch name {
	case string(winapi.SearchUpdates):
		if _, id, one := strings.Cut(args.(string), "UpdateID='"); one { // that of an attempt
			return []winapi.Update{{UpdateID: id[:36], KBs: []string{}}}, true, nil
		}
	case string(winapi.InstallUpdate):
		return winapi.InstallResult{Result: 4, HResult: 0x80070643}, true, nil
	case string(winapi.Dependents):
		return []winapi.ServiceState{}, true, nil
	case string(winapi.RegisterTask), string(winapi.DeleteTask), string(winapi.Restart), string(winapi.SetFileSecurity), string(winapi.SuspendProtection):
		return none, true, nil
	}
	return nil, false, nil
}

// overlay puts what was told over what the disk says.
func (a *acting) overlay(args, answer any) {
	switch got := answer.(type) {
	case *winapi.Key:
		path := strings.ToLower(args.(string))
		for from, to := range map[string]string{`\currentcontrolset\`: `\controlset001\`, `\controlset001\`: `\currentcontrolset\`} {
			for name, v := range a.keys[strings.Replace(path, from, to, 1)] {
				got.Values = slices.DeleteFunc(got.Values, func(o winapi.Value) bool { return strings.EqualFold(o.Name, name) })
				if v != nil {
					got.Values = append(got.Values, *v)
				}
			}
		}
	case *[]winapi.ServiceState:
		for i, s := range *got {
			if state := a.state[s.Name]; state != 0 {
				(*got)[i].State = state
			}
		}
	}
}

// system is what source/live opens, through the caller that is given.
func (a *acting) system(calls winapi.Caller) live.System {
	sys := a.Windows.System()
	sys.Caller = calls
	return sys
}

// onDisk are the files of an acting Windows as its host wants them. What is below the
// folder of the journal, or was written, lies in memory.
type onDisk struct{ a *acting }

var _ windows.Files = onDisk{}

// find is the volume of a path and the name in it.
func (d onDisk) find(path string) (fs.FS, string, error) {
	id, rest := d.a.disk.Windows(), path
	if in, ok := strings.CutPrefix(path, `\\?\Volume{`); ok {
		id, rest, _ = strings.Cut(in, "}")
	} else if rest, ok = strings.CutPrefix(path, `C:`); !ok {
		return nil, "", &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	fsys, err := d.a.disk.FS(id)
	name := strings.Trim(strings.ReplaceAll(rest, `\`, "/"), "/")
	if name == "" {
		name = "."
	}
	return fsys, name, err
}

type held struct {
	io.ReaderAt
	io.Closer
}

// Open implements windows.Files.
func (d onDisk) Open(path string) (windows.File, error) {
	if b, ok := d.a.files[strings.ToLower(path)]; ok {
		return held{bytes.NewReader(b), io.NopCloser(nil)}, nil
	}
	fsys, name, err := d.find(path)
	if err != nil {
		return nil, err
	}
	f, _, err := source.Open(fsys, name)
	if err != nil {
		return nil, err
	}
	return held{f, io.NopCloser(nil)}, nil
}

// Stat implements windows.Files.
func (d onDisk) Stat(path string) (windows.Stat, error) {
	if b, ok := d.a.files[strings.ToLower(path)]; ok {
		return windows.Stat{Size: int64(len(b)), Attributes: 0x20}, nil
	}
	fsys, name, err := d.find(path)
	if err != nil {
		return windows.Stat{}, err
	}
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return windows.Stat{}, err
	}
	return windows.Stat{Size: info.Size(), Attributes: 0x20, Folder: info.IsDir()}, nil
}

// List implements windows.Files.
func (d onDisk) List(path string) ([]string, error) {
	fsys, name, err := d.find(path)
	if err != nil {
		return nil, err
	}
	entries, err := fs.ReadDir(fsys, name)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

type sink struct {
	bytes.Buffer
	d    onDisk
	path string
}

func (s *sink) Sync() error { return nil }
func (s *sink) Close() error {
	s.d.a.files[s.path] = s.Bytes()
	return nil
}

// Create implements windows.Files.
func (d onDisk) Create(path string) (windows.Sink, error) {
	return &sink{d: d, path: strings.ToLower(path)}, nil
}

// Rename implements windows.Files, for what was written.
func (d onDisk) Rename(from, to string) error {
	b, ok := d.a.files[strings.ToLower(from)]
	if !ok {
		return fmt.Errorf("%s: only what was written has a new name here", from)
	}
	delete(d.a.files, strings.ToLower(from))
	d.a.files[strings.ToLower(to)] = b
	return nil
}

// Remove implements windows.Files.
func (d onDisk) Remove(path string) error {
	if _, ok := d.a.files[strings.ToLower(path)]; !ok {
		return &fs.PathError{Op: "remove", Path: path, Err: fs.ErrNotExist}
	}
	delete(d.a.files, strings.ToLower(path))
	return nil
}

// MakeFolder and SetAttributes implement windows.Files.
func (d onDisk) MakeFolder(string) error            { return nil }
func (d onDisk) SetAttributes(string, uint32) error { return nil }
