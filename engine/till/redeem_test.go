package till_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mpg/engine/merchant"
	"mpg/engine/payment"
	"mpg/engine/till"
	"mpg/engine/tx"
)

// ticket returns a payment for a ticket.
func ticket(no uint64, states ...payment.State) *payment.Payment {
	p := paid(no, "8001", start, states...)
	p.Plan.Vertical = string(merchant.Tickets)
	return p
}

// TestATicketIsGoodOnce, if it is paid, was not refunded, and belongs to the shop. A repeat
// under its key is answered as at first.
func TestATicketIsGoodOnce(t *testing.T) {
	t.Parallel()
	d, pay := desk(t)
	pay(ticket(1, payment.Posted, payment.Done))
	pay(ticket(2, payment.Received, payment.Calling))
	pay(paid(3, "8001", start, payment.Posted, payment.Done))
	pay(ticket(4, payment.Posted, payment.Done))
	pay(ticket(5, payment.Posted, payment.Done))
	save(t, d.Run, func(step *tx.Tx) *payment.Refunds {
		back := &payment.Refunds{Of: 4, Sum: 100, By: []uint64{9}}
		tx.Save(step, payment.RefundsTable, payment.Key(4), back)
		gaveUp := &payment.Refunds{Of: 5}
		tx.Save(step, payment.RefundsTable, payment.Key(5), gaveUp)
		return back
	})
	front, back := of("8001", "front"), of("8001", "back")
	for i, tt := range []struct {
		by       *till.Till
		no       uint64
		key      string
		err      error
		redeemer string
	}{
		{front, 2, "", till.ErrUnpaid, ""}, {front, 3, "", till.ErrNoTicket, ""}, {front, 4, "", till.ErrRefunded, ""}, {of("8002", "front"), 1, "", till.ErrNoPayment, ""}, {front, 8, "", till.ErrNoPayment, ""},
		{front, 1, "k1", nil, "front"}, {front, 1, "k1", nil, "front"}, {front, 1, "k2", till.ErrRedeemed, ""}, {front, 1, "", till.ErrRedeemed, ""}, {back, 1, "k1", till.ErrRedeemed, ""},
		{back, 5, "", nil, "back"}, {back, 5, "", till.ErrRedeemed, ""},
	} {
		used, err := d.Redeem(t.Context(), tt.by, ref(tt.no), tt.key)
		if !errors.Is(err, tt.err) || err == nil && (used.Till != tt.redeemer || used.Payment != tt.no || time.Since(used.At) > time.Hour) {
			t.Errorf("%d: %+v, %v; want %v", i, used, err, tt.err)
		}
		var who *till.RedeemedError
		if errors.As(err, &who) && (who.By.Till == "" || who.By.At.IsZero()) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

// TestRacingTills: of many attempts one redeems the ticket. A refund at the same time either
// comes first, and nobody redeems it, or finds it redeemed.
func TestRacingTills(t *testing.T) {
	t.Parallel()
	d, pay := desk(t)
	for no := uint64(1); no <= 10; no++ {
		pay(ticket(no, payment.Posted, payment.Done))
		var all sync.WaitGroup
		var won atomic.Int64
		var refundedFirst atomic.Bool
		for i := range 8 {
			all.Go(func() {
				if i == 0 {
					_ = d.Run.Do(t.Context(), func(step *tx.Tx) error {
						used, err := tx.Read[till.Redeemed](step, till.RedeemedTable, payment.Key(no))
						back, readErr := tx.Read[payment.Refunds](step, payment.RefundsTable, payment.Key(no))
						if err := errors.Join(err, readErr); err != nil {
							return err
						}
						if back == nil {
							back = &payment.Refunds{Of: no}
						}
						back.Sum += 100
						tx.Save(step, payment.RefundsTable, payment.Key(no), back)
						step.AfterCommit(func() { refundedFirst.Store(used == nil) })
						return nil
					})
					return
				}
				_, err := d.Redeem(t.Context(), of("8001", fmt.Sprint("till", i)), ref(no), "")
				switch {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, till.ErrRedeemed) && !errors.Is(err, till.ErrRefunded):
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := won.Load(); n > 1 || n == 1 && refundedFirst.Load() || n == 0 && !refundedFirst.Load() {
			t.Errorf("ticket %d: redeemed %d times; refunded first: %t", no, n, refundedFirst.Load())
		}
	}
}
