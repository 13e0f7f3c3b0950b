//go:build !windows

package doctor

import "updoc/model"

// programData: there is none.
func programData() string { return "" }

// ThisPC is the Windows this program runs on. On other systems the error is not-windows.
func ThisPC() (PC, error) { return nil, &model.Error{Code: "not-windows"} }
