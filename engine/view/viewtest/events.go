package viewtest

import (
	"fmt"
	"slices"
	"time"

	"mpg/engine/approval"
	"mpg/engine/cdr"
	"mpg/engine/lang"
	"mpg/engine/merchant"
	"mpg/engine/notice"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/refusal"
	"mpg/engine/staff"
	"mpg/engine/user"
	"mpg/store"
	"mpg/store/money"
)

// Event adds one event of those that may happen next, at random.
func (h *History) Event() {
	events := []func(){
		func() { h.pay(h.random.IntN(len(h.people)), h.random.IntN(len(h.shops))) },
		func() { h.pay(h.random.IntN(len(h.people)), h.random.IntN(len(h.shops))) },
		func() { h.order(h.random.IntN(len(h.people)), h.random.IntN(len(h.shops))) },
		func() { h.orderFromBank(h.random.IntN(len(h.people)), h.random.IntN(len(h.shops))) },
		func() { h.TopUp(h.random.IntN(len(h.people)), money.Amount(1+h.random.IntN(1000))) },
		h.refuse, h.rename, h.changeShop, h.consent, h.lookUp, h.refund,
		func() { h.Send(h.random.IntN(len(h.unsent) + 1)) },
		func() { dropText(h) }, func() { ask(h) }, func() { answer(h) },
		h.moveOn, h.moveOn, h.moveOn,
	}
	events[h.random.IntN(len(events))]()
}

// commanded returns the record of a command.
func (h *History) commanded(name, object string, amount money.Amount) store.Write {
	h.commands++
	return writeOf(9, fmt.Sprintf("key-%d", h.commands), 0, &command{Body: "b0d1", Result: []byte(`{"number":"secret"}`), UID: 7, Name: name, Object: object, Amount: amount,
		Reason: "as asked", Person: "chen"})
}

// TopUp pays cash into a purse.
func (h *History) TopUp(who int, amount money.Amount) {
	payee := &h.people[who]
	leg := payment.Leg{From: float, To: payee.Purse, Amount: amount, Code: payment.CodeTopUp, PostedAt: payment.AtConfirm}
	p := h.newPayment(payment.Plan{Product: payment.TopUp, Legs: []payment.Leg{leg}, PINExempt: true}, payment.Party{}, payee.party(), amount)
	p.By = &payment.Actor{UID: 7, Key: fmt.Sprintf("key-%d", h.commands+1), Name: "chen"}
	h.next(p, payment.Ordered, "", 0)
	write := writeOf(payment.Table, payment.Key(p.No), 0, p)
	write.Mode = store.Archive
	h.add(store.Cmd{Writes: []store.Write{write, h.commanded("purse topup", payee.Phone, amount), h.saveUser(who)},
		Transfers: []store.Transfer{{Op: store.Post, Code: payment.CodeTopUp, Debit: float, Credit: payee.Purse, Amount: amount, Ref: p.No}}})
}

// Claim sends money to a number that is not registered, and returns the number of the payment.
func Claim(h *History, who int, amount money.Amount) uint64 {
	payer := &h.people[who]
	leg := payment.Leg{From: payer.Purse, To: bank, Amount: amount, Code: payment.CodePay, PostedAt: payment.AtConfirm}
	p := h.newPayment(payment.Plan{Product: payment.MP2P, Legs: []payment.Leg{leg}, PINExempt: true, Claim: time.Hour, Notice: payment.NoticeVersion}, payer.party(), payment.Party{Phone: "+8613900009999"}, amount)
	h.next(p, payment.Ordered, "", 0)
	write := writeOf(payment.Table, payment.Key(p.No), 0, p)
	write.Mode = store.Archive
	h.claim = payment.Claim{Payment: p.No, Payer: payer.No, Amount: amount, Currency: "CNY", State: payment.ClaimOpen}
	h.add(store.Cmd{Writes: []store.Write{write, writeOf(payment.ClaimTable, payment.Key(p.No), 0, &h.claim)},
		Transfers: []store.Transfer{{Op: store.Post, Code: payment.CodePay, Debit: leg.From, Credit: leg.To, Amount: amount, Ref: p.No}}})
	return p.No
}

