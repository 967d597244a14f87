package proof

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mpg/engine/bank/host"
	"mpg/ivr/phone"
	"mpg/smpp/pdu"
	"mpg/smpp/smsc"
	"mpg/store/money"
)

// stateMax bounds what one payment takes to come to a state.
const stateMax = 3 * time.Minute

// expireTime is how long an order is open that is to expire: longer than a busy machine
// takes to find it waiting.
const expireTime = 40 * time.Second

// waitsForTheDeadline is the stage of a payment that is to expire.
const waitsForTheDeadline = "waiting for the deadline"

// keyMax is the longest that a call may wait for a key.
const keyMax = time.Minute

// stage is one place at which the daemon is killed. received, confirmed,
// approved, declined, unknown, posted and voided are passed within a commit: no
// kill can find a payment there, only with their texts unsent, which is what
// the stages of done are.
type stage struct {
	name    string
	only    []string                      // products; none: each that nobody has to charge
	arrange func(w *world, p person)      // before the order
	state   string                        // in which the kill finds it
	reached func(w *world, p person) bool // what has to be so besides; may be nil
	before  string                        // command of the shop's that brings it there; empty: none
	command string                        // the same, once the daemon is back
	reply   string                        // once the daemon is back and the call is known to be lost; empty: none
	reason  string                        // in which it ends
	outcome string                        // the same; empty: as the reason says
}

// stages are all of them.
func stages() []stage {
	atBank := []string{"mdebit", "relay", sendFromBank, bankToBank, bankIn}
	return []stage{
		{name: waitsForTheDeadline, state: "waiting", arrange: handset(mood{Behaviour: phone.Behaviour{Does: phone.Rejects}}), reason: "expired"},
		{name: "the first payment to its payee", only: []string{firstPayment}, state: "cooling", arrange: handset(good()), reason: "paid"},
		{name: "the phone rings", state: "calling", arrange: handset(mood{Behaviour: phone.Behaviour{Does: phone.NeverAnswers}}),
			reached: engaged, reply: "again", reason: "paid"},
		{name: "a caller listens", state: "calling", arrange: handset(mood{}), reached: connected, reply: "no", reason: "stopped"},
		{name: "a caller keys the PIN", state: "calling", arrange: handset(keys(func(pin string) string { return "1" + pin[:4] })),
			reached: connected, reply: "again", reason: "paid"},
		{name: "the acknowledgement was lost", state: "calling", arrange: func(w *world, p person) {
			handset(mood{})(w, p)
			w.smsc.SetFaults(smsc.Faults{LoseAcks: true})
		}, reached: connected, reply: "again", reason: "paid"},
		{name: "waiting for AGAIN", state: "waiting", arrange: handset(mood{Behaviour: phone.Behaviour{Does: phone.IsBusy}}), reply: "again", reason: "paid"},
		{name: "waiting, and the text unsent", state: "waiting", arrange: withoutTexts(mood{Behaviour: phone.Behaviour{Does: phone.IsOff}}), reply: "no", reason: "stopped"},
		{name: "paid, and the receipts unsent", state: "done", arrange: withoutTexts(good()), reason: "paid"},
		{name: "not me, and the text unsent", state: "done", arrange: withoutTexts(mood{notMe: 1, keys: func(string) []phone.Act { return []phone.Act{atOnce("0")} }}), reason: "not me"},
		{name: "locked, and the text unsent", state: "done", arrange: withoutTexts(threeWrong()), reason: "locked"},

		{name: "the bank has taken the money and is silent", only: atBank, state: "sent", arrange: bank(host.Fault{Kind: host.Silence, On: host.Requests}),
			reached: debited, reason: "reversed"},
		{name: "the bank has not taken it and is silent", only: atBank, state: "sent", arrange: bank(host.Fault{Kind: host.Ignore, On: host.Requests}), reason: "reversed"},
		{name: "the bank answers after the kill", only: atBank, state: "sent", arrange: bank(host.Fault{Kind: host.LateAnswer, On: host.Requests, Delay: time.Second}),
			reached: debited, reason: "reversed"},
		{name: "the bank does not answer the reversal", only: atBank, state: "reversing", arrange: bank(
			host.Fault{Kind: host.DropAfter, On: host.Requests}, host.Fault{Kind: host.Ignore, On: host.Reversals}), reason: "reversed"},
		{name: "the bank reversed and did not answer", only: atBank, state: "reversing", arrange: bank(
			host.Fault{Kind: host.DropAfter, On: host.Requests}, host.Fault{Kind: host.Silence, On: host.Reversals}), reached: restored, reason: "reversed"},
		{name: "the bank does not understand the reversal", only: atBank, state: "doubt", arrange: bank(
			host.Fault{Kind: host.DropBefore, On: host.Requests}, host.Fault{Kind: host.Decline, On: host.Reversals, Code: "12"}), reason: "reversed"},
		{name: "the bank declined, and the text unsent", only: atBank, state: "done", arrange: func(w *world, p person) {
			bank(host.Fault{Kind: host.Decline, On: host.Requests, Code: "51"})(w, p)
			withoutTexts(good())(w, p)
		}, reason: "declined"},
	}
}

