package payment_test

import (
	"fmt"
	"time"

	"mpg/engine/payment"
)

// A payment that needs a PIN: the first call is not answered, the second one brings the
// right PIN. What follows by itself, here the transfer and the end, happens within the
// same step. Nothing that comes later changes a payment that is done.
func ExampleNext() {
	now := time.Date(2026, 11, 22, 14, 5, 0, 0, time.UTC)
	p := &payment.Payment{Plan: payment.Plan{Product: payment.MPurse, Legs: []payment.Leg{{From: 1, To: 2, Amount: 100, Held: true, PostedAt: payment.AtConfirm}}}}
	for _, event := range []payment.Event{
		{Kind: payment.Ordered, At: now},
		{Kind: payment.CallFailed, Reason: payment.NoAnswer, At: now.Add(30 * time.Second)},
		{Kind: payment.Again, At: now.Add(time.Minute)},
		{Kind: payment.PINRight, Reason: payment.Paid, At: now.Add(2 * time.Minute)},
		{Kind: payment.Stopped, At: now.Add(3 * time.Minute)},
	} {
		effects, err := payment.Next(p, event)
		fmt.Println(event.Kind, "->", p.State, effects, err)
	}
	// Output:
	// ordered -> calling [hold dial] <nil>
	// call failed -> waiting [tell] <nil>
	// again -> calling [dial] <nil>
	// pin right -> done [post tell clear open order] <nil>
	// stopped -> done [] payment: too late
}
