package evtx

// builder writes one chunk: records, and the names and template definitions
// they share.
type builder struct {
	buf       []byte // always begins with room for the chunk header
	names     map[string]int
	templates map[string]int
	nameList  []shared
	tmplList  []shared
}

// shared is a name or template definition and the hash that finds it.
type shared struct {
	off  int
	hash uint32
	key  string
}

func newBuilder() *builder {
	b := &builder{buf: make([]byte, chunkHeaderSize, chunkSize+4096)}
	b.reset()
	return b
}

func (b *builder) reset() {
	b.buf = b.buf[:chunkHeaderSize]
	clear(b.buf)
	b.names, b.templates = map[string]int{}, map[string]int{}
	b.nameList, b.tmplList = b.nameList[:0], b.tmplList[:0]
}

// cut takes back everything from offset pos on.
func (b *builder) cut(pos int) {
	b.buf = b.buf[:pos]
	b.nameList = forget(b.nameList, b.names, pos)
	b.tmplList = forget(b.tmplList, b.templates, pos)
}

func forget(list []shared, index map[string]int, pos int) []shared {
	for len(list) > 0 && list[len(list)-1].off >= pos {
		delete(index, list[len(list)-1].key)
		list = list[:len(list)-1]
	}
	return list
}

func (b *builder) u8(v byte)    { b.buf = append(b.buf, v) }
func (b *builder) u16(v int)    { b.buf = le.AppendUint16(b.buf, uint16(v)) }
func (b *builder) u32(v int)    { b.buf = le.AppendUint32(b.buf, uint32(v)) }
func (b *builder) u64(v uint64) { b.buf = le.AppendUint64(b.buf, v) }

// hold leaves room for a length and returns a function that fills it in with
// the number of bytes written since.
func (b *builder) hold() func() {
	at := len(b.buf)
	b.u32(0)
	return func() { le.PutUint32(b.buf[at:], uint32(len(b.buf)-at-4)) }
}

// hash16 is the hash of the string and template tables, over UTF-16 units
// (confirmed on all names and templates of the sample logs).
func hash16(raw []byte) uint32 {
	var h uint32
	for i := 0; i+1 < len(raw); i += 2 {
		h = h*65599 + uint32(le.Uint16(raw[i:]))
	}
	return h
}

// previous returns the newest entry in the same bucket, the next of a chain.
func previous(list []shared, hash, buckets uint32) int {
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].hash%buckets == hash%buckets {
			return list[i].off
		}
	}
	return 0
}

// name writes a reference to a name, with the name itself when it is the first
// in the chunk.
func (b *builder) name(s string) {
	if off, ok := b.names[s]; ok {
		b.u32(off)
		return
	}
	off := len(b.buf) + 4
	b.u32(off)
	raw := encodeUTF16(nil, s)
	hash := hash16(raw) & 0xffff
	b.u32(previous(b.nameList, hash, nameBuckets))
	b.u16(int(hash))
	b.u16(len(raw) / 2)
	b.buf = append(append(b.buf, raw...), 0, 0)
	b.names[s] = off
	b.nameList = append(b.nameList, shared{off, hash, s})
}

// attr is an attribute: literal text, or a substitution if typ is set.
type attr struct {
	name string
	text string
	slot int
	typ  Type
}

// element writes an element; dep is the slot it depends on (noDep: none). A
// nil body makes it empty.
func (b *builder) element(name string, dep int, attrs []attr, body func()) {
	tok := byte(tokOpenStart)
	if len(attrs) > 0 {
		tok |= tokMore
	}
	b.u8(tok)
	b.u16(dep)
	done := b.hold()
	b.name(name)
	b.attributes(attrs)
	if body == nil {
		b.u8(tokCloseEmpty)
	} else {
		b.u8(tokCloseStart)
		body()
		b.u8(tokEnd)
	}
	done()
}

func (b *builder) attributes(attrs []attr) {
	if len(attrs) == 0 {
		return
	}
	done := b.hold()
	for i, a := range attrs {
		tok := byte(tokAttribute)
		if i+1 < len(attrs) {
			tok |= tokMore
		}
		b.u8(tok)
		b.name(a.name)
		if a.typ == TypeNull {
			b.text(a.text)
		} else {
			b.slot(tokOptSub, a.slot, a.typ)
		}
	}
	done()
}

func (b *builder) text(s string) {
	raw := encodeUTF16(nil, s)
	b.u8(tokValue)
	b.u8(byte(TypeString))
	b.u16(len(raw) / 2)
	b.buf = append(b.buf, raw...)
}

func (b *builder) slot(tok byte, slot int, t Type) {
	b.u8(tok)
	b.u16(slot)
	b.u8(byte(t))
}

func (b *builder) fragmentHeader() { b.buf = append(b.buf, tokFragment, 1, 1, 0) }

// encoded is a substitution value ready to be written.
type encoded struct {
	typ Type
	raw []byte
}

// instance writes a template instance: the definition when its shape is new in
// this chunk, then the values. body writes the template's elements.
func (b *builder) instance(shape string, body func(), values []encoded) {
	id := shapeID(shape)
	b.u8(tokTemplate)
	b.u8(1)
	b.buf = append(b.buf, id[:4]...)
	b.definition(shape, id, body)
	b.u32(len(values))
	for _, v := range values {
		b.u16(len(v.raw))
		b.u16(int(v.typ))
	}
	for _, v := range values {
		b.buf = append(b.buf, v.raw...)
	}
}

func (b *builder) definition(shape string, id GUID, body func()) {
	if off, ok := b.templates[shape]; ok {
		b.u32(off)
		return
	}
	off := len(b.buf) + 4
	b.u32(off)
	hash := hash16(id[:])
	b.u32(previous(b.tmplList, hash, templateBuckets))
	b.buf = append(b.buf, id[:]...)
	done := b.hold()
	b.fragmentHeader()
	body()
	b.u8(tokEOF)
	done()
	b.templates[shape] = off
	b.tmplList = append(b.tmplList, shared{off, hash, shape})
}
