package bolt

import (
	bbolt "go.etcd.io/bbolt"

	"mpg/store"
	"mpg/store/money"
)

// row is an outbox row in memory or in its bucket.
type row struct {
	posted money.Amount
	data   []byte
	done   bool
}

// outbox is the rows since the checkpoint passed them, by their dense ids, and
// those in the bucket that are done but not yet deleted there. Only the committer
// changes it, under the lock of the memory.
type outbox struct {
	base  store.RowID           // id of rows[0]; all before it are done or in the bucket
	rows  []row                 // a row that is done is empty
	ended *overlay[uint64, row] // of the bucket; has only entries that are gone

	from, until store.RowID // of the round
	to          store.RowID // rows before it are written in the current commit
}

// doneRow is a row that a batch ends.
type doneRow struct {
	id     store.RowID
	stored bool // it is in the bucket
}

// next is the id that the next row gets.
func (o *outbox) next() store.RowID { return o.base + store.RowID(len(o.rows)) }

func (o *outbox) add(added row) { o.rows = append(o.rows, added) }

// done takes a row away. stored says that one that is not in memory is in the
// bucket.
func (o *outbox) done(id store.RowID, stored bool) {
	switch {
	case id >= o.next():
	case id >= o.base:
		o.rows[id-o.base] = row{done: true}
	case stored:
		o.ended.drop(uint64(id), true)
	}
}

// isStored reports whether a row is in the bucket and not done.
func (o *outbox) isStored(tx *bbolt.Tx, id store.RowID) (bool, error) {
	if id >= o.base {
		return false, nil
	}
	_, ok, err := o.ended.get(tx, uint64(id))
	return ok, err
}

// trim forgets the rows at the front that are done.
func (o *outbox) trim() {
	n := 0
	for n < len(o.rows) && o.rows[n].done {
		n++
	}
	o.rows, o.base = o.rows[n:], o.base+store.RowID(n)
}

func (o *outbox) beginRound() {
	o.from, o.until = o.base, o.next()
	o.ended.beginRound()
}

// writeSlice writes the rows that are not done yet and deletes those that are.
func (o *outbox) writeSlice(tx *bbolt.Tx, progress float64, buf []byte) ([]byte, error) {
	buf, err := o.ended.writeSlice(tx, progress, buf)
	if err != nil {
		return buf, err
	}
	o.to = max(o.base, o.from+store.RowID(share(int(o.until-o.from), progress)))
	bucket := tx.Bucket(bucketOut)
	for id := o.base; id < o.to; id++ {
		r := o.rows[id-o.base]
		if r.done {
			continue
		}
		if buf, err = o.ended.write(bucket, uint64(id), entry[row]{value: r}, buf); err != nil {
			return buf, err
		}
	}
	return buf, nil
}

// forgetWritten removes from memory what the commit has written, and notes for done which
// of the rows that the same commit ends are in the bucket since.
func (o *outbox) forgetWritten(done []doneRow) {
	o.ended.forgetWritten()
	if o.to <= o.base {
		return
	}
	for i, d := range done {
		if d.id >= o.base && d.id < o.to {
			done[i].stored = !o.rows[d.id-o.base].done
		}
	}
	o.rows, o.base = o.rows[o.to-o.base:], o.to
}

// roundDone reports whether the round ends with the current commit.
func (o *outbox) roundDone() bool { return o.to >= o.until && o.ended.roundDone() }
