package proof

import (
	"cmp"
	"slices"
	"strings"

	"mpg/engine/bank/host"
	"mpg/store/money"
)

// balances: what the receipts say, added up by account, is what the ledger has.
func (j *judgement) balances() {
	want := map[string]money.Amount{}
	for owner, top := range j.TopUps {
		want[purseOf(owner)] += top
		want["float"] += top
	}
	var tookBack money.Amount // by issuers, by no message
	for ref, told := range j.told {
		for _, receipt := range told[saidPaid][:min(1, len(told[saidPaid]))] {
			j.add(want, ref, receipt, (*order).final, j.paid)
		}
		for _, receipt := range told[saidReturned][:min(1, len(told[saidReturned]))] {
			j.add(want, ref, receipt, (*order).bankTakes, j.handedBack)
		}
		j.paidBack(want, ref, told)
		tookBack += j.chargedBack(want, ref, told)
		j.claimed(want, told)
	}
	j.owed(want)
	banks := tookBack
	for _, a := range j.Books.Banks {
		banks += want[a.Account]
	}
	for _, a := range j.accounts() {
		j.balance(a, want[a.Account])
		delete(want, a.Account)
	}
	for name, amount := range want {
		j.fault("there is no account %s, which should hold %s", name, j.currency.Format(amount))
	}
	if net := j.taken[movement{}] - j.given[movement{}]; net != banks {
		j.fault("the banks took %s in all, the receipts say %s", j.currency.Format(net), j.currency.Format(banks))
	}
}

// accounts are all accounts that were read.
func (j *judgement) accounts() []account {
	all := append([]account{j.Books.Float, j.Books.Fees}, j.Books.Accounts...)
	for _, later := range []account{j.Books.Tax, j.Books.Waiting} { // of the first payment that needs them
		if later.Account != "" {
			all = append(all, later)
		}
	}
	return slices.Concat(all, j.Books.Banks, j.Books.Transits, j.Books.Owed)
}

// add adds to want what a receipt says. named is the amount of an order that such a
// receipt names.
func (j *judgement) add(want map[string]money.Amount, ref string, receipt text, named func(*order) money.Amount, moves func(map[string]money.Amount, *order)) {
	for _, o := range j.bySender[receipt.To] {
		if names(receipt.Text, j.currency.Format(named(o))) {
			moves(want, o)
			return
		}
	}
	j.fault("a receipt of %s names no amount that was ordered: %q", ref, receipt.Text)
}

// paid adds what moves when an order is paid. What a bank does not pay, such as the fee of
// some products, the purse pays.
func (j *judgement) paid(want map[string]money.Amount, o *order) {
	want[o.purse()] -= o.final() - o.bankTakes()
	if o.Claim { // the fee is due once the payee has the money
		want["unclaimed"] += o.final()
		return
	}
	if takes := o.bankTakes(); takes > 0 {
		want[o.claim()+j.Banks[o.From]] += takes
	}
	if gives := o.bankGives(); gives > 0 {
		want["bank:"+j.Banks[o.Payee]] -= gives // it pays them out, so it owes us less
	} else {
		want[purseOf(o.Payee)] += o.received()
	}
	payFees(want, o)
}

// payFees adds what an order costs.
func payFees(want map[string]money.Amount, o *order) {
	_, fees := o.end()
	want["fees"] += fees.Payer + fees.Payee - fees.Tax
	if fees.Tax > 0 {
		want["tax"] += fees.Tax
	}
}

// purseOf is the account of a number, or of a shop.
func purseOf(owner string) string {
	if strings.HasPrefix(owner, "+") {
		return "purse:" + owner
	}
	return "merchant:" + owner
}

// handedBack adds what moves when the first bank has paid and the second has not taken it.
func (j *judgement) handedBack(want map[string]money.Amount, o *order) {
	want["bank:"+j.Banks[o.From]] += o.bankTakes()
	want["purse:"+o.From] += o.bankTakes()
}

// balance compares one account; nothing may be held in it.
func (j *judgement) balance(a account, want money.Amount) {
	if w := j.currency.Format(want); a.Posted != w {
		j.fault("%s holds %s, and the receipts add up to %s", a.Account, a.Posted, w)
	}
	if a.Available != a.Posted {
		j.fault("%s holds %s, of which only %s can be spent: a hold was left", a.Account, a.Posted, a.Available)
	}
}

