//go:build !packed

package knowledge

import (
	"embed"
	"io/fs"
)

//go:embed codes.tsv cp932.bin classes.yaml commands.yaml gates.yaml harms.yaml lifecycle.yaml vendors.yaml codes kbs causes remedies texts
var files embed.FS

var data fs.FS = files
