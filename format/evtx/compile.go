package evtx

const (
	maxElementDepth = 64
	// chunkBudget bounds the work one chunk can ask for: tokens compiled, items
	// run, and bytes handled. A healthy chunk needs under 30,000.
	chunkBudget  = 1 << 17
	bytesPerUnit = 32
)

// compiler turns one fragment of binary XML into a program.
type compiler struct {
	d       *decoder
	c       cursor
	deps    bool // elements carry dependency ids: true inside template definitions
	prog    program
	element int // nesting depth
}

// compile compiles the fragment in b[pos:end] as content of a place. prefix is
// put before field names; b is the chunk, or another one that lends a template.
func (d *decoder) compile(b []byte, pos, end int, at place, prefix string, deps bool) program {
	k := compiler{d: d, c: cursor{b: b, pos: pos, end: end}, deps: deps}
	k.prog.system = -1
	first := int32(len(d.items))
	k.content(at, prefix, noDep, nil)
	k.prog.items = [2]int32{first, int32(len(d.items))}
	k.prog.bad = k.c.bad
	return k.prog
}

// content compiles what stands between an element's start and end tag. Text is
// collected in text where the place holds values (text != nil), else spliced.
// It reports how many child elements there were.
func (k *compiler) content(at place, prefix string, dep uint16, text *source) (children int) {
	for !k.c.bad && k.d.spend(1) {
		switch k.c.peek() {
		case tokFragment:
			k.c.bytes(4)
		case tokOpenStart:
			k.openElement(at, prefix, dep)
			children++
		case tokTemplate:
			k.nested(at, prefix)
			children++
		case tokNormalSub, tokOptSub, tokValue, tokCDATA, tokCharRef, tokEntityRef:
			k.text(at, prefix, text)
		case tokPITarget:
			k.c.u8()
			k.d.name(&k.c)
		case tokPIData:
			k.c.u8()
			k.c.bytes(2 * k.c.u16())
		case tokEnd:
			k.c.u8()
			return children
		case tokEOF:
			return children
		default:
			k.c.bad = true
		}
	}
	k.c.bad = k.c.bad || k.d.budget <= 0
	return children
}

// nested notes a template instance that stands directly in the content and
// steps over it.
func (k *compiler) nested(at place, prefix string) {
	pos := k.c.pos
	in, ok := k.d.instance(pos, k.c.end)
	if !ok || &k.c.b[0] != &k.d.buf[0] { // its offsets would be another chunk's
		k.c.bad = true
		return
	}
	k.c.pos = in.end
	k.d.vals = k.d.vals[:in.base]
	k.emit(item{kind: itemNested, at: at, name: prefix, skip: int32(pos)})
}

func (k *compiler) emit(it item) { k.d.items = append(k.d.items, it) }

// text takes one piece of text, joining it to what the element already holds.
func (k *compiler) text(at place, prefix string, text *source) {
	s := k.piece()
	switch {
	case k.c.bad || s.kind == fromNowhere:
	case text != nil:
		k.join(text, s)
	case s.kind != fromLiteral:
		k.emit(item{kind: itemSplice, at: at, name: prefix, src: s})
	}
}

// piece reads one value token.
func (k *compiler) piece() source {
	switch k.c.u8() &^ tokMore {
	case tokValue:
		return k.literal()
	case tokCDATA:
		return source{kind: fromLiteral, lit: k.c.bytes(2 * k.c.u16())}
	case tokCharRef:
		return source{kind: fromLiteral, lit: k.c.bytes(2)}
	case tokEntityRef:
		return source{kind: fromLiteral, lit: entity(k.d.name(&k.c))}
	case tokNormalSub:
		return k.slot(fromSlot)
	case tokOptSub:
		return k.slot(fromOptional)
	}
	k.c.bad = true
	return source{}
}

// literal reads the inside of a value token; only text is known to occur.
func (k *compiler) literal() source {
	if t := Type(k.c.u8()); t != TypeString {
		k.c.bad = true
	}
	return source{kind: fromLiteral, lit: k.c.bytes(2 * k.c.u16())}
}

func (k *compiler) slot(kind sourceKind) source {
	s := source{kind: kind, slot: uint16(k.c.u16())}
	k.c.u8() // declared type; the instance's own type counts
	return s
}

// entity returns the UTF-16 of a predefined entity; unknown ones give nothing.
func entity(name string) []byte {
	switch name {
	case "lt":
		return []byte("<\x00")
	case "gt":
		return []byte(">\x00")
	case "amp":
		return []byte("&\x00")
	case "quot":
		return []byte("\"\x00")
	case "apos":
		return []byte("'\x00")
	}
	return nil
}

// join adds a piece to a value. Pieces of one value stay neighbours because a
// value is collected without emitting others in between, except when child
// elements stand between texts; such mixed content keeps its first text only.
func (k *compiler) join(to *source, s source) {
	d := k.d
	switch {
	case to.kind == fromNowhere:
		*to = s
	case to.kind != fromPieces:
		n := int32(len(d.pieces))
		d.pieces = append(d.pieces, *to, s)
		*to = source{kind: fromPieces, pieces: [2]int32{n, n + 2}}
	case int(to.pieces[1]) == len(d.pieces):
		d.pieces = append(d.pieces, s)
		to.pieces[1]++
	}
}
