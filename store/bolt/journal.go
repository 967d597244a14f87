package bolt

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"iter"

	bbolt "go.etcd.io/bbolt"

	"mpg/store"
)

// The journal's bucket holds chunks of records. The key is the number of the
// first Cmd; behind the records stands the SHA-256 of the last chunk's hash and
// of these records, so that one chunk vouches for all before it. Chunks are
// about chunkBytes: large ones would be written again with each commit, since
// bbolt keeps at least two values in a page.
const hashBytes = sha256.Size

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

// journalWriter collects the records of a batch in chunks. Its memory is used
// again by the next batch.
type journalWriter struct {
	chain  *chain
	buf    []byte
	count  int // of the records
	chunks []span
	open   span // begins where the last closed one ends
}

type span struct {
	first      uint64
	start, end int
}

func (j *journalWriter) reset(head [hashBytes]byte) {
	j.chain.head = head
	j.buf, j.count, j.chunks, j.open = j.buf[:0], 0, j.chunks[:0], span{}
}

func (j *journalWriter) add(e *store.Entry) {
	if j.open.first == 0 {
		j.open.first = e.Seq
	}
	j.buf = appendRecord(j.buf, e)
	j.count++
	if len(j.buf)-j.open.start >= chunkBytes {
		j.close()
	}
}

func (j *journalWriter) close() {
	if j.open.first == 0 {
		return
	}
	hash := j.chain.add(j.buf[j.open.start:])
	j.buf = append(j.buf, hash[:]...)
	j.open.end = len(j.buf)
	j.chunks = append(j.chunks, j.open)
	j.open = span{start: len(j.buf)}
}

// write puts the chunks behind those in the bucket.
func (j *journalWriter) write(tx *bbolt.Tx) error {
	j.close()
	bucket := tx.Bucket(bucketJournal)
	bucket.FillPercent = 1 // keys only grow: no page is split again
	for _, c := range j.chunks {
		if err := bucket.Put(uint64Key(c.first), j.buf[c.start:c.end:c.end]); err != nil {
			return err
		}
	}
	return nil
}

func parseChunk(key, value []byte) (chunk, error) {
	if len(key) != numberBytes || len(value) < headBytes+hashBytes {
		return chunk{}, damaged("a chunk of the journal is cut short")
	}
	end := len(value) - hashBytes
	return chunk{binary.BigEndian.Uint64(key), value[:end], [hashBytes]byte(value[end:])}, nil
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
func findRecord(tx *bbolt.Tx, seq uint64) (store.Entry, error) {
	var e store.Entry
	key, value := seekChunk(tx.Bucket(bucketJournal).Cursor(), seq)
	c, err := parseChunk(key, value)
	for records := c.records; err == nil && len(records) > 0; {
		var size int
		if size, err = readHead(records, &e); err == nil && e.Seq == seq {
			return e, nil
		}
		records = records[size:]
	}
	if err == nil {
		err = damaged("step %d of the journal is missing", seq)
	}
	return store.Entry{}, err
}

// chunks walks the journal from the chunk that holds from to the one that holds
// to, in short transactions: what was once written there never changes. After
// an error the walk is over.
func (s *Store) chunks(ctx context.Context, from, to uint64) iter.Seq2[chunk, error] {
	return func(yield func(chunk, error) bool) {
		for next := from; next <= to; {
			if err := ctx.Err(); err != nil {
				yield(chunk{}, err)
				return
			}
			page, after, err := s.readChunks(next, to)
			for _, c := range page {
				if !yield(c, nil) {
					return
				}
			}
			if err != nil {
				yield(chunk{}, err)
				return
			}
			next = after
		}
	}
}

// readChunks copies chunks until the page is full, and says with which Cmd the
// next page begins.
func (s *Store) readChunks(from, to uint64) (page []chunk, next uint64, err error) {
	next = to + 1
	err = s.db.View(func(tx *bbolt.Tx) error {
		cursor := tx.Bucket(bucketJournal).Cursor()
		size := 0
		for key, value := seekChunk(cursor, from); key != nil; key, value = cursor.Next() {
			c, err := parseChunk(key, append([]byte(nil), value...))
			if err != nil {
				return err
			}
			if c.first > to {
				return nil
			}
			if size > pageBytesMax {
				next = c.first
				return nil
			}
			page, size = append(page, c), size+len(value)
		}
		return nil
	})
	return page, next, err
}

// Records implements store.Journal.
func (s *Store) Records(ctx context.Context, from uint64) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		s.mu.RLock()
		to := s.state.seq
		s.mu.RUnlock()
		for c, err := range s.chunks(ctx, max(from, 1), to) {
			for records := c.records; err == nil && len(records) > 0; {
				var e store.Entry
				var size int
				if size, err = readRecord(records, &e); err != nil {
					break
				}
				records = records[size:]
				if e.Seq >= from && !yield(e, nil) {
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
