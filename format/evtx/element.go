package evtx

// openElement compiles one element with everything in it.
func (k *compiler) openElement(at place, prefix string, dep uint16) {
	k.element++
	defer func() { k.element-- }()
	if k.element > maxElementDepth {
		k.c.bad = true
		return
	}
	hasAttributes := k.c.u8()&tokMore != 0
	if k.deps {
		if own := uint16(k.c.u16()); own != noDep {
			dep = own
		}
	}
	k.c.u32() // length of the element; its end token counts
	name := k.d.name(&k.c)
	if hasAttributes {
		k.c.u32() // length of the attribute list
	}
	if k.c.bad {
		return
	}
	guard := k.guard(at, dep)
	k.inside(at, prefix, name, dep)
	k.closeGuard(guard)
}

// guard begins a stretch of items that only count if a slot is not null; -1 if
// none is needed.
func (k *compiler) guard(at place, dep uint16) int {
	if dep == noDep || at == inSystem {
		return -1
	}
	k.emit(item{kind: itemGuard, slot: dep})
	return len(k.d.items) - 1
}

func (k *compiler) closeGuard(guard int) {
	if guard >= 0 {
		k.d.items[guard].skip = int32(len(k.d.items) - guard - 1)
	}
}

// inside compiles attributes and content by what the element is.
func (k *compiler) inside(at place, prefix, name string, dep uint16) {
	switch at {
	case inDocument:
		k.structural(inEvent, "")
	case inEvent:
		k.eventChild(name)
	case inSystem:
		k.systemElement(name, dep)
	case inEventData:
		k.dataElement(prefix, name)
	case inUserData:
		k.payload(prefix, name)
	default:
		k.plainElement(at, prefix, name)
	}
}

func (k *compiler) eventChild(name string) {
	switch name {
	case "System":
		k.prog.system = k.d.newSystem()
		k.structural(inSystem, "")
	case "EventData":
		k.structural(inEventData, "")
	case "UserData":
		k.structural(inUserData, "")
	default:
		k.plainElement(inExtra, "", name)
	}
}

// structural compiles an element whose own attributes carry no data.
func (k *compiler) structural(inside place, prefix string) {
	if k.attributes(func(string, source) {}) {
		k.content(inside, prefix, noDep, nil)
	}
}

// attributes reads the attributes up to the end of the start tag and tells
// whether content follows.
func (k *compiler) attributes(each func(name string, s source)) bool {
	for !k.c.bad && k.d.spend(1) {
		switch k.c.u8() &^ tokMore {
		case tokAttribute:
			name := k.d.name(&k.c)
			each(name, k.attributeValue())
		case tokCloseStart:
			return true
		case tokCloseEmpty:
			return false
		default:
			k.c.bad = true
		}
	}
	k.c.bad = true
	return false
}

func (k *compiler) attributeValue() source {
	var s source
	for !k.c.bad {
		switch k.c.peek() {
		case tokValue, tokNormalSub, tokOptSub, tokCharRef, tokEntityRef, tokCDATA:
			k.join(&s, k.piece())
		default:
			return s
		}
	}
	return s
}

// dataElement compiles a child of EventData: Data (named by its attribute),
// Binary, or a rarer one such as ComplexData.
func (k *compiler) dataElement(prefix, name string) {
	it := item{kind: itemField, at: inPayload, name: name}
	if name == "Data" {
		it.name = ""
	}
	var text source
	children := 0
	if k.attributes(func(attr string, s source) { k.fieldName(&it, attr, s) }) {
		children = k.content(inPayload, it.name, noDep, &text)
	}
	if name == "Binary" && it.nsrc.kind == fromNowhere {
		it.kind = itemBinary
	}
	it.src = text
	if children == 0 || text.kind != fromNowhere {
		k.emit(it)
	}
}

// fieldName uses a Name attribute as the field's name.
func (k *compiler) fieldName(it *item, attr string, s source) {
	if attr != "Name" {
		return
	}
	if s.kind == fromLiteral {
		it.name = k.d.names.utf16(s.lit)
		return
	}
	it.nsrc = s
}

// payload compiles UserData's child: its name identifies the event's layout,
// its children are the fields.
func (k *compiler) payload(prefix, name string) {
	k.emit(item{kind: itemUserData, name: name})
	more := k.attributes(func(attr string, s source) {
		switch {
		case attr == "xmlns":
			k.emit(item{kind: itemUserNS, src: s})
		case !isNamespace(attr):
			k.emit(item{kind: itemField, at: inPayload, name: k.d.joinName(prefix, "@", attr), src: s})
		}
	})
	if more {
		k.content(inPayload, prefix, noDep, nil)
	}
}

// plainElement compiles an element that is a field itself or holds more.
func (k *compiler) plainElement(at place, prefix, name string) {
	full := name
	if prefix != "" {
		full = k.d.joinName(prefix, "/", name)
	}
	it := item{kind: itemField, at: at, name: full}
	var text source
	children := 0
	if k.attributes(func(attr string, s source) { k.plainAttribute(at, full, attr, s) }) {
		children = k.content(at, full, noDep, &text)
	}
	it.src = text
	if children == 0 || text.kind != fromNowhere {
		k.emit(it)
	}
}

func (k *compiler) plainAttribute(at place, full, attr string, s source) {
	if !isNamespace(attr) {
		k.emit(item{kind: itemField, at: at, name: k.d.joinName(full, "@", attr), src: s})
	}
}

func isNamespace(attr string) bool {
	return attr == "xmlns" || len(attr) > 6 && attr[:6] == "xmlns:"
}

// joinName returns a+sep+b, each combination kept once.
func (d *decoder) joinName(a, sep, b string) string {
	if !d.spendBytes(len(a) + len(b)) {
		return ""
	}
	d.joined = append(append(append(d.joined[:0], a...), sep...), b...)
	if s, ok := d.paths.known[string(d.joined)]; ok {
		return s
	}
	s := string(d.joined)
	return d.paths.keep(s, s)
}
