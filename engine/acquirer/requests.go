package acquirer

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"mpg/engine/payment"
	"mpg/engine/tx"
)

// requests are the records of what banks were asked. In memory they hold those that are
// Listed, as of the last commit, for the metrics and the sweep; the store has the same
// list.
type requests struct {
	cfg  *Config
	mu   sync.Mutex
	open map[uint64]openRequest
}

// openRequest is one request that is being reversed or repeated, in doubt or disputed.
type openRequest struct {
	no    uint64
	bank  string
	kind  payment.Kind
	state payment.RequestState
	since time.Time
	again time.Time // when to retry a doubt that could not be written
}

// readRequest returns the request with number no, which must exist.
func readRequest(t *tx.Tx, no uint64) (*payment.Request, error) {
	req, err := tx.Read[payment.Request](t, payment.BankTable, payment.Key(no))
	if err != nil || req == nil {
		return nil, errors.Join(err, errors.New("engine: bank request is gone"))
	}
	return req, nil
}

// save writes req and keeps the list of requests that a restart must look at.
func (l *requests) save(t *tx.Tx, req *payment.Request) error {
	key := payment.Key(req.No)
	tx.Save(t, payment.BankTable, key, req)
	listed, err := tx.Read[struct{}](t, payment.OpenRequestTable, key)
	if err != nil {
		return err
	}
	switch {
	case req.Listed() && listed == nil:
		tx.Save(t, payment.OpenRequestTable, key, &struct{}{})
	case !req.Listed():
		tx.Drop(t, payment.OpenRequestTable, key)
	}
	t.AfterCommit(func() {
		if err := l.keep(context.WithoutCancel(t.Context()), req.No); l.cfg.matters(err) {
			l.cfg.Log.Error("listing a bank request failed", "err", err)
		}
	})
	return nil
}

// change changes request no, and its payment with it, in one commit. It retries for as
// long as other steps come in between.
func (l *requests) change(ctx context.Context, no uint64, fn func(t *tx.Tx, req *payment.Request, p *payment.Payment) error) error {
	for {
		err := l.cfg.Run.Do(ctx, func(t *tx.Tx) error {
			req, err := readRequest(t, no)
			if err != nil {
				return err
			}
			p, err := t.Payment(req.Payment)
			if err != nil {
				return err
			}
			return fn(t, req, p)
		})
		if !errors.Is(err, tx.ErrContended) {
			return err
		}
	}
}

// keep updates the entry of request no from the store. It reads under the lock,
// because two commits may call it in the opposite order.
func (l *requests) keep(ctx context.Context, no uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	req, err := readRequest(l.cfg.Run.View(ctx), no)
	if err != nil {
		return err
	}
	if !req.Listed() {
		delete(l.open, req.No)
		return nil
	}
	l.open[req.No] = openRequest{no: req.No, bank: req.Bank, kind: req.Kind, state: req.State, since: req.Since}
	return nil
}

// party returns who answers the request.
func (r openRequest) party() party { return party{r.bank, r.kind == payment.Notify} }

// putOff has the sweep leave request no alone until then.
func (l *requests) putOff(no uint64, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if one, ok := l.open[no]; ok {
		one.again = until
		l.open[no] = one
	}
}

// listed returns the open requests for which keep is true, by number.
func (l *requests) listed(keep func(openRequest) bool) []openRequest {
	l.mu.Lock()
	defer l.mu.Unlock()
	var found []openRequest
	for _, one := range l.open {
		if keep(one) {
			found = append(found, one)
		}
	}
	slices.SortFunc(found, func(a, b openRequest) int { return cmp.Compare(a.no, b.no) })
	return found
}

// Unsettled counts the requests at one bank whose end is not known.
type Unsettled struct {
	Bank      string
	Reversing int           // reversal under way
	Advising  int           // repeated until it is answered
	Doubt     int           // people decide: in doubt, or disputed
	Oldest    time.Duration // age of the oldest that is reversing
	OldAdvice time.Duration // age of the oldest that is repeated
	OldDoubt  time.Duration // age of the oldest in doubt, since its answer became unknown
}

// Unsettled counts what is reversing and in doubt at each bank, including banks
// that are no longer configured.
func (b *Banks) Unsettled() []Unsettled {
	now := b.cfg.Now()
	by := make(map[string]*Unsettled)
	for name := range b.cfg.Banks {
		by[name] = &Unsettled{Bank: name}
	}
	for _, one := range b.requests.listed(func(openRequest) bool { return true }) {
		count := by[one.bank]
		if count == nil {
			count = &Unsettled{Bank: one.bank}
			by[one.bank] = count
		}
		age := max(0, now.Sub(one.since))
		switch one.state {
		case payment.RequestReversing:
			count.Reversing++
			count.Oldest = max(count.Oldest, age)
		case payment.RequestAdvising:
			count.Advising++
			count.OldAdvice = max(count.OldAdvice, age)
		default:
			count.Doubt++
			count.OldDoubt = max(count.OldDoubt, age)
		}
	}
	list := make([]Unsettled, 0, len(by))
	for _, count := range by {
		list = append(list, *count)
	}
	slices.SortFunc(list, func(a, b Unsettled) int { return cmp.Compare(a.Bank, b.Bank) })
	return list
}

// Requests returns the bank requests of p as they are shown to people, in order, with the
// reversal attempts that are not stored yet.
func (b *Banks) Requests(ctx context.Context, p *payment.Payment) ([]*payment.Request, error) {
	var all []*payment.Request
	for _, no := range payment.AllRequests(p) {
		req, err := readRequest(b.cfg.Run.View(ctx), no)
		if err != nil {
			return nil, err
		}
		if req.Reversing() || req.Repeats() {
			req.Tries = b.reversals.sent(req)
		}
		all = append(all, req)
	}
	return all, nil
}
