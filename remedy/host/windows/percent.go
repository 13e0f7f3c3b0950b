package windows

import (
	"bytes"
	"context"
	"regexp"
	"strconv"

	"updoc/remedy/host"
)

// percent is how DISM, sfc and chkdsk say how far they are, in every language: a number
// and the sign. sfc writes UTF-16, whose zeros are left out before.
var percent = regexp.MustCompile(`(?:^|[^\d.,])(\d{1,3})(?:[.,]\d{1,2})?[ \x{a0}]?%`)

// percents hears a program and tells how far it is.
type percents struct {
	ctx  context.Context
	rest []byte // what may be the beginning of a number
}

// longestNumber is that of "100.0 %" with some room.
const longestNumber = 16

func (p *percents) Write(b []byte) (int, error) {
	text := append(p.rest, bytes.ReplaceAll(b, []byte{0}, nil)...)
	if all := percent.FindAllSubmatch(text, -1); len(all) > 0 {
		if n, err := strconv.ParseInt(string(all[len(all)-1][1]), 10, 64); err == nil && n <= 100 {
			host.Tell(p.ctx, n, 100)
		}
	}
	p.rest = bytes.Clone(text[max(0, len(text)-longestNumber):])
	return len(b), nil
}
