package engine

import (
	"maps"
	"slices"

	"mpg/engine/intake"
	"mpg/engine/intent"
	"mpg/engine/lang"
	"mpg/engine/mac"
	"mpg/engine/names"
	"mpg/engine/refund"
)

// makeIntake makes the rooms that take texts in and do what they order.
func (e *Engine) makeIntake() {
	cfg := &e.cfg
	e.intents = intent.New(intent.Config{
		Books: e.books, Process: e.process, Place: e.cfg.Place, Clock: e.clock, Grammar: cfg.Grammar, Now: cfg.Now, Counts: &e.stats.OrderCounts,
		PINCalls: e.calls, Refunds: e.refunds(), Claims: e.claims, Names: names.New(cfg.SealKey), Speaks: func(language lang.Lang) bool { return cfg.Ports.Speaks(language) }, BankUp: e.banks.Up, BankFull: e.banks.Full, Ordered: e.times.Ordered,
	})
	e.intake = intake.New(intake.Config{
		Run: e.run, Handler: e.intents, Digests: mac.New(cfg.PIN.Key.Derive("intake")), Numbers: e.numbers,
		Code: cfg.Code, Payee: payeeOf(e), Ambiguous: cfg.Ambiguous, Rules: func() intent.Rules { return e.Rules().Rules }, Clock: e.clock, Now: cfg.Now,
		Closed: e.over, Log: cfg.Log, Counts: &e.stats.TextCounts,
		LooksLikePIN: cfg.Grammar.LooksLikePIN,
	})
}

// payeeOf returns a func that divides an address that is a short code of a bind followed by a
// payee's number, or by a part of one, and returns the order that body makes there.
func payeeOf(e *Engine) func(via, address, body string) (shortCode, order string, ok bool) {
	return func(via, address, body string) (shortCode, order string, ok bool) {
		if e.cfg.Ports.Codes == nil {
			return "", "", false
		}
		codes := e.cfg.Ports.Codes(via)
		code, number, ok := e.cfg.Grammar.Suffix(address, codes)
		if !ok {
			return e.cfg.Grammar.Astray(e.cfg.Place.Language, address, body, codes)
		}
		return code, e.cfg.Grammar.SendTo(e.cfg.Place.Language, number, body), true
	}
}

// refunds returns what makes refunds.
func (e *Engine) refunds() *refund.Desk {
	return refund.New(refund.Config{Books: e.books, Process: e.process, Store: e.cfg.Store, Place: e.cfg.Place,
		Banks: slices.Sorted(maps.Keys(e.cfg.Ports.Banks)), BankUp: e.banks.Up})
}

// Receive takes a text in if there is room; it never blocks. After false the
// SMSC is to be told that the queue is full.
func (e *Engine) Receive(text intake.Text) bool { return !e.draining.Load() && e.intake.Receive(text) }
