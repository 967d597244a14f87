package bolt

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"os"

	"golang.org/x/sys/unix"
)

// When bbolt opens the file for writing, it looks for free pages in a goroutine of
// its own, where a damaged page ends the process. So the pages are checked here
// first, by the same rules, and what is wrong becomes an error. Nothing that a page
// says is trusted before it is compared with the size of the file.

// The layout of bbolt's file, format 2: go.etcd.io/bbolt/internal/common.
const (
	pageMagic   = 0xED0CDAED
	pageVersion = 2

	pageHead    = 16 // id 8, flags 2, count 2, overflow 4
	pageElement = 16 // of a branch: at 4, key length 4, page 8; of a leaf: flags 4, at 4, key 4, value 4
	metaBytes   = 64 // magic, version, page size, flags 4 each; root 16, free list 8, pages 8, number 8, sum 8

	pageIsBranch = 0x01
	pageIsLeaf   = 0x02
	leafIsBucket = 0x01 // flag of an element
	bucketHead   = 16   // root page 8, sequence 8

	pageDepthMax = 64
)

// pages is a bbolt file as bytes.
type pages struct {
	file []byte
	size int
	end  uint64 // number of pages in use
	seen []bool
}

// checkPages checks all pages of the file that are in use.
func checkPages(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	defer func() { _ = f.Close() }() // read-only
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if info.Size() < 2*metaBytes {
		return damaged("%s: %d bytes are too few for a store", path, info.Size())
	}
	file, err := unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return fmt.Errorf("store: reading %s: %w", path, err)
	}
	defer func() { _ = unix.Munmap(file) }()
	p := &pages{file: file}
	root, err := p.meta()
	if err == nil {
		p.seen = make([]bool, p.end)
		err = p.walk(root, nil, nil, 0)
	}
	if err != nil {
		return fmt.Errorf("%w (%s)", err, path)
	}
	return nil
}

// meta reads the newer of the two meta pages that are whole, and returns the
// page of the root bucket.
func (p *pages) meta() (root uint64, err error) {
	le := binary.LittleEndian
	newest, found := uint64(0), false
	for _, at := range p.metasAt() {
		if at+pageHead+metaBytes > len(p.file) {
			continue
		}
		m := p.file[at+pageHead : at+pageHead+metaBytes]
		sum := fnv.New64a()
		_, _ = sum.Write(m[:metaBytes-8]) // it never fails
		if le.Uint32(m) != pageMagic || le.Uint32(m[4:]) != pageVersion || le.Uint64(m[metaBytes-8:]) != sum.Sum64() {
			continue
		}
		if number := le.Uint64(m[48:]); !found || number > newest {
			found, newest = true, number
			p.size, root, p.end = int(le.Uint32(m[8:])), le.Uint64(m[16:]), le.Uint64(m[40:])
		}
	}
	switch {
	case !found:
		return 0, damaged("both meta pages are damaged")
	case p.size < 1<<9 || p.size > 1<<16 || p.end > uint64(len(p.file)/p.size):
		return 0, damaged("the file is cut short: %d pages of %d bytes are in use, and it has %d bytes", p.end, p.size, len(p.file))
	}
	return root, nil
}

// metasAt returns where the meta pages may start: the second one follows the first,
// whatever the page size is.
func (p *pages) metasAt() []int {
	at := []int{0}
	for size := 1 << 9; size <= 1<<16; size <<= 1 {
		at = append(at, size)
	}
	return at
}

