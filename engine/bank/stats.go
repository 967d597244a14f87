package bank

import (
	"errors"
	"maps"
	"sync"
	"time"

	"mpg/engine/bank/cbcmac"
)

// Stats holds counts since Open, each by a word from a short, fixed list. Every
// word of a list is present from the start.
type Stats struct {
	Requests    map[string]uint64 // by Reason, or unknown, down, invalid
	Advices     map[string]uint64 // each try, as Requests
	Unsure      map[string]uint64 // requests, advices and reversals without a certain answer, by Cause
	Reversals   map[string]uint64 // by UndoOutcome, or unknown, down, invalid
	Answers     map[string]uint64 // that nothing was waiting for: late, contradicting, duplicate, unmatched, unreadable
	Host        map[string]uint64 // messages that the host initiated, by class: network, request, advice, reversal, reconciliation, other
	MAC         map[string]uint64 // messages taken as not received: their MAC is missing or wrong
	Keys        map[string]uint64 // keys that the host sent: taken, refused
	Outstanding int               // requests and reversals that wait for an answer
}

// State is the state of a connector, for people.
type State struct {
	Lines []LineState    // one for each address, in order
	Keys  []cbcmac.Check // without the keys
}

// LineState is the state of one line.
type LineState struct {
	Addr string `json:"addr"`
	Up   bool   `json:"up"`
}

// series is one map of Stats.
type series uint8

const (
	seriesRequests series = iota
	seriesAdvices
	seriesUnsure
	seriesReversals
	seriesAnswers
	seriesHost
	seriesMAC
	seriesKeys
	seriesMax
)

// The words of the series beside reasons, outcomes and causes.
const (
	resultUnknown = "unknown"
	resultDown    = "down"
	resultInvalid = "invalid"

	answerLate          = "late"
	answerContradicting = "contradicting"
	answerDuplicate     = "duplicate"
	answerUnmatched     = "unmatched"
	answerUnreadable    = "unreadable"

	macMissing = "missing"
	macWrong   = "wrong"
	keyTaken   = "taken"
	keyRefused = "refused"

	hostNetwork        = "network"
	hostRequest        = "request"
	hostAdvice         = "advice"
	hostReversal       = "reversal"
	hostReconciliation = "reconciliation"
	hostOther          = "other"
)

// counters keep the series of Stats.
type counters struct {
	mu     sync.Mutex
	series [seriesMax]map[string]uint64
}

func newCounters() *counters {
	results := []string{resultUnknown, resultDown, resultInvalid}
	var reasons []string
	for _, r := range [...]Reason{Approved, Funds, Account, Limit, Unavailable, Expired, Restricted, PIN, Refused} {
		reasons = append(reasons, string(r))
	}
	var outcomes []string
	for _, o := range [...]UndoOutcome{UndoDone, UndoAbsent, UndoAgain, UndoOperator} {
		outcomes = append(outcomes, string(o))
	}
	c := new(counters)
	for s, words := range [seriesMax][]string{
		seriesRequests:  append(reasons, results...),
		seriesAdvices:   append(reasons, results...),
		seriesUnsure:    causes[:],
		seriesReversals: append(outcomes, results...),
		seriesAnswers:   {answerLate, answerContradicting, answerDuplicate, answerUnmatched, answerUnreadable},
		seriesMAC:       {macMissing, macWrong},
		seriesKeys:      {keyTaken, keyRefused},
		seriesHost:      {hostNetwork, hostRequest, hostAdvice, hostReversal, hostReconciliation, hostOther},
	} {
		c.series[s] = make(map[string]uint64, len(words))
		for _, word := range words {
			c.series[s][word] = 0
		}
	}
	return c
}

func (c *counters) add(series series, word string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.series[series][word]++
}

