package winapi

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// A server of the test is asked for its head, as a server of Microsoft's would be; one that
// redirects is not followed, one that says no time gives none.
func TestClockAsksAServer(t *testing.T) {
	at := time.Date(2024, 1, 10, 8, 0, 0, 0, time.UTC)
	asked := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked += r.Method + " " + r.URL.Path + "\n"
		w.Header().Set("Date", at.Format(http.TimeFormat))
		switch r.URL.Path {
		case "/elsewhere":
			http.Redirect(w, r, "/never", http.StatusFound)
		case "/silent":
			w.Header()["Date"] = nil
		}
	}))
	defer server.Close()
	if got := ask(t, Clock, server.URL+"/time"); got.Status != http.StatusOK || !got.Server.Equal(at) || time.Since(got.Here).Abs() > time.Hour {
		t.Errorf("%+v", got)
	}
	if got := ask(t, Clock, server.URL+"/elsewhere"); got.Status != http.StatusFound || !got.Server.Equal(at) {
		t.Errorf("redirected: %+v", got)
	}
	if got := ask(t, Clock, server.URL+"/silent"); got.Status != http.StatusOK || !got.Server.IsZero() {
		t.Errorf("silent: %+v", got)
	}
	if want := "HEAD /time\nHEAD /elsewhere\nHEAD /silent\n"; asked != want {
		t.Errorf("asked for %q", asked)
	}
	server.Close()
	fails(t, Clock, server.URL)
}
