package winapi

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	httpDate     = "Mon, 02 Jan 2006 15:04:05 GMT" // RFC 9110, 5.6.7
	maxHTTPReply = 64 << 10                        // bytes
)

// askClock asks an HTTP server for a page's head; its Date tells the time, to the second.
// Source: RFC 9110, 6.6.1. It does so by hand: a client that knows more, TLS and
// redirections, would only be in the way where the clock is wrong. Whoever redirects is the
// server that was asked, or stands in its way, which Status shows. An answer without a
// Date has the zero time as Server.
func askClock(ctx context.Context, address string) (ClockAnswer, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.Hostname() == "" {
		return ClockAnswer{}, fmt.Errorf("%.100q is no address of a server: %w", address, errArgument)
	}
	limited, cancel := context.WithTimeout(ctx, clockLimit)
	defer cancel()
	a, err := head(limited, u)
	if err != nil && limited.Err() != nil {
		err = limited.Err()
	}
	return a, err
}

// head is one request and the time in its middle.
func head(ctx context.Context, u *url.URL) (ClockAnswer, error) {
	port := u.Port()
	if port == "" {
		port = "80"
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return ClockAnswer{}, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	begin := time.Now()
	if _, err := fmt.Fprintf(conn, "HEAD %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: updoc\r\nConnection: close\r\n\r\n", u.RequestURI(), u.Host); err != nil {
		return ClockAnswer{}, err
	}
	a, err := readHead(conn)
	a.Here = begin.Add(time.Since(begin) / 2).UTC()
	return a, err
}

// readHead reads status and Date of an answer.
func readHead(from io.Reader) (ClockAnswer, error) {
	r := textproto.NewReader(bufio.NewReader(io.LimitReader(from, maxHTTPReply)))
	line, err := r.ReadLine()
	if err != nil {
		return ClockAnswer{}, err
	}
	version, rest, _ := strings.Cut(line, " ")
	code, _, _ := strings.Cut(rest, " ")
	status, err := strconv.Atoi(code)
	if err != nil || len(code) != 3 || !strings.HasPrefix(version, "HTTP/1.") {
		return ClockAnswer{}, fmt.Errorf("no HTTP: %.60q: %w", line, errShort)
	}
	headers, err := r.ReadMIMEHeader()
	if err != nil {
		return ClockAnswer{}, err
	}
	a := ClockAnswer{Status: status}
	if at, err := time.Parse(httpDate, headers.Get("Date")); err == nil {
		a.Server = at
	}
	return a, nil
}
