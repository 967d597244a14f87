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
func (x *exchanges) forget(asked *exchange) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.over(asked)
}

// over removes asked from the waiting requests. The caller holds the lock.
func (x *exchanges) over(asked *exchange) {
	delete(x.waiting, asked.key)
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

// giveUp stops waiting for asked. An answer that came in the meantime is returned:
// it was in time for us. Otherwise hint says what came that was not the answer,
// or is nil.
func (x *exchanges) giveUp(asked *exchange) (answer *iso8583.Message, hint *hint) {
	x.mu.Lock()
	defer x.mu.Unlock()
	select {
	case m := <-asked.answer:
		return m, nil
	default:
	}
	x.over(asked)
	x.remember(asked, open)
	return nil, asked.hint
}

// outstanding returns how many requests wait for an answer.
func (x *exchanges) outstanding() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.waiting)
}

// settle hands message to the caller that waits for it, or says what became of it.
// request names the request that message belongs to, without its account, or is nil
// if that is not known. why says what is wrong with an unmatched or unreadable
// answer.
func (x *exchanges) settle(message *iso8583.Message) (f fate, request *iso8583.Message, why *hint) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if e := x.find(message); e != nil && !x.isEarlier(e, message) {
		if !placed(e.request, message) {
			e.hint = cannotRead(message)
			return unreadable, naming(e.request), e.hint
		}
		x.over(e)
		x.remember(e, verdictOf(e.request, message))
		e.answer <- message
		return taken, nil, nil
	}
	if known := x.known(message); known != nil {
		if !placed(known.request, message) {
			return unreadable, known.request, cannotRead(message)
		}
		return known.told(message), known.request, nil
	}
	if !message.Whole() {
		return unreadable, nil, cannotRead(message)
	}
	return unmatched, nil, x.hintAll(message)
}

// garbage notes at every waiting request that a message came which could not be
// read: it may have been the answer.
func (x *exchanges) garbage(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, e := range x.waiting {
		if e.hint == nil {
			e.hint = &hint{CauseUnreadable, "a message came that cannot be read: " + err.Error()}
		}
	}
}

func cannotRead(message *iso8583.Message) *hint {
	return &hint{CauseUnreadable, "an answer cannot be read: " + message.Odd()[0].Error()}
}

// told records message as the latest answer to a request that is over.
func (e *ended) told(message *iso8583.Message) fate {
	was, is := e.said, verdictOf(e.request, message)
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

// verdictOf returns what message says about request. An approval in part or under a
// condition has taken money, too.
func verdictOf(request, message *iso8583.Message) verdict {
	code := message.Get(iso8583.DEResponse)
	switch {
	case request.MTI == iso8583.ReversalAdvice, request.MTI == iso8583.ReversalAdviceRepeat, request.MTI == iso8583.NetworkRequest:
		return verdict(code)
	case approves(code):
		return approved
	case ReasonOf(code) == Unclear:
		return open
	}
	return declined
}

// remember keeps how asked ended, and drops the oldest of recentMax. The lock is
// held.
func (x *exchanges) remember(asked *exchange, said verdict) {
	was := x.recent[asked.key]
	is := &ended{request: naming(asked.request), said: said}
	x.recent[asked.key] = is
	if was != nil {
		is.before = append(was.before, was.request.Get(iso8583.DETransmitted))
		is.before = is.before[max(0, len(is.before)-beforeMax):]
		return
	}
	if len(x.order) < recentMax {
		x.order = append(x.order, asked.key)
		return
	}
	delete(x.recent, x.order[x.next])
	x.order[x.next] = asked.key
	x.next = (x.next + 1) % recentMax
}

// isEarlier reports whether message, which matches asked, answers an earlier message with the same
// request: it echoes the transmission time of that one. A reversal is repeated with the
// same STAN and reference but a DE7 of its own, and the host may have answered the first
// one before it approved the request. Such an answer is late.
func (x *exchanges) isEarlier(asked *exchange, message *iso8583.Message) bool {
	was, at := x.recent[asked.key], message.Get(iso8583.DETransmitted)
	if was == nil || at == "" || at == asked.request.Get(iso8583.DETransmitted) {
		return false
	}
	return at == was.request.Get(iso8583.DETransmitted) || slices.Contains(was.before, at)
}

// naming returns what match, placed and lateOf need to know of request, without its
// account.
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
