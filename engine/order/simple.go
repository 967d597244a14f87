package order

import (
	"strconv"
	"strings"

	"mpg/engine/lang"
)

// lastMax is the greatest n of LAST n.
const lastMax = 3

// simple reads the intents that move nothing.
func (p *parser) simple(k keyword, rest string) (Order, *Refusal) {
	o := Order{Intent: k.intent, Written: p.written, Cancel: k.cancel}
	rest = strings.Trim(rest, " .。,!?")
	switch k.intent {
	case Help, Stop:
		return o, nil // HELP PAY, STOP 8001: the answer is the same
	case Last:
		return p.last(o, rest)
	case Lang:
		l, ok := lang.Parse(rest)
		if !ok {
			return p.refuse(BadLanguage, Lang)
		}
		o.Language = l
		return o, nil
	}
	if rest != "" {
		return p.refuse(TooMuch, k.intent)
	}
	return o, nil
}

func (p *parser) last(o Order, rest string) (Order, *Refusal) {
	if rest == "" {
		return o, nil
	}
	n, err := strconv.Atoi(rest)
	if err != nil || n < 1 {
		return p.refuse(TooMuch, Last)
	}
	o.Count = min(n, lastMax)
	return o, nil
}
