//go:build !linux && !windows

package doctor

import (
	"os"

	"updoc/model"
)

func unsupportedHere() error { return &model.Error{Code: "backup-unsupported-here"} }

func freeRoom(string) (int64, error) { return 0, unsupportedHere() }

func forget(*os.File) {}

func isFull(error) bool { return false }

func deviceOf(string) (device, own uint64, err error) { return 0, 0, unsupportedHere() }
