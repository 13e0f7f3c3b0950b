package ntfs

import (
	"bytes"
	"testing"

	"updoc/testkit"
)

// memory is a volume in memory.
type memory = testkit.Memory

// The mini volume is written by hand, without any tool: clusters of 1024 bytes, the file table of 40
// records at cluster 4, content behind it.
const (
	miniCluster  = 1024
	miniClusters = 512
	miniMFT      = 4
	miniRecords  = 40
	miniData     = miniMFT + miniRecords
)

const (
	miniResident = 24 + iota
	miniPlain
	miniPacked
	miniFolder
	miniInner
	miniJunction
	miniListed
	miniExtension
	miniWOF
	miniTail
	miniCloud
)

type mini struct {
	b    memory
	next int64 // first unused cluster
}

func pad8(b []byte) []byte { return append(b, make([]byte, -len(b)&7)...) }

// local makes a resident attribute.
func local(kind uint32, name string, value []byte) []byte {
	n := testkit.UTF16(name, le)
	at := 24 + len(pad8(bytes.Clone(n)))
	b := pad8(append(append(make([]byte, 24), n...), make([]byte, at-24-len(n))...))
	b = pad8(append(b[:at], value...))
	le.PutUint32(b, kind)
	le.PutUint32(b[4:], uint32(len(b)))
	b[9] = byte(len(n) / 2)
	le.PutUint16(b[10:], 24)
	le.PutUint32(b[16:], uint32(len(value)))
	le.PutUint16(b[20:], uint16(at))
	return b
}

// remote makes a non-resident attribute; runs are pairs of first cluster (-1: hole) and count.
func remote(kind uint32, name string, flags uint16, first, size, init int64, runs ...int64) []byte {
	n := testkit.UTF16(name, le)
	at := 64 + len(pad8(bytes.Clone(n)))
	b := append(append(make([]byte, 64), n...), make([]byte, at-64-len(n))...)
	last, vcn := int64(0), first
	for i := 0; i < len(runs); i += 2 {
		if runs[i] < 0 {
			b = append(b, 0x01, byte(runs[i+1]))
		} else {
			b = append(b, 0x21, byte(runs[i+1]), byte(runs[i]-last), byte((runs[i]-last)>>8))
			last = runs[i]
		}
		vcn += runs[i+1]
	}
	b = pad8(append(b, 0))
	le.PutUint32(b, kind)
	le.PutUint32(b[4:], uint32(len(b)))
	b[8], b[9] = 1, byte(len(n)/2)
	le.PutUint16(b[10:], 64)
	le.PutUint16(b[12:], flags)
	le.PutUint64(b[16:], uint64(first))
	le.PutUint64(b[24:], uint64(vcn-1))
	le.PutUint16(b[32:], uint16(at))
	if flags&flagCompressed != 0 {
		b[34] = 2
	}
	le.PutUint64(b[40:], uint64(vcn*miniCluster))
	le.PutUint64(b[48:], uint64(size))
	le.PutUint64(b[56:], uint64(init))
	return b
}

// seal gives a record or index block its update sequence.
func seal(b []byte, at int) []byte {
	count := len(b)/512 + 1
	le.PutUint16(b[4:], uint16(at))
	le.PutUint16(b[6:], uint16(count))
	le.PutUint16(b[at:], 1)
	for i := 1; i < count; i++ {
		copy(b[at+2*i:], b[i*512-2:i*512])
		le.PutUint16(b[i*512-2:], 1)
	}
	return b
}

// put writes a file record; flags are 1 in use, 2 folder.
func (m *mini) put(num int, flags uint16, base uint64, attrs ...[]byte) {
	b := make([]byte, 1024)
	copy(b, "FILE")
	le.PutUint16(b[16:], 1)
	le.PutUint16(b[18:], 1)
	le.PutUint16(b[20:], 56)
	le.PutUint16(b[22:], flags)
	le.PutUint64(b[32:], base)
	at := 56
	for i, a := range attrs {
		le.PutUint16(a[14:], uint16(i))
		at += copy(b[at:], a)
	}
	le.PutUint32(b[at:], attrEnd)
	le.PutUint32(b[24:], uint32(at+8))
	copy(m.b[(miniMFT+num)*miniCluster:], seal(b, 48))
}

