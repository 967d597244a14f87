package proof

import (
	"strings"

	"mpg/store/money"
)

// balances: what the receipts say, added up by account, is what the ledger has.
func (j *judgement) balances() {
	want := map[string]money.Amount{}
	for number, top := range j.TopUps {
		want["purse:"+number] += top
		want["float"] += top
	}
	for ref, told := range j.told {
		for _, receipt := range told[saidPaid][:min(1, len(told[saidPaid]))] {
			j.add(want, ref, receipt, (*order).charged, j.paid)
		}
		for _, receipt := range told[saidReturned][:min(1, len(told[saidReturned]))] {
			j.add(want, ref, receipt, func(o *order) money.Amount { return o.Amount }, j.handedBack)
		}
	}
	var banks money.Amount
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
	if net := -j.moved("", ""); net != banks {
		j.fault("the banks took %s in all, the receipts say %s", j.currency.Format(net), j.currency.Format(banks))
	}
}

// accounts are all accounts that were read.
func (j *judgement) accounts() []account {
	all := append([]account{j.Books.Float, j.Books.Fees}, j.Books.Accounts...)
	return append(append(all, j.Books.Banks...), j.Books.Transits...)
}

// add adds to want what a receipt says. named is the amount of an order that such a
// receipt names.
func (j *judgement) add(want map[string]money.Amount, ref string, receipt text, named func(*order) money.Amount, moves func(map[string]money.Amount, *order)) {
	for _, o := range j.byAmount {
		if o.From == receipt.To && names(receipt.Text, j.currency.Format(named(o))) {
			moves(want, o)
			return
		}
	}
	j.fault("a receipt of %s names no amount that was ordered: %q", ref, receipt.Text)
}

// paid adds what moves when an order is paid.
func (j *judgement) paid(want map[string]money.Amount, o *order) {
	payer, payee := "purse:"+o.From, "merchant:"+o.Payee
	if strings.HasPrefix(o.Payee, "+") {
		payee = "purse:" + o.Payee
	}
	if o.Product == "relay" {
		payee = "bank:" + j.Banks[o.Payee]
	}
	switch o.Product {
	case "relay":
		want["bank:"+j.Banks[o.From]] += o.Amount
		want[payee] -= o.Amount // the bank pays it out, so it owes us less
	case "mdebit", "charge":
		want["bank:"+j.Banks[o.From]] += o.Amount
		want[payee] += o.Amount
	default:
		want[payer] -= o.Amount
		want[payee] += o.Amount
	}
	if o.Fee > 0 {
		want[payer] -= o.Fee
		want["fees"] += o.Fee
	}
}

// handedBack adds what moves when the first bank has paid and the second has not taken it.
func (j *judgement) handedBack(want map[string]money.Amount, o *order) {
	want["bank:"+j.Banks[o.From]] += o.Amount
	want["purse:"+o.From] += o.Amount
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

// moved is what the bank has paid into an account for good, less what it took out of it,
// in entries of one amount; "" is any account, or any amount.
func (j *judgement) moved(number, amount string) (net money.Amount) {
	for _, e := range j.Bank {
		if (number == "" || j.Accounts[e.Account] == number) && (amount == "" || j.currency.Format(e.Amount) == amount) {
			net += e.Change()
		}
	}
	return net
}

// bank: it took what was paid from accounts, and paid what was paid into accounts, once
// each, and nothing else; and nothing is left set aside.
func (j *judgement) bank() {
	for account, amount := range j.Held {
		j.fault("of the account of %s, %s is still set aside", j.Accounts[account], j.currency.Format(amount))
	}
	for charged, o := range j.byAmount {
		var takes, gives money.Amount
		for _, p := range j.Books.Payments {
			if p.Amount != charged || p.Product != o.Product {
				continue
			}
			if (p.Product == "mdebit" || p.Product == "relay" || p.Product == "charge") && (p.Outcome == "paid" || p.Outcome == "returned") {
				takes += o.Amount
			}
			if p.Product == "relay" && p.Outcome == "paid" {
				gives += o.Amount
			}
		}
		amount := j.currency.Format(o.Amount)
		if took := -j.moved(o.From, amount); took != takes {
			j.fault("for the order %q of %s the bank took %s, and %s was paid", o.Text, o.From, j.currency.Format(took), j.currency.Format(takes))
		}
		if gave := j.moved("", amount) - j.moved(o.From, amount); gave != gives {
			j.fault("for the order %q of %s the bank paid out %s, and %s was to be paid out", o.Text, o.From, j.currency.Format(gave), j.currency.Format(gives))
		}
		if gives > 0 && j.moved(o.Payee, amount) != gives {
			j.fault("for the order %q of %s the bank paid somebody else", o.Text, o.From)
		}
	}
}