// walk checks the tree under page id, whose keys must be at least min and less than
// max; nil is no bound.
func (p *pages) walk(id uint64, min, max []byte, depth int) error {
	body, err := p.page(id, depth)
	if err != nil {
		return err
	}
	le := binary.LittleEndian
	flags, count := le.Uint16(body[8:]), int(le.Uint16(body[10:]))
	if pageHead+count*pageElement > len(body) {
		return damaged("page %d has %d elements and no room for them", id, count)
	}
	last := min
	for i := range count {
		key, value, err := element(body, flags, i)
		if err != nil {
			return fmt.Errorf("%w on page %d", err, id)
		}
		if order := bytes.Compare(last, key); order > 0 || order == 0 && i > 0 || max != nil && bytes.Compare(key, max) >= 0 {
			return damaged("the keys of page %d are out of order", id)
		}
		last = key
		if value != nil {
			if err := p.bucket(value, depth); err != nil {
				return err
			}
		}
	}
	if flags == pageIsLeaf {
		return nil
	}
	for i := range count {
		key, _, _ := element(body, flags, i) // already checked above
		upto := max
		if i+1 < count {
			upto, _, _ = element(body, flags, i+1)
		}
		if err := p.walk(le.Uint64(body[pageHead+i*pageElement+8:]), key, upto, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// page returns the bytes of a page and of its overflow pages. Each page may be used
// only once.
func (p *pages) page(id uint64, depth int) ([]byte, error) {
	if id < 2 || id >= p.end || depth > pageDepthMax {
		return nil, damaged("page %d is not one of the %d in use, or too deep", id, p.end)
	}
	head := p.file[id*uint64(p.size):]
	le := binary.LittleEndian
	flags, length := le.Uint16(head[8:]), 1+uint64(le.Uint32(head[12:]))
	if le.Uint64(head) != id || flags != pageIsBranch && flags != pageIsLeaf || length > p.end-id {
		return nil, damaged("page %d is damaged: number %d, type %d, %d pages long", id, le.Uint64(head), flags, length)
	}
	for i := id; i < id+length; i++ {
		if p.seen[i] {
			return nil, damaged("page %d is used twice", i)
		}
		p.seen[i] = true
	}
	return head[:length*uint64(p.size)], nil
}

// element returns the key of an element, and the value of a leaf's that holds a
// bucket.
func element(body []byte, flags uint16, i int) (key, bucket []byte, err error) {
	le := binary.LittleEndian
	from := pageHead + i*pageElement
	e := body[from : from+pageElement]
	if flags == pageIsBranch {
		key, _, err = cut(body[from:], le.Uint32(e), le.Uint32(e[4:]), 0)
		return key, nil, err
	}
	key, value, err := cut(body[from:], le.Uint32(e[4:]), le.Uint32(e[8:]), le.Uint32(e[12:]))
	if le.Uint32(e)&leafIsBucket == 0 {
		value = nil
	}
	return key, value, err
}

// cut returns a key and the value behind it.
func cut(b []byte, at, keyLength, valueLength uint32) (key, value []byte, err error) {
	from, middle := uint64(at), uint64(at)+uint64(keyLength)
	if end := middle + uint64(valueLength); end > uint64(len(b)) {
		return nil, nil, damaged("an element ends after its page")
	}
	return b[from:middle], b[middle : middle+uint64(valueLength)], nil
}

// bucket checks a bucket, which has pages of its own or lies within the value.
func (p *pages) bucket(value []byte, depth int) error {
	if len(value) < bucketHead {
		return damaged("a bucket is cut short")
	}
	root := binary.LittleEndian.Uint64(value)
	if root != 0 {
		return p.walk(root, nil, nil, depth+1)
	}
	return inline(value[bucketHead:])
}

// inline checks a bucket small enough for its page to be stored in a value.
func inline(body []byte) error {
	le := binary.LittleEndian
	if len(body) < pageHead || le.Uint16(body[8:]) != pageIsLeaf || pageHead+int(le.Uint16(body[10:]))*pageElement > len(body) {
		return damaged("a small bucket is damaged")
	}
	var last []byte
	for i := range int(le.Uint16(body[10:])) {
		key, bucket, err := element(body, pageIsLeaf, i)
		switch {
		case err != nil:
			return err
		case bucket != nil, i > 0 && bytes.Compare(last, key) >= 0:
			return damaged("a small bucket is damaged")
		}
		last = key
	}
	return nil
}
