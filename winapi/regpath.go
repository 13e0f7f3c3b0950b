package winapi

import (
	"fmt"
	"strings"
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
