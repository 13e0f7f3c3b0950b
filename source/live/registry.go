package live

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"updoc/source"
	"updoc/winapi"
)

// loaded are the hives that Windows holds open, by their file's name, and their roots.
// COMPONENTS and DRIVERS are loaded by and by and are read as files.
var loaded = map[string]string{
	"SYSTEM": `HKLM\SYSTEM`, "SOFTWARE": `HKLM\SOFTWARE`, "SAM": `HKLM\SAM`, "SECURITY": `HKLM\SECURITY`, "DEFAULT": `HKU\.DEFAULT`,
	"BCD": `HKLM\BCD00000000`,
}

type keyAnswer struct {
	key source.RegistryKey
	err error
}

// maxKeys bounds how many keys are remembered; a look asks for some ten thousand.
const maxKeys = 100_000

// keyPath is the path of a key as winapi wants it.
func keyPath(hive, path string) (string, error) {
	root := loaded[strings.ToUpper(hive)]
	if root == "" {
		return "", fmt.Errorf("hive %s is not loaded: %w", hive, fs.ErrNotExist)
	}
	return strings.TrimSuffix(root+`\`+path, `\`), nil
}

// Key implements source.Registered. A key is asked for once.
func (s *Source) Key(ctx context.Context, hive, path string) (source.RegistryKey, error) {
	full, err := keyPath(hive, path)
	if err != nil {
		return source.RegistryKey{}, err
	}
	known, ok := s.keys[strings.ToLower(full)]
	if !ok {
		known.key, known.err = s.ask(ctx, full)
		if len(s.keys) < maxKeys && ctx.Err() == nil {
			s.keys[strings.ToLower(full)] = known
		}
	}
	return known.key, known.err
}

func (s *Source) ask(ctx context.Context, full string) (source.RegistryKey, error) {
	got, err := winapi.RegistryKey.Do(ctx, s.sys, full)
	if err != nil {
		return source.RegistryKey{}, err
	}
	out := source.RegistryKey{LastWrite: got.LastWrite.UTC(), Subkeys: got.Subkeys}
	for _, v := range got.Values {
		out.Values = append(out.Values, source.RegistryValue(v))
	}
	return out, nil
}

// KeySecurity implements source.Registered.
func (s *Source) KeySecurity(ctx context.Context, hive, path string) ([]byte, error) {
	full, err := keyPath(hive, path)
	if err != nil {
		return nil, err
	}
	raw, err := winapi.KeySecurity.Do(ctx, s.sys, full)
	if errors.Is(err, winapi.ErrUnsupported) {
		err = &source.UnseenError{Unseen: s.unasked("security"), Err: err}
	}
	return raw, err
}
