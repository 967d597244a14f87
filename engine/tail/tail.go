// Package tail tells what happens as it happens: one line for each order, call, end of a
// payment, refused order and command of the operator.
//
//	tail.go    Tail: the last events, and those after a record
//	event.go   what a record of the journal tells
//
// The events come from the journal itself, in its order, so that they are exact and need no
// read side. Each has the number of its record, after which one can go on, also after a
// restart. The package imports store, engine/codec and the packages of the records that it
// tells: admin, cdr, payment and refusal; engine/lang hides numbers from those who may not
// see them, engine/ref names payments, and store/money writes amounts.
package tail

import (
	"context"
	"errors"
	"iter"
	"time"

	"mpg/engine/ref"
	"mpg/store"
	"mpg/store/money"
)

// Config is what a Tail works with.
type Config struct {
	Feed     store.Feed // nil: this store keeps no journal
	Refs     ref.Namer
	Currency money.Currency // of amounts in the operator's commands
	Zone     string         // the operator's, for those who show the times to people
}

// Tail tells what happens. It may be used by any number of goroutines.
type Tail struct{ cfg Config }

// New returns a Tail.
func New(cfg Config) *Tail { return &Tail{cfg} }

// Page is some events, in their order.
type Page struct {
	Events []Event `json:"items"`
	Next   uint64  `json:"next"` // number of the last record that was looked at
	Zone   string  `json:"zone,omitempty"`
}

// EventsMax is how many events a Page has at most, but its last record is never cut short.
const EventsMax = 1000

// recordsMax bounds how many records are looked at for a Page.
const recordsMax = 50_000

// ErrNoJournal says that the store keeps no journal.
var ErrNoJournal = errors.New("this store keeps no journal")

// Last returns the last count events, or fewer if the last records have no more. masked
// hides whole phone numbers.
func (t *Tail) Last(ctx context.Context, count int, masked bool) (Page, error) {
	if t.cfg.Feed == nil {
		return Page{}, ErrNoJournal
	}
	end := t.cfg.Feed.Seq()
	for span := uint64(4 * count); ; span *= 4 {
		page := Page{Events: []Event{}, Next: end, Zone: t.cfg.Zone}
		from := uint64(1)
		if end > min(span, recordsMax) {
			from = end - min(span, recordsMax) + 1
		}
		for event, err := range t.events(ctx, from, end, masked) {
			if err != nil {
				return page, err
			}
			page.Events = append(page.Events, event)
			if spare := len(page.Events) - count; spare > count {
				page.Events = append(page.Events[:0], page.Events[spare:]...)
			}
		}
		page.Events = page.Events[max(0, len(page.Events)-count):]
		if len(page.Events) == count || from == 1 || span >= recordsMax {
			return page, nil
		}
	}
}

// After returns the events after record seq. If there are none yet, it waits for them, but
// no longer than that.
func (t *Tail) After(ctx context.Context, seq uint64, wait time.Duration, masked bool) (Page, error) {
	if t.cfg.Feed == nil {
		return Page{}, ErrNoJournal
	}
	limited, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for {
		page, err := t.read(ctx, seq, masked)
		if err != nil || len(page.Events) > 0 {
			return page, err
		}
		seq = page.Next
		if _, err := t.cfg.Feed.Wait(limited, seq); err != nil {
			if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
				return page, nil
			}
			return page, err
		}
	}
}

// read returns the events after record seq that there are, or some of them.
func (t *Tail) read(ctx context.Context, seq uint64, masked bool) (Page, error) {
	end := t.cfg.Feed.Seq()
	page := Page{Events: []Event{}, Next: min(seq, end), Zone: t.cfg.Zone} // after a restore the journal may be shorter
	end = min(end, page.Next+recordsMax)
	for event, err := range t.events(ctx, page.Next+1, end, masked) {
		if err != nil {
			return page, err
		}
		if len(page.Events) >= EventsMax && event.Seq != page.Events[len(page.Events)-1].Seq {
			page.Next = page.Events[len(page.Events)-1].Seq
			return page, nil
		}
		page.Events = append(page.Events, event)
	}
	page.Next = end
	return page, nil
}

// events yields the events of the records from one to another.
func (t *Tail) events(ctx context.Context, from, to uint64, masked bool) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		if from > to {
			return
		}
		for entry, err := range t.cfg.Feed.Records(ctx, from) {
			if err != nil {
				yield(Event{}, err)
				return
			}
			if entry.Seq > to {
				return
			}
			events, err := t.recordEvents(&entry, masked)
			if err != nil {
				yield(Event{}, err)
				return
			}
			for _, event := range events {
				if !yield(event, nil) {
					return
				}
			}
			if entry.Seq == to {
				return
			}
		}
	}
}
