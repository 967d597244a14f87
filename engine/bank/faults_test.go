package bank_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/bank"
	"mpg/engine/bank/host"
	"mpg/engine/bank/iso8583"
	"mpg/store/money"
)

// step is one request of a random history, and what happens to it and to the
// first tries of its reversal.
type step struct {
	kind     bank.Kind
	amount   money.Amount
	request  host.Fault
	reversal host.Fault
}

// patient and impatient are after how many answers of 25 a reversal is given up:
// later than any request comes, or not. One that is given up early, or a request
// that is declined before it is approved, needs a line that does not fail and a
// bank that does not deny what it has booked, as only the late approval can tell.
const (
	patient   = 12
	impatient = 1
)

// delayMax is the longest delay of an answer. The link takes a line that has
// brought nothing for an echo's time and two time-outs for dead, and what the bank
// says on a line at the moment in which that is closed is lost.
const delayMax = echoTime + 2*timeout - time.Second

func anyFault(t *rapid.T, on host.Class, absents int, label string) host.Fault {
	kinds := []host.Kind{
		0, host.Ignore, host.Silence, host.Slow, host.LateAnswer, host.Duplicate, host.WrongSTAN, host.WrongRRN, host.WrongSum,
		host.Decline, host.Omit, host.Alter, host.OtherType, host.EmptyBitmap,
	}
	codes := []string{"05", "09", "12", "91", "94", "96"}
	if absents == patient {
		kinds = append(kinds, host.DropBefore, host.DropAfter, host.Garbage, host.HalfFrame)
		codes = append(codes, "25")
	} else if on == host.Requests {
		kinds = append(kinds, host.Contradict)
	}
	altered := map[iso8583.DE]string{
		iso8583.DEProcessingCode: "200000", iso8583.DETransmitted: "0229000000", iso8583.DERRN: "HOST00000001",
		iso8583.DETerminal: "MPG00002", iso8583.DEMerchant: "8002", iso8583.DECurrency: "840", iso8583.DEAccount: poor,
		iso8583.DEToAccount: poor,
	}
	f := host.Fault{
		Kind: rapid.SampledFrom(kinds).Draw(t, label), On: on,
		Delay: time.Duration(rapid.IntRange(0, int(delayMax/time.Second)).Draw(t, label+" delay")) * time.Second,
		Times: rapid.IntRange(1, 3).Draw(t, label+" times"),
		Code:  rapid.SampledFrom(codes).Draw(t, label+" code"),
	}
	de := rapid.SampledFrom(slices.Sorted(maps.Keys(altered))).Draw(t, label+" element")
	f.Elements = []iso8583.DE{de}
	switch f.Kind {
	case host.Alter:
		f.Value = altered[de]
	case host.OtherType:
		f.Value = rapid.SampledFrom([]string{"0110", "0230", "0410", "0510"}).Draw(t, label+" type")
	}
	return f
}

// TestBooksAgree plays random histories of faults and compares two books at the
// end: what the callers were told and what the bank moved. It does what a caller
// must: reverse what is unknown, and again whatever the bank then approves late,
// be it that the reversal was given up or that the request was declined before.
func TestBooksAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		absents := rapid.SampledFrom([]int{patient, impatient}).Draw(rt, "answers of 25")
		var steps []step
		for i := range rapid.IntRange(1, 12).Draw(rt, "steps") {
			steps = append(steps, step{
				kind:     rapid.SampledFrom([]bank.Kind{bank.Debit, bank.Credit, bank.Refund}).Draw(rt, fmt.Sprintf("kind %d", i)),
				amount:   money.Amount(rapid.IntRange(1, 30_000).Draw(rt, fmt.Sprintf("amount %d", i))),
				request:  anyFault(rt, host.Requests, absents, fmt.Sprintf("request %d", i)),
				reversal: anyFault(rt, host.Reversals, absents, fmt.Sprintf("reversal %d", i)),
			})
		}
		// A bubble wants the test's own T; what went wrong is carried out of it.
		var wrong string
		synctest.Test(t, func(t *testing.T) { wrong = play(t, steps, absents) })
		if wrong != "" {
			rt.Fatal(wrong)
		}
	})
}

func play(t *testing.T, steps []step, absents int) string {
	w := newWorld(t, nil)
	w.start()
	expected := opening
	unpaid := make(map[uint32]bank.Request) // by STAN: what callers were told is not paid
	for i, s := range steps {
		w.host.ClearFaults()
		w.host.Fault(s.request)
		w.host.Fault(s.reversal)
		r := w.request(rich, uint32(i+1))
		r.Kind, r.Amount = s.kind, s.amount
		reply, err := w.ask(r)
		switch {
		case reply.Approved && s.kind == bank.Debit:
			expected -= s.amount
			continue
		case reply.Approved:
			expected += s.amount
			continue
		case errors.Is(err, bank.ErrUnknown):
			w.reverseUntil(r, absents)
		case err != nil:
			return fmt.Sprintf("step %d: %v", i, err)
		}
		unpaid[r.STAN] = r
	}
	// What is late may come now.
	w.host.ClearFaults()
	time.Sleep(5 * time.Minute)
	synctest.Wait()
	for _, l := range w.lates() {
		if r, known := unpaid[l.STAN]; known && l.Approved && l.RRN == r.RRN {
			w.reverse(r)
		}
	}
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
