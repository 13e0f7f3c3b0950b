package winapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
)

// Caller carries out calls by name. args and the answer are values with a JSON form;
// answer is a pointer. The error is a *Error, ErrUnsupported, or that of ctx. A Caller is
// used by one goroutine at a time unless it says otherwise.
type Caller interface {
	Call(ctx context.Context, name string, args, answer any) error
}

// Call is one documented call: A goes in, R comes out. Its value is its name.
type Call[A, R any] string

// Do carries the call out.
func (c Call[A, R]) Do(ctx context.Context, w Caller, args A) (R, error) {
	var answer R
	err := w.Call(ctx, string(c), args, &answer)
	return answer, err
}

// None is what a call takes or gives that takes or gives nothing.
type None struct{}

// ErrUnsupported: this system does not know the call (it is no Windows, or too old).
var ErrUnsupported = errors.New("not supported on this system")

// Error is a call that Windows refused or that failed. Code is the Win32 error or the
// HRESULT, as Windows gave it; Text is for an expert and may be in any language. It
// wraps fs.ErrNotExist, fs.ErrPermission and, for a call that hung, context.DeadlineExceeded
// where the code means that.
type Error struct {
	Call string `json:"call"`
	Code uint32 `json:"code"`
	Text string `json:"text,omitempty"`
}

// Error names the call and the code.
func (e *Error) Error() string { return fmt.Sprintf("%s: 0x%08x %s", e.Call, e.Code, e.Text) }

// Codes that mean the same on every call. Source: winerror.h.
const (
	errFileNotFound  = 2
	errPathNotFound  = 3
	errAccessDenied  = 5
	errPrivilege     = 1314
	errElevation     = 740
	errNoService     = 1060
	hresultOf        = 0x80070000
	wbemAccessDenied = 0x80041003
	wbemNotFound     = 0x80041002
	wbemNoNamespace  = 0x8004100e
	wbemNoClass      = 0x80041010
	comAccessDenied  = 0x80070005
	noChannel        = 15007 // ERROR_EVT_CHANNEL_NOT_FOUND
)

// Is reports whether the code means that something is not there, not permitted,
// or took too long.
func (e *Error) Is(target error) bool {
	code := e.Code
	if code&0xffff0000 == hresultOf {
		code &= 0xffff
	}
	switch target {
	case fs.ErrNotExist:
		return code == errFileNotFound || code == errPathNotFound || code == errNoService || code == noChannel ||
			code == wbemNotFound || code == wbemNoNamespace || code == wbemNoClass
	case fs.ErrPermission:
		return code == errAccessDenied || code == errPrivilege || code == errElevation || code == wbemAccessDenied
	}
	return target == context.DeadlineExceeded && code == errTimeout
}

// compact is a value as its call is known by in a recording.
func compact(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}
