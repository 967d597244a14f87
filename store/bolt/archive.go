package bolt

import (
	"encoding/binary"

	bbolt "go.etcd.io/bbolt"

	"mpg/store"
)

// archived is a document that will never change again. It is kept in the journal, in the
// record of the Cmd that wrote it last; the index in the bucket arch says which Cmd that
// is. Until the checkpoint has passed, the document is in memory too.
type archived struct {
	seq uint64 // of the Cmd
	document
	inMemory bool // with its data
}

// archiveCodec says how the index is stored in its bucket.
func archiveCodec() codec[docKey, archived] {
	return codec[docKey, archived]{
		bucket:    bucketArchive,
		fill:      1, // most keys grow
		compare:   compareDocKeys,
		appendKey: func(dst []byte, key docKey) []byte { return appendShort(append(dst, byte(key.table)), key.key) },
		parseKey: func(b []byte) (docKey, bool) {
			if len(b) < 2 {
				return docKey{}, false
			}
			key, ok := parseShort(b[1:])
			return docKey{store.Table(b[0]), key}, ok
		},
		appendValue: func(dst []byte, old archived) []byte {
			return binary.AppendUvarint(binary.AppendUvarint(dst, old.seq), old.version)
		},
		parseValue: parseArchived,
	}
}

func parseArchived(b []byte) (a archived, ok bool) {
	seq, n := binary.Uvarint(b)
	if n <= 0 {
		return archived{}, false
	}
	version, m := binary.Uvarint(b[n:])
	a = archived{seq: seq, document: document{version: version}}
	return a, m > 0 && n+m == len(b) && seq > 0 && version > 0
}

// archiveReader reads archived documents, one after another in most uses. Neighbours are
// often in the same chunk, so the last chunks are kept.
type archiveReader struct {
	journal *journal
	recent  [archiveRecent]openChunk
	next    int // of recent, to be replaced
}

// archiveRecent is how many chunks an archiveReader keeps: payments end nearly in the
// order in which they began.
const archiveRecent = 4

// openChunk is a chunk that was read.
type openChunk struct {
	first   uint64
	records [][]byte // each to the end of the chunk
}

// document returns the archived document at key.
func (r *archiveReader) document(key docKey, old archived) (document, error) {
	if old.inMemory {
		return old.document, nil
	}
	record, err := r.record(old.seq)
	if err != nil {
		return document{}, err
	}
	var e store.Entry
	if _, err := readRecord(record, &e); err != nil {
		return document{}, err
	}
	for i := range e.Writes {
		w := &e.Writes[i]
		if w.Table == key.table && w.Key == key.key && w.Mode == store.Archive && w.Expect+1 == old.version && e.Seq == old.seq {
			return document{old.version, w.Data}, nil
		}
	}
	return document{}, damaged("%s does not archive the document of table %d, although the index says so", place(old.seq), key.table)
}

// record returns the record of Cmd seq, and what follows it in its chunk.
func (r *archiveReader) record(seq uint64) ([]byte, error) {
	for i := range r.recent {
		if c := &r.recent[i]; c.has(seq) {
			return c.records[seq-c.first], nil
		}
	}
	c := &r.recent[r.next]
	if err := c.read(r.journal, seq); err != nil {
		return nil, err
	}
	r.next = (r.next + 1) % archiveRecent
	if !c.has(seq) {
		return nil, damaged("%s is missing", place(seq))
	}
	return c.records[seq-c.first], nil
}

func (c *openChunk) has(seq uint64) bool {
	return seq >= c.first && seq-c.first < uint64(len(c.records))
}

// read reads the chunk with Cmd seq. The record never changes, so any moment will do.
func (c *openChunk) read(from *journal, seq uint64) error {
	c.records = c.records[:0]
	var records []byte
	err := from.db.View(func(tx *bbolt.Tx) (err error) {
		c.first, records, err = from.findChunk(tx, seq)
		return err
	})
	for err == nil && len(records) > 0 {
		var e store.Entry
		var size int
		if size, err = readHead(records, &e); err == nil {
			c.records = append(c.records, records)
			records = records[size:]
		}
	}
	return err
}
