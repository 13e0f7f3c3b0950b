package windows

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"io"
	"regexp"
	"strings"

	"updoc/model"
	"updoc/winapi"
)

// packageArg is an argument that names a package to install: what is in front of the path,
// the path, and the hash that the catalog puts into its name.
var packageArg = regexp.MustCompile(`(?i)^(/packagepath:)?([A-Z]:\\[^"*?<>|\x00-\x1f]*_([0-9a-f]{40})\.(?:msu|cab))$`)

// wimMagic begins packages of Windows 11 24H2 and later, which are images. Source: the WIM
// white paper.
const wimMagic = "MSWIM\x00\x00\x00"

// heldPackages puts kept copies in the place of packages that arguments name: nobody can
// change one after it was looked at.
func (h *Host) heldPackages(ctx context.Context, args []string) ([]string, error) {
	for i, arg := range args {
		found := packageArg.FindStringSubmatch(arg)
		if found == nil {
			continue
		}
		copied, err := h.heldPackage(ctx, found[2], strings.ToLower(found[3]))
		if err != nil {
			return nil, err
		}
		args[i] = found[1] + copied
	}
	return args, nil
}

// heldPackage is the copy of a package that holds what its name says and that Microsoft has
// signed. One that is an image carries no signature that every Windows can read: of that
// DISM checks the catalogs within before it changes anything.
func (h *Host) heldPackage(ctx context.Context, path, hash string) (string, error) {
	f, err := h.keep(ctx, path)
	if err == nil && f.Sum == "" {
		err = refused("refused-file-gone", model.Args{"path": path})
	}
	if err != nil {
		return "", err
	}
	copied := h.keptAs(f.Sum, path)
	have, image, err := h.packageHash(ctx, copied)
	switch {
	case err != nil:
		return "", err
	case have != hash:
		return "", refused("refused-package-hash", model.Args{"path": path})
	case image:
		return copied, nil
	}
	signed, err := winapi.MicrosoftSigned.Do(ctx, h.Calls, copied)
	if err == nil && !signed {
		err = refused("refused-package-unsigned", model.Args{"path": path})
	}
	return copied, err
}

// packageHash is the SHA-1 of a file, and whether it is an image.
func (h *Host) packageHash(ctx context.Context, path string) (sum string, image bool, err error) {
	r, err := h.reader(path)
	if err != nil {
		return "", false, err
	}
	defer r.Close()
	head := make([]byte, len(wimMagic))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return "", false, err
	}
	hash := sha1.New() // no proof of who made it: see the signature
	_, err = io.Copy(hash, &patient{ctx, r})
	return hex.EncodeToString(hash.Sum(nil)), string(head) == wimMagic, err
}
