package banktest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"mpg/engine/bank"
	"mpg/engine/bank/host"
	"mpg/store/money"
)

// contractCase is one clause of the contract.
type contractCase struct {
	name string
	run  func(w *world)
}

func cases() []contractCase {
	all := []contractCase{
		{"a debit", debit}, {"a credit and a refund", credits}, {"refunds of a payment", refunds}, {"declines", declines},
		{"set aside and taken", completes}, {"set aside and released", releases}, {"taken too much", takesTooMuch},
		{"increased and taken", increases},
		{"reversed again and again", reversesAgain}, {"a reversal of what never came", reversesNothing},
		{"restart in the middle", restarts}, {"the bank is away", isAway}, {"what cannot be asked", cannotBeAsked},
		{"what another connector packed", packedElsewhere}, {"many at once", manyAtOnce}, {"an advice that is lost", adviseAgain},
	}
	return append(all, faulty()...)
}

func debit(w *world) {
	reply := w.authorize(w.packed(nil), "approved")
	if reply.Code != "00" || reply.AuthID == "" || reply.Settlement == "" {
		w.Errorf("the approval lacks what a dispute needs: %+v", reply)
	}
	w.has(rich, opening-price, 0)
	if w.connector.Window() < 1 {
		w.Error("no reversal may be outstanding")
	}
}

func credits(w *world) {
	for i, kind := range []bank.Kind{bank.Credit, bank.Refund} {
		p := w.packed(func(r *bank.Request) { r.Kind = kind })
		w.authorize(p, "approved")
		w.has(rich, opening+price, 0)
		w.reverse(p, i > 0, bank.UndoDone)
		w.has(rich, opening, 0)
	}
}

// refunds: a refund names the payment that it gives back, so that the bank gives back no more
// than that, whatever becomes of the connector meanwhile. What another connector has packed is
// not named, and is no reason to keep the customer's money.
func refunds(w *world) {
	paid, never := w.packed(nil), w.packed(nil)
	reply := w.authorize(paid, "approved")
	back := func(of bank.Packed, amount money.Amount) bank.Packed {
		return w.packed(func(r *bank.Request) { r.Kind, r.Of, r.AuthID, r.Amount = bank.Refund, of, reply.AuthID, amount })
	}
	w.authorize(back(never, 100), string(bank.Refused))
	w.authorize(back(paid, price+1), string(bank.Refused))
	part := back(paid, 850)
	w.authorize(part, "approved")
	w.authorize(back(paid, price-849), string(bank.Refused))
	w.has(rich, opening-price+850, 0)
	w.restart()
	w.reverse(part, false, bank.UndoDone)
	w.authorize(back(paid, price), "approved")
	w.authorize(back(paid, 1), string(bank.Refused))
	w.has(rich, opening, 0)
	w.authorize(back(bank.Packed("fax\nPAY"), 1), "approved")
	w.has(rich, opening+1, 0)
}

func declines(w *world) {
	for account, want := range map[string]bank.Reason{poor: bank.Funds, nobody: bank.Account, limited: bank.Limit, away: bank.Unavailable} {
		p := w.packed(func(r *bank.Request) { r.Account = account })
		w.authorize(p, string(want))
		w.reverse(p, false, bank.UndoDone) // a decline may be reversed, and moves nothing
	}
	w.has(poor, 100, 0)
	w.has(limited, opening, 0)
	w.has(away, opening, 0)
}

// setAside has the bank hold price, and returns the request and the completion that takes amount.
func (w *world) setAside(amount money.Amount) (auth, completion bank.Packed) {
	w.Helper()
	auth = w.packed(func(r *bank.Request) { r.Kind = bank.PreAuth })
	reply := w.authorize(auth, "approved")
	w.has(rich, opening, price)
	return auth, w.packed(func(r *bank.Request) { r.Kind, r.Amount, r.Of, r.AuthID = bank.Completion, amount, auth, reply.AuthID })
}

func completes(w *world) {
	_, completion := w.setAside(price - 850)
	for i := range 3 {
		reply, err := w.connector.Advise(w.Context(), completion, i > 0)
		if got := outcome(reply, err); got != "approved" {
			w.Errorf("advise: %s, %v", got, err)
		}
		w.has(rich, opening-price+850, 0)
	}
	back := func(amount money.Amount) bank.Packed {
		return w.packed(func(r *bank.Request) { r.Kind, r.Of, r.Amount = bank.Refund, completion, amount })
	}
	w.authorize(back(price-849), string(bank.Refused))
	w.authorize(back(price-850), "approved")
	w.has(rich, opening, 0)
	if undo, err := w.connector.Reverse(w.Context(), completion, false); !errors.Is(err, bank.ErrInvalid) || undo.Outcome != bank.UndoOperator {
		w.Errorf("an advice is reversed: %+v, %v", undo, err)
	}
}

