package evtx

import (
	"testing"
)

// hostile builds a chunk of one record whose payload template is written by
// body and whose payload values are given, checksums sound.
func hostile(t *testing.T, body func(b *builder), values ...encoded) []byte {
	t.Helper()
	return hostileRecords(t, 1, body, values...)
}

func hostileRecords(t *testing.T, n int, body func(b *builder), values ...encoded) []byte {
	t.Helper()
	var m memory
	w := NewWriter(&m, Options{})
	for range n {
		e := Event{RecordID: w.nextID, Provider: "Hostile", Computer: "PC"}
		sys, err := systemValues(&e)
		if err != nil {
			t.Fatal(err)
		}
		b, start := w.b, len(w.b.buf)
		b.u32(0x2a2a)
		b.u32(0)
		b.u64(e.RecordID)
		b.u64(0)
		if err := b.event(&e, sys, payload{"hostile", body, values}); err != nil {
			t.Fatal(err)
		}
		size := len(b.buf) - start + 4
		b.u32(size)
		le.PutUint32(b.buf[start+4:], uint32(size))
		if w.first == 0 {
			w.first = e.RecordID
		}
		w.last, w.lastAt, w.nextID = e.RecordID, start, e.RecordID+1
	}
	if len(w.b.buf) > chunkSize {
		t.Fatalf("%d bytes do not fit into a chunk", len(w.b.buf))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return m.b
}

// maxLine is far above what the budget lets through: names and values at
// bytesPerUnit bytes a unit, doubled or tripled by escaping.
const maxLine = 8 * bytesPerUnit * chunkBudget

// decodeHostile reads a log and checks that the output stays bounded and that
// the limit was noticed.
func decodeHostile(t *testing.T, log []byte) {
	t.Helper()
	total, cut := 0, 0
	info := readAll(t, openBytes(t, log), func(r *Record) {
		total += len(AppendJSON(nil, r))
		if r.Damaged {
			cut++
		}
	})
	if total > maxLine {
		t.Errorf("%d bytes of JSON from %d bytes", total, len(log))
	}
	if cut == 0 && info.DamagedRecords == 0 {
		t.Errorf("no record was cut short: the attack does not work as meant")
	}
}

func TestSameValueThousandTimes(t *testing.T) {
	decodeHostile(t, hostile(t, func(b *builder) {
		b.element("EventData", noDep, nil, func() {
			for range 1500 {
				b.element("Data", noDep, nil, func() { b.slot(tokNormalSub, 0, TypeString) })
			}
		})
	}, encoded{TypeString, make([]byte, 30000)}))
}

func TestSameNameThousandTimes(t *testing.T) {
	long := string(make([]rune, 12000))
	decodeHostile(t, hostile(t, func(b *builder) {
		b.element("EventData", noDep, nil, func() {
			for range 2000 {
				b.element("x"+long, noDep, nil, nil)
			}
		})
	}))
}

func TestJoinedTextGrows(t *testing.T) {
	decodeHostile(t, hostile(t, func(b *builder) {
		b.element("EventData", noDep, nil, func() {
			b.element("Data", noDep, nil, func() {
				for range 6000 {
					b.slot(tokNormalSub, 0, TypeString)
				}
			})
			b.element("Data", noDep, nil, nil)
		})
	}, encoded{TypeString, make([]byte, 20000)}))
}

func TestArrayOfBytesThousandTimes(t *testing.T) {
	decodeHostile(t, hostile(t, func(b *builder) {
		b.element("EventData", noDep, nil, func() {
			for range 1500 {
				b.element("Data", noDep, nil, func() { b.slot(tokNormalSub, 0, TypeUint8|typeArray) })
			}
		})
	}, encoded{TypeUint8 | typeArray, make([]byte, 30000)}))
}

func TestBinaryThousandTimes(t *testing.T) {
	decodeHostile(t, hostile(t, func(b *builder) {
		b.element("EventData", noDep, nil, func() {
			for range 1500 {
				b.element("Binary", noDep, nil, func() { b.slot(tokNormalSub, 0, TypeString) })
			}
			b.element("Data", noDep, nil, nil)
		})
	}, encoded{TypeString, encodeUTF16(nil, string(make([]byte, 15000)))}))
}

// TestTemplateInsideItself lets a definition hold instances of itself.
func TestTemplateInsideItself(t *testing.T) {
	decodeHostile(t, hostile(t, func(b *builder) {
		def := len(b.buf) - 4 - 24 // fragment header, then the definition's own
		b.element("EventData", noDep, nil, func() {
			for range 8 {
				b.u8(tokTemplate)
				b.u8(1)
				b.buf = append(b.buf, b.buf[def+4:def+8]...)
				b.u32(def)
				b.u32(0)
			}
		})
	}))
}

func TestDeepElements(t *testing.T) {
	decodeHostile(t, hostile(t, func(b *builder) {
		var deeper func(n int)
		deeper = func(n int) {
			if n > 0 {
				b.element("d", noDep, nil, func() { deeper(n - 1) })
			}
		}
		deeper(2000)
	}))
}
