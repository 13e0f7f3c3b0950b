package winapi

import (
	"context"
	"net/http"
	"time"
)

// askClock asks an HTTP server for a page's head; its Date tells the time, to the second.
// Source: RFC 9110, 6.6.1. Redirections are not followed: whoever sends one is the server
// that was asked, or stands in its way, which Status shows. An answer without a Date has
// the zero time as Server.
func askClock(ctx context.Context, url string) (ClockAnswer, error) {
	ctx, cancel := context.WithTimeout(ctx, clockLimit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, url, nil)
	if err != nil {
		return ClockAnswer{}, err
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	begin := time.Now()
	res, err := client.Do(req)
	if err != nil {
		return ClockAnswer{}, err
	}
	res.Body.Close()
	a := ClockAnswer{Here: begin.Add(time.Since(begin) / 2).UTC(), Status: res.StatusCode}
	if at, err := http.ParseTime(res.Header.Get("Date")); err == nil {
		a.Server = at.UTC()
	}
	return a, nil
}
