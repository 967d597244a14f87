package acquirer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"mpg/engine/bank"
	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/reconcile"
	"mpg/engine/tx"
	"mpg/store/money"
)

// Reconciler is a Bank that compares totals. It is *bank.Link.
type Reconciler interface {
	Reconcile(ctx context.Context, ours bank.Reconciliation) (bank.Reconciled, error)
}

// Errors of totals.
var (
	ErrUnknownBank = errors.New("there is no bank of this name")
	ErrNoTotals    = errors.New("this bank does not compare totals")
	ErrDay         = errors.New("not a date such as 2026-11-26")
	ErrNotBegun    = errors.New("has not begun at") // followed by the bank
)

// DayTotals are our totals of one business date of a bank.
type DayTotals struct {
	Bank string
	Day  string                      // 2006-01-02
	Sums map[string]reconcile.Totals // by currency
	Open []*payment.Request          // that are not decided, and are carried over
	// Undated are decided, but the bank has not told us under which date it counts them: this one,
	// or another.
	Undated []*payment.Request
	Told    *reconcile.Day // nil: nothing was told about the date

	known map[string]reconcile.Totals     // Sums without what is open or undated
	ways  map[string][][]reconcile.Totals // what each of those may have come to
}

// Comparison compares what we and the banks have booked.
type Comparison struct {
	cfg      *Config
	counters *Counters
	requests *requests
	evidence *evidence
	asks     *sync.WaitGroup
	open     openBreaks
	due      dueDays
}

// lookBack is how long before a business date its oldest request may have been made: one that
// is reversed counts on the day on which the bank has confirmed that.
const lookBack = 7 * 24 * time.Hour

// Totals adds up what the requests to a bank have come to under one of its business dates, by
// the dates that its answers carry. It reads the records, and holds nothing up. An empty day is
// the one that is open at the bank; see OpenDay.
func (c *Comparison) Totals(ctx context.Context, bankName, day string) (*DayTotals, error) {
	if c.cfg.Banks[bankName] == nil {
		return nil, fmt.Errorf("%s: %w", bankName, ErrUnknownBank)
	}
	if day == "" {
		var err error
		if day, _, err = c.OpenDay(ctx, bankName); err != nil {
			return nil, err
		}
	}
	start, err := time.ParseInLocation(time.DateOnly, day, c.cfg.Zone)
	if err != nil {
		return nil, fmt.Errorf("%q is %w", day, ErrDay)
	}
	t, all := c.cfg.Run.View(ctx), dayTotals(bankName, day)
	for no := c.cfg.Books.Requests.Load(); no > 0 && ctx.Err() == nil; no-- {
		req, err := tx.Read[payment.Request](t, payment.BankTable, payment.Key(no))
		switch {
		case err != nil:
			return nil, err
		case req == nil || req.Bank != bankName || req.Kind == payment.Notify:
			continue
		case req.At.Before(start.Add(-lookBack)):
			no = 1 // those before are older still
			continue
		}
		c.addUp(all, req)
	}
	all.Told, err = tx.Read[reconcile.Day](t, reconcile.DayTable, reconcile.DayKey(bankName, day))
	return all, errors.Join(err, ctx.Err())
}

// dayTotals returns the totals of a day on which nothing was booked.
func dayTotals(bankName, day string) *DayTotals {
	return &DayTotals{Bank: bankName, Day: day, Sums: make(map[string]reconcile.Totals), known: make(map[string]reconcile.Totals), ways: make(map[string][][]reconcile.Totals)}
}

// dayOf returns the business date of an answer with that MMDD; without one, that of the
// request. ISO 8583:1987 DE15, DE13
func (c *Comparison) dayOf(date string, req *payment.Request) string {
	at := req.At.In(c.cfg.Zone)
	if day, ok := reconcile.DayOf(date, at); ok {
		return day
	}
	return at.Format(time.DateOnly)
}

// addUp adds what became of a request to the sums of a day. A bank that has reversed a request
// counts both, even if it never told us that it had booked the request: then both count under the
// date of its last answer, so that they cancel whatever our own date is.
func (c *Comparison) addUp(all *DayTotals, req *payment.Request) {
	booked, back := outcomeOf(req)
	booked = booked && c.dayOf(cmp.Or(req.Settlement, req.Back), req) == all.Day
	back = back && c.dayOf(cmp.Or(req.Back, req.Settlement), req) == all.Day
	counted, ways := amountOf(req, booked, back), c.ways(req, all.Day)
	uncertain := len(ways) > 1
	if uncertain || counted != (reconcile.Totals{}) {
		all.Sums[req.Currency] = all.Sums[req.Currency].Plus(counted)
	}
	switch {
	case !uncertain:
		all.known[req.Currency] = all.known[req.Currency].Plus(counted)
		return
	case undecided(req):
		all.Open = append(all.Open, req)
	default:
		all.Undated = append(all.Undated, req)
	}
	all.ways[req.Currency] = append(all.ways[req.Currency], ways)
}

// amountOf returns what a request counts for if it is booked, undone, both or neither.
func amountOf(req *payment.Request, booked, back bool) (sum reconcile.Totals) {
	var once, undone uint64
	if booked {
		once = 1
	}
	if back {
		undone = 1
	}
	amount := cmp.Or(req.Granted, req.Amount)
	switch req.Kind {
	case payment.PreAuth:
		sum.Authorizations = once
	case payment.Credit, payment.Refund:
		sum.CreditCount, sum.CreditSum = once, amount*money.Amount(once)
		sum.CreditBackCount, sum.CreditBackSum = undone, amount*money.Amount(undone)
	case payment.Debit:
		sum.DebitBackCount, sum.DebitBackSum = undone, amount*money.Amount(undone)
		fallthrough
	case payment.Completion, payment.Notify:
		sum.DebitCount, sum.DebitSum = once, amount*money.Amount(once)
	}
	return sum
}

