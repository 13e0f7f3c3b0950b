package winapi

import (
	"context"
	"errors"
	"fmt"
)

// shadowCall asks Win32_ShadowCopy.Create for a copy that lasts until it is deleted or
// room runs out: ClientAccessible. One that is ready after the limit, for which nobody waits
// any more, is deleted at once.
func shadowCall(ctx context.Context, volume string) (Shadow, error) {
	ctx, cancel := context.WithTimeout(ctx, shadowLimit)
	defer cancel()
	return apartment(ctx, shadowLimit, func() (Shadow, error) {
		service, err := connect(`root\CIMV2`)
		if err != nil {
			return Shadow{}, err
		}
		defer service.Release()
		id, err := createShadow(service, volume)
		if err != nil {
			return Shadow{}, err
		}
		rows, err := rowsOf(service, wmiQuestion{
			wql:        fmt.Sprintf("SELECT * FROM Win32_ShadowCopy WHERE ID='%s'", id),
			properties: []string{"DeviceObject"},
		})
		if err == nil && len(rows) == 1 && ctx.Err() == nil {
			return Shadow{ID: id, Device: rows[0].text("DeviceObject")}, nil
		}
		return Shadow{}, errors.Join(shadowError(3, true), deleteShadow(service, id))
	})
}

func createShadow(service object, volume string) (string, error) {
	class, err := service.child("Get", "Win32_ShadowCopy")
	if err != nil {
		return "", err
	}
	defer class.Release()
	in, err := inParameters(class, "Create")
	if err != nil {
		return "", err
	}
	defer in.Release()
	for name, value := range map[string]string{"Volume": volume, "Context": "ClientAccessible"} {
		if err := in.setProperty(name, value); err != nil {
			return "", err
		}
	}
	out, err := class.child("ExecMethod_", "Create", in.IDispatch)
	if err != nil {
		return "", err
	}
	defer out.Release()
	r := row{}
	if err := out.properties(r, "", []string{"ReturnValue", "ShadowID"}); err != nil {
		return "", err
	}
	if err := shadowError(r.number("ReturnValue")); err != nil {
		return "", err
	}
	return shadowID(r.text("ShadowID"))
}

// inParameters makes the object that holds what a method of a class takes.
func inParameters(class object, method string) (object, error) {
	methods, err := class.child("Methods_")
	if err != nil {
		return object{}, err
	}
	defer methods.Release()
	m, err := methods.child("Item", method)
	if err != nil {
		return object{}, err
	}
	defer m.Release()
	parameters, err := m.child("InParameters")
	if err != nil {
		return object{}, err
	}
	defer parameters.Release()
	return parameters.child("SpawnInstance_")
}

func (o object) setProperty(name string, value any) error {
	set, err := o.child("Properties_")
	if err != nil {
		return err
	}
	defer set.Release()
	item, err := set.child("Item", name)
	if err != nil {
		return err
	}
	defer item.Release()
	_, err = item.PutProperty("Value", value)
	return err
}

// deleteShadowCall asks SWbemObject.Delete_.
func deleteShadowCall(ctx context.Context, id string) (None, error) {
	id, err := shadowID(id)
	if err != nil {
		return None{}, err
	}
	return apartment(ctx, shadowLimit, func() (None, error) {
		service, err := connect(`root\CIMV2`)
		if err != nil {
			return None{}, err
		}
		defer service.Release()
		return None{}, deleteShadow(service, id)
	})
}

func deleteShadow(service object, id string) error {
	copied, err := service.child("Get", fmt.Sprintf(`Win32_ShadowCopy.ID="%s"`, id))
	if err != nil {
		return err
	}
	defer copied.Release()
	_, err = copied.ask("Delete_")
	return err
}
