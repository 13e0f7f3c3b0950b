package collect

import (
	"encoding/binary"
	"errors"

	"updoc/format/regf"
)

const (
	proxyKey     = `Microsoft\Windows\CurrentVersion\Internet Settings\Connections`
	proxyValue   = "WinHttpSettings"
	proxyFlag    = 2 // a named proxy is in use
	proxyLongest = 2048
)

// proxy fills Machine.Agent.Proxy: the proxy of WinHTTP, through which the services
// search for updates. No value, or one without the flag: the way is direct.
func proxy(d *desk) {
	d.m.Agent.Proxy = valueOf(d.software(), proxyKey, proxyValue, func(v regf.Value) (string, error) {
		raw, err := v.Bytes()
		if err != nil {
			return "", err
		}
		return winHTTPProxy(raw)
	})
}

// winHTTPProxy reads WinHttpSettings: four little-endian words (version, counter,
// flags, length) and the name in ASCII. The layout is known from independent readers of
// the same value (grade C).
func winHTTPProxy(raw []byte) (string, error) {
	if len(raw) == 0 {
		return "", nil
	}
	if len(raw) < 16 {
		return "", errors.New("WinHttpSettings is too short")
	}
	flags, n := binary.LittleEndian.Uint32(raw[8:]), int64(binary.LittleEndian.Uint32(raw[12:]))
	if flags&proxyFlag == 0 {
		return "", nil
	}
	if n > proxyLongest || n > int64(len(raw)-16) {
		return "", errors.New("WinHttpSettings claims more than it has")
	}
	return string(raw[16 : 16+n]), nil
}
