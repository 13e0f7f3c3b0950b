package winapi

import (
	"fmt"
	"strings"
)

// Bounds of one key. Beyond them a key is an Error, never a part that looks whole.
const (
	maxSubkeys = 100_000
	maxData    = 64 << 20 // bytes of one value
)

// splitKey takes HKLM\SYSTEM\… apart. Root is one of HKLM, HKU, HKCU, HKCR.
func splitKey(path string) (root, rest string, err error) {
	root, rest, _ = strings.Cut(path, `\`)
	switch root = strings.ToUpper(root); root {
	case "HKLM", "HKU", "HKCU", "HKCR":
		return root, strings.Trim(rest, `\`), nil
	}
	return "", "", fmt.Errorf("%.60q is no registry path: %w", path, errArgument)
}