// handset gives the payer a mood.
func handset(m mood) func(*world, person) { return func(w *world, p person) { w.behave(p, m) } }

// keys is a handset that presses some keys and waits.
func keys(of func(pin string) string) mood {
	return mood{keys: func(pin string) []phone.Act { return []phone.Act{atOnce(of(pin))} }}
}

// threeWrong locks itself. What is keyed before the daemon has said that a PIN
// was wrong does not count, so there are entries to spare.
func threeWrong() mood {
	return mood{wrong: lockAfter, keys: func(pin string) []phone.Act {
		again := politely(wrongPIN(pin))
		return []phone.Act{atOnce("1" + wrongPIN(pin)), again, again, again, again, again}
	}}
}

// withoutTexts is a mood while the SMSC takes no texts.
func withoutTexts(m mood) func(*world, person) {
	return func(w *world, p person) {
		w.behave(p, m)
		w.smsc.SetFaults(smsc.Faults{Submit: pdu.RThrottled})
	}
}

// bank is a good handset and a bad bank.
func bank(faults ...host.Fault) func(*world, person) {
	return func(w *world, p person) {
		w.behave(p, good())
		for _, f := range faults {
			f.Account = p.Account
			w.bank.Fault(f)
		}
	}
}

func engaged(w *world, p person) bool { return w.phones.Call(p.Number) != nil }

func connected(w *world, p person) bool {
	c := w.phones.Call(p.Number)
	if c == nil {
		return false
	}
	select {
	case <-c.Connected():
		return true
	default:
		return false
	}
}

func debited(w *world, p person) bool  { return w.outcome(p, host.Debited) }
func restored(w *world, p person) bool { return w.outcome(p, host.Restored) }

// outcome reports whether the bank has done so to p's account.
func (w *world) outcome(p person, o host.Outcome) bool {
	return slices.ContainsFunc(w.bank.Journal(), func(e host.Entry) bool { return e.Account == p.Account && e.Outcome == o })
}

// The products between people in which a bank takes part, as order has them; >bank says that
// the payee receives there.
const (
	toBank      = ">bank"
	purseToBank = "mp2p" + toBank
	bankToBank  = sendFromBank + toBank

	cardAtOnce = "mcredit"
	cardLater  = "mcredit later"
	cardAsked  = "mcredit asked"

	firstPayment = "mpurse first" // large, to a shop that was never paid

	atFuel        = " fuel" // at fuelShop
	fuelFromPurse = "mpurse" + atFuel
	fuelFromBank  = "mdebit" + atFuel
)

// isWhole reports whether a product is one that only whole worlds have.
func isWhole(product string) bool {
	return slices.ContainsFunc(kinds(), func(k kind) bool { return k.product == product && k.whole })
}

// target is a stage of one product.
type target struct {
	stage
	product string
}

// TestStates kills the daemon once in each state of each product; every payment
// ends as it should, once. No order may expire while a busy machine starts, calls and
// takes a PIN: those that are to expire have a world of their own.
func TestStates(t *testing.T) {
	t.Parallel()
	var expire, whole []target
	for _, k := range kinds() {
		if k.refund { // TestRefundStates
			continue
		}
		product := k.product
		var all []target
		struck := map[string]bool{}
		for _, s := range stagesOf(product) {
			if k.brief && !*stagesFlag && struck[s.state] {
				continue
			}
			struck[s.state] = true
			if s.waitsLong() {
				expire = append(expire, target{s, product})
			} else {
				all = append(all, target{s, product})
			}
		}
		if k.whole {
			whole = append(whole, all...)
			continue
		}
		t.Run(product, func(t *testing.T) {
			t.Parallel()
			strikeAll(t, all, stateMax)
		})
	}
	if *stagesFlag { // they take a minute; TestKills has them every day
		t.Run("own money and cash", func(t *testing.T) {
			t.Parallel()
			strikeAll(t, whole, stateMax)
		})
	}
	t.Run("expired", func(t *testing.T) {
		t.Parallel()
		strikeAll(t, expire, expireTime)
	})
}

// waitsLong reports whether the others need not wait for the end of s.
func (s *stage) waitsLong() bool { return s.name == waitsForTheDeadline || s.state == "cooling" }

