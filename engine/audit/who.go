package audit

import (
	"fmt"

	"mpg/engine/codec"
	"mpg/engine/payment"
	"mpg/store"
)

// commandTable holds the records of the operator's commands; see engine/admin.
const commandTable store.Table = 9

// command is the part of such a record that says who gave the command.
type command struct {
	UID    uint32 `cbor:"3,keyasint"`
	Name   string `cbor:"5,keyasint"`
	Person string `cbor:"9,keyasint,omitempty"`
}

// behind returns who caused a record of the journal, as a fault names them, or "" if it was
// no operator's command.
func behind(e *store.Entry) string {
	for i := range e.Writes {
		var given command
		if w := &e.Writes[i]; w.Table == commandTable && codec.Peek(w.Data, &given) == nil {
			return fmt.Sprintf(" (%s by %s)", given.Name, personOr(given.Person, given.UID))
		}
	}
	return ""
}

// enteredBy returns who entered a payment, as a fault names them, or "" for its payer.
func enteredBy(p *payment.Payment) string {
	if p.By == nil {
		return ""
	}
	return fmt.Sprintf(" (entered by %s)", personOr(p.By.Name, p.By.UID))
}

// personOr names a person, or the user id where nobody had logged in.
func personOr(name string, uid uint32) string {
	if name != "" {
		return name
	}
	return fmt.Sprintf("uid %d", uid)
}
