package engine

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"io"
	"strconv"
	"time"

	"mpg/engine/codec"
	"mpg/engine/merchant"
	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/user"
	"mpg/store"
)

// staleMax is how often a step is tried again because somebody else wrote what
// it had read. Each retry means that another step was committed, so only a
// storm on one document comes near it.
const staleMax = 100

// errStorm says that a step lost the race staleMax times.
var errStorm = errors.New("engine: a document changed too often")

// refused is a refusal of the store that the caller of step has to answer.
type refused struct{ store.Result }

func (r refused) Error() string { return "engine: refused: " + r.Refusal.String() }

// work is one step on its way to a commit: what was read, what is to be
// written, and what begins after it. It is built anew for each try.
type work struct {
	e     *Engine
	now   time.Time
	cmd   store.Cmd
	docs  []*doc
	after []func()
}

// doc is a document that a step has read.
type doc struct {
	table   store.Table
	key     string
	version uint64
	value   any // pointer to the record; nil: there is none
	dirty   bool
	gone    bool
}

// step builds a Cmd by fn from what is durable and applies it, again and again
// while another step's commit came in between. What fn asked for with after is
// begun once all is on disk.
func (e *Engine) step(ctx context.Context, id store.ID, in *store.Intake, fn func(w *work) error) error {
	for range staleMax {
		w := &work{e: e, now: e.cfg.Now(), cmd: store.Cmd{ID: id, Intake: in}}
		w.cmd.At = w.now
		if err := fn(w); err != nil {
			return err
		}
		res, err := w.apply(ctx)
		if err != nil {
			return err
		}
		switch res.Refusal {
		case store.None:
			if !res.Repeat { // else whoever was first has begun what follows
				w.begin()
			}
			return nil
		case store.RefusedStale:
			continue
		default:
			return refused{res}
		}
	}
	return errStorm
}

// apply sends the Cmd. A step that changes nothing and was caused by no text
// needs no commit.
func (w *work) apply(ctx context.Context) (store.Result, error) {
	if err := w.finish(); err != nil {
		return store.Result{}, err
	}
	c := &w.cmd
	if c.Intake == nil && len(c.Transfers)+len(c.Writes)+len(c.Outbox)+len(c.Done)+len(c.Opens) == 0 {
		return store.Result{}, nil
	}
	results, err := w.e.cfg.Store.Apply(ctx, w.e.epoch, []store.Cmd{*c})
	switch {
	case err == nil:
		return results[0], nil
	case w.e.ctx.Err() != nil && errors.Is(err, store.ErrClosed): // nobody works any more
	case ctx.Err() == nil || !errors.Is(err, ctx.Err()): // else the caller left before its turn came: nothing was done
		w.e.broken(err)
	}
	return store.Result{}, err
}

// finish turns the documents into writes and digests the whole.
func (w *work) finish() error {
	for _, d := range w.docs {
		if !d.dirty {
			continue
		}
		write := store.Write{Table: d.table, Key: d.key, Expect: d.version}
		if d.gone {
			write.Mode = store.Delete
		} else {
			data, err := codec.Encode(d.value)
			if err != nil {
				return err
			}
			write.Data = data
		}
		w.cmd.Writes = append(w.cmd.Writes, write)
	}
	return nil
}

// begin wakes the outbox and starts what had to wait for the commit.
func (w *work) begin() {
	if len(w.cmd.Outbox) > 0 {
		w.e.outbox.Wake()
	}
	for _, f := range w.after {
		f()
	}
}

// then begins f after the commit.
func (w *work) then(f func()) { w.after = append(w.after, f) }

// body sets the digest of what is asked, for a Cmd that may be repeated by its
// caller. It is keyed, because what is asked may hold an account number or a
// short text, which anybody could recover from a plain hash by trying them all.
func (w *work) body(parts ...string) {
	w.cmd.Body = w.e.bodyKey.digest(func(h hash.Hash) {
		for _, p := range parts {
			h.Write(strconv.AppendInt(nil, int64(len(p)), 10))
			h.Write([]byte(":" + p))
		}
	})
}