func releases(w *world) {
	auth, _ := w.setAside(price)
	w.reverse(auth, false, bank.UndoDone)
	w.has(rich, opening, 0)
}

// increases has more held by a request of its own, which can be reversed alone; what is left
// is taken together, by a completion of the first.
func increases(w *world) {
	auth := w.packed(func(r *bank.Request) { r.Kind = bank.PreAuth })
	reply := w.authorize(auth, "approved")
	more := func(amount money.Amount) bank.Packed {
		return w.packed(func(r *bank.Request) { r.Kind, r.Amount, r.Of, r.AuthID = bank.PreAuth, amount, auth, reply.AuthID })
	}
	kept, undone := more(700), more(300)
	w.authorize(kept, "approved")
	w.authorize(undone, "approved")
	w.has(rich, opening, price+1000)
	w.reverse(undone, false, bank.UndoDone)
	w.has(rich, opening, price+700)
	w.restart()
	take := func(amount money.Amount) (bank.Reply, error) {
		return w.connector.Advise(w.Context(), w.packed(func(r *bank.Request) { r.Kind, r.Amount, r.Of, r.AuthID = bank.Completion, amount, auth, reply.AuthID }), false)
	}
	if reply, err := take(price + 701); err != nil || reply.Approved {
		w.Errorf("more was taken than set aside: %+v, %v", reply, err)
	}
	if reply, err := take(price + 600); outcome(reply, err) != "approved" {
		w.Errorf("advise: %+v, %v", reply, err)
	}
	w.has(rich, opening-price-600, 0)
	w.authorize(more(100), string(bank.Refused))
	w.has(rich, opening-price-600, 0)
}

func takesTooMuch(w *world) {
	_, completion := w.setAside(price + 1)
	reply, err := w.connector.Advise(w.Context(), completion, false)
	if err != nil || reply.Approved {
		w.Errorf("more was taken than set aside: %+v, %v", reply, err)
	}
	w.has(rich, opening, price)
}

// adviseAgain: silence to an advice ends nothing, and it counts once.
func adviseAgain(w *world) {
	_, completion := w.setAside(price)
	w.bank.Fault(host.Fault{Kind: host.Silence, On: host.Advices})
	if reply, err := w.connector.Advise(w.Context(), completion, false); err == nil && !reply.Approved {
		w.Errorf("advise: %+v", reply)
	}
	w.bank.ClearFaults()
	if reply, err := w.connector.Advise(w.Context(), completion, true); err != nil || !reply.Approved {
		w.Errorf("advise again: %+v, %v", reply, err)
	}
	w.has(rich, opening-price, 0)
}

func reversesAgain(w *world) {
	p := w.packed(nil)
	w.authorize(p, "approved")
	for i := range 4 {
		w.reverse(p, i > 0, bank.UndoDone)
		w.has(rich, opening, 0)
	}
}

func reversesNothing(w *world) {
	p := w.packed(nil)
	for i := range 3 {
		w.reverse(p, i > 0, bank.UndoAbsent)
	}
	w.has(rich, opening, 0)
}

// restarts: a connector that knows nothing but the packed request undoes it.
func restarts(w *world) {
	p := w.packed(nil)
	w.bank.Fault(host.Fault{Kind: host.Silence, On: host.Requests})
	w.authorize(p, "unknown")
	w.has(rich, opening-price, 0)
	w.bank.ClearFaults()
	w.restart()
	w.reverse(p, true, bank.UndoDone)
	w.has(rich, opening, 0)
}

// isAway: what certainly never left is not called unknown, so that nobody waits for a
// reversal.
func isAway(w *world) {
	p := w.packed(nil)
	w.network.Unplug(true)
	w.stop()
	w.connector = w.open(w.T, w.network, func(bank.Late) {})
	w.authorize(p, "down")
	if undo, err := w.connector.Reverse(w.Context(), p, false); !errors.Is(err, bank.ErrDown) || undo.Outcome != bank.UndoAgain {
		w.Errorf("reverse: %+v, %v", undo, err)
	}
	if w.connector.Up() {
		w.Error("the connector is up")
	}
	w.has(rich, opening, 0)
	if err := w.connector.Close(); err != nil {
		w.Error(err)
	}
	w.network.Unplug(false)
	w.start()
	w.authorize(p, "approved")
}

func cannotBeAsked(w *world) {
	for name, change := range map[string]func(r *bank.Request){
		"no account": func(r *bank.Request) { r.Account = "" }, "no amount": func(r *bank.Request) { r.Amount = 0 },
		"no number": func(r *bank.Request) { r.STAN = 0 }, "no time": func(r *bank.Request) { r.At = time.Time{} },
	} {
		r := bank.Request{STAN: 1, RRN: "632601000001", At: time.Now(), Account: rich, Amount: price, Currency: cny(w.T)}
		change(&r)
		if _, err := w.connector.Prepare(r); !errors.Is(err, bank.ErrInvalid) || strings.Contains(err.Error(), rich) {
			w.Errorf("%s: %v", name, err)
		}
	}
	p := w.packed(nil)
	if shown := fmt.Sprintf("%s %v %x %q", p, p, p, p); strings.Contains(shown, rich) || strings.Contains(shown, fmt.Sprintf("%x", rich)) {
		w.Errorf("a packed request shows its account: %s", shown)
	}
}

