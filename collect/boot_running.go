package collect

import (
	"bytes"
	"errors"

	"updoc/format/regf"
	"updoc/source"
)

// Bounds of a loaded boot store; a usual one has some 300 keys.
const (
	storeKeys  = 20_000
	storeDepth = 8
	storeBytes = 16 << 20
)

// loadedStore is where Windows has loaded the boot store that it was started with. Source:
// HKLM\SYSTEM\CurrentControlSet\Control\hivelist.
var loadedStore = place{path: `HKLM\BCD00000000`}

var errStoreTooLarge = errors.New("the boot store is too large")

// runningStore reads the boot store of a Windows that runs from its registry, where its
// file cannot be read. False: there is none, or it may not be read either.
func (d *desk) runningStore() bool {
	reg, ok := d.src.(source.Registered)
	if !ok {
		return false
	}
	root, keys, size := regf.NewRoot("BCD00000000"), storeKeys, storeBytes
	if err := copyKey(root, &runningKey{ctx: d.ctx, reg: reg, hive: "BCD"}, &keys, &size, 0); err != nil {
		return false
	}
	b := regf.Build(root, regf.BuildOptions{})
	h := &hive{at: loadedStore}
	var err error
	if h.file, err = regf.Open(bytes.NewReader(b), int64(len(b))); err != nil || d.takeStore(h) != nil {
		return false
	}
	d.look("bcd", loadedStore, nil)
	return true
}

// copyKey copies what a key and those below it hold, within bounds.
func copyKey(to *regf.BuilderKey, from regKey, keys, size *int, depth int) error {
	if *keys--; *keys < 0 || depth > storeDepth {
		return errStoreTooLarge
	}
	values, err := from.Values()
	if err != nil {
		return err
	}
	for _, v := range values {
		data, err := v.Bytes()
		if *size -= len(data); err != nil || *size < 0 {
			return errors.Join(err, errStoreTooLarge)
		}
		to.SetRaw(v.Name(), v.Type(), data)
	}
	subs, err := from.Subkeys()
	if err != nil {
		return err
	}
	for _, sub := range subs {
		if err := copyKey(to.Key(sub.Name()), sub, keys, size, depth+1); err != nil {
			return err
		}
	}
	return nil
}
