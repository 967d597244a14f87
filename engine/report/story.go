package report

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"mpg/engine/payment"
)

// Kind says what an Event is.
type Kind string

// The kinds of events.
const (
	Step     Kind = "step"     // the payment came into a state
	Call     Kind = "call"     // a call was placed
	Text     Kind = "text"     // a text was made for somebody
	Bank     Kind = "bank"     // a bank was asked, or answered
	Transfer Kind = "transfer" // money moved
	Command  Kind = "command"  // the operator's people did something
	Refused  Kind = "refused"  // an order that this payment stood in the way of
	Related  Kind = "payment"  // another payment that takes this one back
)

// Event is something that happened to a payment.
type Event struct {
	At   string `json:"at"`
	Kind Kind   `json:"kind"`
	What string `json:"what"` // in words

	State    string `json:"state,omitempty"` // of the payment, or of a request to a bank
	Fate     string `json:"fate,omitempty"`  // of a text: waiting, sent or dropped
	SIP      int64  `json:"sip,omitempty"`   // final status of a call
	Code     string `json:"code,omitempty"`  // a bank's answer, ISO 8583:1987 DE39
	From     string `json:"from,omitempty"`  // account
	To       string `json:"to,omitempty"`    // account, or who got a text
	Amount   string `json:"amount,omitempty"`
	Currency string `json:"currency,omitempty"`
	Ref      string `json:"ref,omitempty"` // of another payment
	Person   string `json:"person,omitempty"`

	at   int64
	rank int
}

// Story is what happened to a payment, in order of time.
type Story struct {
	Events []Event `json:"events"`
	AsOf   string  `json:"as_of,omitempty"`
	Zone   string  `json:"zone,omitempty"`
}

// Story returns what happened to the payment with a reference, as far as view.db knows.
// The error is that of ref.Namer if the reference cannot be one.
func (r *Reader) Story(ctx context.Context, typed string) (Story, error) {
	story := Story{Events: []Event{}, Zone: r.cfg.Zone.String()}
	no, err := r.cfg.Refs.Number(typed)
	if err != nil {
		return story, err
	}
	story.AsOf, err = r.ask(ctx, func(ctx context.Context, in *reading) error {
		events, err := (&paymentReading{in, no}).story(ctx)
		story.Events = events
		return err
	})
	return story, err
}

// paymentReading tells the story of one payment.
type paymentReading struct {
	*reading
	no uint64
}

// story returns all events.
func (r *paymentReading) story(ctx context.Context) ([]Event, error) {
	story := []Event{}
	for rank, tell := range []func(context.Context) ([]Event, error){
		r.refused, r.steps, r.calls, r.requests, r.transfers, r.commands, r.texts, r.takenBack,
	} {
		events, err := tell(ctx)
		if err != nil {
			return nil, err
		}
		for _, event := range events {
			if event.at != 0 {
				event.At, event.rank = rfc3339(event.at), rank
				story = append(story, event)
			}
		}
	}
	slices.SortStableFunc(story, func(a, b Event) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.rank, b.rank)) })
	return story, nil
}

func (r *paymentReading) steps(ctx context.Context) ([]Event, error) {
	return allOf(ctx, r.reading, "SELECT at, state FROM step WHERE payment = ? ORDER BY n", []any{r.no}, func(row *sql.Rows) (Event, error) {
		e := Event{Kind: Step}
		err := row.Scan(&e.at, &e.State)
		e.What = e.State
		return e, err
	})
}

func (r *paymentReading) calls(ctx context.Context) ([]Event, error) {
	const query = `SELECT placed_at, try, end, ring_ms, talk_ms, hung_up, sip, cause, text, step, wrong FROM call WHERE payment = ? AND payment <> 0 ORDER BY placed_at`
	return allOf(ctx, r.reading, query, []any{r.no}, func(row *sql.Rows) (Event, error) {
		e := Event{Kind: Call}
		var try, ring, talk, cause, wrong int64
		var end, hungUp, said, step string
		err := row.Scan(&e.at, &try, &end, &ring, &talk, &hungUp, &e.SIP, &cause, &said, &step, &wrong)
		e.What = sentence(fmt.Sprintf("call %d: %s", try, end), named("at step", step), lasted("rang", ring), lasted("talked", talk), named("hung up by", hungUp),
			counted("SIP", e.SIP), counted("Q.850", cause), named("network says", r.mask.text(said)), counted("wrong PINs", wrong))
		return e, err
	})
}