// movement is what the bank's entries are added up by: the number of whose account it is, and
// the amount of one entry. An empty field stands for all.
type movement struct{ number, amount string }

// indexBank adds up what the bank has taken from accounts for good, and what it has paid into
// them.
func (j *judgement) indexBank() {
	for i := range j.Bank {
		e := &j.Bank[i]
		if e.Change() == 0 {
			continue
		}
		sums, change := j.taken, -e.Change()
		if e.Outcome == host.Credited || e.Outcome == host.Recalled {
			sums, change = j.given, e.Change()
		}
		number, amount := j.Accounts[e.Account], j.currency.Format(e.Amount)
		for _, m := range []movement{{}, {amount: amount}, {number, amount}} {
			sums[m] += change
		}
	}
}

// bankTakes is what a bank takes for the order in the end; 0: no bank pays.
func (o *order) bankTakes() money.Amount {
	switch o.Product {
	case cardAtOnce:
		return cmp.Or(o.ByCard, o.final())
	case "mdebit", bankIn: // which the fee is a part of
		return o.final()
	case "charge":
		return o.Part
	case "relay":
		return o.Amount
	case "mp2p":
		if o.FromBank {
			return o.charged()
		}
	}
	return 0
}

// claim is the kind of account of what the payer's bank owes us for the order.
func (o *order) claim() string {
	if o.Product == cardAtOnce {
		return "card:"
	}
	return "bank:"
}

// bankGives is what a bank pays out for the order in the end; 0: it goes to a purse or a shop.
func (o *order) bankGives() money.Amount {
	if o.Product == "relay" || o.ToBank || o.Product == bankOut {
		return o.received()
	}
	return 0
}

// bank: it took what was paid from accounts, and paid what was paid into accounts, once
// each, and nothing else; and nothing is left held.
func (j *judgement) bank() {
	for account, amount := range j.Held {
		j.fault("of the account of %s, %s is still set aside", j.Accounts[account], j.currency.Format(amount))
	}
	back := j.backAtBank()
	for _, o := range j.Orders {
		var takes, gives money.Amount
		for _, p := range j.became[o] {
			if p.paid() || p.Outcome == "returned" {
				takes += o.bankTakes()
			}
			if p.paid() {
				gives += o.bankGives()
			}
		}
		took, all := j.tookAtBank(o)
		if took != takes || all != takes {
			j.fault("for the order %q of %s the bank took %s, %s of it from the payer, and %s was paid", o.Text, o.From, j.currency.Format(all), j.currency.Format(took), j.currency.Format(takes))
		}
		var gave money.Amount
		for _, sum := range o.atBank() {
			gave += j.given[movement{amount: j.currency.Format(sum)}] - back[sum]
		}
		if gave != gives {
			j.fault("for the order %q of %s the bank paid out %s, and %s was to be paid out", o.Text, o.From, j.currency.Format(gave), j.currency.Format(gives))
		}
		if gives > 0 && j.given[movement{o.Payee, j.currency.Format(o.bankGives())}] != gives {
			j.fault("for the order %q of %s the bank paid somebody else", o.Text, o.From)
		}
	}
}

// tookAtBank is what the bank has taken of o's payer, and what it has taken of anybody, in each
// amount that is o's.
func (j *judgement) tookAtBank(o *order) (took, all money.Amount) {
	sums := []money.Amount{cmp.Or(o.bankTakes(), o.charged()), o.charged(), o.final(), cmp.Or(o.byPurse(), o.charged())}
	slices.Sort(sums)
	for _, sum := range slices.Compact(sums) {
		amount := j.currency.Format(sum)
		took += j.taken[movement{o.From, amount}]
		all += j.taken[movement{amount: amount}]
	}
	return took, all
}

// atBank are the amounts by which banks know the order, each once.
func (o *order) atBank() []money.Amount {
	sums := []money.Amount{cmp.Or(o.bankTakes(), o.charged())}
	if gives := o.bankGives(); gives > 0 && gives != sums[0] {
		sums = append(sums, gives)
	}
	return sums
}
