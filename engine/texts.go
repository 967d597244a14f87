package engine

import (
	"mpg/engine/intake"
	"mpg/engine/intent"
	"mpg/engine/lang"
	"mpg/engine/mac"
	"mpg/engine/payment"
	"mpg/engine/refusal"
	"mpg/engine/tx"
	"mpg/engine/user"
)

// makeIntake makes the rooms that take texts in and do what they order.
func (e *Engine) makeIntake() {
	cfg := &e.cfg
	e.intents = intent.New(intent.Config{
		Books: e.books, Process: e.process, Place: e.place, Clock: e.clock, Grammar: cfg.Grammar, Now: cfg.Now, Counts: &e.stats.OrderCounts,
		PINCalls: pinCalls{e}, Speaks: func(l lang.Lang) bool { return cfg.Ports.Speaks(l) }, BankUp: e.bankUp, Ordered: e.ordered.begin,
	})
	e.intake = intake.New(intake.Config{
		Run: e.run, Handler: e.intents, Digests: mac.New(cfg.PINKey.Derive("intake")), Numbers: e.numbers,
		Code: cfg.Code, Ambiguous: cfg.Ambiguous, Rules: e.orderRules, Clock: e.clock, Now: cfg.Now,
		Closed: func() bool { return e.ctx.Err() != nil }, Log: cfg.Log, Counts: &e.stats.TextCounts,
	})
}

// orderRules returns the rules of this moment for what texts order.
func (e *Engine) orderRules() intent.Rules {
	r := e.rules.Load()
	return intent.Rules{Products: r.Products, Expires: r.Expires, Repeat: r.Repeat, Redelivery: r.Redelivery,
		UnreadPerHour: r.UnreadPerHour, CallsPerOrder: r.CallsPerOrder, CallsPerHour: r.CallsPerHour}
}

// Receive takes a text in if there is room; it never blocks. After false the
// SMSC is to be told that the queue is full.
func (e *Engine) Receive(t intake.Text) bool { return !e.draining.Load() && e.intake.Receive(t) }

// RefusedOrders returns how many orders were refused for a reason since the start.
func (e *Engine) RefusedOrders(reason refusal.Reason) int64 { return e.intents.Refused.Load(reason) }

// bankUp reports whether that bank can be asked now.
func (e *Engine) bankUp(name string) bool {
	link := e.cfg.Ports.Banks[name]
	return link != nil && link.Up()
}

// isSubscriber reports whether a number in E.164 is registered. If that cannot be read,
// it reports false.
func (e *Engine) isSubscriber(number string) bool {
	_, ok, err := e.cfg.Store.Doc(user.AliasTable, e.run.AliasKey(number))
	return ok && err == nil
}

// ReadNumber returns a number that an operator typed in E.164. A number without
// + is read as people in the country write it. Anything else comes back
// unchanged, so that an error can show what was typed.
func (e *Engine) ReadNumber(raw string) string {
	if number, ok := e.numbers.Number(raw); ok {
		return number
	}
	return raw
}

// pinCalls are the calls to choose a PIN, as engine/intent asks for them.
type pinCalls struct{ e *Engine }

// ChoosingPIN reports whether a call to u has not ended.
func (c pinCalls) ChoosingPIN(t *tx.Tx, u *user.User) (bool, error) {
	running, err := tx.Read[pinCall](t, user.CallTable, payment.Key(u.No))
	return running != nil, err
}

// ChoosePIN records a call to u and begins it after the commit.
func (c pinCalls) ChoosePIN(t *tx.Tx, u *user.User, l lang.Lang, via, code string) {
	call := &pinCall{User: u.No, Phone: u.Phone, Lang: l, Via: via, Code: code, Old: u.PIN.Set()}
	tx.Save(t, user.CallTable, payment.Key(u.No), call)
	u.CountCall(t.Now)
	t.SaveUser(u)
	t.AfterCommit(func() { c.e.goDialPIN(call) })
}
