package bolt

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"iter"
	"slices"
	"sync"

	bbolt "go.etcd.io/bbolt"

	"mpg/store"
)

// The journal's bucket holds chunks of records. The key is the number of the first
// Cmd. The value is the records, compressed (pack.go), and after them the SHA-256 of
// the last chunk's hash and of these records as they are uncompressed, so that one
// chunk vouches for all before it. Chunks are about chunkBytes before they are
// compressed: larger ones compress better, but would be written again with the next
// commits, since bbolt keeps at least two values in a page.
//
// When commits are small, the last chunk is written again with the records of the next
// one after its own, until it has tailBytes: alone they would compress half as well. So
// a chunk grows at its end as long as it is the last. What a record is, and the hash of
// all up to it, never changes.
const hashBytes = sha256.Size

// journal is the bucket. Only a batch writes it, by a journalWriter.
type journal struct {
	db     *bbolt.DB
	packer *packer
}

// chunk is a value of the journal.
type chunk struct {
	first   uint64
	records []byte
	hash    [hashBytes]byte // as it stands there
}

// chain is the hash that each chunk continues.
type chain struct {
	head [hashBytes]byte
	sum  hash.Hash
}

func newChain(head [hashBytes]byte) *chain { return &chain{head, sha256.New()} }

func (c *chain) add(records []byte) [hashBytes]byte {
	c.sum.Reset()
	c.sum.Write(c.head[:])
	c.sum.Write(records)
	c.sum.Sum(c.head[:0])
	return c.head
}

// journalWriter collects the records of a batch in chunks. They are packed beside the
// committer, which decides further Cmds and writes the checkpoint meanwhile. The memory is
// used again by the next batch.
type journalWriter struct {
	packer *packer
	chain  *chain
	buf    []byte // records
	count  int    // of those of the batch
	from   uint64 // the first of them
	chunks []*draft
	last   tail
	spare  []*draft // of earlier batches

	first   uint64 // of the open chunk; 0: it is empty
	start   int    // where it begins in buf
	packing sync.WaitGroup
}

// tail is the chunk that was closed last. Its records are in buf.
type tail struct {
	first      uint64
	start, end int
	base       [hashBytes]byte // of the chunk before
}

// draft is a chunk of the batch.
type draft struct {
	first uint64
	hash  [hashBytes]byte
	value []byte // complete when packing has ended
	check []byte // scratch
}

func newJournalWriter(by *packer, head [hashBytes]byte) journalWriter {
	return journalWriter{packer: by, chain: newChain(head)}
}

// reset begins a batch after the chunk with hash head, or goes on with that chunk if it
// is small. The disk has acknowledged records only once, so they are written again only
// if memory still has them as the hash says.
func (j *journalWriter) reset(head [hashBytes]byte) {
	j.packing.Wait() // of a batch that was given up
	j.spare, j.chunks = append(j.spare, j.chunks...), j.chunks[:0]
	j.count, j.start = 0, 0
	if l := &j.last; l.first != 0 && l.end-l.start < tailBytes {
		j.buf = append(j.buf[:0], j.buf[l.start:l.end]...)
		l.start, l.end = 0, len(j.buf)
		j.chain.head = l.base
		if j.chain.add(j.buf) == head {
			j.first, j.chain.head = l.first, l.base
			return
		}
		l.first = 0
	}
	j.buf, j.first, j.chain.head = j.buf[:0], 0, head
}

func (j *journalWriter) add(entry *store.Entry) {
	if j.first == 0 {
		j.first = entry.Seq
	}
	if j.count == 0 {
		j.from = entry.Seq
	}
	j.buf = appendRecord(j.buf, entry)
	j.count++
	if len(j.buf)-j.start >= chunkBytes {
		j.close()
	}
}

// close ends the open chunk, if there is one.
func (j *journalWriter) close() {
	if j.first == 0 {
		return
	}
	d := &draft{}
	if n := len(j.spare); n > 0 {
		d, j.spare = j.spare[n-1], j.spare[:n-1]
	}
	records := j.buf[j.start:len(j.buf):len(j.buf)]
	j.last = tail{first: j.first, start: j.start, end: len(j.buf), base: j.chain.head}
	d.first, d.hash = j.first, j.chain.add(records)
	j.chunks = append(j.chunks, d)
	j.first, j.start = 0, len(j.buf)
	j.packing.Go(func() {
		d.value, d.check = j.packer.pack(d.value[:0], d.check, records)
		d.value = append(d.value, d.hash[:]...)
	})
}

// write puts the chunks after those in the bucket, or in place of the last.
func (j *journalWriter) write(tx *bbolt.Tx) error {
	j.close()
	j.packing.Wait()
	bucket := tx.Bucket(bucketJournal)
	bucket.FillPercent = 1 // keys only grow: no page is split again
	for _, d := range j.chunks {
		if err := bucket.Put(uint64Key(d.first), d.value); err != nil {
			return err
		}
	}
	return nil
}

// packedChunk is a chunk as it is kept.
type packedChunk struct {
	first uint64
	size  int // of its records
	value []byte
}

// parseChunk looks at the outside of a chunk, whose value it keeps.
func parseChunk(key, value []byte) (packedChunk, error) {
	if len(key) != numberBytes || len(value) <= hashBytes {
		return packedChunk{}, damaged("a chunk of the journal is cut short")
	}
	first := binary.BigEndian.Uint64(key)
	size, ok := unpackedSize(value[:len(value)-hashBytes])
	if !ok || size < headBytes {
		return packedChunk{}, damaged("the chunk of %s is damaged", place(first))
	}
	return packedChunk{first, size, value}, nil
}

