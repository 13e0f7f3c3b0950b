//go:build !linux

package commit

import "os"

func syncDir(string) error { return ErrUnsupported }

func allocate(*os.File, int64, int64) error { return ErrUnsupported }

func openDirect(*os.File) (*os.File, error) { return nil, ErrUnsupported }

func refused(error) bool { return false }

func forget(*os.File, int64, int64) error { return ErrUnsupported }

func flock(*os.File) error { return ErrUnsupported }

func identify(string) (identity, error) { return identity{}, ErrUnsupported }
