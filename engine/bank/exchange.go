package bank

import (
	"errors"
	"sync"

	"mpg/engine/bank/iso8583"
)

// exchanges ties answers to requests. It belongs to the Link and not to one line,
// so that an answer on a new line is known to be late.
type exchanges struct {
	mu      sync.Mutex
	waiting map[iso8583.Key]*exchange
	recent  map[iso8583.Key]*ended
	order   []iso8583.Key // of recent, oldest at next once it is full
	next    int
}

// exchange is a request whose answer is waited for.
type exchange struct {
	key     iso8583.Key
	request *iso8583.Message
	answer  chan *iso8583.Message // takes one message and is then forgotten
	hint    *hint                 // what came and was not the answer; under the lock of exchanges
}

// ended is a request that is not waited for any more.
type ended struct {
	request *iso8583.Message // only what match needs, and no account
	said    verdict
}

// verdict is what a request was last told: an answer that says another thing is
// news, one that says the same is not.
type verdict string

// The verdicts on requests; that on a reversal is its response code.
const (
	open     verdict = "" // nothing, or nothing that decides
	approved verdict = "approved"
	declined verdict = "declined"
)

// fate is what became of an answer.
type fate uint8

const (
	taken         fate = iota // by the one who waited for it
	late                      // its request was given up
	contradicting             // its request was told another thing before
	duplicate                 // its request was told the same before
	unmatched                 // it belongs to no request that is remembered
	unreadable                // it may belong to one, and cannot be read safely
)

var errSameKey = errors.New("STAN and RRN are in use by an exchange that is not over")

func newExchanges() *exchanges {
	return &exchanges{waiting: make(map[iso8583.Key]*exchange), recent: make(map[iso8583.Key]*ended)}
}

// begin registers a request that is about to be written.
func (x *exchanges) begin(request *iso8583.Message) (*exchange, error) {
	key := request.Key()
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.waiting[key] != nil {
		return nil, errSameKey
	}
	e := &exchange{key: key, request: request, answer: make(chan *iso8583.Message, 1)}
	x.waiting[key] = e
	return e, nil
}

// forget takes back a request that was not written.
func (x *exchanges) forget(e *exchange) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.waiting, e.key)
}

// giveUp ends the waiting for e. An answer that came in the meantime is returned:
// it was in time for us. Else hint is what came and was not the answer, or nil.
func (x *exchanges) giveUp(e *exchange) (answer *iso8583.Message, hint *hint) {
	x.mu.Lock()
	defer x.mu.Unlock()
	select {
	case m := <-e.answer:
		return m, nil
	default:
	}
	delete(x.waiting, e.key)
	x.remember(e, open)
	return nil, e.hint
}

// outstanding is how many requests wait for an answer.
func (x *exchanges) outstanding() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.waiting)
}

// settle hands m to who waits for it, or says what it is. request names the
// request that it belongs to, with no account; nil where that is not known. why
// says for unmatched and unreadable what is wrong.
func (x *exchanges) settle(m *iso8583.Message) (f fate, request *iso8583.Message, why *hint) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if e := x.find(m); e != nil {
		if !placed(e.request, m) {
			e.hint = cannotRead(m)
			return unreadable, naming(e.request), e.hint
		}
		delete(x.waiting, e.key)
		x.remember(e, verdictOf(e.request, m))
		e.answer <- m
		return taken, nil, nil
	}
	if known := x.known(m); known != nil {
		if !placed(known.request, m) {
			return unreadable, known.request, cannotRead(m)
		}
		return known.told(m), known.request, nil
	}
	if !m.Whole() {
		return unreadable, nil, cannotRead(m)
	}
	return unmatched, nil, x.hintAll(m)
}

// garbage notes at every request that a message came which could not be read: it
// may have been its answer.
func (x *exchanges) garbage(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, e := range x.waiting {
		if e.hint == nil {
			e.hint = &hint{causeUnreadable, "a message came that cannot be read: " + err.Error()}
		}
	}
}

