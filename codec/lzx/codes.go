package lzx

import "updoc/codec/xpress/prefix"

// codes reads the codes of a block. Their lengths stand as differences to those of the block before.
func (d *Decoder) codes(kind uint32, r *prefix.Reader) error {
	if kind == aligned {
		var lengths [1 << alignedBits]byte
		for i := range lengths {
			lengths[i] = byte(r.Bits(3))
		}
		if err := d.aligned.Build(lengths[:]); err != nil {
			return err
		}
	}
	main := d.mainLengths[:literals+d.slots*lengthClasses]
	if err := d.lengths(main[:literals], r); err != nil {
		return err
	}
	if err := d.lengths(main[literals:], r); err != nil {
		return err
	}
	if err := d.main.Build(main); err != nil {
		return err
	}
	if err := d.lengths(d.lengthLengths[:], r); err != nil {
		return err
	}
	return d.length.Build(d.lengthLengths[:])
}

// lengths brings code lengths up to date. They have a code of their own in front of them: 0 to 16 are a difference, 17 and
// 18 runs of zeros, 19 a run of one difference.
func (d *Decoder) lengths(list []byte, r *prefix.Reader) error {
	var pre [20]byte
	for i := range pre {
		pre[i] = byte(r.Bits(4))
	}
	if err := d.pre.Build(pre[:]); err != nil {
		return err
	}
	for len(list) > 0 {
		n, value, err := d.run(list[0], r)
		if err != nil {
			return err
		}
		n = min(n, len(list))
		for i := range n {
			list[i] = value
		}
		list = list[n:]
	}
	return nil
}

// run reads how many code lengths follow, and which, when the first of them was old.
func (d *Decoder) run(old byte, r *prefix.Reader) (int, byte, error) {
	symbol, err := d.pre.Decode(r)
	if err != nil {
		return 0, 0, err
	}
	switch symbol {
	case 17:
		return 4 + int(r.Bits(4)), 0, nil
	case 18:
		return 20 + int(r.Bits(5)), 0, nil
	case 19:
		n := 4 + int(r.Bits(1))
		value, err := d.difference(old, r)
		return n, value, err
	}
	return 1, subtract(old, symbol), nil
}

func (d *Decoder) difference(old byte, r *prefix.Reader) (byte, error) {
	symbol, err := d.pre.Decode(r)
	if err == nil && symbol > 16 {
		err = prefix.ErrCode
	}
	return subtract(old, symbol), err
}

// subtract takes a difference from a length, modulo 17.
func subtract(old byte, difference int) byte {
	return byte((int(old) - difference + 34) % 17)
}