// store puts content into fresh clusters and gives the first.
func (m *mini) store(content []byte) int64 {
	at := m.next
	copy(m.b[at*miniCluster:], content)
	m.next += (int64(len(content)) + miniCluster - 1) / miniCluster
	return at
}

const miniTime = 133500000000000000 // 2024-01-17 21:20:00 UTC

func stdInfo(attributes uint32) []byte {
	b := make([]byte, 48)
	for i := range 4 {
		le.PutUint64(b[8*i:], miniTime)
	}
	le.PutUint32(b[32:], attributes)
	return local(attrStandardInfo, "", b)
}

// indexEntry is one name; child -1 means none, an empty name the last entry.
func indexEntry(num int, name string, space byte, attributes, tag uint32, child int64) []byte {
	b := make([]byte, 16)
	if name != "" {
		key := make([]byte, 66)
		le.PutUint32(key[56:], attributes)
		le.PutUint32(key[60:], tag)
		key[64], key[65] = byte(len(testkit.UTF16(name, le))/2), space
		b = append(b, pad8(append(key, testkit.UTF16(name, le)...))...)
		le.PutUint64(b, uint64(num)|1<<48)
		le.PutUint16(b[10:], uint16(66+len(testkit.UTF16(name, le))))
	} else {
		b[12] = entryLast
	}
	if child >= 0 {
		b[12] |= entryHasChild
		b = le.AppendUint64(b, uint64(child))
	}
	le.PutUint16(b[8:], uint16(len(b)))
	return b
}

func indexNode(entries ...[]byte) []byte {
	b := make([]byte, 16)
	for _, e := range entries {
		b = append(b, e...)
	}
	le.PutUint32(b, 16)
	le.PutUint32(b[4:], uint32(len(b)))
	return b
}

func indexRoot(entries ...[]byte) []byte {
	b := make([]byte, 16)
	le.PutUint32(b, attrFileName)
	le.PutUint32(b[4:], 1)
	le.PutUint32(b[8:], 1024)
	return local(attrIndexRoot, indexName, append(b, indexNode(entries...)...))
}

func indexBlock(vcn int64, entries ...[]byte) []byte {
	b := make([]byte, 1024)
	copy(b, "INDX")
	le.PutUint64(b[16:], uint64(vcn))
	node := indexNode(entries...)
	le.PutUint32(node, 40)
	le.PutUint32(node[4:], uint32(40+len(node)-16))
	copy(b[24:], node[:16])
	copy(b[64:], node[16:])
	return seal(b, 40)
}

func listRow(kind uint32, first int64, num int) []byte {
	b := make([]byte, 32)
	le.PutUint32(b, kind)
	le.PutUint16(b[4:], 32)
	b[7] = 26
	le.PutUint64(b[8:], uint64(first))
	le.PutUint64(b[16:], uint64(num)|1<<48)
	return b
}

func junction(target string) []byte {
	t := testkit.UTF16(target, le)
	b := make([]byte, 16)
	le.PutUint32(b, TagMountPoint)
	le.PutUint16(b[4:], uint16(8+len(t)+4))
	le.PutUint16(b[10:], uint16(len(t)))
	le.PutUint16(b[12:], uint16(len(t)+2))
	return append(append(b, t...), 0, 0, 0, 0)
}

func tagOnly(tag uint32) []byte {
	return local(attrReparse, "", le.AppendUint32(le.AppendUint32(nil, tag), 0))
}