// unpack returns a chunk as it was written.
func (p *packedChunk) unpack(by *packer) (chunk, error) {
	end := len(p.value) - hashBytes
	records, err := by.unpack(p.value[:end:end], p.size)
	if err != nil {
		return chunk{}, damaged("the chunk of %s cannot be decompressed: %v", place(p.first), err)
	}
	return chunk{p.first, records, [hashBytes]byte(p.value[end:])}, nil
}

// seekChunk puts the cursor on the chunk that holds Cmd seq, or would.
func seekChunk(c *bbolt.Cursor, seq uint64) (key, value []byte) {
	key, value = c.Seek(uint64Key(seq))
	if key != nil && binary.BigEndian.Uint64(key) == seq {
		return key, value
	}
	if key == nil {
		return c.Last()
	}
	if before, v := c.Prev(); before != nil {
		return before, v
	}
	return c.First()
}

// findRecord reads the head of record seq.
func (j *journal) findRecord(tx *bbolt.Tx, seq uint64) (store.Entry, error) {
	var e store.Entry
	_, records, err := j.findChunk(tx, seq)
	for err == nil && len(records) > 0 {
		var size int
		if size, err = readHead(records, &e); err == nil && e.Seq == seq {
			return e, nil
		}
		records = records[size:]
	}
	if err == nil {
		err = damaged("%s is missing", place(seq))
	}
	return store.Entry{}, err
}

// findChunk reads the chunk that holds Cmd seq, or would.
func (j *journal) findChunk(tx *bbolt.Tx, seq uint64) (first uint64, records []byte, err error) {
	key, value := seekChunk(tx.Bucket(bucketJournal).Cursor(), seq)
	packed, err := parseChunk(key, slices.Clone(value))
	if err != nil {
		return 0, nil, err
	}
	c, err := packed.unpack(j.packer)
	return c.first, c.records, err
}

// chunks walks the journal from the chunk that holds from to the one that holds to,
// in short transactions: what was once written there never changes, although the last
// chunk may have grown past to. While one page is looked at, the next is read. After an
// error the walk is over.
func (j *journal) chunks(ctx context.Context, from, to uint64) iter.Seq2[chunk, error] {
	return func(yield func(chunk, error) bool) {
		if from > to {
			return
		}
		reading, stop := context.WithCancel(ctx)
		pages := make(chan chunkPage)
		go j.readPages(reading, from, to, pages)
		defer func() {
			stop()
			for range pages { // until the reader has ended
			}
		}()
		for p := range pages {
			for _, c := range p.chunks {
				if !yield(c, nil) {
					return
				}
			}
			if p.err != nil {
				yield(chunk{}, p.err)
			}
			if p.err != nil || p.next > to {
				return
			}
		}
		yield(chunk{}, ctx.Err())
	}
}

// chunkPage is a part of the journal.
type chunkPage struct {
	chunks []chunk
	next   uint64 // the Cmd that the next page begins with
	err    error  // after chunks
}

// readPages sends the pages of the journal, and closes the channel after the last, or
// when ctx ends.
func (j *journal) readPages(ctx context.Context, from, to uint64, pages chan<- chunkPage) {
	defer close(pages)
	for next := from; next <= to && ctx.Err() == nil; {
		var p chunkPage
		err := guarded(func() error {
			p = j.readPage(next, to)
			return nil
		})
		if err != nil {
			p = chunkPage{err: err}
		}
		select {
		case pages <- p:
		case <-ctx.Done():
		}
		if next = p.next; p.err != nil {
			return
		}
	}
}

// readPage copies chunks until the page is full, and unpacks them.
func (j *journal) readPage(from, to uint64) chunkPage {
	p := chunkPage{next: to + 1}
	var packed []packedChunk
	size := 0
	p.err = j.db.View(func(tx *bbolt.Tx) error {
		cursor := tx.Bucket(bucketJournal).Cursor()
		for key, value := seekChunk(cursor, from); key != nil; key, value = cursor.Next() {
			c, err := parseChunk(key, append([]byte(nil), value...))
			if err != nil {
				return err
			}
			if c.first > to {
				return nil
			}
			if size > pageBytesMax {
				p.next = c.first
				return nil
			}
			packed, size = append(packed, c), size+c.size
		}
		return nil
	})
	for i := range packed {
		c, err := packed[i].unpack(j.packer)
		if err != nil {
			p.err = err
			break
		}
		p.chunks = append(p.chunks, c)
	}
	return p
}

// Records implements store.Journal.
func (m *memory) Records(ctx context.Context, from uint64) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		m.mu.RLock()
		to := m.state.seq
		m.mu.RUnlock()
		for c, err := range m.journal.chunks(ctx, max(from, 1), to) {
			for records := c.records; err == nil && len(records) > 0; {
				var e store.Entry
				var size int
				if size, err = readRecord(records, &e); err != nil {
					break
				}
				records = records[size:]
				if e.Seq > to || e.Seq >= from && !yield(e, nil) {
					return
				}
			}
			if err != nil {
				yield(store.Entry{}, err)
				return
			}
		}
	}
}
