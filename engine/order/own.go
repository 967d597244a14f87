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

// out reads an amount, which goes to the bank account, or an amount and the code of an agent.
// The code may also come first where the text says so. Of two bare numbers, the first is the
// amount: OUT 8005 100 is refused even though 100 cannot be a code, since people used to the code
// first, as in PAY, would one day write OUT 8005 1000 and order 8005.00 from agent 1000. A unit
// between two numbers may belong to either, and is refused.
func (p ownMoney) out(text string) (Order, *Refusal) {
	first, _, why := p.codeFirst(text)
	typed, marked := p.typed, p.marked
	p.marked = false
	second, alone, whyNot := p.outAmount(text)
	p.near.cash = len(numberTokens(text)) > 1
	switch {
	case why == "" && whyNot == "" && (marked || p.marked):
		return p.refuse(BadAmount, Out)
	case whyNot == "":
		return p.outOrder(second, alone)
	case why == "" && !marked && isDigit(text) && mayBeCode(typed):
		return p.refuse(BadAmount, Out)
	case why == "":
		first.Intent = Out
		if why = p.onlyBank(&first, "", false); why == "" && !marked && isDigit(text) {
			p.near = near{to: first.To, amount: first.Amount, typed: typed, whole: true, cash: true}
			why = BadCode
		}
		if why != "" {
			return p.refuse(why, Out)
		}
		return first, nil
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
	behind, _ := cutTo(strings.TrimLeft(rest, " ,"))
	code, after, ok := cutCode(cutAgentWords(behind))
	if !ok {
		o, why = p.finish(Order{Intent: Out}, sum, behind)
		return o, true, why
	}
	o, why = p.finish(Order{Intent: Out, To: code}, sum, after)
	return o, false, why
}

// agentWords may stand before the code of an agent. Never written to.
var agentWords = []string{"cash", "at", "from", "agent", "现金", "在", "从", "代理", "网点"}

// cutAgentWords takes them off the front.
func cutAgentWords(text string) string {
	for cut := true; cut; {
		cut = false
		for _, word := range agentWords {
			if rest, ok := strings.CutPrefix(text, word); ok && !(isLatin(word) && isLatinLetter(rest)) {
				text, cut = strings.TrimLeft(rest, " ,:#"), true
			}
		}
	}
	return text
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
