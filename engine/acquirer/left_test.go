package acquirer_test

import (
	"context"
	"testing"
	"time"

	"mpg/engine/acquirer"
	"mpg/engine/bank"
	"mpg/engine/payment"
	"mpg/engine/tx"
)

// TestListedAlthoughTheCallerHasLeft: what follows a commit is done whether or not the
// caller still waits, so that a request that people have resolved is not counted as in
// doubt.
func TestListedAlthoughTheCallerHasLeft(t *testing.T) {
	t.Parallel()
	begun := time.Now()
	r := newRoom(t, func(context.Context, bank.Request) (bank.Reply, error) { return bank.Reply{}, bank.ErrUnknown })
	no := r.order("icbc")
	r.banks.Wait()
	ends, done := r.machine.Await(no)
	defer done()
	r.bank.answers("12") // which the table leaves to people
	r.begin()
	<-ends
	// The list follows the commit, which has ended the wait.
	for u := r.banks.Unsettled(); len(u) != 1 || u[0].Doubt != 1; u = r.banks.Unsettled() {
		if time.Since(begun) > patience {
			t.Fatalf("before: %+v", u)
		}
		time.Sleep(time.Millisecond)
	}
	ctx, leave := context.WithCancel(t.Context())
	err := r.books.Run.Do(ctx, func(t *tx.Tx) error {
		t.AfterCommit(leave)
		p, err := t.Payment(no)
		if err != nil {
			return err
		}
		_, err = r.banks.Resolve(t, p, acquirer.Found{}, payment.Resolution{As: acquirer.ResolvedReversed, Reason: "the bank says so"})
		return err
	})
	if err != nil || ctx.Err() == nil {
		t.Fatal(err, ctx.Err())
	}
	if u := r.banks.Unsettled(); len(u) != 1 || u[0].Doubt != 0 || u[0].Reversing != 0 {
		t.Errorf("after: %+v", u)
	}
}
