package bank

import (
	"errors"
	"slices"
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
	idle    []chan struct{} // closed once nothing waits
}

// exchange is a request that waits for its answer.
type exchange struct {
	key     iso8583.Key
	request *iso8583.Message
	answer  chan *iso8583.Message // takes one message and is then forgotten
	hint    *hint                 // what came and was not the answer; under the lock of exchanges
}

// ended is a request that no longer waits.
type ended struct {
	request *iso8583.Message // only what match needs, without the account
	said    verdict
	before  []string // DE7 of the earlier messages with the same request, newest last
}

// beforeMax bounds ended.before.
const beforeMax = 32

// verdict is what the bank last said to a request. An answer that says something
// else is news; one that says the same is not.
type verdict string

// The verdicts on requests; that on a reversal is its response code.
const (
	open     verdict = "" // nothing that decides
	approved verdict = "approved"
	declined verdict = "declined"
)

// fate is what became of an answer.
type fate uint8

const (
	taken         fate = iota // by the caller that waited for it
	late                      // its request was given up
	contradicting             // its request was told something else before
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
	x.over(e)
}

// over removes e from the requests that wait. The lock is held.
func (x *exchanges) over(e *exchange) {
	delete(x.waiting, e.key)
	if len(x.waiting) > 0 {
		return
	}
	for _, c := range x.idle {
		close(c)
	}
	x.idle = nil
}

// drained is closed once nothing waits for an answer.
func (x *exchanges) drained() <-chan struct{} {
	x.mu.Lock()
	defer x.mu.Unlock()
	c := make(chan struct{})
	if len(x.waiting) == 0 {
		close(c)
		return c
	}
	x.idle = append(x.idle, c)
	return c
}

// giveUp stops waiting for e. An answer that came in the meantime is returned:
// it was in time for us. Otherwise hint says what came that was not the answer,
// or is nil.
func (x *exchanges) giveUp(e *exchange) (answer *iso8583.Message, hint *hint) {
	x.mu.Lock()
	defer x.mu.Unlock()
	select {
	case m := <-e.answer:
		return m, nil
	default:
	}
	x.over(e)
	x.remember(e, open)
	return nil, e.hint
}

// outstanding returns how many requests wait for an answer.
func (x *exchanges) outstanding() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.waiting)
}

// settle hands m to the caller that waits for it, or says what became of it.
// request names the request that m belongs to, without its account, or is nil
// if that is not known. why says what is wrong with an unmatched or unreadable
// answer.
func (x *exchanges) settle(m *iso8583.Message) (f fate, request *iso8583.Message, why *hint) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if e := x.find(m); e != nil && !x.isEarlier(e, m) {
		if !placed(e.request, m) {
			e.hint = cannotRead(m)
			return unreadable, naming(e.request), e.hint
		}
		x.over(e)
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

// garbage notes at every waiting request that a message came which could not be
// read: it may have been the answer.
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

// told records m as the latest word to a request that is over.
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

// verdictOf returns what m says to request. An approval in part or under a
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

// remember keeps how e ended, and drops the oldest of recentMax. The lock is
// held.
func (x *exchanges) remember(e *exchange, said verdict) {
	was := x.recent[e.key]
	is := &ended{request: naming(e.request), said: said}
	x.recent[e.key] = is
	if was != nil {
		is.before = append(was.before, was.request.Get(iso8583.DETransmitted))
		is.before = is.before[max(0, len(is.before)-beforeMax):]
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

// isEarlier reports whether m, which matches e, answers an earlier message with the same
// request: it echoes the transmission time of that one. A reversal is repeated with the
// same STAN and reference but a DE7 of its own, and the host may have answered the first
// one before it approved the request. Such an answer is late.
func (x *exchanges) isEarlier(e *exchange, m *iso8583.Message) bool {
	was, at := x.recent[e.key], m.Get(iso8583.DETransmitted)
	if was == nil || at == "" || at == e.request.Get(iso8583.DETransmitted) {
		return false
	}
	return at == was.request.Get(iso8583.DETransmitted) || slices.Contains(was.before, at)
}

// naming returns what match, placed and lateOf need of request, without its account.
func naming(request *iso8583.Message) *iso8583.Message {
	m := iso8583.New(request.MTI)
	for _, de := range [...]iso8583.DE{
		iso8583.DEProcessingCode, iso8583.DEAmount, iso8583.DETransmitted, iso8583.DESTAN, iso8583.DELocalTime,
		iso8583.DELocalDate, iso8583.DERRN, iso8583.DETerminal, iso8583.DEMerchant, iso8583.DECurrency, iso8583.DENetworkCode, iso8583.DEOriginalData,
	} {
		m.Set(de, request.Get(de))
	}
	return m
}