// packedElsewhere: a request that this connector cannot read is for people, and not lost.
func packedElsewhere(w *world) {
	for _, p := range []bank.Packed{nil, bank.Packed("fax\nPAY"), bank.Packed("no mark at all")} {
		if _, err := w.connector.Authorize(w.Context(), p); !errors.Is(err, bank.ErrInvalid) {
			w.Errorf("authorize: %v", err)
		}
		if undo, err := w.connector.Reverse(w.Context(), p, true); !errors.Is(err, bank.ErrInvalid) || undo.Outcome != bank.UndoOperator {
			w.Errorf("reverse: %+v, %v", undo, err)
		}
	}
}

func manyAtOnce(w *world) {
	const many = 50
	var all sync.WaitGroup
	for i := range many {
		p := w.packed(func(r *bank.Request) { r.Amount = money.Amount(i + 1) })
		all.Go(func() {
			w.authorize(p, "approved")
			if i%2 == 1 {
				w.reverse(p, false, bank.UndoDone)
			}
		})
	}
	all.Wait()
	w.has(rich, opening-many/2*many/2, 0) // 1 + 3 + … + 49
}

// faulty are faults of the bank at the request: whatever the caller is told agrees with the
// bank's book, at once or after the reversal.
func faulty() []contractCase {
	var all []contractCase
	for name, fault := range map[string]host.Fault{
		"booked, not answered":                 {Kind: host.Silence},
		"booked, not answered once":            {Kind: host.Silence, Times: 1},
		"not booked, not answered":             {Kind: host.Ignore},
		"not booked, not answered once":        {Kind: host.Ignore, Times: 1},
		"booked, answered late":                {Kind: host.LateAnswer, Delay: 2 * Timeout},
		"booked, answered just in time":        {Kind: host.LateAnswer, Delay: Timeout - time.Second},
		"booked late":                          {Kind: host.Slow, Delay: Timeout / 2, Times: 1},
		"booked after the time-out":            {Kind: host.Slow, Delay: Timeout + time.Second},
		"booked, closed":                       {Kind: host.DropAfter, Times: 1},
		"not booked, closed":                   {Kind: host.DropBefore, Times: 1},
		"booked, answered by noise":            {Kind: host.Garbage, Times: 1},
		"booked, answered with another sum":    {Kind: host.WrongSum, Times: 1},
		"booked, answered about another":       {Kind: host.WrongRRN, Times: 1},
		"answered twice":                       {Kind: host.Duplicate, Times: 1},
		"declined and booked a second later":   {Kind: host.Contradict, Code: "05", Delay: time.Second, Times: 1},
		"declined as not working, not booked":  {Kind: host.Decline, Code: "91", Times: 1},
		"booked, answered with another status": {Kind: host.OtherType, Value: "0500", Times: 1},
	} {
		fault.On = host.Requests
		all = append(all, contractCase{name, func(w *world) { agrees(w, fault) }})
	}
	return all
}

// agrees asks under fault, reverses what is unknown, and again whatever is approved late, and
// compares what the caller was told with the bank's book. A bank that declines and then books
// is found out by a late answer, or only by its own records.
func agrees(w *world, fault host.Fault) {
	p := w.packed(nil)
	w.bank.Fault(fault)
	start := time.Now()
	reply, err := w.connector.Authorize(w.Context(), p)
	if took := time.Since(start); took > Timeout {
		w.Errorf("it took %v", took)
	}
	w.bank.ClearFaults()
	time.Sleep(3 * Timeout) // until the bank has done all that it will
	paid := outcome(reply, err) == "approved"
	lateApproval := w.approvedLate()
	unknown := errors.Is(err, bank.ErrUnknown)
	if fault.Kind == host.Contradict && !unknown && !lateApproval {
		w.reverse(p, false, bank.UndoDone) // people reverse it, by the bank's records
	}
	if unknown || !paid && lateApproval {
		for i := 0; ; i++ {
			undo, err := w.connector.Reverse(w.Context(), p, i > 0)
			if undo.Outcome == bank.UndoDone || undo.Outcome == bank.UndoAbsent {
				break
			}
			if i > 20 {
				w.Fatalf("the reversal does not end: %+v, %v", undo, err)
			}
			time.Sleep(Timeout)
		}
	}
	want := opening
	if paid {
		want -= price
	}
	w.has(rich, want, 0)
}
