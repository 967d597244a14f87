package bolt

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	bbolt "go.etcd.io/bbolt"
)

// Limits of how age grows.
const (
	ageStepMax  = time.Hour      // for one Cmd: silence counts for no more than this
	ageStallMax = 48 * time.Hour // how long a clock that was set back is taken to be wrong
	ageMarked   = time.Hour      // of age between two marks
)

// age is how much time the journal covers, by the times of its Cmds. It never
// falls, whatever the machine's clock does, and grows too slowly rather than too
// fast, so that no id or text is forgotten early. While the clock is set back, age
// stands still; once the clock is right again, age continues as if nothing had
// happened. Only if the clock stays back, as after one that had run ahead, does age
// eventually continue from there.
type age struct {
	elapsed time.Duration
	top     int64         // the greatest time, in nanoseconds since 1970
	last    int64         // the time of the last Cmd
	stalled time.Duration // how far the times have advanced since they fell below top
}

// pass counts the time of the next Cmd.
func (a *age) pass(at time.Time) {
	now := at.UnixNano()
	if a.last == 0 { // the first
		a.top, a.last = now, now
		return
	}
	step := min(time.Duration(now-a.last), ageStepMax)
	a.last = now
	if now >= a.top {
		a.elapsed += min(time.Duration(now-a.top), ageStepMax)
		a.top, a.stalled = now, 0
		return
	}
	if a.stalled += max(0, step); a.stalled > ageStallMax {
		a.top, a.stalled = now, 0
	}
}

// ageBytes is the size of an age in the file.
const ageBytes = 4 * numberBytes

func (a *age) append(dst []byte) []byte {
	be := binary.BigEndian
	dst = be.AppendUint64(dst, uint64(a.elapsed))
	dst = be.AppendUint64(dst, uint64(a.top))
	dst = be.AppendUint64(dst, uint64(a.last))
	return be.AppendUint64(dst, uint64(a.stalled))
}

func parseAge(b []byte) age {
	be := binary.BigEndian
	return age{time.Duration(be.Uint64(b)), int64(be.Uint64(b[8:])), int64(be.Uint64(b[16:])), time.Duration(be.Uint64(b[24:]))}
}

// ages holds the age after the last Cmd, and that of the last mark. A mark says how
// old the journal was after a Cmd. With the marks, a start finds the Cmds within
// the retention without reading the whole journal.
type ages struct {
	now    age
	marked time.Duration // elapsed at the last mark
	any    bool          // a mark was made
}

// pass counts the time of the next Cmd and reports whether to mark it.
func (a *ages) pass(at time.Time) (mark bool) {
	a.now.pass(at)
	if a.any && a.now.elapsed < a.marked+ageMarked {
		return false
	}
	a.marked, a.any = a.now.elapsed, true
	return true
}

func putMark(tx *bbolt.Tx, seq uint64, reached *age) error {
	key := uint64Key(seq)
	value := reached.append(make([]byte, sumBytes, sumBytes+ageBytes))
	sealValue(key, value)
	return tx.Bucket(bucketAge).Put(key, value)
}

func parseMark(key, value []byte) (seq uint64, a age, err error) {
	b, ok := openValue(key, value)
	if !ok || len(key) != numberBytes || len(b) != ageBytes {
		return 0, age{}, damaged("a mark of the journal's age has a wrong sum")
	}
	return binary.BigEndian.Uint64(key), parseAge(b), nil
}

// markBefore returns the last mark that is at least keep before now, or else the
// first one. seq is 0 if there is none.
func markBefore(tx *bbolt.Tx, now, keep time.Duration) (seq uint64, a age, err error) {
	c := tx.Bucket(bucketAge).Cursor()
	for key, value := c.Last(); key != nil; key, value = c.Prev() {
		if seq, a, err = parseMark(key, value); err != nil || now-a.elapsed >= keep {
			return seq, a, err
		}
	}
	return seq, a, nil
}

// compareAges checks the marks, and the age by which ids and texts are forgotten.
func (v *verifier) compareAges(ctx context.Context) error {
	if v.ages != v.now.state.ages {
		v.fault("the age of the journal is kept as %v, but its times add up to %v", v.now.state.ages.now.elapsed, v.ages.now.elapsed)
	}
	err := v.mem.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketAge).Cursor()
		for key, value := c.First(); key != nil; key, value = c.Next() {
			seq, a, err := parseMark(key, value)
			if err != nil {
				v.fault("%v", err)
				continue
			}
			if want, made := v.marks[seq]; seq <= v.now.state.seq && (!made || want != a) {
				v.fault("the age of the journal at %s is marked as %v, which is wrong", place(seq), a.elapsed)
			}
			delete(v.marks, seq)
		}
		return nil
	})
	if len(v.marks) > 0 {
		v.fault("%d marks of the journal's age are missing", len(v.marks))
	}
	return errors.Join(err, ctx.Err())
}