// EndClaim pays what the last Claim has sent.
func EndClaim(h *History, who int) {
	payee := &h.people[who]
	leg := payment.Leg{From: bank, To: payee.Purse, Amount: h.claim.Amount, Code: payment.CodeClaim, PostedAt: payment.AtConfirm}
	p := h.newPayment(payment.Plan{Product: payment.ClaimPaid, Legs: []payment.Leg{leg}, PINExempt: true, Notice: payment.NoticeVersion}, payment.Party{Phone: "+8613900009999"}, payee.party(), h.claim.Amount)
	p.Origin = payment.Origin{Claim: h.claim.Payment}
	h.next(p, payment.Ordered, "", 0)
	write := writeOf(payment.Table, payment.Key(p.No), 0, p)
	write.Mode = store.Archive
	h.claim.State, h.claim.By = payment.ClaimPaidOut, p.No
	h.add(store.Cmd{Writes: []store.Write{write, writeOf(payment.ClaimTable, payment.Key(h.claim.Payment), 1, &h.claim)},
		Transfers: []store.Transfer{{Op: store.Post, Code: payment.CodeClaim, Debit: leg.From, Credit: leg.To, Amount: h.claim.Amount, Ref: p.No}}})
}

// order takes in an order that is confirmed by a call.
func (h *History) order(who, where int) {
	amount := money.Amount(100 + h.random.IntN(20_000))
	payer := &h.people[who]
	leg := payment.Leg{From: payer.Purse, To: h.shops[where].Account, Amount: amount, Code: payment.CodePay, Held: true, PostedAt: payment.AtConfirm}
	h.begin(who, h.newPayment(payment.Plan{Product: payment.MPurse, Legs: []payment.Leg{leg}, Notice: payment.NoticeVersion}, payer.party(), shopParty(&h.shops[where]), amount))
}

// orderFromBank does what order does, for a payment that a bank is asked for.
func (h *History) orderFromBank(who, where int) {
	amount := money.Amount(100 + h.random.IntN(20_000))
	leg := payment.Leg{From: bank, To: h.shops[where].Account, Amount: amount, Code: payment.CodePay, Held: true, PostedAt: payment.AtConfirm + 1}
	plan := payment.Plan{Product: payment.MDebit, Legs: []payment.Leg{leg}, Asks: []payment.Ask{{Bank: "icbc", Account: 3, Amount: amount, Kind: payment.Debit}}, Notice: payment.NoticeVersion}
	h.begin(who, h.newPayment(plan, h.people[who].party(), shopParty(&h.shops[where]), amount))
}

// begin holds the money of an order.
func (h *History) begin(who int, p *payment.Payment) {
	h.next(p, payment.Ordered, "", 0)
	p.Calls = 1
	h.people[who].Open = p.No
	h.add(store.Cmd{Writes: []store.Write{writeOf(payment.Table, payment.Key(p.No), 0, p), writeOf(payment.OpenTable, payment.Key(p.No), 0, &struct{}{}), h.saveUser(who)},
		Transfers: []store.Transfer{{Op: store.Hold, Code: payment.CodePay, Debit: p.Plan.Legs[0].From, Credit: p.Plan.Legs[0].To, Amount: p.Ordered, Hold: p.HoldID(0), Ref: p.No}}})
	h.open = append(h.open, underway{Payment: p, version: 1})
}

// moveOn lets something happen to a payment that has not ended.
func (h *History) moveOn() {
	if len(h.open) == 0 {
		return
	}
	i := h.random.IntN(len(h.open))
	u := &h.open[i]
	var writes []store.Write
	switch u.State {
	case payment.Calling:
		writes = h.call(u)
	case payment.Waiting:
		h.next(u.Payment, payment.Again, "", 0)
		u.Calls++
	case payment.Sent, payment.Reversing, payment.Doubt:
		writes = h.bankSays(u)
	}
	h.save(u, writes)
	if u.State == payment.Done {
		h.open = append(h.open[:i], h.open[i+1:]...)
	}
}