// settled says how people ended what a bank had left open.
type settled struct {
	as, why string
	at      int64
	uid     uint32
}

// asked is a request to a bank.
type asked struct {
	bank, kind, currency, rrn, state string
	amount, granted                  int64 // granted: if that was less than the amount
	stan, approved, sent             int64
	code, auth, settles              string // of the answer
	answered                         int64
	cause, reversal                  string // of what it left open
	since, tries, late               int64
	how                              settled
}

func (r *paymentReading) requests(ctx context.Context) ([]Event, error) {
	const query = `SELECT bank, kind, currency, rrn, state, code, auth_id, settlement, cause, reversal_code, resolved_as, resolved_why,
		amount, granted, stan, approved, sent_at, answered_at, since_at, tries, late, resolved_at, resolved_uid FROM request WHERE payment = ? ORDER BY no`
	requests, err := allOf(ctx, r.reading, query, []any{r.no}, func(row *sql.Rows) (a asked, err error) {
		return a, row.Scan(&a.bank, &a.kind, &a.currency, &a.rrn, &a.state, &a.code, &a.auth, &a.settles, &a.cause, &a.reversal, &a.how.as, &a.how.why,
			&a.amount, &a.granted, &a.stan, &a.approved, &a.sent, &a.answered, &a.since, &a.tries, &a.late, &a.how.at, &a.how.uid)
	})
	var events []Event
	for _, a := range requests {
		events = append(events, r.eventsOf(a)...)
	}
	return events, err
}

// eventsOf tells a request to a bank: when it was asked, what it answered, and how what it
// left open ended. Those without a time did not happen.
func (r *paymentReading) eventsOf(a asked) []Event {
	amount := amountOf(a.amount, a.currency)
	said := "declined"
	if a.approved != 0 {
		said = "approved"
	}
	if a.granted != 0 {
		said += fmt.Sprintf(" %s of %s %s", amountOf(a.granted, a.currency), amount, a.currency)
	}
	return []Event{
		{at: a.sent, Kind: Bank, State: a.state, Amount: amount, Currency: a.currency,
			What: fmt.Sprintf("%s %s %s %s, STAN %06d, RRN %s", a.bank, askedTo(payment.Kind(a.kind)), amount, a.currency, a.stan, a.rrn)},
		{at: a.answered, Kind: Bank, State: a.state, Code: a.code,
			What: sentence(a.bank+" "+said, named("code", a.code), named("approval", a.auth), named("settles", a.settles))},
		a.leftOpen(),
		{at: a.how.at, Kind: Bank, State: a.state,
			What: fmt.Sprintf("resolved as %s by uid %d: %s", a.how.as, a.how.uid, r.mask.text(a.how.why))},
	}
}

// leftOpen tells since when a request is open, or was. An advice is repeated until it is
// answered: that is no event if the bank answers the first.
func (a *asked) leftOpen() Event {
	e := Event{at: a.since, Kind: Bank, State: a.state, Code: a.reversal}
	switch {
	case !payment.Kind(a.kind).Advice():
		e.What = sentence(a.bank+" left it open: "+cmp.Or(a.cause, "no answer"), counted("tries to reverse it", a.tries), named("last answer", a.reversal), counted("late answers", a.late), named("now", a.state))
	case a.state == string(payment.RequestAnswered) && a.tries <= 1:
		e.at = 0
	default:
		e.What = sentence(a.bank+" is told until it answers", named("since", a.cause), counted("times told", a.tries), counted("late answers", a.late), named("now", a.state))
	}
	return e
}

