package proof

import (
	"mpg/store/money"
)

// splits: of what a card does not pay, the purse pays all, or nothing is paid; and the ledger and
// the texts say of both parts what follows from the order. What comes back is the card's first.
func (j *judgement) splits() {
	for _, o := range j.Orders {
		for _, p := range j.became[o] {
			j.split(o, p)
			if o.ByCard > 0 {
				j.cardFirst(o, p)
			}
		}
	}
}

// split judges one payment.
func (j *judgement) split(o *order, p *payment) {
	told, rest := j.told[p.Ref], ""
	if o.ByCard > 0 {
		rest = j.currency.Format(o.byPurse())
	}
	switch {
	case rest == "":
		for _, short := range told[saidPartOnly] {
			j.fault("the issuer holds all of payment %s, and %s was told %q", p.Ref, short.To, short.Text)
		}
	case p.paid() && o.Unpayable:
		j.fault("payment %s was paid, and nobody pays what the issuer does not", p.Ref)
	case p.paid():
		for _, short := range told[saidPartOnly] {
			j.fault("payment %s was paid, and %s was told %q", p.Ref, short.To, short.Text)
		}
	}
	if card := j.currency.Format(o.ByCard); p.paid() && (p.ByPurse != rest || rest != "" && p.ByCard != card) {
		j.fault("of payment %s the card has paid %s and the purse %q, and they were to pay %s and %q", p.Ref, p.ByCard, p.ByPurse, card, rest)
	}
	for _, says := range []said{saidSetAside, saidPaid} {
		for _, t := range told[says] {
			if rest != "" && t.To == o.From && !namesPursePart(t.Text, rest) {
				j.fault("%s was not told that the purse pays %s of payment %s: %q", t.To, rest, p.Ref, t.Text)
			}
		}
	}
}

// cardFirst judges all refunds of a payment together: the card gets what it has paid before the
// purse gets anything, unless its issuer does not take it back.
func (j *judgement) cardFirst(o *order, p *payment) {
	var back, card money.Amount
	refused := false
	for _, r := range j.refunded[p.Ref] {
		if r.Product == "refund" && (r.paid() || r.Outcome == "returned") {
			back += j.sum(r.Amount)
			card += j.gives(r)
			refused = refused || r.Outcome == "returned"
		}
	}
	if want := min(back, o.ByCard); card > want || card < want && !refused {
		j.fault("of the %s that was refunded of payment %s, the card has %s back, and was to have %s", j.currency.Format(back), p.Ref, j.currency.Format(card), j.currency.Format(want))
	}
}

// toBank is how much of a refund a bank is asked to pay, if it is asked, as the ledger has it.
func (j *judgement) toBank(p *payment) money.Amount {
	switch {
	case p == nil: // a text names what is none
		return 0
	case p.ByCard != "":
		return j.sum(p.ByCard)
	}
	return j.sum(p.Amount)
}

// gives is how much of a refund the bank has to have paid.
func (j *judgement) gives(p *payment) money.Amount {
	if p.paid() && p.Request != nil {
		return j.toBank(p)
	}
	return 0
}

// backAtBank is what banks have to have paid of all refunds, by amount. What a card gets back may
// be as much as it has paid.
func (j *judgement) backAtBank() map[money.Amount]money.Amount {
	back := map[money.Amount]money.Amount{}
	for _, all := range j.refunded {
		for _, p := range all {
			back[j.toBank(p)] += j.gives(p)
		}
	}
	return back
}

// splitBack: whoever got a refund on the card and in the purse knows both parts, as the ledger
// does.
func (j *judgement) splitBack(p *payment, told map[said][]text) {
	sum := j.sum(p.Amount)
	purse := j.currency.Format(sum - j.toBank(p))
	j.receipt(p, told[saidRefundSplit], p.Payee, sum, 0)
	for _, t := range told[saidRefundSplit] {
		if !namesPursePart(t.Text, purse) {
			j.fault("of refund %s %s is in the purse, and %s was told %q", p.Ref, purse, t.To, t.Text)
		}
	}
	if p.ByPurse != purse {
		j.fault("of refund %s %s went to the card and %s to the purse, which is not all of it: %s", p.Ref, p.ByCard, p.ByPurse, p.Amount)
	}
}
