package image_test

import (
	"errors"
	"testing"

	"updoc/model"
	"updoc/remedy/host"
	"updoc/remedy/host/image"
)

// What only a running Windows can do is refused before the disk is looked at.
func TestNeedsWindows(t *testing.T) {
	for _, kind := range []string{host.StartService, host.StopService, host.RunTool, host.RestartWindows, host.InstallUpdate, host.HideUpdate,
		host.SuspendProtection, host.ResumeProtection, host.ServiceImage, host.AwaitPerson, host.Remind} {
		err := new(image.Host).Do(t.Context(), host.Op{Kind: kind})
		var e *model.Error
		if !errors.As(err, &e) || e.Code != "needs-running-windows" || e.Exit != 6 {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if host.NeedsWindows(host.WriteFile) {
		t.Error("disks have files")
	}
}
