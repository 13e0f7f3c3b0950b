package winapi

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"testing"
	"time"
)

type thrown uint32

func (c thrown) Error() string { return "thrown" }
func (c thrown) SCODE() uint32 { return uint32(c) }

type com struct {
	code uint32
	sub  error
}

func (c com) Error() string   { return "com" }
func (c com) Code() uintptr   { return uintptr(c.code) }
func (c com) SubError() error { return c.sub }

func TestErrorsOfCallsHaveCodes(t *testing.T) {
	for _, c := range []struct {
		err  error
		code uint32
		is   error
	}{
		{syscall.Errno(5), 5, fs.ErrPermission},
		{fmt.Errorf("open: %w", syscall.Errno(2)), 2, fs.ErrNotExist},
		{com{0x80070005, nil}, 0x80070005, fs.ErrPermission},
		{com{dispException, thrown(0x8004100e)}, 0x8004100e, fs.ErrNotExist},
		{com{dispException, thrown(0)}, dispException, nil},
		{com{dispException, nil}, dispException, nil},
		{errShort, errInvalidData, nil},
		{fmt.Errorf("x: %w", errArgument), errParameter, nil},
		{syscall.Errno(goInvented + 39), errParameter, nil},
		{errors.New("who knows"), errGenFailure, nil},
		{fmt.Errorf("head: %w", context.DeadlineExceeded), errTimeout, context.DeadlineExceeded},
	} {
		err := named(t.Context(), "call", c.err)
		var e *Error
		if !errors.As(err, &e) || e.Code != c.code || e.Call != "call" || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%v: %v, want %d", c.err, err, c.code)
		}
		if c.is != fs.ErrPermission && errors.Is(err, fs.ErrPermission) {
			t.Errorf("%v means permission", err)
		}
	}
	for _, code := range []syscall.Errno{errModNotFound, errProcNotFound, errNotImpl} {
		if err := named(t.Context(), "call", code); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%d: %v", uint(code), err)
		}
	}
	own := &Error{Call: "own", Code: 1}
	if named(t.Context(), "call", nil) != nil || !errors.Is(named(t.Context(), "call", own), own) {
		t.Error("nil and own errors are changed")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := named(ctx, "call", syscall.Errno(5)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestBoundedGivesUpWhatHangs(t *testing.T) {
	never := make(chan None)
	defer close(never)
	hang := func() (int, error) { <-never; return 1, nil }
	if n, err := bounded(t.Context(), time.Nanosecond, hang); n != 0 || !errors.Is(err, context.DeadlineExceeded) {
		t.Error(n, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if n, err := bounded(ctx, time.Hour, hang); n != 0 || !errors.Is(err, context.Canceled) {
		t.Error(n, err)
	}
	if n, err := bounded(t.Context(), time.Hour, func() (int, error) { return 7, errShort }); n != 7 || !errors.Is(err, errShort) {
		t.Error(n, err)
	}
}

func TestBoundedPanicsWhereItWasCalled(t *testing.T) {
	defer func() {
		if r := recover(); r != "boom" {
			t.Errorf("recovered %v", r)
		}
	}()
	_, _ = bounded(t.Context(), time.Hour, func() (int, error) { panic("boom") })
}

func TestRealNamesErrorsAndKeepsContext(t *testing.T) {
	r := real{}
	on(r, Power, func(context.Context, None) (PowerStatus, error) { return PowerStatus{}, syscall.Errno(5) })
	on(r, Services, func(_ context.Context, names []string) ([]ServiceState, error) {
		return []ServiceState{{Name: names[0], State: 4}}, nil
	})
	var e *Error
	if _, err := Power.Do(t.Context(), r, None{}); !errors.As(err, &e) || e.Call != "power" {
		t.Error(err)
	}
	if s, err := Services.Do(t.Context(), r, []string{"bits"}); err != nil || len(s) != 1 || s[0] != (ServiceState{Name: "bits", State: 4}) {
		t.Error(s, err)
	}
	if _, err := Token.Do(t.Context(), r, None{}); !errors.Is(err, ErrUnsupported) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Services.Do(ctx, r, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
