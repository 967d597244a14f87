package tail

import (
	"fmt"
	"strings"
	"time"

	"mpg/engine/admin"
	"mpg/engine/cdr"
	"mpg/engine/codec"
	"mpg/engine/lang"
	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/refusal"
	"mpg/store"
	"mpg/store/money"
)

// Kind says what an Event is.
type Kind string

// The kinds of events.
const (
	Order    Kind = "order"    // was taken on
	Call     Kind = "call"     // has ended
	Paid     Kind = "paid"     // the payment is done
	NotPaid  Kind = "not paid" // the payment is done
	Returned Kind = "returned" // the payment is done
	Doubt    Kind = "doubt"    // a bank is silent about a payment
	Refused  Kind = "refused"  // an order
	Command  Kind = "command"  // of the operator
)

// Event is something that has happened. Amounts are in major units.
type Event struct {
	Seq      uint64 `json:"seq"` // of the record
	At       string `json:"at"`
	Kind     Kind   `json:"kind"`
	Ref      string `json:"ref,omitempty"` // of the payment
	Product  string `json:"product,omitempty"`
	From     string `json:"from,omitempty"` // payer, or the sender of a refused order
	To       string `json:"to,omitempty"`
	Amount   string `json:"amount,omitempty"`
	Currency string `json:"currency,omitempty"`
	Reason   string `json:"reason,omitempty"`
	What     string `json:"what,omitempty"` // the command, or how the call ended
	Person   string `json:"person,omitempty"`
	UID      uint32 `json:"uid,omitempty"`
	Approval string `json:"approval,omitempty"` // that the command needs, or needed
	Checker  string `json:"checker,omitempty"`  // who ended it; empty: it waits, or has expired
}

// recordEvents returns the events of a record.
func (t *Tail) recordEvents(entry *store.Entry, masked bool) ([]Event, error) {
	var events []Event
	for i := range entry.Writes {
		write := &entry.Writes[i]
		if write.Mode == store.Delete {
			continue
		}
		event, err := t.eventOf(write, entry.At)
		if err != nil {
			return nil, fmt.Errorf("tail: record %d, table %d: %w", entry.Seq, write.Table, err)
		}
		if event.Kind == "" {
			continue
		}
		event.Seq, event.At = entry.Seq, entry.At.UTC().Format(time.RFC3339Nano)
		if masked {
			event = event.masked()
		}
		events = append(events, event)
	}
	return events, nil
}

// eventOf returns what a write tells, or an event without a kind.
func (t *Tail) eventOf(write *store.Write, at time.Time) (Event, error) {
	switch write.Table {
	case payment.Table:
		p, err := decoded[payment.Payment](write)
		return paymentEvent(p, write, at), err
	case cdr.Table:
		record, err := decoded[cdr.Record](write)
		return t.callEvent(record), err
	case refusal.Table:
		refused, err := decoded[refusal.Refused](write)
		return refusalEvent(refused), err
	case admin.CommandTable:
		did, err := admin.ReadRecorded(write.Data)
		return t.commandEvent(did), err
	}
	return Event{}, nil
}

func decoded[T any](write *store.Write) (*T, error) {
	value := new(T)
	return value, codec.Decode(write.Data, value)
}

// paymentEvent tells the beginning and the end of a payment, and that a bank has left it in
// doubt. What is done at once has no beginning of its own.
func paymentEvent(p *payment.Payment, write *store.Write, at time.Time) Event {
	if len(p.Steps) == 0 {
		return Event{}
	}
	e := Event{Ref: p.Ref, Product: string(p.Plan.Product), From: p.Payer.Side(p.Plan.Product), To: p.Payee.Side(p.Plan.Product), Amount: amountOf(p.Charged, p.Currency), Currency: p.Currency, Reason: string(p.Reason)}
	if p.By != nil {
		e.Person, e.UID = p.By.Name, p.By.UID
	}
	switch {
	case p.State == payment.Done && p.Passed(payment.Posted):
		e.Kind = Paid
	case p.State == payment.Done && p.Passed(payment.Returned):
		e.Kind = Returned
	case p.State == payment.Done:
		e.Kind = NotPaid
	case write.Expect == 0:
		e.Kind = Order
	case p.State == payment.Doubt && p.Updated().Equal(at):
		e.Kind = Doubt
	default:
		return Event{}
	}
	if e.Reason == string(e.Kind) {
		e.Reason = ""
	}
	return e
}

func amountOf(amount money.Amount, currency string) string {
	return notice.Currency(currency).Format(amount)
}

// callEvent tells how a call ended. The payment tells whom it went to.
func (t *Tail) callEvent(record *cdr.Record) Event {
	e := Event{Kind: Call, Reason: record.End}
	if record.Payment != 0 {
		e.Ref = t.cfg.Refs.Ref(record.Payment)
	}
	var parts []string
	if record.Answered {
		parts = append(parts, "talked "+(time.Duration(record.Talk)*time.Millisecond).String())
	}
	if record.SIP != 0 {
		parts = append(parts, fmt.Sprintf("SIP %d", record.SIP))
	}
	if record.Wrong != 0 {
		parts = append(parts, fmt.Sprintf("wrong PINs %d", record.Wrong))
	}
	e.What = strings.Join(append([]string{"for a " + string(record.Purpose)}, parts...), ", ")
	if record.Purpose == cdr.ForPIN {
		e.What = strings.Join(append([]string{"to choose a PIN"}, parts...), ", ")
	}
	return e
}

func refusalEvent(refused *refusal.Refused) Event {
	e := Event{Kind: Refused, Ref: refused.Ref, From: refused.Phone, To: refused.To, Reason: string(refused.Reason), What: refused.Detail}
	if refused.Amount != 0 {
		e.Amount, e.Currency = amountOf(refused.Amount, refused.Currency), refused.Currency
	}
	return e
}

func (t *Tail) commandEvent(did admin.Recorded) Event {
	e := Event{Kind: Command, What: did.Name, To: did.Object, Reason: did.Reason, Person: did.Person, UID: did.UID, Approval: did.Approval, Checker: did.Checker}
	if did.Amount != 0 {
		e.Amount, e.Currency = t.cfg.Currency.Format(did.Amount), t.cfg.Currency.Code
	}
	return e
}

// masked returns the event as shown to those who may not see whole numbers.
func (e Event) masked() Event {
	for _, part := range []*string{&e.From, &e.To} {
		if strings.HasPrefix(*part, "+") {
			*part = lang.Mask(*part)
		} else if e.Kind == Command { // which a module lets be about any text
			*part = lang.MaskObject(*part)
		}
	}
	e.Reason, e.What = lang.MaskText(e.Reason), lang.MaskText(e.What)
	return e
}
