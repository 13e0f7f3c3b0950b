package winapi

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestClockReadsTheDateOfAServer(t *testing.T) {
	at := time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)
	var answers http.ServeMux
	answers.HandleFunc("/time", func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodHead {
			t.Error("asked by", r.Method)
		}
		w.Header().Set("Date", at.Format(http.TimeFormat))
	})
	answers.HandleFunc("/portal", func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Date"] = nil
		http.Redirect(w, r, "/time", http.StatusFound)
	})
	server := httptest.NewServer(&answers)
	defer server.Close()
	begin := time.Now()
	a, err := askClock(t.Context(), server.URL+"/time")
	if err != nil || !a.Server.Equal(at) || a.Status != 200 || a.Here.Before(begin) || a.Here.After(time.Now()) || a.Here.Location() != time.UTC {
		t.Errorf("%+v %v", a, err)
	}
	if a, err := askClock(t.Context(), server.URL+"/portal"); err != nil || !a.Server.IsZero() || a.Status != 302 {
		t.Errorf("a portal: %+v %v", a, err)
	}
	for _, url := range []string{"no address", "http://127.0.0.1:1/"} {
		if a, err := askClock(t.Context(), url); err == nil {
			t.Errorf("%s: %+v", url, a)
		}
	}
}
