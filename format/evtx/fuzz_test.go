package evtx

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"strings"
	"testing"
)

// FuzzRecords opens arbitrary bytes and decodes all that is found, with
// checksums as they are: damage must never panic, hang or give invalid JSON.
func FuzzRecords(f *testing.F) {
	whole, err := Build(updateEvents(12), Options{})
	if err != nil {
		f.Fatal(err)
	}
	used := headerBlockSize + int(le.Uint32(whole[headerBlockSize+48:]))
	f.Add(whole[:used])
	f.Add(whole[headerBlockSize:used])
	f.Add(damaged(whole)[:used])
	f.Fuzz(func(t *testing.T, b []byte) { decodeAll(t, b) })
}

// FuzzChunk puts arbitrary bytes where a chunk's records are, behind sound
// headers, so that the fuzzer need not guess checksums.
func FuzzChunk(f *testing.F) {
	whole, err := Build(updateEvents(8), Options{})
	if err != nil {
		f.Fatal(err)
	}
	free := int(le.Uint32(whole[headerBlockSize+48:]))
	f.Add(chunkAt(whole, 0)[chunkHeaderSize:free])
	f.Add(fragmentRecord())
	f.Fuzz(func(t *testing.T, records []byte) {
		if len(records) > chunkSize-chunkHeaderSize {
			return
		}
		b := append([]byte(nil), whole...)
		c := chunkAt(b, 0)
		clear(c[chunkHeaderSize:])
		le.PutUint32(c[48:], uint32(chunkHeaderSize+copy(c[chunkHeaderSize:], records)))
		seal(c)
		decodeAll(t, b)
	})
}

// decodeAll makes two passes, which must agree, and checks every JSON line.
func decodeAll(t *testing.T, b []byte) {
	l, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return
	}
	var line []byte
	err = l.Records(context.Background(), nil, func(r *Record) error {
		line = AppendJSON(line[:0], r)
		if !json.Valid(line) {
			t.Fatalf("not JSON: %q", line)
		}
		if strings.ToValidUTF8(string(line), "") != string(line) {
			t.Fatalf("not UTF-8: %q", line)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	first := l.Info()
	if err := l.Records(context.Background(), func(Head) bool { return false }, nil); err != nil {
		t.Fatal(err)
	}
	if second := l.Info(); second.Records != first.Records {
		t.Fatalf("%d records, then %d", first.Records, second.Records)
	}
}

// fragmentRecord is a record without a template, as collectors of forwarded
// events write them: elements without dependency ids and only literal text.
func fragmentRecord() []byte {
	p := plain{base: chunkHeaderSize}
	p.b = binary.LittleEndian.AppendUint32(p.b, 0x2a2a)
	p.b = append(p.b, make([]byte, 20)...)
	p.b[8] = 7
	p.b = append(p.b, tokFragment, 1, 1, 0)
	p.open("Event")
	p.open("System")
	p.open("Provider", "Name", "Forwarder", "Guid", "{945A8954-C147-4ACD-923F-40C45405A658}")
	p.end()
	p.leaf("EventID", "4104", "Qualifiers", "16384")
	p.leaf("Level", "3")
	p.leaf("Keywords", "0x8000000000000000")
	p.open("TimeCreated", "SystemTime", "2020-06-23T09:35:56.825510000Z")
	p.end()
	p.leaf("EventRecordID", "2189")
	p.leaf("Computer", "client01")
	p.open("Security", "UserID", "S-1-5-18")
	p.end()
	p.end()
	p.open("EventData")
	p.leaf("Data", "%%827", "Name", "Product Name")
	p.leaf("Binary", "00FF7f")
	p.end()
	p.open("RenderingInfo", "Culture", "en-US")
	p.leaf("Message", "Hello")
	p.end()
	p.end()
	p.b = append(p.b, tokEOF)
	for (len(p.b)+4)%8 != 0 {
		p.b = append(p.b, 0)
	}
	size := uint32(len(p.b) + 4)
	p.b = binary.LittleEndian.AppendUint32(p.b, size)
	binary.LittleEndian.PutUint32(p.b[4:], size)
	return p.b
}

// plain writes elements without templates; every name stands in place.
type plain struct {
	b    []byte
	base int
}

func (p *plain) name(s string) {
	p.b = binary.LittleEndian.AppendUint32(p.b, uint32(p.base+len(p.b)+4))
	p.b = append(p.b, 0, 0, 0, 0, 0, 0, byte(len(s)), 0)
	p.b = append(encodeUTF16(p.b, s), 0, 0)
}

func (p *plain) text(s string) {
	p.b = append(p.b, tokValue, 1, byte(len(s)), 0)
	p.b = encodeUTF16(p.b, s)
}

func (p *plain) open(name string, attrs ...string) {
	tok := byte(tokOpenStart)
	if len(attrs) > 0 {
		tok |= tokMore
	}
	p.b = append(p.b, tok, 0, 0, 0, 0)
	p.name(name)
	if len(attrs) > 0 {
		p.b = append(p.b, 0, 0, 0, 0)
	}
	for i := 0; i < len(attrs); i += 2 {
		p.b = append(p.b, tokAttribute)
		p.name(attrs[i])
		p.text(attrs[i+1])
	}
	p.b = append(p.b, tokCloseStart)
}

func (p *plain) end() { p.b = append(p.b, tokEnd) }

func (p *plain) leaf(name, text string, attrs ...string) {
	p.open(name, attrs...)
	p.text(text)
	p.end()
}

func TestRecordWithoutTemplate(t *testing.T) {
	b := build(t, updateEvents(1), Options{})
	c := chunkAt(b, 0)
	clear(c[chunkHeaderSize:])
	le.PutUint32(c[48:], uint32(chunkHeaderSize+copy(c[chunkHeaderSize:], fragmentRecord())))
	seal(c)
	var line string
	readAll(t, openBytes(t, b), func(r *Record) { line = string(AppendJSON(nil, r)) })
	equal(t, "record", line, `{"recordId":7,"offset":4608,"time":"2020-06-23T09:35:56.8255100Z",`+
		`"provider":"Forwarder","providerGuid":"{945A8954-C147-4ACD-923F-40C45405A658}","eventId":4104,"qualifiers":16384,`+
		`"version":0,"level":3,"task":0,"opcode":0,"keywords":"0x8000000000000000","channel":"","computer":"client01",`+
		`"userSid":"S-1-5-18","processId":0,"threadId":0,"sourceRecordId":2189,"writtenTime":"1601-01-01T00:00:00.0000000Z",`+
		`"data":[["Product Name","%%827"]],"binary":"00FF7F","extra":[["RenderingInfo@Culture","en-US"],["RenderingInfo/Message","Hello"]]}`)
}
