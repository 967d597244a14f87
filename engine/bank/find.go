package bank

import "mpg/engine/bank/iso8583"

// find returns the one exchange that message certainly belongs to, or nil.
func (x *exchanges) find(message *iso8583.Message) *exchange {
	if e := x.waiting[message.Key()]; e != nil {
		return e
	}
	var best *exchange
	most, rivals := unlike, 0
	for _, e := range x.waiting {
		if e.key.Answer != message.MTI {
			continue
		}
		switch like, _ := match(e.request, message); {
		case like > most:
			best, most, rivals = e, like, 0
		case like == most && like != unlike:
			rivals++
		}
	}
	if best == nil || rivals > 0 || most < byReference && x.others(message, best.key.RRN) {
		return nil
	}
	return best
}

// known returns the one past request that message certainly belongs to, or nil.
func (x *exchanges) known(message *iso8583.Message) *ended {
	if e := x.recent[message.Key()]; e != nil {
		return e
	}
	var best *ended
	most, rivals := unlike, 0
	for key, e := range x.recent {
		if key.Answer != message.MTI {
			continue
		}
		switch like, _ := match(e.request, message); {
		case like > most:
			best, most, rivals = e, like, 0
		case like == most && like != unlike:
			rivals++
		}
	}
	if rivals > 0 {
		return nil
	}
	return best
}

// others reports whether message carries the reference of a request other than own: it then
// mixes two requests and belongs to neither.
func (x *exchanges) others(message *iso8583.Message, own string) bool {
	reference := message.Get(iso8583.DERRN)
	if reference == "" || reference == own {
		return false
	}
	for key := range x.waiting {
		if key.RRN == reference {
			return true
		}
	}
	for key := range x.recent {
		if key.RRN == reference {
			return true
		}
	}
	return false
}

// hintAll notes at each request that message may have been meant for why message is not its
// answer, and returns one of those reasons.
func (x *exchanges) hintAll(message *iso8583.Message) *hint {
	why := &hint{causeUnmatched, "it belongs to no request that is remembered"}
	trace, reference := message.Get(iso8583.DESTAN), message.Get(iso8583.DERRN)
	for _, e := range x.waiting {
		if (trace == "" || trace != e.key.STAN) && (reference == "" || reference != e.key.RRN) {
			continue
		}
		if e.key.Answer != message.MTI {
			why = &hint{causeType, "it is a " + string(message.MTI) + ", wanted a " + string(e.key.Answer)}
		} else if _, w := match(e.request, message); w != nil {
			why = w
		}
		e.hint = &hint{why.word, "an answer came that was not taken: " + why.text}
	}
	return why
}