func cannotRead(m *iso8583.Message) *hint {
	return &hint{causeUnreadable, "an answer cannot be read: " + m.Odd()[0].Error()}
}

// told takes m as the newest word to a request that is over.
func (e *ended) told(m *iso8583.Message) fate {
	was, is := e.said, verdictOf(e.request, m)
	switch {
	case was == open:
		e.said = is
		return late
	case is == was, is == open:
		return duplicate
	}
	e.said = is
	return contradicting
}

// verdictOf is what m says to request. One that approves in part or under a
// condition has taken money, too.
func verdictOf(request, m *iso8583.Message) verdict {
	code := m.Get(iso8583.DEResponse)
	switch {
	case request.MTI != iso8583.FinancialRequest:
		return verdict(code)
	case approves(code):
		return approved
	case ReasonOf(code) == Unclear:
		return open
	}
	return declined
}

// find returns the one exchange that m surely belongs to.
func (x *exchanges) find(m *iso8583.Message) *exchange {
	if e := x.waiting[m.Key()]; e != nil {
		return e
	}
	var best *exchange
	most, rivals := unlike, 0
	for _, e := range x.waiting {
		if e.key.Answer != m.MTI {
			continue
		}
		switch like, _ := match(e.request, m); {
		case like > most:
			best, most, rivals = e, like, 0
		case like == most && like != unlike:
			rivals++
		}
	}
	if best == nil || rivals > 0 || most < byReference && x.others(m, best.key.RRN) {
		return nil
	}
	return best
}

// known returns the one request of the past that m surely belongs to.
func (x *exchanges) known(m *iso8583.Message) *ended {
	if e := x.recent[m.Key()]; e != nil {
		return e
	}
	var best *ended
	most, rivals := unlike, 0
	for key, e := range x.recent {
		if key.Answer != m.MTI {
			continue
		}
		switch like, _ := match(e.request, m); {
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

// others reports whether m bears the reference of a request other than the one
// with reference own: it then mixes two and belongs to neither.
func (x *exchanges) others(m *iso8583.Message, own string) bool {
	reference := m.Get(iso8583.DERRN)
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

// hintAll notes at each request that m may have been meant for why it is not its
// answer, and returns one of those reasons.
func (x *exchanges) hintAll(m *iso8583.Message) *hint {
	why := &hint{causeUnmatched, "it belongs to no request that is remembered"}
	trace, reference := m.Get(iso8583.DESTAN), m.Get(iso8583.DERRN)
	for _, e := range x.waiting {
		if (trace == "" || trace != e.key.STAN) && (reference == "" || reference != e.key.RRN) {
			continue
		}
		if e.key.Answer != m.MTI {
			why = &hint{causeType, "it is a " + string(m.MTI) + ", wanted a " + string(e.key.Answer)}
		} else if _, w := match(e.request, m); w != nil {
			why = w
		}
		e.hint = &hint{why.word, "an answer came that was not taken: " + why.text}
	}
	return why
}

// remember keeps how e ended and drops the oldest of recentMax. The lock is held.
func (x *exchanges) remember(e *exchange, said verdict) {
	_, known := x.recent[e.key]
	x.recent[e.key] = &ended{request: naming(e.request), said: said}
	if known {
		return
	}
	if len(x.order) < recentMax {
		x.order = append(x.order, e.key)
		return
	}
	delete(x.recent, x.order[x.next])
	x.order[x.next] = e.key
	x.next = (x.next + 1) % recentMax
}

// naming is what match and placed need of request, without its account.
func naming(request *iso8583.Message) *iso8583.Message {
	m := iso8583.New(request.MTI)
	for _, de := range [...]iso8583.DE{
		iso8583.DEAmount, iso8583.DETransmitted, iso8583.DESTAN, iso8583.DELocalTime, iso8583.DELocalDate, iso8583.DERRN,
		iso8583.DETerminal, iso8583.DEMerchant, iso8583.DECurrency, iso8583.DENetworkCode, iso8583.DEOriginalData,
	} {
		m.Set(de, request.Get(de))
	}
	return m
}