// call ends the call of a payment.
func (h *History) call(u *underway) []store.Write {
	record := cdr.Record{Purpose: cdr.ForPayment, User: u.Payer.User, Payment: u.No, Try: u.Calls, At: h.now, End: "finished", Answered: true, Ring: 4000, Talk: 21_000, HungUp: cdr.Us, SIP: 200}
	switch h.random.IntN(4) {
	case 0:
		record.End, record.Answered, record.SIP, record.Cause, record.Text = "busy", false, 486, 17, "User busy"
		h.next(u.Payment, payment.CallFailed, payment.LineBusy, 0)
	case 1:
		record.Wrong = 3
		h.next(u.Payment, payment.PINLocked, payment.LockedOut, 0)
	default:
		h.next(u.Payment, payment.PINRight, "", 0)
	}
	return []store.Write{writeOf(cdr.Table, record.Key(), 0, &record)}
}

// save writes a payment that has moved on, with the transfers that end its hold.
func (h *History) save(u *underway, writes []store.Write) {
	cmd := store.Cmd{Writes: writes}
	write := writeOf(payment.Table, payment.Key(u.No), u.version, u.Payment)
	u.version++
	switch {
	case u.State == payment.Done && u.Passed(payment.Posted):
		cmd.Transfers = []store.Transfer{{Op: store.PostHold, Code: payment.CodePay, Hold: u.HoldID(0), Ref: u.No}}
		cmd.Outbox = receipts(u.Payment, lang.PaidPurse, lang.ReceivedMerchant)
	case u.State == payment.Done:
		cmd.Transfers = []store.Transfer{{Op: store.VoidHold, Hold: u.HoldID(0), Ref: u.No}}
		cmd.Outbox = receipts(u.Payment, lang.NotPaid)
	case u.State == payment.Waiting:
		cmd.Outbox = receipts(u.Payment, lang.LineBusy)
	case u.State == payment.Sent && u.request == nil:
		h.requests++
		u.Requests = append(u.Requests, h.requests)
		u.request = &payment.Request{No: h.requests, Payment: u.No, Kind: payment.Debit, Bank: "icbc", Account: 3, Amount: u.Ordered, Currency: "CNY", State: payment.RequestSent,
			Message: payment.Message{MTI: "0200", STAN: payment.STAN(h.requests), RRN: fmt.Sprintf("%012d", h.requests), At: h.now}}
		write = writeOf(payment.Table, payment.Key(u.No), u.version-1, u.Payment)
		cmd.Writes = append(cmd.Writes, writeOf(payment.BankTable, payment.Key(h.requests), 0, u.request))
	}
	if u.State == payment.Done {
		write.Mode = store.Archive
		who := int(u.Payer.User) - 1
		if h.people[who].Open == u.No {
			h.people[who].Open = 0
		}
		cmd.Writes = append(cmd.Writes, h.saveUser(who), store.Write{Table: payment.OpenTable, Key: payment.Key(u.No), Expect: 1, Mode: store.Delete})
	}
	cmd.Writes = append(cmd.Writes, write)
	h.add(cmd)
}

// bankSays lets the bank answer, fall silent, or reverse; or people decide.
func (h *History) bankSays(u *underway) []store.Write {
	r := u.request
	switch choice := h.random.IntN(3); {
	case u.State == payment.Sent && choice == 0:
		r.State, r.Approved, r.Code, r.AuthID, r.Answered = payment.RequestAnswered, true, "00", "A00001", h.now
		h.next(u.Payment, payment.Approval, "", r.No)
	case u.State == payment.Sent && choice == 1:
		r.State, r.Code, r.Answered = payment.RequestAnswered, "51", h.now
		h.next(u.Payment, payment.Decline, payment.BankDeclined, r.No)
	case u.State == payment.Sent:
		r.Unknown("no answer", h.now)
		h.next(u.Payment, payment.Silence, payment.BankSilent, r.No)
	case choice == 0 && u.State == payment.Reversing:
		r.State, r.Tries = payment.RequestDoubt, 9
		h.next(u.Payment, payment.Overdue, payment.InDoubt, r.No)
	case choice == 1:
		r.State, r.Approved, r.Resolved = payment.RequestResolved, true, &payment.Resolution{As: "paid", Reason: "the bank's list", UID: 7, At: h.now}
		h.next(u.Payment, payment.StandsPaid, "", r.No)
	default:
		r.State, r.Reversal = payment.RequestReversed, "00"
		h.next(u.Payment, payment.Reversed, payment.UndoneAtBank, r.No)
	}
	return []store.Write{writeOf(payment.BankTable, payment.Key(r.No), requestVersion(u), r)}
}