// outcomeOf reports whether the bank has booked a request, and whether it has undone it.
func outcomeOf(req *payment.Request) (booked, back bool) {
	switch req.State {
	case payment.RequestAnswered:
		return req.Approved, false
	case payment.RequestResolved:
		if req.Kind.Advice() { // what people find void was never taken, and is never reversed
			return req.Approved, false
		}
		return true, !req.Approved
	case payment.RequestReversed:
		return true, true
	case payment.RequestDisputed:
		return true, req.Heard(payment.SaysReversed)
	case payment.RequestSent, payment.RequestAdvising, payment.RequestReversing, payment.RequestDoubt:
	}
	return false, false
}

// SendTotals tells a bank our totals of one of its business dates, in each currency, and keeps
// what it answers; what does not agree becomes a break. It may be done again. The error is
// ErrNotBegun for a date that has not begun.
func (c *Comparison) SendTotals(ctx context.Context, bankName, day string) (*DayTotals, error) {
	ours, err := c.Totals(ctx, bankName, day)
	if err != nil {
		return nil, err
	}
	link, ok := c.cfg.Banks[bankName].(Reconciler)
	if !ok {
		return nil, fmt.Errorf("%s: %w", bankName, ErrNoTotals)
	}
	if err := c.begun(ctx, bankName, ours.Day); err != nil {
		return nil, err
	}
	if len(ours.Sums) == 0 {
		ours.Sums[c.cfg.Currency] = reconcile.Totals{}
	}
	for _, currency := range slices.Sorted(maps.Keys(ours.Sums)) {
		sums := ours.Sums[currency]
		said, err := link.Reconcile(ctx, bank.Reconciliation{Date: reconcile.Date(ours.Day), Currency: notice.Currency(currency).Number, Totals: bank.Totals(sums)})
		if err != nil {
			return nil, fmt.Errorf("totals of %s in %s: %w", ours.Day, currency, err)
		}
		told := reconcile.Told{Currency: currency, Balanced: said.Balanced || ours.explains(currency, &said), Code: said.Code, Ours: sums, Theirs: theirs(said.Theirs)}
		if err := c.tell(ctx, bankName, ours.Day, told); err != nil {
			return nil, err
		}
	}
	return c.Totals(ctx, bankName, ours.Day)
}

// theirs returns the totals that a bank has told, or nil.
func theirs(told bank.Reconciliation) *reconcile.Totals {
	if !told.Told {
		return nil
	}
	totals := reconcile.Totals(told.Totals)
	return &totals
}

// tell keeps what was told about a day, and makes, or ends, its break.
func (c *Comparison) tell(ctx context.Context, bankName, day string, told reconcile.Told) error {
	found := &reconcile.Break{Bank: bankName, Kind: reconcile.OtherTotals, Day: day, Currency: told.Currency, Code: told.Code, Ours: &told.Ours, Theirs: told.Theirs}
	err := c.commit(ctx, func(t *tx.Tx) error {
		about, err := c.day(t, bankName, day)
		if err != nil {
			return err
		}
		told.At = t.Now.UTC()
		about.Due = false
		about.Tell(told)
		tx.Save(t, reconcile.DayTable, reconcile.DayKey(bankName, day), about)
		if !told.Balanced {
			return c.breaks(t, found)
		}
		return c.agreed(t, found)
	})
	if err == nil {
		c.due.forget(bankName, day)
	}
	return err
}

// commit carries out a step for as long as others come in between.
func (c *Comparison) commit(ctx context.Context, fn func(t *tx.Tx) error) error {
	for {
		if err := c.cfg.Run.Do(ctx, fn); !errors.Is(err, tx.ErrContended) {
			return err
		}
	}
}

// day returns the record of a business date, which may be a new one.
func (c *Comparison) day(t *tx.Tx, bankName, day string) (*reconcile.Day, error) {
	about, err := tx.Read[reconcile.Day](t, reconcile.DayTable, reconcile.DayKey(bankName, day))
	if about == nil {
		about = &reconcile.Day{Bank: bankName, Day: day}
	}
	return about, err
}

// HostTotals takes in the totals that a bank has sent, and returns ours of the same date and
// currency. What has no date counts as the bank counts it.
func (c *Comparison) HostTotals(bankName string, told bank.Reconciliation) (bank.Totals, error) {
	ctx := c.cfg.Context
	day, ok := reconcile.DayOf(told.Date, c.cfg.Now().In(c.cfg.Zone))
	in, known := money.ByNumber(told.Currency)
	if !ok || !known {
		c.cfg.Log.Error("bank sent totals for a date or currency that does not exist; it is told that they differ", "bank", bankName, "date", told.Date, "currency", told.Currency)
		return bank.Totals{}, nil
	}
	currency := in.Code
	ours, err := c.Totals(ctx, bankName, day)
	if err != nil {
		return bank.Totals{}, err
	}
	sums := ours.Sums[currency]
	said := reconcile.Told{Currency: currency, ByBank: true, Balanced: told.Totals.Equal(bank.Totals(sums)), Ours: sums, Theirs: theirs(told)}
	if !said.Balanced && ours.agrees(currency, reconcile.Totals(told.Totals)) {
		said.Balanced, sums = true, reconcile.Totals(told.Totals)
	}
	return bank.Totals(sums), c.tell(ctx, bankName, day, said)
}
