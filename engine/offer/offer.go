// Package offer asks shops whether they accept what a card issuer has approved: a payment in
// state offered waits for the word of its payee, or for the end of its time.
//
// A Desk knows which payments wait, tells a shop's till of them, and takes its word. What a
// till may learn of a card, then and later, is in Offer, and nothing else: never a number, a
// token, an expiry or, unless the holder has agreed to it, a name. The wait itself is part of
// the payment: its deadline outlives a restart, and process ends it.
//
// The package imports the unit of work (engine/tx), books, process, the records (card,
// payment), and notice for currencies.
package offer

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"mpg/engine/books"
	"mpg/engine/card"
	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/process"
	"mpg/engine/tx"
)

// Offer is what a shop is told of a card order that waits for its word.
type Offer struct {
	Ref      string    `json:"ref"`
	Merchant string    `json:"merchant"` // code of the shop
	Amount   string    `json:"amount"`   // what the shop gets, with the decimals of the currency
	Currency string    `json:"currency"`
	At       time.Time `json:"at"`    // when the issuer approved it
	Until    time.Time `json:"until"` // when its time ends
	AuthID   string    `json:"auth_id,omitempty"`
	Scheme   string    `json:"scheme"`
	Last4    string    `json:"last4"`
	Holder   string    `json:"holder,omitempty"` // the name on the card, if the holder has agreed to that
	// SilenceAccepts says what counts if the shop says nothing.
	SilenceAccepts bool `json:"silence_accepts"`
}

// Refusals of a decision.
var (
	ErrUnknown = errors.New("no card order with this reference is waiting for this shop")
	ErrDecided = errors.New("this card order was already decided the other way")
	ErrLate    = errors.New("the time to decide about this card order is over")
)

// Config is what a Desk works with.
type Config struct {
	Run     *tx.Runner
	Books   *books.Books
	Process *process.Machine
}

// Desk takes the decisions of shops. It may be used by any number of goroutines.
type Desk struct {
	cfg Config

	mu    sync.Mutex
	waits map[string][]uint64 // numbers of payments that may be offered, by shop
	tills map[string][]chan struct{}
}

// New returns a Desk.
func New(cfg Config) *Desk {
	return &Desk{cfg: cfg, waits: make(map[string][]uint64), tills: make(map[string][]chan struct{})}
}

// Subscribe returns a channel that receives whenever the offers to a shop have changed, once
// for all changes that nobody has received yet. stop must be called when nobody receives any
// more.
func (d *Desk) Subscribe(merchant string) (changed <-chan struct{}, stop func()) {
	till := make(chan struct{}, 1)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tills[merchant] = append(d.tills[merchant], till)
	return till, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.tills[merchant] = slices.DeleteFunc(d.tills[merchant], func(other chan struct{}) bool { return other == till })
		if len(d.tills[merchant]) == 0 {
			delete(d.tills, merchant)
		}
	}
}

// Offered is called when p begins to wait, after the commit or at a start. It does not block.
func (d *Desk) Offered(p *payment.Payment) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if code := p.Payee.Code; !slices.Contains(d.waits[code], p.No) {
		d.waits[code] = append(d.waits[code], p.No)
	}
	d.changed(p.Payee.Code)
}

// Decided is called when p no longer waits, after the commit. It does not block.
func (d *Desk) Decided(p *payment.Payment) {
	d.mu.Lock()
	defer d.mu.Unlock()
	code := p.Payee.Code
	d.waits[code] = slices.DeleteFunc(d.waits[code], func(no uint64) bool { return no == p.No })
	if len(d.waits[code]) == 0 {
		delete(d.waits, code)
	}
	d.changed(code)
}

// changed tells the tills of a shop. The lock is held.
func (d *Desk) changed(merchant string) {
	for _, till := range d.tills[merchant] {
		select {
		case till <- struct{}{}:
		default: // it has not received the last change yet
		}
	}
}