// transfers returns what was posted for a payment. Each transfer has a row for each side;
// that of the account debited tells it.
func (r *paymentReading) transfers(ctx context.Context) ([]Event, error) {
	const query = `SELECT at, abs(amount), code, debited.name, coalesce(credited.name, ''), debited.currency
		FROM entry JOIN account AS debited ON debited.id = entry.account LEFT JOIN account AS credited ON credited.id = entry.other
		WHERE payment = ? AND payment <> 0 AND (amount < 0) = (debited.kind = 'liability') ORDER BY entry.seq, n`
	return allOf(ctx, r.reading, query, []any{r.no}, func(row *sql.Rows) (Event, error) {
		e := Event{Kind: Transfer}
		var amount int64
		var code int
		err := row.Scan(&e.at, &amount, &code, &e.From, &e.To, &e.Currency)
		e.From, e.To, e.Amount = r.mask.account(e.From), r.mask.account(e.To), amountOf(amount, e.Currency)
		e.What = fmt.Sprintf("%s: %s %s from %s to %s", wordOf(code), e.Amount, e.Currency, e.From, e.To)
		return e, err
	})
}

func (r *paymentReading) texts(ctx context.Context) ([]Event, error) {
	const query = `SELECT made_at, recipient, medium, class, text_key, lang, fate, why FROM notice WHERE payment = ? AND payment <> 0 ORDER BY id`
	return allOf(ctx, r.reading, query, []any{r.no}, func(row *sql.Rows) (Event, error) {
		e := Event{Kind: Text}
		var medium, class, text, language, why string
		err := row.Scan(&e.at, &e.To, &medium, &class, &text, &language, &e.Fate, &why)
		e.To = r.mask.recipient(e.To)
		e.What = sentence(fmt.Sprintf("%s %s (%s) to %s in %s: %s", medium, text, class, e.To, language, e.Fate), why)
		return e, err
	})
}

func (r *paymentReading) commands(ctx context.Context) ([]Event, error) {
	const query = `SELECT at, name, reason, uid, person, key, approval, checker, state FROM command WHERE object = ? ORDER BY seq, n`
	return allOf(ctx, r.reading, query, []any{r.cfg.Refs.Ref(r.no)}, func(row *sql.Rows) (Event, error) {
		e := Event{Kind: Command}
		var name, reason, key, approval, checker, state string
		var uid uint32
		err := row.Scan(&e.at, &name, &reason, &uid, &e.Person, &key, &approval, &checker, &state)
		if approval != "" {
			approval = sentence("approval "+approval+" "+state, named("by", checker))
		}
		e.What = sentence(name+" by "+cmp.Or(e.Person, fmt.Sprintf("uid %d", uid)), named("because:", r.mask.text(reason)), named("key", r.mask.text(key)), approval)
		return e, err
	})
}

// refused returns the payer's orders that were refused because of this payment.
func (r *paymentReading) refused(ctx context.Context) ([]Event, error) {
	const query = `SELECT at, refusal.reason, reply, amount, refusal.currency FROM refusal JOIN payment ON payment.no = ?1 AND phone = payer WHERE ref = ?2 ORDER BY refusal.no`
	return allOf(ctx, r.reading, query, []any{r.no, r.cfg.Refs.Ref(r.no)}, func(row *sql.Rows) (Event, error) {
		e := Event{Kind: Refused}
		var reason, reply string
		var amount int64
		err := row.Scan(&e.at, &reason, &reply, &amount, &e.Currency)
		if amount != 0 {
			e.Amount = r.amountIn(amount, e.Currency)
		}
		e.What = sentence(strings.TrimSpace("another order "+e.Amount)+" refused: "+reason, named("answered with", reply))
		return e, err
	})
}

func (r *paymentReading) takenBack(ctx context.Context) ([]Event, error) {
	const query = `SELECT created_at, no, product, received, currency, state, outcome, person FROM payment WHERE of = ? AND of <> 0 ORDER BY no`
	return allOf(ctx, r.reading, query, []any{r.no}, func(row *sql.Rows) (Event, error) {
		e := Event{Kind: Related}
		var other uint64
		var received int64
		var product, outcome string
		err := row.Scan(&e.at, &other, &product, &received, &e.Currency, &e.State, &outcome, &e.Person)
		e.Ref, e.Amount = r.cfg.Refs.Ref(other), amountOf(received, e.Currency)
		e.What = sentence(fmt.Sprintf("%s %s of %s %s", product, e.Ref, e.Amount, e.Currency), cmp.Or(outcome, e.State))
		return e, err
	})
}
