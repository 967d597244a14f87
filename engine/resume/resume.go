// Package resume brings what was under way at the last stop to where it can continue: an
// order whose call was cut off waits, a request that a bank was asked becomes unknown, and
// reversals continue. It comes at each start, before any text is taken in.
//
// The package imports the unit of work (engine/tx) and the rooms that it resumes: acquirer,
// books, call, clock, payment and process.
package resume

import (
	"context"
	"fmt"
	"strconv"

	"mpg/engine/acquirer"
	"mpg/engine/books"
	"mpg/engine/call"
	"mpg/engine/clock"
	"mpg/engine/payment"
	"mpg/engine/process"
	"mpg/engine/tx"
)

// Parts are what a start resumes, and what it needs for that.
type Parts struct {
	Run     *tx.Runner
	Books   *books.Books
	Clock   *clock.Clock
	Process *process.Machine
	Banks   *acquirer.Banks
	Then    []func() error // resume what depends on no payment, in this order
}

// All resumes everything. Its error says what could not be resumed; the rest is then left
// as it is, and a later start finds it again.
func (p Parts) All(ctx context.Context) error {
	p.Process.Look()
	if err := p.Books.Resume(ctx); err != nil {
		return err
	}
	if err := p.lookAtClock(ctx); err != nil {
		return err
	}
	// Reversals from before the stop come first, since they may have been sent;
	// requests found sent below have certainly not been reversed yet.
	if err := p.Banks.Resume(); err != nil {
		return err
	}
	for doc, err := range p.Run.Books().Docs(ctx, payment.OpenTable, "", 0) {
		if err != nil {
			return err
		}
		no, err := strconv.ParseUint(doc.Key, 16, 64)
		if err != nil {
			return fmt.Errorf("engine: open payment %q: %w", doc.Key, err)
		}
		if err := p.payment(ctx, no); err != nil {
			return fmt.Errorf("engine: payment %d: %w", no, err)
		}
	}
	for _, resume := range p.Then {
		if err := resume(); err != nil {
			return err
		}
	}
	return nil
}

// lookAtClock notes how long mpg may have been away: from the last order to now.
func (p Parts) lookAtClock(ctx context.Context) error {
	p.Clock.Look()
	last, err := books.LastNumber(ctx, p.Run.Books(), payment.Table) // no number that a restore left out
	if err != nil || last == 0 {
		return err
	}
	newest, err := p.Run.View(ctx).Payment(last)
	if err != nil {
		return err
	}
	p.Clock.Stopped(newest.Created())
	return nil
}

func (p Parts) payment(ctx context.Context, no uint64) error {
	open, err := p.Run.View(ctx).Payment(no)
	if err != nil {
		return err
	}
	p.Process.Resume(open)
	switch open.State {
	case payment.Calling:
		err = p.Process.Fire(ctx, no, payment.Event{Kind: payment.CallFailed, Reason: payment.CutOff}, call.KeepCutOff)
	case payment.Sent, payment.Authorized:
		err = p.Banks.ResumeSent(open)
	}
	return err
}
