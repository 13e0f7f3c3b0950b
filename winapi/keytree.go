package winapi

import "errors"

// maxKeyDepth is how deep keys may lie in one another. Source: "Registry Element Size Limits".
const maxKeyDepth = 512

// keyTree is what keys are deleted from, one by one: each by its path below a root.
type keyTree interface {
	below(path string) ([]string, error)
	remove(path string) error // a key without keys below it
}

// removeKeys deletes a key, those below it first: where the first one is denied, nothing is
// gone.
func removeKeys(t keyTree, path string, depth int) error {
	if depth > maxKeyDepth {
		return errors.New("too many keys in one another")
	}
	names, err := t.below(path)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := removeKeys(t, path+`\`+name, depth+1); err != nil {
			return err
		}
	}
	return t.remove(path)
}

// orElse does by another way what the permissions deny: as programs do that restore backups,
// which administrators may. Keys of servicing are TrustedInstaller's.
func orElse(err error, other func() error) error {
	if err == nil || codeOf(err) != errAccessDenied {
		return err
	}
	if worse := other(); worse != nil {
		return errors.Join(err, worse)
	}
	return nil
}
