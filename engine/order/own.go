package order

import (
	"slices"
	"strings"
)

// ownMoney reads the orders that move one's own money, and those of an agent.
type ownMoney struct{ *parser }

// topUp reads an amount, and nothing else but courtesies and the word for a bank, which is
// where the money comes from in any case.
func (p ownMoney) topUp(text string) (Order, *Refusal) {
	text, _ = cutTo(text)
	sum, rest, reason := p.amounts.read(cutAmountWord(text))
	if reason != "" {
		return p.refuse(reason, TopUp)
	}
	o, reason := p.finish(Order{Intent: TopUp}, sum, rest)
	if reason = p.onlyBank(&o, reason, true); reason != "" {
		return p.refuse(reason, TopUp)
	}
	return o, nil
}

// onlyBank refuses a memo, of which whoever orders for themselves has no need, and a way of
// paying other than the bank, which is not kept. bank says whether that one may be named.
func (p ownMoney) onlyBank(o *Order, before Reason, bank bool) Reason {
	switch {
	case before != "":
		return before
	case o.Source != "" && (o.Source != FromBank || !bank):
		return BadSource
	case slices.ContainsFunc(wordsOf(lower(o.Memo)), func(word string) bool { return !courtesyWords[word] }):
		return TooMuch
	}
	o.Source, o.Memo = "", ""
	return ""
}

// out reads an amount, which goes to the bank account, or an amount and the code of an agent
// in either order. Where both numbers could be a code, the text is refused, unless the
// amount is marked by a point or a unit, or TO stands before the code.
func (p ownMoney) out(text string) (Order, *Refusal) {
	first, _, why := p.codeFirst(text)
	typed := p.typed
	second, alone, whyNot := p.outAmount(text)
	switch {
	case why == "" && (whyNot == "" || mayBeCode(typed)):
		return p.refuse(BadAmount, Out)
	case why == "":
		first.Intent = Out
		return p.outOrder(first, false)
	case whyNot == "":
		return p.outOrder(second, alone)
	case whyNot == BadCode && !hasNumber(text):
		whyNot = BadAmount
	}
	return p.refuse(whyNot, Out)
}

// outOrder refuses what an order to pay out has no use for. bank says that it is the bank
// that pays out.
func (p ownMoney) outOrder(o Order, bank bool) (Order, *Refusal) {
	if reason := p.onlyBank(&o, "", bank); reason != "" {
		return p.refuse(reason, Out)
	}
	return o, nil
}

// outAmount reads AMOUNT, AMOUNT to CODE and AMOUNT CODE. alone says that there is no code.
func (p ownMoney) outAmount(text string) (o Order, alone bool, why Reason) {
	sum, rest, why := p.amounts.read(cutAmountWord(text))
	if why != "" {
		return Order{}, false, why
	}
	behind, to := cutTo(strings.TrimLeft(rest, " ,"))
	code, after, ok := cutCode(behind)
	if !ok {
		o, why = p.finish(Order{Intent: Out}, sum, behind)
		return o, true, why
	}
	if !to && sum.signed && mayBeCode(sum.typed) {
		return Order{}, false, BadCode
	}
	o, why = p.finish(Order{Intent: Out, To: code}, sum, after)
	return o, false, why
}

// cashIn reads an amount and a person's number, in either order.
func (p ownMoney) cashIn(text string) (Order, *Refusal) {
	o, refusal := p.send(text, Send)
	if refusal != nil {
		return p.refuse(refusal.Reason, In)
	}
	o.Intent = In
	if reason := p.onlyBank(&o, "", false); reason != "" {
		return p.refuse(reason, In)
	}
	return o, nil
}
