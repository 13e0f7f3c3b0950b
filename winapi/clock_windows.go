package winapi

import (
	"context"
	"time"
)

// withoutRedirects is WinHttpRequestOption_EnableRedirects.
const withoutRedirects = 6

// clockTimeout bounds each part of the conversation, in milliseconds.
const clockTimeout = 10_000

// askClock asks for the head of a page through WinHTTP, which knows the proxy of the PC.
// Source: IWinHttpRequest.
func askClock(ctx context.Context, address string) (ClockAnswer, error) {
	address, err := clockAddress(address)
	if err != nil {
		return ClockAnswer{}, err
	}
	return apartment(ctx, clockLimit, func() (ClockAnswer, error) {
		r, err := create("WinHttp.WinHttpRequest.5.1")
		if err != nil {
			return ClockAnswer{}, err
		}
		defer r.Release()
		return head(r, address)
	})
}

// head is one request.
func head(r object, address string) (ClockAnswer, error) {
	for _, call := range []struct {
		method string
		args   []any
	}{
		{"SetTimeouts", []any{clockTimeout, clockTimeout, clockTimeout, clockTimeout}},
		{"Open", []any{"HEAD", address, false}},
	} {
		if _, err := r.value(call.method, call.args...); err != nil {
			return ClockAnswer{}, err
		}
	}
	_, _ = r.PutProperty("Option", withoutRedirects, false) // where that is not known, Status is that of the last page
	begin := time.Now()
	if _, err := r.value("Send"); err != nil {
		return ClockAnswer{}, err
	}
	end := time.Now()
	date, _ := r.value("GetResponseHeader", "Date") // none: that is an answer too
	text, _ := date.(string)
	return clockAnswer(int(r.read("Status").least("Status")), text, begin, end), nil
}
