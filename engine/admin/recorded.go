package admin

import (
	"mpg/engine/tx"
	"mpg/store"
)

// CommandTable holds what each command of the operator led to, by its key.
const CommandTable store.Table = keyTable

// Recorded is a command as the books keep it, without its result.
type Recorded struct {
	Action
	UID     uint32
	Person  string // name of the member of staff; empty: nobody was logged in
	Checker string // who ended its approval; empty: it needed none, or it has not ended
}

// ReadRecorded reads a document of CommandTable.
func ReadRecorded(data []byte) (Recorded, error) {
	d, err := tx.Decode[done](store.Doc{Data: data})
	return Recorded{Action{Name: d.Name, Object: d.Object, Amount: d.Amount, Reason: d.Reason, Approval: d.Approval, Joined: d.Joined, Before: d.Before, After: d.After},
		d.UID, d.Person, d.Checker}, err
}
