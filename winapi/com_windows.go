package winapi

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"github.com/go-ole/go-ole"
)

// Numbers of COM. Source: winerror.h.
const (
	comFalse    = 1          // S_FALSE
	comNoObject = 0x80004003 // E_POINTER
)

// apartment runs do on a thread of its own that has COM; see bounded for what becomes of
// a thread that hangs.
func apartment[T any](ctx context.Context, limit time.Duration, do func() (T, error)) (T, error) {
	return bounded(ctx, limit, func() (T, error) {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		var none T
		stay()
		if err := ole.CoInitializeEx(0, ole.COINIT_MULTITHREADED); err != nil && codeOf(err) != comFalse {
			return none, err
		}
		defer ole.CoUninitialize()
		return do()
	})
}

// stay keeps COM for the whole process, by CoIncrementMTAUsage: with the last thread that
// has it, it would tear everything down and set it up anew at the next call. It is never
// given back; where it is not to be had, every call pays for itself.
var stay = sync.OnceFunc(func() {
	var cookie uintptr
	_, _ = invoke(procCoIncrementMTAUsage, uintptr(unsafe.Pointer(&cookie)))
})

// object is a COM object that scripts can use. Whoever gets one releases it.
type object struct{ *ole.IDispatch }

// create makes an object by its name: Microsoft.Update.Session.
func create(name string) (object, error) {
	class, err := ole.ClassIDFrom(name)
	if err != nil {
		return object{}, err
	}
	unknown, err := ole.CreateInstance(class, ole.IID_IUnknown)
	if err != nil {
		return object{}, err
	}
	defer unknown.Release()
	dispatch, err := unknown.QueryInterface(ole.IID_IDispatch)
	return object{dispatch}, err
}

// ask reads a property or calls a method: scripts do not tell one from the other.
func (o object) ask(name string, args ...any) (*ole.VARIANT, error) {
	return o.InvokeWithOptionalArgs(name, ole.DISPATCH_METHOD|ole.DISPATCH_PROPERTYGET, args)
}

// value asks for something that is no object.
func (o object) value(name string, args ...any) (any, error) {
	v, err := o.ask(name, args...)
	if err != nil {
		return nil, err
	}
	defer v.Clear()
	return plain(v), nil
}

// plain is what a VARIANT holds. Dates are told as their bits, see oleTime; a DECIMAL by
// its lower 64 bits, which is all that whole sizes need.
func plain(v *ole.VARIANT) any {
	switch v.VT {
	case ole.VT_DATE:
		return oleTime(uint64(v.Val))
	case ole.VT_DECIMAL:
		return uint64(v.Val)
	case ole.VT_DISPATCH, ole.VT_UNKNOWN:
		return nil
	}
	return v.Value()
}

// child asks for an object.
func (o object) child(name string, args ...any) (object, error) {
	v, err := o.ask(name, args...)
	if err != nil {
		return object{}, err
	}
	if d := v.ToIDispatch(); d != nil {
		return object{d}, nil
	}
	v.Clear()
	return object{}, ole.NewError(comNoObject)
}

// read puts properties that are there into a row.
func (o object) read(names ...string) row {
	r := row{}
	for _, name := range names {
		if v, err := o.value(name); err == nil {
			r[name] = v
		}
	}
	return r
}

// each visits the items of a collection by its enumerator, most of them.
func (o object) each(most int, visit func(object) error) error {
	v, err := o.ask("_NewEnum")
	if err != nil {
		return err
	}
	defer v.Clear()
	unknown := v.ToIUnknown()
	if unknown == nil {
		return ole.NewError(comNoObject)
	}
	items, err := unknown.IEnumVARIANT(ole.IID_IEnumVariant)
	if err != nil {
		return err
	}
	defer items.Release()
	for range most {
		item, got, err := items.Next(1)
		if err != nil && codeOf(err) != comFalse {
			return err
		}
		if got == 0 {
			return nil
		}
		err = visitItem(&item, visit)
		if err != nil {
			return err
		}
	}
	return syscall.Errno(errMoreData)
}

func visitItem(item *ole.VARIANT, visit func(object) error) error {
	defer item.Clear()
	if d := item.ToIDispatch(); d != nil {
		return visit(object{d})
	}
	return errors.New("an item is no object")
}