// newMini builds the volume.
func newMini() memory {
	m := &mini{b: make(memory, (miniClusters+1)*miniCluster), next: miniData}
	m.boot()
	m.system()
	m.files()
	m.folders()
	bitmap := make([]byte, miniClusters/8)
	for i := range m.next {
		bitmap[i/8] |= 1 << (i % 8)
	}
	m.put(recordBitmap, 1, 0, stdInfo(6), local(attrData, "", bitmap))
	return m.b[:miniClusters*miniCluster+512]
}

func (m *mini) boot() {
	b := m.b[:512]
	copy(b, "\xeb\x52\x90NTFS    ")
	le.PutUint16(b[11:], 512)
	b[13] = 2
	le.PutUint64(b[40:], miniClusters*2)
	le.PutUint64(b[48:], miniMFT)
	le.PutUint64(b[56:], 2)
	b[64], b[68] = 1, 1
	le.PutUint64(b[72:], 0x1122334455667788)
	b[510], b[511] = 0x55, 0xaa
	copy(m.b[miniClusters*miniCluster:], b)
}

func (m *mini) system() {
	m.put(recordMFT, 1, 0, stdInfo(6), remote(attrData, "", 0, 0, miniRecords*1024, miniRecords*1024, miniMFT, miniRecords))
	copy(m.b[2*miniCluster:], m.b[miniMFT*miniCluster:][:1024])
	page := make([]byte, 4096)
	copy(page, "RSTR")
	le.PutUint32(page[16:], 4096)
	le.PutUint32(page[20:], 4096)
	le.PutUint16(page[24:], 64)
	le.PutUint16(page[26:], 1)
	le.PutUint16(page[28:], 1)
	le.PutUint64(page[64:], 100)
	le.PutUint16(page[64+12:], noClient)
	pages := append(bytes.Clone(seal(bytes.Clone(page), 30)), seal(bytes.Clone(page), 30)...)
	m.put(recordLogFile, 1, 0, stdInfo(6), remote(attrData, "", 0, 0, 8192, 8192, m.store(pages), 8))
	m.put(recordVolume, 1, 0, stdInfo(6), local(attrVolumeName, "", testkit.UTF16("Mini", le)),
		local(attrVolumeInfo, "", []byte{0, 0, 0, 0, 0, 0, 0, 0, 3, 1, 0, 0}))
	up := make([]byte, 0, 2<<16)
	for i := range 1 << 16 {
		up = le.AppendUint16(up, simpleUpper(uint16(i)))
	}
	at := m.store(up) // a run's count is one byte here: 128 clusters take two runs
	m.put(recordUpCase, 1, 0, stdInfo(6), remote(attrData, "", 0, 0, 2<<16, 2<<16, at, 100, at+100, 28))
}

// miniText is the content of the compressed file: one unit compressed, one stored, one hole.
func miniText() []byte {
	b := bytes.Repeat([]byte("abc"), 2000)[:4096]
	noise := make([]byte, 4096)
	for i := range noise {
		noise[i] = byte(i*i>>3 ^ i)
	}
	return append(append(b, noise...), make([]byte, 3000)...)
}

// packedUnit is 4096 bytes of "abcabc…": three literals, then a back reference over the rest.
func packedUnit() []byte {
	chunk := []byte{0x08, 'a', 'b', 'c'}
	chunk = le.AppendUint16(chunk, 2<<12|0xfff) // while the distance has 4 bits: 3 back, 4098 long
	b := le.AppendUint16(nil, uint16(len(chunk)-1)|0xb000)
	return append(append(b, chunk...), 0, 0)
}

