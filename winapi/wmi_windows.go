package winapi

import (
	"context"
	"errors"
)

const (
	wmiQuick    = 0x30 // wbemFlagReturnImmediately | wbemFlagForwardOnly
	wmiPrivacy  = 6    // wbemAuthenticationLevelPktPrivacy, which BitLocker's class asks for
	wmiRowsMost = 10_000
)

// query asks WMI by its scripting objects, which are told numbers and texts in no
// language. Source: "Scripting API for WMI". A method that fails leaves its values out.
// A namespace that hangs is waited for once.
func query(ctx context.Context, q wmiQuestion) ([]row, error) {
	ask := func() ([]row, error) {
		service, err := connect(q.namespace)
		if err != nil {
			return nil, err
		}
		defer service.Release()
		return rowsOf(service, q)
	}
	return breaking(&namespaces, q.namespace, ask, func(do func() ([]row, error)) ([]row, error) {
		return apartment(ctx, wmiLimit, do)
	})
}

var namespaces silence

// connect opens a namespace of this PC.
func connect(namespace string) (object, error) {
	locator, err := create("WbemScripting.SWbemLocator")
	if err != nil {
		return object{}, err
	}
	defer locator.Release()
	service, err := locator.child("ConnectServer", ".", namespace)
	if err != nil {
		return object{}, err
	}
	if security, err := service.child("Security_"); err == nil {
		// Not settable everywhere; where it is needed the query says so.
		_, _ = security.PutProperty("AuthenticationLevel", wmiPrivacy)
		security.Release()
	}
	return service, nil
}

func rowsOf(service object, q wmiQuestion) ([]row, error) {
	set, err := service.child("ExecQuery", q.wql, "WQL", wmiQuick)
	if err != nil {
		return nil, err
	}
	defer set.Release()
	all := []row{}
	err = set.each(wmiRowsMost, func(o object) error {
		r := row{}
		if err := o.properties(r, "", q.properties); err != nil {
			return err
		}
		for method, outs := range q.methods {
			o.method(r, method, outs)
		}
		all = append(all, r)
		return nil
	})
	return all, err
}

// properties puts properties into a row under prefix and name. One that the class of this
// Windows does not have is left out.
func (o object) properties(r row, prefix string, names []string) error {
	set, err := o.child("Properties_")
	if err != nil {
		return err
	}
	defer set.Release()
	for _, name := range names {
		item, err := set.child("Item", name)
		if err != nil {
			continue
		}
		if v, err := item.value("Value"); err == nil {
			r[prefix+name] = v
		}
		item.Release()
	}
	return nil
}

// method calls a method that takes nothing and puts what it gave into a row, if it returned 0.
func (o object) method(r row, method string, outs []string) {
	out, err := o.child("ExecMethod_", method)
	if err != nil {
		return
	}
	defer out.Release()
	returned := row{}
	if out.properties(returned, "", []string{"ReturnValue"}) != nil {
		return
	}
	if code, told := returned.number("ReturnValue"); told && code == 0 {
		_ = out.properties(r, method+".", outs)
	}
}

// encryptionCall asks Win32_EncryptableVolume and its methods.
func encryptionCall(ctx context.Context, _ None) ([]EncryptedVolume, error) {
	rows, err := query(ctx, askEncryption)
	return encrypted(rows), err
}

// securityProductsCall asks AntiVirusProduct.
func securityProductsCall(ctx context.Context, _ None) ([]SecurityProduct, error) {
	rows, err := query(ctx, askAntivirus)
	return antivirus(rows), err
}

// defenderCall asks MSFT_MpComputerStatus.
func defenderCall(ctx context.Context, _ None) (DefenderStatus, error) {
	rows, err := query(ctx, askDefender)
	if err != nil {
		return DefenderStatus{}, err
	}
	return defender(rows)
}

// appControlCall asks Win32_DeviceGuard.
func appControlCall(ctx context.Context, _ None) (AppControlInfo, error) {
	rows, err := query(ctx, askAppControl)
	if err != nil {
		return AppControlInfo{}, err
	}
	return appControl(rows)
}

// diskHealthCall asks MSFT_PhysicalDisk, and what else is told by
// MSFT_StorageReliabilityCounter and MSStorageDriver_FailurePredictStatus.
func diskHealthCall(ctx context.Context, _ None) ([]DiskHealthInfo, error) {
	disks, err := query(ctx, askHealth)
	if err != nil {
		return nil, err
	}
	var more [3][]row
	for i, q := range []wmiQuestion{askCounters, askPredictions, askDrives} {
		more[i], err = query(ctx, q)
		if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
			return nil, err
		}
	}
	return diskHealth(disks, more[0], more[1], more[2]), nil
}
