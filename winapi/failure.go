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
	errModNotFound  = 126
	errProcNotFound = 127
	errMoreData     = 234
	errNotImpl      = 120
	dispException   = 0x80020009 // DISP_E_EXCEPTION: the code is in the exception
)

// comError is an error of COM. The library's is one.
type comError interface {
	error
	Code() uintptr
	SubError() error
}

// named gives an error of a call the form that Caller promises. Errors that carry no
// code of Windows get ERROR_GEN_FAILURE, structures that make no sense ERROR_INVALID_DATA.
func named(call string, err error) error {
	var known *Error
	switch {
	case err == nil, errors.As(err, &known), errors.Is(err, ErrUnsupported),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	code := codeOf(err)
	if code == errModNotFound || code == errProcNotFound || code == errNotImpl {
		return fmt.Errorf("%s: %w (%v)", call, ErrUnsupported, err)
	}
	return &Error{Call: call, Code: code, Text: err.Error()}
}

func codeOf(err error) uint32 {
	var com comError
	var number syscall.Errno
	switch {
	case errors.As(err, &com):
		return comCode(com)
	case errors.As(err, &number):
		return uint32(number)
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