func (c *counters) stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Stats{
		Requests: maps.Clone(c.series[seriesRequests]), Unsure: maps.Clone(c.series[seriesUnsure]),
		Reversals: maps.Clone(c.series[seriesReversals]), Answers: maps.Clone(c.series[seriesAnswers]),
		Host: maps.Clone(c.series[seriesHost]), Advices: maps.Clone(c.series[seriesAdvices]),
		MAC: maps.Clone(c.series[seriesMAC]), Keys: maps.Clone(c.series[seriesKeys]),
	}
}

// Counters count what Stats shows, for connectors other than Link. They may be used from any
// goroutine.
type Counters struct{ counters *counters }

// NewCounters returns counters that are all 0.
func NewCounters() *Counters { return &Counters{newCounters()} }

// Stats returns the counts so far.
func (c *Counters) Stats() Stats { return c.counters.stats() }

// Request counts how a request ended.
func (c *Counters) Request(reply Reply, err error) { c.end(seriesRequests, string(reply.Reason), err) }

// Advice counts how one sending of an advice ended.
func (c *Counters) Advice(reply Reply, err error) { c.end(seriesAdvices, string(reply.Reason), err) }

// Reversal counts how one sending of a reversal ended.
func (c *Counters) Reversal(undo Undo, err error) { c.end(seriesReversals, string(undo.Outcome), err) }

// Late counts an answer that nothing was waiting for.
func (c *Counters) Late() { c.counters.add(seriesAnswers, answerLate) }

// Contradicting counts an answer that says something other than an earlier one.
func (c *Counters) Contradicting() { c.counters.add(seriesAnswers, answerContradicting) }

// Duplicate counts an answer that came before.
func (c *Counters) Duplicate() { c.counters.add(seriesAnswers, answerDuplicate) }

// Unmatched counts an answer to nothing that was asked.
func (c *Counters) Unmatched() { c.counters.add(seriesAnswers, answerUnmatched) }

// Unreadable counts answers that cannot be read.
func (c *Counters) Unreadable() { c.counters.add(seriesAnswers, answerUnreadable) }

func (c *Counters) end(series series, word string, err error) {
	if err != nil {
		c.counters.add(seriesUnsure, Cause(err))
		word = resultOf(err)
	}
	c.counters.add(series, word)
}

// resultOf returns the word for a request without a certain answer.
func resultOf(err error) string {
	switch {
	case errors.Is(err, ErrInvalid):
		return resultInvalid
	case errors.Is(err, ErrDown):
		return resultDown
	}
	return resultUnknown
}

// limitedEvery is how often a message is logged that a faulty host could otherwise
// trigger with everything that it sends.
const limitedEvery = 10 * time.Second

// limiter logs a message at most once in limitedEvery, with the number of those
// that were suppressed.
type limiter struct {
	mu     sync.Mutex
	last   map[string]time.Time
	missed map[string]int
}

func (m *limiter) warn(link *Link, message string, attrs ...any) {
	now := link.cfg.Now()
	m.mu.Lock()
	if m.last == nil {
		m.last, m.missed = make(map[string]time.Time), make(map[string]int)
	}
	last, logged := m.last[message]
	if since := now.Sub(last); logged && since >= 0 && since < limitedEvery {
		m.missed[message]++
		m.mu.Unlock()
		return
	}
	missed := m.missed[message]
	m.last[message], m.missed[message] = now, 0
	m.mu.Unlock()
	link.cfg.Log.Warn(message, append(attrs, "not_logged_before", missed)...)
}

// odditiesMax is how many kinds of oddity of one host are logged.
const odditiesMax = 32

// oddities holds those that were logged: a host that shows one always shows it.
type oddities struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (o *oddities) note(link *Link, odd string) {
	if odd == "" {
		return
	}
	o.mu.Lock()
	if o.seen == nil {
		o.seen = make(map[string]bool)
	}
	known := o.seen[odd] || len(o.seen) == odditiesMax
	if !known {
		o.seen[odd] = true
	}
	o.mu.Unlock()
	if !known {
		link.cfg.Log.Warn("bank answer is odd; others like it are accepted and not logged again", "odd", odd)
	}
}
