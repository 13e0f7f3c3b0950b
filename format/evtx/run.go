package evtx

// run adds what a program describes to the record; false if part of it could
// not be decoded.
func (d *decoder) run(p program, in instance) bool {
	ok := true
	for i := p.items[0]; i < p.items[1]; i++ {
		if !d.spend(1) {
			return false
		}
		it := &d.items[i]
		if it.kind == itemGuard {
			if d.slot(in.base, in.n, it.slot).Type == TypeNull {
				i += it.skip
			}
			continue
		}
		ok = d.step(it, in) && ok
	}
	return ok
}

func (d *decoder) step(it *item, in instance) bool {
	switch it.kind {
	case itemField, itemSplice:
		return d.field(it, in)
	case itemBinary:
		d.binary(it, in)
	case itemUserData:
		if d.rec.UserData == "" {
			d.rec.UserData = it.name
		}
	case itemUserNS:
		if v, ok := d.value(it.src, in); ok && d.rec.UserDataNS == "" {
			d.rec.UserDataNS = d.strings.utf16(v.raw)
		}
	case itemNested:
		return d.nest(int(it.skip), in.end, it.at, it.name)
	}
	return true
}

// value resolves a source; ok is false if an optional value is null.
func (d *decoder) value(s source, in instance) (v Value, ok bool) {
	switch s.kind {
	case fromNowhere:
		return Value{}, true
	case fromLiteral:
		return Value{TypeString, s.lit}, true
	case fromSlot:
		return d.slot(in.base, in.n, s.slot), true
	case fromOptional:
		v = d.slot(in.base, in.n, s.slot)
		return v, v.Type != TypeNull
	}
	return Value{TypeText, d.joinPieces(s, in.base, in.n)}, true
}

// joinPieces renders several pieces into one text that lives as long as the
// record.
func (d *decoder) joinPieces(s source, base, n int) []byte {
	from := len(d.scratch)
	for _, p := range d.pieces[s.pieces[0]:s.pieces[1]] {
		v := Value{TypeString, p.lit}
		if p.kind != fromLiteral {
			v = d.slot(base, n, p.slot)
		}
		if !d.spendBytes(len(v.raw)) {
			break
		}
		d.scratch = v.AppendText(d.scratch)
	}
	return d.scratch[from:len(d.scratch):len(d.scratch)]
}

func (d *decoder) binary(it *item, in instance) {
	v, ok := d.value(it.src, in)
	if !ok || !d.spendBytes(len(v.raw)) {
		return
	}
	if v.Type == TypeBinary {
		d.rec.Binary = v.raw
		return
	}
	d.rec.Binary = d.unhex(v)
}

// unhex decodes binary data that stands as hex text, as in logs written
// without templates.
func (d *decoder) unhex(v Value) []byte {
	from := len(d.scratch)
	d.scratch = v.AppendText(d.scratch)
	text := d.scratch[from:]
	n := 0
	for i := 0; i+1 < len(text); i += 2 {
		hi, lo := hexDigit(text[i]), hexDigit(text[i+1])
		if hi > 15 || lo > 15 {
			break
		}
		text[n] = hi<<4 | lo
		n++
	}
	d.scratch = d.scratch[:from+n]
	return d.scratch[from : from+n : from+n]
}

// field adds a field, the elements of an array, or a nested fragment's fields.
func (d *decoder) field(it *item, in instance) bool {
	v, ok := d.value(it.src, in)
	if !ok {
		return true
	}
	name, at := it.name, it.at
	if it.nsrc.kind != fromNowhere {
		name = d.dynamicName(it.nsrc, in)
	}
	switch {
	case v.Type == TypeBinXML:
		place := d.vals[in.base+int(it.src.slot)]
		return place.size == 0 || d.nest(int(place.off), int(place.off)+int(place.size), at, name)
	case it.kind == itemSplice && (v.Type == TypeNull || at < inEventData):
		return true
	case v.Type&typeArray != 0:
		return d.array(name, at, v)
	}
	return d.add(name, at, v)
}

func (d *decoder) dynamicName(s source, in instance) string {
	v, _ := d.value(s, in)
	if v.Type == TypeString {
		return d.strings.utf16(v.raw)
	}
	return v.String()
}

// add appends a field; the budget of the chunk bounds their number.
func (d *decoder) add(name string, at place, v Value) bool {
	if !d.spendBytes(len(name) + len(v.raw)) {
		return false
	}
	if at == inExtra {
		d.rec.Extra = append(d.rec.Extra, Field{name, v})
	} else {
		d.rec.Data = append(d.rec.Data, Field{name, v})
	}
	return true
}

// array adds each element of an array as a field of the same name, as event
// XML repeats the element.
func (d *decoder) array(name string, at place, v Value) bool {
	t := v.Type &^ typeArray
	size := fixedSize(t)
	switch {
	case len(v.raw) == 0:
		return d.add(name, at, Value{Type: t})
	case t == TypeString:
		return d.stringArray(name, at, v.raw)
	case size == 0:
		return d.add(name, at, Value{TypeBinary, v.raw})
	}
	for raw := v.raw; len(raw) >= size; raw = raw[size:] {
		if !d.add(name, at, Value{t, raw[:size]}) {
			return false
		}
	}
	return true
}

// stringArray splits strings that each end in a NUL; the last may lack it.
func (d *decoder) stringArray(name string, at place, raw []byte) bool {
	raw = raw[:len(raw)&^1]
	from := 0
	for i := 0; i < len(raw); i += 2 {
		if raw[i] != 0 || raw[i+1] != 0 {
			continue
		}
		if !d.add(name, at, Value{TypeString, raw[from:i]}) {
			return false
		}
		from = i + 2
	}
	if from < len(raw) {
		return d.add(name, at, Value{TypeString, raw[from:]})
	}
	return true
}

// nest runs the fragment in [pos,end) at a place.
func (d *decoder) nest(pos, end int, at place, prefix string) bool {
	if !d.spend(1) || d.depth >= maxNesting {
		return false
	}
	d.depth++
	base := len(d.vals)
	p, in, ok := d.fragment(pos, end, at, prefix)
	if ok {
		ok = d.run(p, in)
	}
	d.vals = d.vals[:base]
	d.depth--
	return ok
}