// requestVersion returns the version of the document of a request: it was written once for
// each step since it was sent.
func requestVersion(u *underway) uint64 {
	version := uint64(0)
	for _, step := range u.Steps {
		switch step.State {
		case payment.Approved, payment.Declined, payment.Unknown, payment.Doubt, payment.Undone:
			version++
		}
	}
	return version
}

// refuse refuses an order.
func (h *History) refuse() {
	h.refusals++
	who := &h.people[h.random.IntN(len(h.people))]
	reasons := refusal.Reasons()
	record := refusal.Refused{No: h.refusals, At: h.now, Reason: reasons[h.random.IntN(len(reasons))], Reply: lang.Funds, Phone: who.Phone, User: who.No, Via: "main", Code: "8888", Text: "ab12",
		Intent: order.Pay, To: "138****0002", Amount: 500, Currency: "CNY", Short: 30}
	h.add(store.Cmd{Writes: []store.Write{writeOf(refusal.Table, payment.Key(record.No), 0, &record)}})
}

// rename gives a person another name, or the name that they have.
func (h *History) rename() {
	i := h.random.IntN(len(h.people))
	h.people[i].Name.EN = fmt.Sprintf("Person %d", h.random.IntN(3))
	h.add(store.Cmd{Writes: []store.Write{h.commanded("user rename", h.people[i].Phone, 0), h.saveUser(i)}})
}

func (h *History) changeShop() {
	i := h.random.IntN(len(h.shops))
	h.shops[i].Phone = fmt.Sprintf("+86139%08d", h.random.IntN(3))
	h.shopAt[i]++
	h.add(store.Cmd{Writes: []store.Write{h.commanded("merchant set", h.shops[i].Code, 0), writeOf(merchant.Table, h.shops[i].Code, h.shopAt[i]-1, &h.shops[i])}})
}

// consent says once for each of the first people whether they want offers.
func (h *History) consent() {
	who := h.people[h.random.IntN(len(h.people))]
	key := user.ConsentKey(who.Phone, user.Offers) + fmt.Sprint(h.now.UnixNano()) // each is new, so that no version is counted
	h.add(store.Cmd{Writes: []store.Write{writeOf(user.ConsentTable, key, 0, &user.Consent{Phone: who.Phone, Purpose: user.Offers, On: h.random.IntN(2) == 0, Text: 1, At: h.now, Source: "cd34"})}})
}

// ask gives a command that needs a second person.
func ask(h *History) {
	object := h.people[h.random.IntN(len(h.people))].Phone
	write := h.commanded("user pin-reset", object, 0)
	a := approval.Approval{ID: fmt.Sprintf("WAIT%d", h.commands), What: approval.What{Command: "user pin-reset", Object: object, Reason: "forgotten", Args: []byte("sealed"), Key: write.Key},
		Before: []byte(`{"pin":true}`), After: []byte(`{"pin":false}`), Maker: approval.Who{Name: "chen", UID: 7}, Made: h.now, Expires: h.now.Add(time.Hour), State: approval.Waiting}
	write.Data = writeOf(write.Table, write.Key, 0, &command{Name: a.Command, Object: object, UID: 7, Reason: a.Reason, Person: "chen", Approval: a.ID}).Data
	h.add(store.Cmd{Writes: []store.Write{write, writeOf(approval.Table, a.ID, 0, &a)}})
	h.waiting = append(h.waiting, a)
}

