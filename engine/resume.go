package engine

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

// resumption brings what was under way at the last stop to where it can continue: an
// order whose call was cut off waits, a request that a bank was asked becomes unknown,
// and reversals continue. It comes before any text is taken in.
type resumption struct {
	run     *tx.Runner
	books   *books.Books
	clock   *clock.Clock
	process *process.Machine
	banks   *acquirer.Banks
	then    []func() error // resume what depends on no payment, in this order
}

func (r resumption) all(ctx context.Context) error {
	r.process.Look()
	if err := r.books.Resume(ctx); err != nil {
		return err
	}
	if err := r.lookAtClock(ctx); err != nil {
		return err
	}
	// Reversals from before the stop come first, since they may have been sent;
	// requests found sent below have certainly not been reversed yet.
	if err := r.banks.Resume(); err != nil {
		return err
	}
	for doc, err := range r.run.Books().Docs(ctx, payment.OpenTable, "", 0) {
		if err != nil {
			return err
		}
		no, err := strconv.ParseUint(doc.Key, 16, 64)
		if err != nil {
			return fmt.Errorf("engine: open payment %q: %w", doc.Key, err)
		}
		if err := r.payment(ctx, no); err != nil {
			return fmt.Errorf("engine: payment %d: %w", no, err)
		}
	}
	for _, resume := range r.then {
		if err := resume(); err != nil {
			return err
		}
	}
	return nil
}

// lookAtClock notes how long mpg may have been away: from the last order to now.
func (r resumption) lookAtClock(ctx context.Context) error {
	r.clock.Look()
	last, err := books.LastNumber(ctx, r.run.Books(), payment.Table) // no number that a restore left out
	if err != nil || last == 0 {
		return err
	}
	p, err := r.run.View(ctx).Payment(last)
	if err != nil {
		return err
	}
	r.clock.Stopped(p.Created())
	return nil
}

func (r resumption) payment(ctx context.Context, no uint64) error {
	p, err := r.run.View(ctx).Payment(no)
	if err != nil {
		return err
	}
	r.process.Resume(p)
	switch p.State {
	case payment.Calling:
		err = r.process.Fire(ctx, no, payment.Event{Kind: payment.CallFailed, Reason: payment.CutOff}, call.KeepCutOff)
	case payment.Sent:
		err = r.banks.ResumeSent(p)
	}
	return err
}
