package casekit

import (
	"context"
	"errors"
)

// Disk is not there yet.
func (pc *PC) Disk(ctx context.Context, path string) error { return errors.New("not yet") }

// QCow2 is not there yet.
func (pc *PC) QCow2(ctx context.Context, path string) error { return errors.New("not yet") }
