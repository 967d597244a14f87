package follow

import (
	"context"

	"mpg/engine/tx"
	"mpg/store"
)

// Table holds the Position of each follower that keeps it in the books, by name.
const Table store.Table = 49

// Position is the last record that a follower has finished with.
type Position struct {
	Seq uint64 `cbor:"1,keyasint"`
}

// Mark is a position kept in the books. Writing a Mark makes a record too, but not one that
// a follower acts on: a Runner does not keep a position because of it.
type Mark struct{ name string }

// MarkOf returns the Mark of the follower with that name.
func MarkOf(name string) Mark { return Mark{name} }

// Read returns the durable position, or 0 if none has been kept yet.
func (m Mark) Read(ctx context.Context, books store.Reader) (uint64, error) {
	doc, ok, err := books.Doc(ctx, Table, m.name)
	if err != nil || !ok {
		return 0, err
	}
	position, err := tx.Decode[Position](doc)
	if err != nil {
		return 0, err
	}
	return position.Seq, nil
}

// At makes seq the position as part of the step t. A position never goes back.
func (m Mark) At(t *tx.Tx, seq uint64) error {
	position, err := tx.Read[Position](t, Table, m.name)
	if err != nil {
		return err
	}
	if position == nil {
		position = new(Position)
	}
	if seq > position.Seq {
		position.Seq = seq
		tx.Save(t, Table, m.name, position)
	}
	return nil
}

// Done reports, as part of the step t, whether the record with that number was done before.
// A follower whose work is in the books asks first.
func (m Mark) Done(t *tx.Tx, seq uint64) (bool, error) {
	position, err := tx.Read[Position](t, Table, m.name)
	return position != nil && position.Seq >= seq, err
}

// onlyMarks reports whether a record holds nothing but Marks.
func onlyMarks(entry *store.Entry) bool {
	for i := range entry.Writes {
		if entry.Writes[i].Table != Table {
			return false
		}
	}
	return len(entry.Writes) > 0 && entry.Dedup == nil && len(entry.Opens)+len(entry.Transfers)+len(entry.Limits)+len(entry.Rows)+len(entry.Done) == 0
}
