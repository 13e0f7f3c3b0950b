package regf

// Load copies a hive into a tree that can be changed and built again: names, times, classes, security descriptors and values.
// It fails if any part of the hive is damaged, because a hive built from it would lose that part for good.
func Load(h *Hive) (*BuilderKey, error) {
	root, err := h.Root()
	if err != nil {
		return nil, err
	}
	out := NewRoot(root.Name())
	seen := int(h.pages.limit / keyHeader)
	return out, h.loadKey(out, root, &seen, 0)
}

func (h *Hive) loadKey(out *BuilderKey, k Key, left *int, depth int) error {
	if *left--; *left < 0 || depth > maxDepth {
		return ErrDamaged
	}
	out.time = k.LastWrite()
	var err error
	if out.class, err = k.class(); err != nil {
		return err
	}
	if out.security, err = k.Security(); err != nil {
		return err
	}
	if err := out.loadValues(k); err != nil {
		return err
	}
	subs, err := k.Subkeys()
	if err != nil {
		return err
	}
	for _, s := range subs {
		if err := h.loadKey(out.child(s.Name()), s, left, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (b *BuilderKey) loadValues(k Key) error {
	values, err := k.Values()
	if err != nil {
		return err
	}
	for _, v := range values {
		data, err := v.Bytes()
		if err != nil {
			return err
		}
		b.values = append(b.values, builderValue{v.Name(), v.Type(), data})
	}
	return nil
}

// class returns the key's class name as stored, UTF-16LE.
func (k Key) class() ([]byte, error) {
	n := int(u16(k.nk, 74))
	if n == 0 || u32(k.nk, 48) == nowhere {
		return nil, nil
	}
	return k.h.appendData(nil, u32(k.nk, 48), n)
}

// Security returns the key's security descriptor, self-relative as Windows keeps it; nil if the key has none.
func (k Key) Security() ([]byte, error) {
	off := u32(k.nk, 44)
	if off == nowhere || k.h == nil {
		return nil, nil
	}
	sk, err := k.h.cell(off, 20+1<<16)
	if err != nil {
		return nil, err
	}
	n := int64(u32(sk, 16))
	if len(sk) < 20 || sk[0] != 's' || sk[1] != 'k' || n > int64(len(sk)-20) {
		return nil, ErrDamaged
	}
	return append([]byte(nil), sk[20:20+n]...), nil
}
