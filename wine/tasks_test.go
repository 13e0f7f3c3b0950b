package wine

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"updoc/testkit"
)

// Wine's Task Scheduler does nothing for a script, nor for updoc, which asks as a script does.
// scheduler is a stand-in: it keeps the tasks as files, and starts none of them.
const scheduler = `<?xml version="1.0"?>
<component>
<registration progid="Schedule.Service" version="1" classid="{0F87369F-A4E5-4CFC-BD3E-73E6154572DD}"></registration>
<public>
<method name="Connect"></method>
<method name="GetFolder"><parameter name="path"></parameter></method>
</public>
<script language="JScript"><![CDATA[
var files = new ActiveXObject("Scripting.FileSystemObject");
function file(name) { return "C:\\tasks\\" + name + ".xml"; }
var folder = {
  GetFolder: function (path) { return folder; },
  CreateFolder: function (path) { return folder; },
  DeleteFolder: function (path, flags) {},
  RegisterTask: function (name, text, flags, user, password, logOn) {
    var f = files.CreateTextFile(file(name), true, true);
    f.Write(text);
    f.Close();
    return folder;
  },
  DeleteTask: function (name, flags) {
    if (files.FileExists(file(name))) files.DeleteFile(file(name), true);
  }
};
function Connect() {}
function GetFolder(path) { return folder; }
]]></script>
</component>
`

// tasks is where the stand-in keeps them.
const tasks = `C:\tasks`

// scheduling are the keys by which Windows finds it.
const scheduling = `
[Software\\Classes\\CLSID\\{0F87369F-A4E5-4CFC-BD3E-73E6154572DD}\\InprocServer32]
@="C:\\windows\\system32\\scrobj.dll"
"ThreadingModel"="Both"

[Software\\Classes\\CLSID\\{0F87369F-A4E5-4CFC-BD3E-73E6154572DD}\\ScriptletURL]
@="file:///C:/scheduler.wsc"
`

// withScheduler gives a Windows in which nothing runs yet the stand-in.
func withScheduler(t *testing.T, p *testkit.WinePrefix) *testkit.WinePrefix {
	t.Helper()
	addKeys(t, p, scheduling)
	put(t, p, `C:\scheduler.wsc`, []byte(scheduler))
	if err := os.Mkdir(p.Path(tasks), 0o700); err != nil {
		t.Fatal(err)
	}
	return p
}

var (
	taskCommand   = regexp.MustCompile(`<Command>(.*)</Command>`)
	taskArguments = regexp.MustCompile(`<Arguments>(.*)</Arguments>`)
)

// taskOf is what a task starts; nil: there is no such task.
func taskOf(t *testing.T, p *testkit.WinePrefix, name string) []string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(p.Path(tasks), name+".xml"))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var units []uint16
	for ; len(b) >= 2; b = b[2:] {
		units = append(units, le.Uint16(b))
	}
	text := string(utf16.Decode(units))
	command, arguments := taskCommand.FindStringSubmatch(text), taskArguments.FindStringSubmatch(text)
	if command == nil || arguments == nil {
		t.Fatalf("task %s: %s", name, text)
	}
	return append([]string{command[1]}, strings.Fields(arguments[1])...)
}