// answer ends an approval: its command is carried out, or refused.
func answer(h *History) {
	if len(h.waiting) == 0 {
		return
	}
	a := h.waiting[0]
	h.waiting = h.waiting[1:]
	a.Checker, a.Ended, a.State = approval.Who{Name: "wu", UID: 8}, h.now, approval.Refused
	writes := []store.Write{h.commanded("approve", a.ID, 0)}
	if h.random.IntN(2) == 0 {
		a.State = approval.Done
		i := slices.IndexFunc(h.people, func(p person) bool { return p.Phone == a.Object })
		h.people[i].Tries = 0
		h.people[i].State = user.Active
		writes = append(writes, h.saveUser(i))
	}
	h.add(store.Cmd{Writes: append(writes, writeOf(approval.Table, a.ID, 1, &a),
		writeOf(9, a.Key, 1, &command{Name: a.Command, Object: a.Object, UID: 7, Reason: a.Reason, Person: "chen", Approval: a.ID, Checker: "wu"}))})
}

// dropText drops a text that is not sent yet.
func dropText(h *History) {
	if len(h.unsent) == 0 {
		return
	}
	rows := h.unsent[:1:1]
	h.unsent = h.unsent[1:]
	h.add(store.Cmd{Done: rows, Writes: []store.Write{writeOf(notice.DroppedTable, fmt.Sprintf("%016x", uint64(rows[0])), 0, &notice.Dropped{Rows: rows, Why: notice.WhyReplaced})}})
}

func (h *History) lookUp() {
	l := staff.Lookup{Person: "chen", UID: 7, What: "user show", User: 1 + h.random.Uint64N(uint64(len(h.people))), At: h.now}
	came := staff.Event{Person: "chen", UID: 7, What: "staff login", At: h.now}
	h.refused = staff.Event{UID: 8, What: "staff login refused", Why: "wrong name or password", Count: h.refused.Count + 1, At: h.now}
	h.add(store.Cmd{Writes: []store.Write{writeOf(staff.LookupTable, staff.LookupKey(l)+fmt.Sprint(h.now.UnixNano()), 0, &l),
		writeOf(staff.EventTable, fmt.Sprint("login/", h.refused.Count), 0, &came), writeOf(staff.EventTable, "refused", uint64(h.refused.Count-1), &h.refused)}})
}

// refund has a shop pay back a part of a payment, once.
func (h *History) refund() {
	if len(h.paid) == 0 {
		return
	}
	first := h.paid[0]
	h.paid = h.paid[1:]
	amount := 1 + money.Amount(h.random.Int64N(int64(first.Received)))
	leg := payment.Leg{From: first.Plan.Legs[0].To, To: first.Plan.Legs[0].From, Amount: amount, Code: payment.CodeRefund, PostedAt: payment.AtConfirm}
	p := h.newPayment(payment.Plan{Product: payment.PaidBack, Legs: []payment.Leg{leg}, PINExempt: true, Notice: payment.NoticeVersion}, first.Payee, first.Payer, amount)
	p.Origin = payment.Origin{Of: first.No, Why: "sold out", By: &payment.Actor{UID: 7, Key: "k", Name: "chen"}}
	h.next(p, payment.Ordered, "", 0)
	write := writeOf(payment.Table, payment.Key(p.No), 0, p)
	write.Mode = store.Archive
	h.add(store.Cmd{Writes: []store.Write{write, writeOf(payment.RefundsTable, payment.Key(first.No), 0, &payment.Refunds{Of: first.No, Sum: amount, By: []uint64{p.No}}), h.commanded("payment refund", first.Ref, amount)},
		Transfers: []store.Transfer{{Op: store.Post, Code: payment.CodeRefund, Debit: leg.From, Credit: leg.To, Amount: amount, Ref: p.No}}, Outbox: receipts(p, lang.Refunded, lang.RefundPurse)})
}