// read returns the record at key, decoded once in a step, or nil.
func read[T any](w *work, t store.Table, key string) (*T, error) {
	return readBy(w, t, key, decode[T])
}

// readBy is like read, with a decoder of its own.
func readBy[T any](w *work, t store.Table, key string, decode func(store.Doc) (*T, error)) (*T, error) {
	for _, d := range w.docs {
		if d.table == t && d.key == key {
			value, _ := d.value.(*T)
			return value, nil
		}
	}
	found, ok, err := w.e.cfg.Store.Doc(t, key)
	if err != nil {
		return nil, err
	}
	if !ok {
		w.docs = append(w.docs, &doc{table: t, key: key})
		return nil, nil
	}
	value, err := decode(found)
	if err != nil {
		return nil, fmt.Errorf("engine: table %d: %w", t, err)
	}
	w.docs = append(w.docs, &doc{table: t, key: key, version: found.Version, value: value})
	return value, nil
}

// save marks value, which was read or is new at key, for writing.
func save[T any](w *work, t store.Table, key string, value *T) {
	for _, d := range w.docs {
		if d.table == t && d.key == key {
			d.value, d.dirty, d.gone = value, true, false
			return
		}
	}
	w.docs = append(w.docs, &doc{table: t, key: key, value: value, dirty: true})
}

// drop marks the document at key, which was read, as gone.
func drop(w *work, t store.Table, key string) {
	for _, d := range w.docs {
		if d.table == t && d.key == key {
			d.dirty, d.gone = d.version != 0, true
		}
	}
}

func (w *work) user(no uint64) (*user.User, error) {
	u, err := read[user.User](w, user.Table, payment.Key(no))
	if err == nil && u == nil {
		err = fmt.Errorf("engine: user %d is gone", no)
	}
	return u, err
}

func (w *work) saveUser(u *user.User) { save(w, user.Table, payment.Key(u.No), u) }

// userOf returns the owner of a phone number, or nil.
func (w *work) userOf(phone string) (*user.User, error) {
	alias, err := read[user.Alias](w, user.AliasTable, w.e.aliasKey(phone))
	if err != nil || alias == nil {
		return nil, err
	}
	return w.user(alias.User)
}

func (w *work) merchant(code string) (*merchant.Merchant, error) {
	return readBy(w, merchant.Table, code, w.e.shops.decode)
}

func (w *work) payment(no uint64) (*payment.Payment, error) {
	p, err := read[payment.Payment](w, payment.Table, payment.Key(no))
	if err == nil && p == nil {
		err = fmt.Errorf("engine: payment %d is gone", no)
	}
	return p, err
}

func (w *work) savePayment(p *payment.Payment) { save(w, payment.Table, payment.Key(p.No), p) }

// tell adds a notice to the outbox.
func (w *work) tell(n notice.Notice) error {
	n.Medium = notice.SMS
	row, err := n.Row()
	if err != nil {
		return err
	}
	w.cmd.Outbox = append(w.cmd.Outbox, row)
	return nil
}

// Kinds of the ids of steps.
const (
	idRandom      store.IDKind = iota + 1 // a step that nobody repeats
	idPaymentStep                         // a payment's number, and how far it has come
	idRestore                             // the number of the restore
)

// newID is a random id, for a step that nobody repeats.
func (e *Engine) newID() store.ID {
	id := store.IDOf(idRandom, 0, 0)
	if _, err := io.ReadFull(e.cfg.Rand, id[1:]); err != nil {
		panic("engine: no randomness: " + err.Error())
	}
	return id
}

// decoded reads a walked document.
func decoded[T any](doc store.Doc, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	return decode[T](doc)
}

func decode[T any](doc store.Doc) (*T, error) {
	value := new(T)
	return value, codec.Decode(doc.Data, value)
}