// strikeAll kills the daemon in each of the stages, with orders that expire after a time.
func strikeAll(t *testing.T, all []target, expires time.Duration) {
	w := newWorld(t, func(s *settings) {
		s.expires, s.bankTimeout = expires, stateMax
		s.tariff = slices.ContainsFunc(all, func(one target) bool { return strings.HasSuffix(one.product, atFuel) })
		s.split = slices.ContainsFunc(all, func(one target) bool { return one.product == cardSplit })
		s.cards = slices.ContainsFunc(all, func(one target) bool { return strings.HasPrefix(one.product, cardAtOnce) })
		s.whole = slices.ContainsFunc(all, func(one target) bool { return isWhole(one.product) })
		s.firstWait = expireTime
		s.products = slices.ContainsFunc(all, func(one target) bool { return slices.Contains([]string{"relay", "tank", "charge"}, one.product) })
	})
	w.start()
	w.populate(len(all) + 2)
	for i, one := range all {
		if one.product == cashIn {
			w.openAgency(fmt.Sprint(8100+i), w.people[i])
		}
	}
	if atBank := slices.ContainsFunc(all, func(one target) bool { return strings.HasSuffix(one.product, toBank) }); atBank {
		payee := &w.people[len(w.people)-1]
		payee.AtBank = true
		w.op.must(t, "", "user", "set", payee.Number, "--receive", "bank")
	}
	orders := make([]*order, len(all))
	for i, one := range all {
		orders[i] = w.strike(one.stage, one.product, w.people[i], money.Amount(firstCent+i))
		if !one.waitsLong() { // which the others need not wait for
			w.ends(one.name, orders[i])
		}
	}
	for i, one := range all {
		w.ends(one.name, orders[i])
	}
	r := w.settle()
	for _, fault := range judge(&r) {
		t.Error(fault)
	}
	for i, one := range all {
		if p := r.paymentOf(orders[i]); p == nil || p.Reason != one.reason || one.outcome != "" && p.Outcome != one.outcome {
			t.Errorf("%s: ended as %+v, want %s %s", one.name, p, one.reason, one.outcome)
		}
	}
}

// stagesOf are those in which a payment of the product can be found.
func stagesOf(product string) []stage {
	later := []string{"tank", "charge", fuelFromPurse, fuelFromBank, cardLater, firstPayment}
	return slices.DeleteFunc(slices.Concat(stages(), relayStages(), purseToBankStages(), bankOutStages(), laterStages(), chargeStages(), cardStages()), func(s stage) bool {
		return !slices.Contains(s.only, product) && (len(s.only) > 0 || slices.Contains(later, product))
	})
}

// strike brings one payment to the stage and kills the daemon there.
func (w *world) strike(s stage, product string, p person, amount money.Amount) *order {
	w.t.Helper()
	w.bankUp()
	if strings.HasPrefix(product, cardAtOnce) {
		p.Account = p.Token // which the bank's faults and book are about
	}
	s.arrange(w, p)
	payee := w.shops[0].Code
	switch product {
	case firstPayment:
		amount += relayMore + largeCent
	case cardSplit: // in steps of those of which the issuer holds a part, and less than a large one
		amount = partEvery * (amount + largeCent)
	case bankIn, bankOut:
		payee = p.Number
	case cashOut:
		payee = agentShop
	case sendClaim:
		payee = w.journal.stranger()
	case cashIn, "mp2p", sendFromBank, purseToBank, bankToBank, "relay":
		payee = w.payee().Number
	}
	if strings.HasSuffix(product, atFuel) {
		payee = fuelShop
	} else if strings.HasPrefix(product, cardAtOnce) {
		payee = map[string]string{cardAtOnce: payee, cardLater: laterShop, cardAsked: askedShop, cardSplit: askedShop}[product]
	}
	o := w.order(product, p, payee, amount)
	w.send(o)
	if s.before != "" {
		w.charge(s.before, o)
	}
	eventually(w.t, stateMax, s.name+": "+s.state, func() bool {
		return w.state(o) == s.state && (s.reached == nil || s.reached(w, p))
	})
	w.kill()
	w.clearSky()
	w.start()
	if s.command != "" {
		w.charge(s.command, o)
	}
	if s.reply != "" {
		eventually(w.t, stateMax, s.name+": the text that nothing was taken", func() bool {
			return slices.ContainsFunc(w.journal.textsTo(p.Number, o.Sent), func(words string) bool { says, _ := read(words); return says == saidCallLost })
		})
		w.behave(p, good())
		w.bankUp() // else AGAIN is answered with word that the bank cannot be reached
		w.say(p.Number, s.reply)
	}
	return o
}

// ends waits for the end of the payment that o became.
func (w *world) ends(stage string, o *order) {
	w.t.Helper()
	eventually(w.t, stateMax, stage+": the end", func() bool {
		w.clerk(w.payments())
		return w.state(o) == "done"
	})
}

// state is where the payment of o stands; empty: there is none.
func (w *world) state(o *order) string {
	if p := w.paymentOf(o); p != nil {
		return p.State
	}
	return ""
}

// paymentOf returns the payment that o became, as the daemon tells it now; nil: none.
func (w *world) paymentOf(o *order) *payment {
	var r record
	r.Books.Payments = w.payments()
	return r.paymentOf(o)
}

// paymentOf is the payment that o became; nil: none.
func (r *record) paymentOf(o *order) *payment {
	c, _ := money.Lookup(currencyCode)
	i := slices.IndexFunc(r.Books.Payments, func(p payment) bool {
		return p.Product == o.Product && (p.Amount == c.Format(o.charged()) || p.Amount == c.Format(o.final()))
	})
	if i < 0 {
		return nil
	}
	return &r.Books.Payments[i]
}
