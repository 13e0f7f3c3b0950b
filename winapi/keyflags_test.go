package winapi

import "testing"

func TestVolatileKeyByItsFlags(t *testing.T) {
	for name, c := range map[string]struct {
		answer []byte
		want   bool
	}{
		"volatile":           {[]byte{0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}, true},
		"volatile link":      {[]byte{0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0}, true},
		"lasting link":       {[]byte{0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0}, false},
		"other numbers only": {[]byte{1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0}, false},
		"short":              {[]byte{0, 0, 0, 0, 1, 0}, false},
		"nothing":            {nil, false},
	} {
		if got := volatileFlag(c.answer); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
