package collect

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"updoc/model"
)

// imageRoots are the words that ImagePath values begin with, in lower case, and where
// they lead on the Windows volume. Windows is drive C: of itself.
var imageRoots = []struct{ prefix, path string }{
	{`\systemroot\`, "Windows/"},
	{`%systemroot%\`, "Windows/"},
	{`%windir%\`, "Windows/"},
	{`%programdata%\`, "ProgramData/"},
	{`%allusersprofile%\`, "ProgramData/"},
	{`%programfiles%\`, "Program Files/"},
	{`%programfiles(x86)%\`, "Program Files (x86)/"},
	{`c:\`, ""},
	{`\windows\`, "Windows/"},
	{`system32\`, "Windows/System32/"},
	{`syswow64\`, "Windows/SysWOW64/"},
}

// imagePath turns the ImagePath of a service or driver into a path on the Windows
// volume; "" if it leads elsewhere. What follows the program is cut off.
func imagePath(image string) string {
	image = programOf(strings.TrimPrefix(strings.TrimSpace(image), `\??\`))
	lower := strings.ToLower(image)
	for _, r := range imageRoots {
		if strings.HasPrefix(lower, r.prefix) {
			return clean(r.path + image[len(r.prefix):])
		}
	}
	return ""
}

// programOf returns the program of a command line: what is quoted, else what ends in
// .exe, .sys or .dll, else the first word.
func programOf(image string) string {
	if quoted, ok := strings.CutPrefix(image, `"`); ok {
		program, _, _ := strings.Cut(quoted, `"`)
		return strings.TrimPrefix(program, `\??\`)
	}
	lower := strings.ToLower(image)
	for _, end := range []string{".exe", ".sys", ".dll"} {
		if i := strings.Index(lower, end); i >= 0 {
			return image[:i+len(end)]
		}
	}
	word, _, _ := strings.Cut(image, " ")
	return word
}

// clean makes a path one that io/fs takes; "" if it is none.
func clean(p string) string {
	p = path.Clean(slashPath(p))
	if p == "." || !fs.ValidPath(p) {
		return ""
	}
	return p
}

// there tells whether a file or folder exists. That it does not is known of a whole
// volume, and of a copy if it has the folder root, in which the file would lie: a copy
// of some folders proves nothing about the others.
func (d *desk) there(artifact, file, root string) model.Fact[bool] {
	at := d.on(file)
	_, err := d.stat(at)
	if errors.Is(err, fs.ErrNotExist) {
		if _, gone := d.stat(d.on(root)); gone == nil || d.whole(at.volume) {
			return model.Known(false, at.origin(artifact))
		}
	}
	if err != nil {
		return unseenOr[bool](d.whyNot(artifact, at, err))
	}
	return model.Known(true, at.origin(artifact))
}
