package winapi

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
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
	for _, url := range []string{"", "no address", "http://", "https://127.0.0.1/", "http://a b/", "http://127.0.0.1/\r\nX: y"} {
		if a, err := askClock(t.Context(), url); !errors.Is(err, errArgument) {
			t.Errorf("%q: %+v %v", url, a, err)
		}
	}
	if a, err := askClock(t.Context(), "http://127.0.0.1:1/"); err == nil {
		t.Errorf("nobody there: %+v", a)
	}
}

func TestClockGivesUpWithItsContext(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		if conn, err := silent.Accept(); err == nil {
			defer conn.Close()
			cancel()
			_, _ = io.Copy(io.Discard, conn)
		}
	}()
	if a, err := askClock(ctx, "http://"+silent.Addr().String()+"/"); !errors.Is(err, context.Canceled) {
		t.Errorf("%+v %v", a, err)
	}
}

func TestReadHead(t *testing.T) {
	a, err := readHead(strings.NewReader("HTTP/1.1 204\r\ndate: Tue, 06 May 2031 07:08:09 GMT\r\n\r\n"))
	if want := (ClockAnswer{Status: 204, Server: time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)}); err != nil || a != want {
		t.Errorf("%+v %v", a, err)
	}
	for _, bad := range []string{"", "SSH-2.0-x\r\n\r\n", "HTTP/1.1 2000 x\r\n\r\n", "HTTP/1.1 200 OK\r\nDate", "HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", 20_000)} {
		if a, err := readHead(strings.NewReader(bad)); err == nil {
			t.Errorf("%.40q: %+v", bad, a)
		}
	}
}

func FuzzReadHead(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nDate: Tue, 06 May 2031 07:08:09 GMT\r\n\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if a, err := readHead(bytes.NewReader(b)); err == nil && (a.Status < -99 || a.Status > 999) {
			t.Errorf("%+v", a)
		}
	})
}
