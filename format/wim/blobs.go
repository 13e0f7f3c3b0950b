package wim

import (
	"crypto/sha1"
	"fmt"
)

// hash is a SHA-1, which is how a WIM file names its contents. All zero means: no content.
type hash [sha1.Size]byte

// blob is a content that is stored once, however many files have it.
type blob struct {
	hash    hash
	content Content
	refs    uint32
	at      resource
}

// blobSet collects the contents of all images in the order in which they are met.
type blobSet struct {
	list   []*blob
	buffer []byte
	byHash map[hash]*blob
}

func newBlobSet() *blobSet {
	return &blobSet{byHash: map[hash]*blob{}, buffer: make([]byte, 64<<10)}
}

// add counts one more use of the content and returns its hash.
func (s *blobSet) add(c Content) (hash, error) {
	if c.size <= 0 {
		return hash{}, nil
	}
	sum, err := s.sum(c)
	if err != nil {
		return hash{}, err
	}
	b := s.byHash[sum]
	if b == nil {
		b = &blob{hash: sum, content: c}
		s.byHash[sum] = b
		s.list = append(s.list, b)
	}
	b.refs++
	return sum, nil
}

// link returns the hash of a content that add has counted already.
func (s *blobSet) link(c Content) (hash, error) {
	if c.size <= 0 {
		return hash{}, nil
	}
	return s.sum(c)
}

func (s *blobSet) sum(c Content) (hash, error) {
	if c.allZero() {
		return zeroSum(c.size)
	}
	h := sha1.New()
	if err := c.copyTo(h, s.buffer); err != nil {
		return hash{}, fmt.Errorf("hashing content: %w", err)
	}
	return hash(h.Sum(nil)), nil
}

// place gives every blob its place, the first at offset, and returns where the last ends.
func (s *blobSet) place(offset int64) int64 {
	for _, b := range s.list {
		b.at = resource{offset: offset, stored: b.content.size, size: b.content.size}
		offset += b.content.size
	}
	return offset
}
