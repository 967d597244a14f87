package proof

import (
	"slices"
	"strings"

	"mpg/store/money"
)

// claims: what was sent to a number that is not registered waits, or is with its payee, or
// with its payer again: one of them, and both sides were told.
func (j *judgement) claims() {
	ended := map[*order][]*payment{}
	for i := range j.Books.Payments {
		if p := &j.Books.Payments[i]; p.Product == "claim" || p.Product == "claim-back" {
			of := j.bySum[p.Amount]
			ended[of] = append(ended[of], p)
		}
	}
	for _, o := range j.Orders {
		for _, p := range j.became[o] {
			if o.Claim && p.paid() {
				j.claim(o, p, ended[o])
				delete(ended, o)
			}
		}
	}
	for _, all := range ended {
		j.fault("payment %s of %s ends a claim that is none", all[0].Ref, all[0].Amount)
	}
}

// claim judges one that was paid, by what has ended it.
func (j *judgement) claim(o *order, p *payment, ended []*payment) {
	switch {
	case len(ended) > 1:
		j.fault("the claim of %s has ended %d times", p.Ref, len(ended))
	case len(ended) == 0: // it waits
		return
	}
	end := ended[0]
	told := j.told[end.Ref]
	switch {
	case end.Outcome != "paid":
		j.fault("payment %s, which ends the claim of %s, is %s", end.Ref, p.Ref, end.Outcome)
	case end.Product == "claim-back":
		j.receipt(end, told[saidUnclaimed], o.From, o.final(), 0)
		if end.Payee != o.From {
			j.fault("the claim of %s came back to %s", p.Ref, end.Payee)
		}
	default:
		if end.Payee != o.Payee || !slices.Contains(j.Late, o.Payee) {
			j.fault("the claim of %s was paid to %s, who was not registered later", p.Ref, end.Payee)
		}
		j.receipt(end, told[saidReceived], o.Payee, o.received(), 0)
		j.receipt(end, told[saidCollected], o.From, o.final(), 0)
	}
}

// claimed adds what moves by the text that tells a payer how a claim has ended.
func (j *judgement) claimed(want map[string]money.Amount, told map[said][]text) {
	for _, receipt := range told[saidCollected][:min(1, len(told[saidCollected]))] {
		if o := j.claimBy(receipt); o != nil {
			want["unclaimed"] -= o.final()
			want["purse:"+o.Payee] += o.received()
			payFees(want, o)
		}
	}
	for _, receipt := range told[saidUnclaimed][:min(1, len(told[saidUnclaimed]))] {
		if o := j.claimBy(receipt); o != nil {
			want["unclaimed"] -= o.final()
			want["purse:"+o.From] += o.final()
		}
	}
}

// claimBy is the order of a claim whose end a text tells.
func (j *judgement) claimBy(receipt text) *order {
	for _, o := range j.bySender[receipt.To] {
		if o.Claim && names(receipt.Text, j.currency.Format(o.final())) {
			return o
		}
	}
	j.fault("the end of a claim names no amount that was sent: %q", receipt.Text)
	return nil
}

// wishes: who asked for money and was refused it was told so, and nobody else. A NO without a
// number may have refused it, if it came when no order was open.
func (j *judgement) wishes() {
	for _, w := range j.Wishes {
		amount := j.currency.Format(w.Amount)
		told := slices.ContainsFunc(j.told[""][saidAskRefused], func(t text) bool { return t.To == w.From && names(t.Text, amount) })
		if refused := !w.Refused.IsZero(); refused && !told || told && !refused && j.Nays[w.To] == 0 {
			j.fault("%s asked %s for %s; refused: %t, told so: %t", w.From, w.To, amount, refused, told)
		}
		ordered := func(o *order) bool { return o.From == w.To && o.Payee == w.From && o.Amount == w.Amount }
		if told && slices.ContainsFunc(j.Orders, ordered) {
			j.fault("%s has refused %s the %s for which there is an order", w.To, w.From, amount)
		}
	}
}

// decisions: what a shop has refused was not taken, and what it has accepted was not refused.
func (j *judgement) decisions() {
	for ref, accepts := range j.Decided {
		p := j.byRef[ref]
		if p == nil || accepts == strings.Contains(p.Reason, "turned down") {
			j.fault("the till has answered %s, accepting it: %t, and it ended as %+v", ref, accepts, p)
		}
	}
}
