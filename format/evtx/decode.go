package evtx

// maxNesting bounds fragments inside values inside fragments.
const maxNesting = 12

// decoder turns the records of one chunk at a time into Records. All its
// slices are reused; programs and their items live until the next chunk.
type decoder struct {
	buf    []byte // the chunk
	budget int

	donors   *donors // nil: lost templates stay lost
	programs map[progKey]int32
	list     []program
	items    []item
	pieces   []source
	systems  [][sysCount]systemValue

	names, strings, sids, paths interner
	joined                      []byte

	vals    []val
	scratch []byte
	depth   int
	rec     Record
}

// val is a substitution value: its place in the chunk.
type val struct {
	off  int32
	size uint16
	typ  Type
}

// progKey names a compiled program: the same definition means something else
// in another place.
type progKey struct {
	pos    int32
	at     place
	prefix string
}

// load prepares for the records of a chunk.
func (d *decoder) load(chunk []byte) {
	d.buf = chunk
	d.budget = chunkBudget
	if d.programs == nil {
		d.programs = make(map[progKey]int32)
	}
	clear(d.programs)
	d.list, d.items, d.pieces, d.systems = d.list[:0], d.items[:0], d.pieces[:0], d.systems[:0]
}

func (d *decoder) spend(n int) bool {
	d.budget -= n
	return d.budget > 0
}

// spendBytes pays for handling n bytes, which a hostile chunk could ask for
// again and again by naming the same place many times.
func (d *decoder) spendBytes(n int) bool { return d.spend(1 + n/bytesPerUnit) }

// instance is a template instance: its program's definition and its values.
type instance struct {
	id   uint32 // first four bytes of the definition's GUID
	def  int    // chunk offset of the definition
	base int    // first value in decoder.vals
	n    int    // number of values
	end  int    // chunk offset behind the instance
}

// instance reads the template instance at pos and pushes its values.
func (d *decoder) instance(pos, end int) (in instance, ok bool) {
	c := cursor{b: d.buf, pos: pos, end: end}
	c.bytes(2) // token, version
	in.id = uint32(c.u32())
	in.def = c.u32()
	if in.def == c.pos {
		c.bytes(20)
		c.bytes(c.u32())
	}
	in.base = len(d.vals)
	in.n = c.u32()
	table := c.bytes(4 * in.n)
	if c.bad {
		return in, false
	}
	pos = c.pos
	for i := 0; i < len(table); i += 4 {
		size := int(le.Uint16(table[i:]))
		if size > end-pos {
			d.vals = d.vals[:in.base]
			return in, false
		}
		d.vals = append(d.vals, val{int32(pos), uint16(size), Type(table[i+2])})
		pos += size
	}
	in.end = pos
	return in, true
}

// slot returns a value of the frame, null if the slot does not exist.
func (d *decoder) slot(base, n int, slot uint16) Value {
	if int(slot) >= n {
		return Value{}
	}
	v := d.vals[base+int(slot)]
	return Value{v.typ, d.buf[v.off:][:v.size:v.size]}
}

// template returns the program for an instance's definition: next (4), GUID
// (16) of which the instance repeats the first four bytes, length (4), fragment.
func (d *decoder) template(in instance, at place, prefix string) (program, bool) {
	key := progKey{int32(in.def), at, prefix}
	if i, ok := d.programs[key]; ok {
		return d.list[i], !d.list[i].bad
	}
	p := program{bad: true}
	if off := in.def; off+24 <= len(d.buf) && le.Uint32(d.buf[off+4:]) == in.id {
		p = d.define(definition{d.buf, off}, at, prefix)
	}
	if p.bad && d.donors != nil {
		if def, ok := d.donors.find(in.id); ok {
			p = d.define(def, at, prefix)
			p.borrowed = true
		}
	}
	d.programs[key] = int32(len(d.list))
	d.list = append(d.list, p)
	return p, !p.bad
}

func (d *decoder) define(def definition, at place, prefix string) program {
	from := def.off + 24
	size := int(le.Uint32(def.chunk[from-4:]))
	if def.off < chunkHeaderSize || size > len(def.chunk)-from {
		return program{bad: true}
	}
	return d.compile(def.chunk, from, from+size, at, prefix, true)
}

// fragment resolves the fragment in [pos,end): a template instance, or plain
// elements, which are compiled for this once.
func (d *decoder) fragment(pos, end int, at place, prefix string) (program, instance, bool) {
	if end-pos >= 4 && d.buf[pos] == tokFragment {
		pos += 4
	}
	if pos >= end || d.buf[pos] != tokTemplate {
		p := d.compile(d.buf, pos, end, at, prefix, false)
		return p, instance{base: len(d.vals), end: end}, !p.bad
	}
	in, ok := d.instance(pos, end)
	if !ok {
		return program{}, in, false
	}
	p, ok := d.template(in, at, prefix)
	return p, in, ok
}

// record decodes a record: first its head, then, if want agrees, the rest. keep
// tells whether want did. ok is false if not even the head could be read.
func (d *decoder) record(raw rawRecord, offset int64, want func(Head) bool) (keep, ok bool) {
	d.vals, d.scratch, d.depth = d.vals[:0], d.scratch[:0], 0
	r := &d.rec
	r.reset()
	r.RecordID, r.Offset, r.Recovered = raw.id, offset, raw.recovered
	r.written = raw.written
	r.Written = fromFiletime(raw.written)
	items, pieces, systems := len(d.items), len(d.pieces), len(d.systems)
	known := len(d.list)
	p, in, ok := d.fragment(raw.pos+recordHeadSize, raw.end-4, inDocument, "")
	if p.system < 0 || int(p.system) >= len(d.systems) || !ok {
		return false, false
	}
	r.Recovered = r.Recovered || p.borrowed
	s := sysReader{d: d, t: &d.systems[p.system], base: in.base, n: in.n}
	d.head(&s)
	if want == nil || want(r.Head) {
		d.system(&s)
		keep = true
		r.Damaged = !d.run(p, in)
	}
	if known == len(d.list) { // nothing was compiled to be kept
		d.items, d.pieces, d.systems = d.items[:items], d.pieces[:pieces], d.systems[:systems]
	}
	return keep, true
}

func (d *decoder) head(s *sysReader) {
	r := &d.rec
	r.Provider = s.text(sysProvider)
	r.Source = s.text(sysSource)
	r.Channel = s.text(sysChannel)
	r.EventID = uint32(s.num(sysEventID))
	r.Level = uint8(s.num(sysLevel))
	r.timeCreated = s.time(sysTime)
	r.Time = r.Written
	if s.t[sysTime].kind != fromNowhere {
		r.Time = fromFiletime(r.timeCreated)
	} else {
		r.timeCreated = r.written
	}
}

func (d *decoder) system(s *sysReader) {
	r := &d.rec
	r.ProviderGUID = s.guid(sysProviderGUID)
	r.Qualifiers = uint16(s.num(sysQualifiers))
	r.Version = uint8(s.num(sysVersion))
	r.Task = uint16(s.num(sysTask))
	r.Opcode = uint8(s.num(sysOpcode))
	r.Keywords = s.num(sysKeywords)
	r.SourceRecordID = s.num(sysRecordID)
	r.ActivityID = s.guid(sysActivity)
	r.RelatedActivityID = s.guid(sysRelated)
	r.ProcessID = uint32(s.num(sysProcess))
	r.ThreadID = uint32(s.num(sysThread))
	r.Computer = s.text(sysComputer)
	r.UserSID = s.text(sysUser)
}
