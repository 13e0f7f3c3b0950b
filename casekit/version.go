package casekit

import "fmt"

// version is a four-part version such as 10.0.19041.3920.
type version [4]int

func parseVersion(text string) (version, error) {
	var v version
	if n, err := fmt.Sscanf(text+"\n", "%d.%d.%d.%d\n", &v[0], &v[1], &v[2], &v[3]); err != nil || n != 4 {
		return version{}, fmt.Errorf("%q is no version: write it like 10.0.19041.3920", text)
	}
	for _, part := range v {
		if part < 0 || part > 65535 {
			return version{}, fmt.Errorf("%q is no version: each part is at most 65535", text)
		}
	}
	return v, nil
}

func (v version) words() [4]uint16 {
	return [4]uint16{uint16(v[0]), uint16(v[1]), uint16(v[2]), uint16(v[3])}
}
