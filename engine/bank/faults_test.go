package bank_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/bank"
	"mpg/engine/bank/host"
	"mpg/store/money"
)

// step is one request of a random history, and what happens to it and to the
// first tries of its reversal.
type step struct {
	amount   money.Amount
	request  host.Fault
	reversal host.Fault
}

func anyFault(t *rapid.T, on host.Class, label string) host.Fault {
	kinds := []host.Kind{
		0, host.Ignore, host.Silence, host.Slow, host.LateAnswer, host.Duplicate, host.DropBefore,
		host.DropAfter, host.Garbage, host.HalfFrame, host.WrongSTAN, host.WrongRRN, host.WrongSum,
	}
	return host.Fault{
		Kind: rapid.SampledFrom(kinds).Draw(t, label), On: on,
		Delay: time.Duration(rapid.IntRange(0, 90).Draw(t, label+" delay")) * time.Second,
		Times: rapid.IntRange(1, 3).Draw(t, label+" times"),
	}
}

// TestBooksAgree plays random histories of faults and compares two books at the
// end: what the callers were told and what the bank took.
func TestBooksAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var steps []step
		for i := range rapid.IntRange(1, 12).Draw(rt, "steps") {
			steps = append(steps, step{
				amount:   money.Amount(rapid.IntRange(1, 30_000).Draw(rt, fmt.Sprintf("amount %d", i))),
				request:  anyFault(rt, host.Requests, fmt.Sprintf("request %d", i)),
				reversal: anyFault(rt, host.Reversals, fmt.Sprintf("reversal %d", i)),
			})
		}
		// A bubble wants the test's own T; what went wrong is carried out of it.
		var wrong string
		synctest.Test(t, func(t *testing.T) { wrong = play(t, steps) })
		if wrong != "" {
			rt.Fatal(wrong)
		}
	})
}

func play(t *testing.T, steps []step) string {
	w := newWorld(t, nil)
	w.start()
	expected := opening
	for i, s := range steps {
		w.host.ClearFaults()
		w.host.Fault(s.request)
		w.host.Fault(s.reversal)
		r := w.request(rich, uint32(i+1))
		r.Amount = s.amount
		reply, err := w.ask(r)
		switch {
		case errors.Is(err, bank.ErrUnknown):
			w.reverse(r)
		case err != nil:
			return fmt.Sprintf("step %d: %v", i, err)
		case reply.Approved:
			expected -= s.amount
		}
	}
	// What was late may come now, and must not move anything.
	time.Sleep(5 * time.Minute)
	synctest.Wait()
	if got := w.balance(rich); got != expected {
		return fmt.Sprintf("the bank has %d, the callers were told of %d", got, expected)
	}
	return ""
}

// ask waits for the link, as a caller may ask again what was surely not sent.
func (w *world) ask(r bank.Request) (bank.Reply, error) {
	const triesMax = 100
	for range triesMax {
		reply, err := w.authorize(w.t.Context(), r)
		if !errors.Is(err, bank.ErrDown) {
			return reply, err
		}
		time.Sleep(time.Second)
	}
	return bank.Reply{}, errors.New("the link stays down")
}