// Pending returns the offers that wait for the word of a shop, the one that ends first first.
func (d *Desk) Pending(ctx context.Context, merchant string) ([]Offer, error) {
	d.mu.Lock()
	numbers := slices.Clone(d.waits[merchant])
	d.mu.Unlock()
	offers := []Offer{}
	for _, no := range numbers {
		t := d.cfg.Run.View(ctx)
		p, err := t.Payment(no)
		if err != nil {
			return nil, err
		}
		if p.State != payment.Offered {
			continue
		}
		one, err := d.offer(t, p)
		if err != nil {
			return nil, err
		}
		offers = append(offers, one)
	}
	slices.SortStableFunc(offers, func(a, b Offer) int {
		return cmp.Or(a.Until.Compare(b.Until), cmp.Compare(a.Ref, b.Ref))
	})
	return offers, nil
}

// offer returns what the payee of p, which is offered, is told.
func (d *Desk) offer(t *tx.Tx, p *payment.Payment) (Offer, error) {
	one := Offer{Ref: p.Ref, Merchant: p.Payee.Code, Amount: notice.Currency(p.Currency).Format(p.Received), Currency: p.Currency,
		At: p.Updated(), Until: p.Deadline.UTC(), SilenceAccepts: p.Plan.Decision.Accepts}
	if shown := p.Plan.Card; shown != nil {
		one.Scheme, one.Last4 = shown.Scheme, shown.Last4
	}
	var err error
	one.AuthID, one.Holder, err = d.facts(t, p)
	return one, err
}

// CardFacts returns what the payee of p may learn of the card that pays it besides its scheme
// and its last four digits: the issuer's approval code, and the name on the card if the holder
// has agreed to that.
func (d *Desk) CardFacts(ctx context.Context, p *payment.Payment) (authID, holder string, err error) {
	return d.facts(d.cfg.Run.View(ctx), p)
}

// facts is CardFacts in a step.
func (d *Desk) facts(t *tx.Tx, p *payment.Payment) (authID, holder string, err error) {
	asked, err := tx.Read[payment.Request](t, payment.BankTable, payment.Key(p.PreAuth()))
	if err != nil || asked == nil || !asked.Approved {
		return "", "", err
	}
	authID = asked.AuthID
	if shown := p.Plan.Card; shown != nil && shown.Holder {
		holder, err = d.holder(t, p)
	}
	return authID, holder, err
}

// holder returns the name on the card that pays p; empty: its holder has removed the card.
func (d *Desk) holder(t *tx.Tx, p *payment.Payment) (string, error) {
	wallet, err := tx.Read[card.Wallet](t, card.Table, payment.Key(p.Payer.User))
	if err != nil {
		return "", err
	}
	pays := wallet.ByToken(p.Plan.Asks[0].Account)
	if pays == nil {
		return "", nil
	}
	hidden, err := pays.Open(d.cfg.Books)
	return hidden.Holder, err
}

// Decide takes the word of a shop about an order that waits for it. Said again, the same word
// is no error. The error is ErrUnknown, ErrDecided, ErrLate, or one of the store.
func (d *Desk) Decide(ctx context.Context, ref, merchant string, accept bool) error {
	no, err := d.cfg.Books.Refs.Number(ref)
	if err != nil {
		return ErrUnknown
	}
	event := payment.Event{Kind: payment.TurnDown, Reason: payment.TurnedDown}
	if accept {
		event = payment.Event{Kind: payment.Agree}
	}
	for {
		p, err := tx.Read[payment.Payment](d.cfg.Run.View(ctx), payment.Table, payment.Key(no))
		switch {
		case err != nil:
			return err
		case p == nil || p.Payee.Code != merchant || !p.Passed(payment.Offered):
			return ErrUnknown
		case p.State != payment.Offered && p.Passed(payment.Agreed) == accept:
			return nil
		case p.State != payment.Offered:
			return ErrDecided
		}
		err = d.cfg.Process.Fire(ctx, no, event, nil)
		if errors.Is(err, payment.ErrLate) {
			return d.late(ctx, no, accept)
		}
		if !errors.Is(err, tx.ErrContended) {
			return err
		}
	}
}

// late says why a word came too late: another was first, or the time is over.
func (d *Desk) late(ctx context.Context, no uint64, accept bool) error {
	p, err := d.cfg.Run.View(ctx).Payment(no)
	switch {
	case err != nil:
		return err
	case p.State == payment.Offered:
		return ErrLate
	case p.Passed(payment.Agreed) == accept:
		return nil
	}
	return ErrDecided
}
