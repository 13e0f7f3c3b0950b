package winapi

import (
	"context"
	"errors"
	"fmt"
	"syscall"
)

// Codes for what Windows has no own one for here. Source: winerror.h.
const (
	errInvalidData  = 13
	errGenFailure   = 31
	errParameter    = 87
	errModNotFound  = 126
	errProcNotFound = 127
	errMoreData     = 234
	errTimeout      = 1460
	errNotImpl      = 120
	comNotImpl      = 0x80004001 // E_NOTIMPL
	comNoClass      = 0x80040154 // REGDB_E_CLASSNOTREG
	goInvented      = 1 << 29    // Go's own numbers begin here: syscall.EINVAL, …
	dispException   = 0x80020009 // DISP_E_EXCEPTION: the code is in the exception
)

// errArgument: what was asked for makes no sense.
var errArgument = errors.New("no such thing can be asked for")

// comError is an error of COM. The library's is one.
type comError interface {
	error
	Code() uintptr
	SubError() error
}

// named gives an error of a call the form that Caller promises. Errors that carry no
// code of Windows get ERROR_GEN_FAILURE, structures that make no sense ERROR_INVALID_DATA,
// a limit of the call's own, not of ctx, ERROR_TIMEOUT.
func named(ctx context.Context, call string, err error) error {
	var known *Error
	switch {
	case err == nil, errors.As(err, &known), errors.Is(err, ErrUnsupported):
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	}
	code := codeOf(err)
	if lacking(code) {
		return fmt.Errorf("%s: %w (%v)", call, ErrUnsupported, err)
	}
	return &Error{Call: call, Code: code, Text: err.Error()}
}

// lacking tells whether a code means that this Windows does not have a function or class.
func lacking(code uint32) bool {
	switch code {
	case errModNotFound, errProcNotFound, errNotImpl, comNotImpl, comNoClass:
		return true
	}
	return false
}

func codeOf(err error) uint32 {
	var com comError
	var number syscall.Errno
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return errTimeout
	case errors.As(err, &com):
		return comCode(com)
	case errors.As(err, &number) && number < goInvented:
		return uint32(number)
	case number != 0, errors.Is(err, errArgument):
		return errParameter
	case errors.Is(err, errShort):
		return errInvalidData
	}
	return errGenFailure
}

// comCode is the HRESULT, or that of the exception which a script object threw.
func comCode(err comError) uint32 {
	code := uint32(err.Code())
	var thrown interface{ SCODE() uint32 }
	if sub := err.SubError(); code == dispException && errors.As(sub, &thrown) && thrown.SCODE() != 0 {
		return thrown.SCODE()
	}
	return code
}
