package winapi

import (
	"context"
	"fmt"
	"time"
)

// installLimit is how long one update may take.
const installLimit = 4 * time.Hour

// eulaDeclined is WU_E_EULAS_DECLINED: terms are accepted by a person, never here.
const eulaDeclined = 0x80240023

// session makes IUpdateSession.
func session() (object, error) {
	s, err := create("Microsoft.Update.Session")
	if err == nil {
		_, _ = s.PutProperty("ClientApplicationID", "updoc") // names us in its log
	}
	return s, err
}

// theUpdate visits one update, hidden or not.
func theUpdate[T any](s object, id string, do func(update object) (T, error)) (answer T, err error) {
	searcher, err := s.child("CreateUpdateSearcher")
	if err != nil {
		return answer, err
	}
	defer searcher.Release()
	result, err := searcher.child("Search", fmt.Sprintf("(UpdateID='%[1]s' and IsHidden=0) or (UpdateID='%[1]s' and IsHidden=1)", id))
	if err != nil {
		return answer, err
	}
	defer result.Release()
	if err := searchFailed(result.read("ResultCode").number("ResultCode")); err != nil {
		return answer, err
	}
	updates, err := result.child("Updates")
	if err != nil {
		return answer, err
	}
	defer updates.Release()
	if updates.read("Count").least("Count") == 0 {
		return answer, &Error{Call: string(InstallUpdate), Code: errFileNotFound}
	}
	update, err := updates.child("Item", 0)
	if err != nil {
		return answer, err
	}
	defer update.Release()
	return do(update)
}

// hideCall sets IUpdate.IsHidden.
func hideCall(ctx context.Context, c HideCall) (None, error) {
	id, err := updateID(c.UpdateID)
	if err != nil {
		return None{}, err
	}
	return apartment(ctx, searchLimit, func() (None, error) {
		s, err := session()
		if err != nil {
			return None{}, err
		}
		defer s.Release()
		return theUpdate(s, id, func(u object) (None, error) {
			_, err := u.PutProperty("IsHidden", c.Hide)
			return None{}, err
		})
	})
}

// installCall asks IUpdateDownloader.Download, then IUpdateInstaller.Install, quietly.
func installCall(ctx context.Context, id string) (InstallResult, error) {
	id, err := updateID(id)
	if err != nil {
		return InstallResult{}, err
	}
	return apartment(ctx, installLimit, func() (InstallResult, error) {
		s, err := session()
		if err != nil {
			return InstallResult{}, err
		}
		defer s.Release()
		return theUpdate(s, id, func(u object) (InstallResult, error) {
			if !u.read("EulaAccepted").yes("EulaAccepted") {
				return InstallResult{}, &Error{Call: string(InstallUpdate), Code: eulaDeclined}
			}
			list, err := create("Microsoft.Update.UpdateColl")
			if err != nil {
				return InstallResult{}, err
			}
			defer list.Release()
			if _, err := list.value("Add", u.IDispatch); err != nil {
				return InstallResult{}, err
			}
			got, err := worked(s, "CreateUpdateDownloader", "Download", list, nil)
			if err != nil || !got.downloaded(u.read("IsDownloaded")) {
				return got, err
			}
			return worked(s, "CreateUpdateInstaller", "Install", list, map[string]any{"AllowSourcePrompts": false, "ForceQuiet": true})
		})
	})
}

// worked lets a downloader or installer do its work on a list.
func worked(s object, make, method string, list object, settings map[string]any) (InstallResult, error) {
	worker, err := s.child(make)
	if err != nil {
		return InstallResult{}, err
	}
	defer worker.Release()
	if _, err := worker.PutProperty("Updates", list.IDispatch); err != nil {
		return InstallResult{}, err
	}
	for name, value := range settings {
		_, _ = worker.PutProperty(name, value) // an older agent lacks some
	}
	result, err := worker.child(method)
	if err != nil {
		return InstallResult{}, err
	}
	defer result.Release()
	one := row{}
	if o, err := result.child("GetUpdateResult", 0); err == nil {
		one = o.read(resultNames...)
		o.Release()
	}
	return workEnd(result.read(resultNames...), one), nil
}
