package proof

import (
	"slices"

	"mpg/engine/bank/host"
	"mpg/store/money"
)

// relaySpoils are the ways in which a gateway may be wrong about payments from bank to bank.
func relaySpoils() []spoil {
	const paid, returned = "paid", "returned"
	return []spoil{
		{"money is left in transit", func(r *record) bool { return r.inTransit(1) }, "transit:"},
		{"money is in transit that no bank paid", func(r *record) bool { return r.inTransit(-1) }, "transit:"},
		{"a hold is left in transit", func(r *record) bool { r.Books.Transits[0].Available = "-0.01"; return true }, "a hold was left"},
		{"a bank credits twice", func(r *record) bool { return r.deal(paid, host.Credited, r.payeeOf(paid)) }, "the bank paid out"},
		{"a bank credits what was returned", func(r *record) bool { return r.deal(returned, host.Credited, r.payeeOf(returned)) }, "the bank paid out"},
		{"a bank credits somebody else", func(r *record) bool { return r.misdirect() }, "the bank paid somebody else"},
		{"a bank takes back what was paid", func(r *record) bool { return r.deal(paid, host.Recalled, r.payeeOf(paid)) }, "the bank paid out"},
		{"a bank debits twice", func(r *record) bool { return r.deal(paid, host.Debited, r.payerOf(paid)) }, "the bank took"},
		{"a bank undoes what is in the purse", func(r *record) bool { return r.deal(returned, host.Restored, r.payerOf(returned)) }, "the bank took"},
		{"a credit is missing", func(r *record) bool { return r.dropEntry(host.Credited) }, "the bank paid out"},
		{"a fee of what was returned", func(r *record) bool { return r.fee(returned, 1) }, "the receipts add up to"},
		{"no fee of what was paid", func(r *record) bool { return r.fee(paid, -1) }, "the receipts add up to"},
		{"what was returned is not in the purse", func(r *record) bool { return r.handedBack(-1) }, "the receipts add up to"},
		{"what was returned is in the purse twice", func(r *record) bool { return r.handedBack(1) }, "the receipts add up to"},
		{"the wrong bank owes", func(r *record) bool { return r.swapBanks() }, "the receipts add up to"},
		{"told paid and returned", func(r *record) bool { return r.rename(paid, returned) }, "has the receipt"},
		{"told returned and paid", func(r *record) bool { return r.rename(returned, paid) }, "and a text says"},
		{"told returned and nothing taken", func(r *record) bool { return r.rename(returned, "not paid") }, "and a text says"},
		{"a return that nobody was told", func(r *record) bool { return r.silence(saidReturned) }, "has no receipt"},
		{"a payee who waits for what was returned", func(r *record) bool { return r.unheard() }, "has no receipt"},
		{"a request before the last is open", func(r *record) bool {
			i := r.ended("relay", paid)
			r.Books.Payments[i].Earlier[0].State = "disputed"
			return true
		}, "at the bank disputed"},
	}
}

// inTransit leaves so much of a relay in transit.
func (r *record) inTransit(times money.Amount) bool {
	c, _ := money.Lookup(r.Currency)
	r.Books.Transits[0].add(c, times*r.relay("paid").Amount)
	return true
}

// relay is the order of the first relay that ended so.
func (r *record) relay(outcome string) *order {
	c, _ := money.Lookup(r.Currency)
	p := r.Books.Payments[r.ended("relay", outcome)]
	return r.Orders[slices.IndexFunc(r.Orders, func(o *order) bool { return o.Product == "relay" && c.Format(o.charged()) == p.Amount })]
}

func (r *record) payerOf(outcome string) string { return r.relay(outcome).From }
func (r *record) payeeOf(outcome string) string { return r.relay(outcome).Payee }

// at is the account at the bank of the person who has that number.
func (r *record) at(number string) string {
	for account, owner := range r.Accounts {
		if owner == number {
			return account
		}
	}
	return ""
}

// deal has the bank do so with the account of number, once more, in the first relay that
// ended so.
func (r *record) deal(outcome string, does host.Outcome, number string) bool {
	r.Bank = append(r.Bank, host.Entry{Outcome: does, Amount: r.relay(outcome).Amount, Account: r.at(number)})
	return true
}

// misdirect moves a credit to the account of somebody else.
func (r *record) misdirect() bool {
	o := r.relay("paid")
	for i := range r.Bank {
		e := &r.Bank[i]
		if e.Outcome != host.Credited || e.Amount != o.Amount {
			continue
		}
		for account, owner := range r.Accounts {
			if owner != o.From && owner != o.Payee {
				e.Account = account
				return true
			}
		}
	}
	return false
}

// fee moves the fee of the first relay that ended so, times more.
func (r *record) fee(outcome string, times money.Amount) bool {
	c, _ := money.Lookup(r.Currency)
	o := r.relay(outcome)
	r.account("purse:"+o.From).add(c, -times*o.Fees.Payer)
	r.Books.Fees.add(c, times*o.Fees.Payer)
	return true
}

// handedBack hands the first relay that was returned back, times more.
func (r *record) handedBack(times money.Amount) bool {
	c, _ := money.Lookup(r.Currency)
	o := r.relay("returned")
	r.account("purse:"+o.From).add(c, times*o.Amount)
	r.bank(o.From).add(c, times*o.Amount)
	return true
}

// swapBanks takes a debit for the other bank's.
func (r *record) swapBanks() bool {
	c, _ := money.Lookup(r.Currency)
	r.Books.Banks[0].add(c, 1)
	r.Books.Banks[1].add(c, -1)
	return true
}

// rename lets the first relay that ended in one way have ended in another.
func (r *record) rename(was, is string) bool {
	r.Books.Payments[r.ended("relay", was)].Outcome = is
	return true
}

// unheard takes away what the payee of a returned relay was told.
func (r *record) unheard() bool {
	p := r.Books.Payments[r.ended("relay", "returned")]
	before := len(r.Texts)
	r.Texts = slices.DeleteFunc(r.Texts, func(t text) bool { _, ref := read(t.Text); return ref == p.Ref && t.To == p.Payee })
	return len(r.Texts) < before
}
