package admin

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"mpg/engine/auth"
	"mpg/engine/lang"
	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/store"
	"mpg/store/money"
)

// Command says who gives a command, and its key: the same key never works twice.
type Command struct {
	Key    string      // chosen by the caller before the work
	UID    uint32      // of the caller
	Person auth.Person // who is logged in; zero: nobody
}

func (c Command) actor() *payment.Actor {
	return &payment.Actor{UID: c.UID, Key: c.Key, Name: c.Person.Name}
}

// Action describes what a command does, as the log and its record name it.
type Action struct {
	Name   string       // as it is typed: "purse topup"
	Object string       // the number, code or reference that it acts on
	Amount money.Amount // 0: no money moves
	Reason string       // the operator's own words; may be empty

	Approval string // ID of the approval that it waits for; empty: one person was enough
	Joined   string // ID of the approval that waited for the same command already

	Before, After json.RawMessage // what it changes, as people see it; may be empty
}

// keyTable holds the first results of the operator's commands, by key.
const keyTable store.Table = 9

// Records returns an empty record of each kind that the package stores, by table.
func Records() map[store.Table]any {
	return map[store.Table]any{keyTable: done{}, paidInTable: PaidIn{}}
}

// done is what a key led to.
type done struct {
	Body   string          `cbor:"1,keyasint"`
	Result json.RawMessage `cbor:"2,keyasint"`
	UID    uint32          `cbor:"3,keyasint"`
	At     string          `cbor:"4,keyasint"`
	Name   string          `cbor:"5,keyasint"`
	Object string          `cbor:"6,keyasint"`
	Amount money.Amount    `cbor:"7,keyasint,omitempty"`
	Reason string          `cbor:"8,keyasint,omitempty"`
	Person string          `cbor:"9,keyasint,omitempty"` // name of the member of staff

	Approval string `cbor:"10,keyasint,omitempty"` // ID of the approval that it waits or waited for
	Checker  string `cbor:"11,keyasint,omitempty"` // who ended that

	Before json.RawMessage `cbor:"12,keyasint,omitempty"` // what it changes, as people see it
	After  json.RawMessage `cbor:"13,keyasint,omitempty"`
	Joined string          `cbor:"14,keyasint,omitempty"` // ID of the approval that waited for the same already
}

// repeated returns the first result as a repeat shows it: the same object,
// marked as a repeat and dated. Without the mark a repeat looks like a new
// command, and a clerk cannot tell whether anything was done.
func (d *done) repeated() json.RawMessage {
	head := fmt.Sprintf(`{"repeat":true,"first":%q`, d.At)
	if rest := d.Result[1:]; len(rest) > 1 {
		return json.RawMessage(head + "," + string(rest))
	}
	return json.RawMessage(head + "}")
}

// Repeated is the part of a command's result that tells a repeat under a used
// key from the first run.
type Repeated struct {
	Repeat bool   `json:"repeat,omitempty"` // nothing was done this time
	First  string `json:"first,omitempty"`  // when it was done, RFC 3339
}

// Once runs a command once: a repeat with the same body gets the first result, one with
// another body is ErrKeyBody. Of body only a keyed digest is kept. fn returns what the
// operator sees, an object of JSON; it may set the amount of a, where it depends on what
// it finds. The verbs of modules go through it too.
func (s *Service) Once(ctx context.Context, by Command, action *Action, body string, fn func(t *tx.Tx) (any, error)) (json.RawMessage, error) {
	if by.Key == "" || len(by.Key) > store.KeyBytesMax {
		return nil, badArgument{errors.New("a key of 1 to 128 characters is needed")}
	}
	var result json.RawMessage
	var repeat bool
	err := s.cfg.Run.Do(ctx, func(t *tx.Tx) error {
		asked := t.Fingerprint(body)
		digest := hex.EncodeToString(asked[:])
		first, err := tx.Read[done](t, keyTable, by.Key)
		if err != nil {
			return err
		}
		if first != nil {
			if first.Body != digest {
				return ErrKeyBody
			}
			repeat, action.Amount, action.Approval, action.Joined = true, first.Amount, first.Approval, first.Joined
			if first.Joined != "" {
				first, err = joined(t, first.Joined)
			}
			if err == nil {
				result = first.repeated()
			}
			return err
		}
		value, err := fn(t)
		if err != nil {
			return err
		}
		if result, err = json.Marshal(value); err != nil {
			return err
		}
		tx.Save(t, keyTable, by.Key, &done{Body: digest, Result: result, UID: by.UID, At: rfc3339(t.Now),
			Name: action.Name, Object: action.Object, Amount: action.Amount, Reason: action.Reason, Person: by.Person.Name, Approval: action.Approval,
			Before: action.Before, After: action.After, Joined: action.Joined})
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.logCommand(by, *action, repeat)
	return result, nil
}

// logCommand logs who did what to whom. A key may hold a phone number, so it is
// left out; the record under the key holds everything.
func (s *Service) logCommand(by Command, action Action, repeat bool) {
	object := action.Object
	if strings.HasPrefix(object, "+") {
		object = lang.Mask(object)
	}
	attrs := []any{"command", action.Name, "object", object, "uid", by.UID, "repeat", repeat}
	if by.Person.Name != "" {
		attrs = append(attrs, "person", by.Person.Name)
	}
	if action.Amount != 0 {
		attrs = append(attrs, "amount", s.cfg.Place.Currency.Format(action.Amount), "currency", s.cfg.Place.Currency.Code)
	}
	if id := cmp.Or(action.Approval, action.Joined); id != "" {
		attrs = append(attrs, "approval", id)
	}
	s.cfg.Log.Info("command", attrs...)
}
