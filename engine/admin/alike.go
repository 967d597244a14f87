package admin

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"mpg/engine/approval"
	"mpg/engine/tx"
)

// Two people who hear of the same thing, or one who is not sure whether a command got
// through, may give it twice. If both waited, both could be approved, and the thing would be
// done twice. So the second one joins the first while that waits.

// alike returns the approval that waits for the same command as the one that is being made,
// and would do the same; nil: there is none. It sets made.Alike. plain is what the command
// was given, as it is sealed.
func (a *Approvals) alike(t *tx.Tx, made *approval.Approval, plain []byte) (*approval.Approval, error) {
	given, err := withoutReason(plain)
	if err != nil {
		return nil, err
	}
	defer clear(given)
	digest := t.Fingerprint("alike", made.Command, made.Object, string(given))
	made.Alike = hex.EncodeToString(digest[:])
	known, err := tx.Read[approval.Alike](t, approval.AlikeTable, made.Alike)
	if err != nil || known == nil {
		return nil, err
	}
	waiting, err := approvalOf(t, known.ID)
	if err != nil || !waiting.Open(t.Now) || !waiting.Same(made.Before, made.After, made.Versions) {
		return nil, err // it could not be approved any more
	}
	return waiting, nil
}

// withoutReason returns the arguments of a command in a fixed order, without what differs
// when two people give it: the reason, and the digest of a one-time code.
func withoutReason(plain []byte) ([]byte, error) {
	var given struct {
		Args map[string]any `json:"args"`
		Seen string         `json:"seen"`
	}
	dec := json.NewDecoder(bytes.NewReader(plain))
	dec.UseNumber()
	if err := dec.Decode(&given); err != nil {
		return nil, err
	}
	delete(given.Args, "Reason")
	delete(given.Args, "Code")
	return json.Marshal(given)
}

// dropAlike removes the entry of an approval that ends, unless it is another's by now.
func dropAlike(t *tx.Tx, ended *approval.Approval) error {
	if ended.Alike == "" {
		return nil
	}
	known, err := tx.Read[approval.Alike](t, approval.AlikeTable, ended.Alike)
	if err == nil && known != nil && known.ID == ended.ID {
		tx.Drop(t, approval.AlikeTable, ended.Alike)
	}
	return err
}

// joinedOf returns what people are told who give a command that is already waiting.
func joinedOf(waiting *approval.Approval) any {
	if waiting == nil {
		return nil
	}
	told := waitingOf(waiting)
	told.Joined, told.Maker, told.Made = true, waiting.Maker.Name, rfc3339(waiting.Made)
	return told
}

// joined returns what the command of an approval that another command has joined led to.
func joined(t *tx.Tx, id string) (*done, error) {
	found, err := approvalOf(t, id)
	if err != nil {
		return nil, err
	}
	first, err := tx.Read[done](t, keyTable, found.Key)
	if err == nil && first == nil {
		err = fmt.Errorf("engine: the command of approval %s is gone", id)
	}
	return first, err
}
