package collect

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"updoc/format/regf"
	"updoc/source"
)

// regKey is one registry key, of a hive's file or of a registry that runs. Errors are
// those of regf, and those of source.Registered.
type regKey interface {
	Name() string
	LastWrite() time.Time
	Offset() int64 // in the hive's file; 0 if there is none
	Subkey(name string) (regKey, error)
	Subkeys() ([]regKey, error)
	Value(name string) (regf.Value, error)
	Values() ([]regf.Value, error)
	Security() ([]byte, error)
}

// storedKey is a key of a hive's file.
type storedKey struct{ regf.Key }

// Subkey implements regKey.
func (k storedKey) Subkey(name string) (regKey, error) {
	sub, err := k.Key.Subkey(name)
	return storedKey{sub}, err
}

// Subkeys implements regKey.
func (k storedKey) Subkeys() ([]regKey, error) {
	subs, err := k.Key.Subkeys()
	out := make([]regKey, len(subs))
	for i, s := range subs {
		out[i] = storedKey{s}
	}
	return out, err
}

// runningKey is a key of a registry that runs. A subkey is asked for when something of it
// is needed: thousands of packages are looked at by name alone.
type runningKey struct {
	ctx  context.Context
	reg  source.Registered
	hive string
	path string

	asked bool
	got   source.RegistryKey
	err   error
}

func (k *runningKey) ask() (source.RegistryKey, error) {
	if !k.asked {
		k.asked = true
		k.got, k.err = k.reg.Key(k.ctx, k.hive, k.path)
	}
	return k.got, k.err
}

func (k *runningKey) below(name string) *runningKey {
	return &runningKey{ctx: k.ctx, reg: k.reg, hive: k.hive, path: strings.TrimPrefix(k.path+`\`+name, `\`)}
}

// Name implements regKey.
func (k *runningKey) Name() string { return k.path[strings.LastIndex(k.path, `\`)+1:] }

// LastWrite implements regKey.
func (k *runningKey) LastWrite() time.Time {
	got, _ := k.ask()
	return got.LastWrite
}

// Offset implements regKey.
func (k *runningKey) Offset() int64 { return 0 }

// Subkey implements regKey.
func (k *runningKey) Subkey(name string) (regKey, error) {
	sub := k.below(name)
	_, err := sub.ask()
	return sub, err
}

// Subkeys implements regKey.
func (k *runningKey) Subkeys() ([]regKey, error) {
	got, err := k.ask()
	out := make([]regKey, len(got.Subkeys))
	for i, name := range got.Subkeys {
		out[i] = k.below(name)
	}
	return out, err
}

// Value implements regKey.
func (k *runningKey) Value(name string) (regf.Value, error) {
	got, err := k.ask()
	if err != nil {
		return regf.Value{}, err
	}
	for _, v := range got.Values {
		if strings.EqualFold(v.Name, name) {
			return regf.LooseValue(v.Name, v.Type, v.Data), nil
		}
	}
	return regf.Value{}, fmt.Errorf("registry value %q: %w", name, fs.ErrNotExist)
}

// Values implements regKey.
func (k *runningKey) Values() ([]regf.Value, error) {
	got, err := k.ask()
	out := make([]regf.Value, len(got.Values))
	for i, v := range got.Values {
		out[i] = regf.LooseValue(v.Name, v.Type, v.Data)
	}
	return out, err
}

// Security implements regKey.
func (k *runningKey) Security() ([]byte, error) { return k.reg.KeySecurity(k.ctx, k.hive, k.path) }
