package windows

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"updoc/winapi"
)

var wentWell = winapi.Finished{}

// run is what the tools of this Windows do.
func (s *sim) run(c winapi.Command) (winapi.Finished, error) {
	name := strings.ToLower(strings.TrimSuffix(nameOf(c.Path), ".exe"))
	if strings.HasPrefix(name, "kept-") {
		name = "program"
	}
	if s.trouble == name+" hangs" {
		return winapi.Finished{Exit: 1, Ended: true}, nil
	}
	if s.trouble == name+" lies" {
		return wentWell, nil
	}
	if do := s.runs[name]; do != nil {
		return do(s, c.Args)
	}
	switch name {
	case "reagentc":
		return s.reagentc(c.Args)
	case "dism":
		return s.dism(c.Args)
	}
	return winapi.Finished{Exit: 1}, nil
}

// reagentc moves the image as the real one does, one step at a time.
func (s *sim) reagentc(args []string) (winapi.Finished, error) {
	bad := winapi.Finished{Exit: 2}
	home := `C:\Windows\System32\Recovery\winre.wim`
	switch strings.ToLower(args[0]) {
	case "/disable":
		if !s.boot.on {
			return bad, nil
		}
		v := s.vol(s.boot.extent.Start)
		key := strings.ToLower(s.boot.folder + `\winre.wim`)
		if f := v.files[key]; f != nil {
			s.write(home, f.data)
			if err := s.tick(); err != nil {
				return bad, err
			}
			delete(v.files, key)
		}
		s.watch("disable")
		if err := s.tick(); err != nil {
			return bad, err
		}
		s.disable()
	case "/setreimage":
		if s.boot.on || s.trouble == "setreimage fails" {
			return bad, nil
		}
		if s.content(args[2]+`\winre.wim`) == nil {
			return bad, nil
		}
		s.set = args[2]
	case "/enable":
		v, folder := s.find(s.set)
		if s.trouble == "falls back" && v != nil {
			s.write(`C:\Recovery\WindowsRE\winre.wim`, s.content(s.set+`\winre.wim`))
			v, folder = s.vols[1], `Recovery\WindowsRE`
		}
		if v == nil {
			return bad, nil
		}
		s.enable(v, folder)
	}
	return wentWell, nil
}

func option(args []string, name string) string {
	for _, a := range args {
		if len(a) > len(name) && strings.EqualFold(a[:len(name)], name) {
			return a[len(name):]
		}
	}
	return ""
}

// dism exports by wimlib and mounts by believing it.
func (s *sim) dism(args []string) (winapi.Finished, error) {
	bad := winapi.Finished{Exit: 0xc142011d}
	switch {
	case strings.EqualFold(args[0], "/Export-Image"):
		return s.exportImage(args)
	case strings.EqualFold(args[0], "/Mount-Image"):
		if s.mounted != "" {
			return bad, nil
		}
		s.mounted, s.added = option(args, "/ImageFile:"), false
		s.write(option(args, "/MountDir:")+`\Windows\x`, []byte("mounted"))
	case option(args, "/PackagePath:") != "":
		if s.trouble == "package fails" {
			return bad, nil
		}
		s.added = true
	case strings.EqualFold(args[0], "/Unmount-Image"), strings.EqualFold(args[0], "/Cleanup-Mountpoints"):
		v, at := s.find(option(args, "/MountDir:"))
		for key := range v.files {
			if strings.HasPrefix(key, strings.ToLower(at)+`\`) {
				delete(v.files, key)
			}
		}
		if option(args, "/Commit")+args[min(2, len(args)-1)] == "/Commit" && s.added {
			now := tinyWim(s.t, "serviced")
			s.images = append(s.images, now)
			s.write(s.mounted, now)
		}
		s.mounted = ""
	}
	return wentWell, nil
}

func (s *sim) exportImage(args []string) (winapi.Finished, error) {
	dir, err := os.MkdirTemp("", "sim-wim-")
	if err != nil {
		return winapi.Finished{}, err
	}
	defer os.RemoveAll(dir)
	from, to := filepath.Join(dir, "from.wim"), filepath.Join(dir, "to.wim")
	if err := os.WriteFile(from, s.content(option(args, "/SourceImageFile:")), 0o600); err != nil {
		return winapi.Finished{}, err
	}
	how := map[string]string{"max": "lzx", "fast": "xpress"}[option(args, "/Compress:")]
	if err := exec.Command("wimlib-imagex", "export", from, option(args, "/SourceIndex:"), to, "--compress="+how, "--boot").Run(); err != nil {
		return winapi.Finished{Exit: 1}, nil
	}
	raw, err := os.ReadFile(to)
	if err != nil {
		return winapi.Finished{}, err
	}
	if s.trouble == "export changes" {
		raw = tinyWim(s.t, "something else")
	}
	s.images = append(s.images, raw)
	s.write(option(args, "/DestinationImageFile:"), raw)
	return wentWell, nil
}
