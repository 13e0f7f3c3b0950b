package winapi

import (
	"errors"
	"testing"
	"time"
)

func TestClockAddress(t *testing.T) {
	for _, good := range []string{"http://example.com", "http://example.com:8080/time?x=1"} {
		if got, err := clockAddress(good); err != nil || got != good {
			t.Errorf("%q: %q %v", good, got, err)
		}
	}
	for _, bad := range []string{"", "no address", "http://", "https://127.0.0.1/", "http://a b/", "http://127.0.0.1/\r\nX: y", "http://user@127.0.0.1/"} {
		if got, err := clockAddress(bad); !errors.Is(err, errArgument) {
			t.Errorf("%q: %q %v", bad, got, err)
		}
	}
}

func TestClockAnswer(t *testing.T) {
	begin := time.Date(2031, 5, 6, 7, 8, 0, 0, time.FixedZone("", 9*3600))
	at := time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)
	got := clockAnswer(200, "Tue, 06 May 2031 07:08:09 GMT", begin, begin.Add(4*time.Second))
	if !got.Server.Equal(at) || got.Status != 200 || !got.Here.Equal(begin.Add(2*time.Second)) || got.Here.Location() != time.UTC {
		t.Errorf("%+v", got)
	}
	if got := clockAnswer(200, "Tue, 06 May 2031 07:08:09 GMT\x00", begin, begin); !got.Server.Equal(at) {
		t.Errorf("with its end: %+v", got)
	}
	for _, date := range []string{"", "yesterday"} {
		if got := clockAnswer(302, date, begin, begin); !got.Server.IsZero() || got.Status != 302 {
			t.Errorf("%q: %+v", date, got)
		}
	}
}