func (m *mini) files() {
	m.put(miniResident, 1, 0, stdInfo(0x20), local(attrData, "", []byte("resident")), local(attrData, "Zone", []byte("[zone]")))
	plain := bytes.Repeat([]byte("0123456789"), 300)
	at := m.store(plain)
	m.next++
	m.put(miniPlain, 1, 0, stdInfo(0x20), remote(attrData, "", 0, 0, 3000+2048, 3000+1024, at+1, 2, at, 1, -1, 2))
	p := m.store(packedUnit())
	s := m.store(miniText()[4096:8192])
	m.put(miniPacked, 1, 0, stdInfo(0x820), remote(attrData, "", flagCompressed, 0, int64(len(miniText())), int64(len(miniText())), p, 1, -1, 3, s, 4, -1, 4))
	m.put(miniInner, 1, 0, stdInfo(0x20), local(attrData, "", []byte("inner")))
	l := m.store(bytes.Repeat([]byte("L"), 2048))
	m.put(miniListed, 1, 0, stdInfo(0x20), local(attrList, "", append(listRow(attrData, 0, miniListed), listRow(attrData, 1, miniExtension)...)),
		remote(attrData, "", 0, 0, 2048, 2048, l+1, 1))
	m.put(miniExtension, 1, miniListed|1<<48, remote(attrData, "", 0, 1, 0, 0, l, 1))
	m.put(miniWOF, 1, 0, stdInfo(0x620), remote(attrData, "", flagSparse, 0, 1000, 1000, -1, 1), tagOnly(TagWOF))
	m.put(miniCloud, 1, 0, stdInfo(0x400), local(attrData, "", []byte("x")), tagOnly(0x9000001a))
	m.put(miniTail, 1, 0, stdInfo(0x20))
}

func (m *mini) folders() {
	reparse := local(attrReparse, "", junction(`\??\C:\Folder`))
	m.put(miniJunction, 3, 0, stdInfo(0x410), indexRoot(indexEntry(0, "", 0, 0, 0, -1)), reparse)
	blocks := append(indexBlock(0,
		indexEntry(miniInner, "inner.txt", 1, 0x20, 0, -1),
		indexEntry(miniInner, "INNER~1.TXT", 2, 0x20, 0, -1),
		indexEntry(0, "", 0, 0, 0, -1)), indexBlock(1,
		indexEntry(miniListed, "Übergröße", 1, 0x20, 0, -1),
		indexEntry(0, "", 0, 0, 0, -1))...)
	at := m.store(blocks)
	m.put(miniFolder, 3, 0, stdInfo(0x10), indexRoot(
		indexEntry(miniPlain, "middle", 1, 0x20, 0, 0),
		indexEntry(0, "", 0, 0, 0, 1)), remote(attrIndexAlloc, indexName, 0, 0, 2048, 2048, at, 2))
	dir := uint32(attributeIndexedDir)
	blocks = append(indexBlock(0,
		indexEntry(recordMFT, "$MFT", 3, 6, 0, -1),
		indexEntry(recordRoot, ".", 3, dir|6, 0, -1),
		indexEntry(miniCloud, "cloud", 1, 0x400, 0x9000001a, -1),
		indexEntry(miniFolder, "Folder", 1, dir, 0, -1),
		indexEntry(0, "", 0, 0, 0, -1)), indexBlock(1,
		indexEntry(miniPacked, "Packed", 3, 0x820, 0, -1),
		indexEntry(miniResident, "resident", 1, 0x20, 0, -1),
		indexEntry(miniTail, "tail", 1, 0x20, 0, -1),
		indexEntry(miniWOF, "wof", 1, 0x600, TagWOF, -1),
		indexEntry(0, "", 0, 0, 0, -1))...)
	at = m.store(blocks)
	m.put(recordRoot, 3, 0, stdInfo(0x16), indexRoot(
		indexEntry(miniJunction, "junction", 1, dir|attributeReparse, TagMountPoint, 0),
		indexEntry(0, "", 0, 0, 0, 1)), remote(attrIndexAlloc, indexName, 0, 0, 2048, 2048, at, 2))
}

func openMini(t testing.TB, b memory) *Volume {
	t.Helper()
	v, err := Open(b, int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return v
}
