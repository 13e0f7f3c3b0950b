package winapi

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

const httpDate = "Mon, 02 Jan 2006 15:04:05 GMT" // RFC 9110, 5.6.7

// clockAddress is the address of a server that can be asked for the time. It is asked by
// plain HTTP: TLS would only be in the way where the clock is wrong.
func clockAddress(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.Hostname() == "" || u.User != nil || strings.ContainsAny(address, "\r\n") {
		return "", fmt.Errorf("%.100q is no address of a server: %w", address, errArgument)
	}
	return u.String(), nil
}

// clockAnswer is what a server said between begin and end: its Date tells the time, to the
// second. Without one Server is the zero time. Whoever redirects is the server that was
// asked, or stands in its way, which Status shows. Source: RFC 9110, 6.6.1.
func clockAnswer(status int, date string, begin, end time.Time) ClockAnswer {
	a := ClockAnswer{Status: status, Here: begin.Add(end.Sub(begin) / 2).UTC()}
	if at, err := time.Parse(httpDate, strings.TrimRight(date, "\x00")); err == nil { // Wine tells its end too
		a.Server = at
	}
	return a
}
