package order

import "strings"

// send reads an amount and a person's number, in either order: they cannot be
// taken for each other.
func (p *parser) send(text string, intent Intent) (Order, *Refusal) {
	n, reason := p.g.plan().only(text)
	if reason != "" {
		p.near = p.amountAlone(text)
		o, refusal := p.refuse(reason, intent)
		refusal.unnumbered = p
		return o, refusal
	}
	o := Order{Intent: intent, To: n.number}
	before, _ := cutTo(text[:n.start])
	after := text[n.end:]
	if strings.TrimSpace(before) == "" {
		p.near = p.codeAsAmount(text[n.start:])
		return p.sendAmount(o, cutSeparator(after))
	}
	a, rest, reason := p.amounts.read(before)
	if reason == "" {
		if rest, _ = cutTo(rest); strings.Trim(rest, " ,:") != "" {
			reason = BadAmount // words between amount and number
		}
	}
	if reason != "" {
		return p.refuse(reason, intent)
	}
	return p.sent(o, a, after)
}

// amountAlone returns the 50 of SEND 50 Anna, for the hint. What is as long as a
// phone number may be one.
func (p *parser) amountAlone(text string) near {
	a, _, reason := p.amounts.read(text)
	if reason != "" || len(strings.Map(keepDigit, a.typed)) >= numberDigitsMin {
		return near{}
	}
	return near{amount: a.value, typed: a.typed}
}

// sendAmount reads the amount and the rest behind the number.
func (p *parser) sendAmount(order Order, text string) (Order, *Refusal) {
	a, rest, reason := p.amounts.read(text)
	if reason != "" {
		return p.refuse(reason, order.Intent)
	}
	return p.sent(order, a, rest)
}

// codeAsAmount returns the 86 of SEND 86 13800138000, for the hint: it may be the
// amount, or a country's code without an amount.
func (p *parser) codeAsAmount(number string) near {
	code := p.g.plan().callingCode()
	if !strings.HasPrefix(number, code+" ") {
		return near{}
	}
	a, _ := p.g.Currency.Parse(code)
	return near{amount: a, typed: code}
}

// sent reads what stands behind payee and amount.
func (p *parser) sent(order Order, sum amount, rest string) (Order, *Refusal) {
	intent := order.Intent
	order, reason := p.finish(order, sum, rest)
	if reason != "" {
		p.near = nearOf(near{}, sum, order.Source, reason)
		return p.refuse(reason, intent)
	}
	return order, nil
}
