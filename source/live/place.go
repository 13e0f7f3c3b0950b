package live

import (
	"strings"

	"updoc/source"
)

var _ source.Placed = (*Source)(nil)

// Place implements source.Placed: the volume with the longest name that begins the path.
func (s *Source) Place(dir string) (string, bool) {
	var best *mounted
	longest := 0
	for _, m := range s.mounted {
		for _, root := range m.told.Mounts {
			if len(root) > longest && below(dir, root) {
				best, longest = m, len(root)
			}
		}
	}
	if best == nil {
		return "", false
	}
	home := s.mounted[s.windows]
	return best.id, home != nil && best.told.Disk == home.told.Disk
}

// below tells whether a path lies below a folder, or is it, in any case.
func below(path, dir string) bool {
	path, dir = strings.ReplaceAll(path, "/", `\`)+`\`, strings.TrimSuffix(dir, `\`)+`\`
	return len(path) >= len(dir) && strings.EqualFold(path[:len(dir)], dir)
}
