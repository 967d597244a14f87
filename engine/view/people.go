package view

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"hash/maphash"
	"maps"
	"slices"
	"strconv"
)

// userRow is a row of the table user, without its key and seq.
type userRow struct {
	phone, name, nameZH, lang, state, why string
	pin                                   int
	bank, mask                            string
	open, created                         int64
}

// merchantRow is a row of the table merchant, without its key and seq.
type merchantRow struct {
	name, nameZH, phone, state, why, bank, mask string
	created, closed                             int64
}

// column is a column of a row that people change.
type column struct {
	name  string
	value any
}

func (r *userRow) columns() []column {
	return []column{{"phone", r.phone}, {"name", r.name}, {"name_zh", r.nameZH}, {"lang", r.lang}, {"state", r.state}, {"why", r.why}, {"pin", r.pin},
		{"bank", r.bank}, {"bank_mask", r.mask}, {"open", r.open}, {"created_at", r.created}}
}

func (r *merchantRow) columns() []column {
	return []column{{"name", r.name}, {"name_zh", r.nameZH}, {"phone", r.phone}, {"state", r.state}, {"why", r.why},
		{"bank", r.bank}, {"bank_mask", r.mask}, {"created_at", r.created}, {"closed_at", r.closed}}
}

// values returns the values of columns between a key and a record's number.
func values(key any, columns []column, seq uint64) []any {
	row := []any{key}
	for _, c := range columns {
		row = append(row, c.value)
	}
	return append(row, int64(seq))
}

// change is what a record changed of users and merchants.
type change struct{ before, after map[string]any }

// note adds the columns that differ; was is nil for what is new.
func (c *change) note(was, now []column) {
	for i, column := range now {
		if was != nil && was[i].value == column.value {
			continue
		}
		if was != nil {
			c.before[column.name] = was[i].value
		}
		c.after[column.name] = column.value
	}
}

// changes are those of the records being written that are commands, by the record's number.
type changes map[uint64]*change

// of returns the change of a record, or one that is thrown away.
func (c changes) of(seq uint64) *change {
	if known := c[seq]; known != nil {
		return known
	}
	return &change{make(map[string]any), make(map[string]any)}
}

// writtenUser is a row to write.
type writtenUser struct {
	userRow
	seq uint64
}

// users writes the subscribers whose row has changed: each payment writes the document of
// its payer, but hardly ever anything that the row shows.
func (w *writer) users(ctx context.Context, p *pending) error {
	rows := make(map[uint64]writtenUser)
	for i := range p.users {
		u := &p.users[i]
		digest := maphash.Comparable(w.seed, u.userRow)
		if known, ok := w.people[u.no]; ok && known == digest {
			continue
		}
		w.people[u.no] = digest
		written, ok := rows[u.no]
		was := &written.userRow
		if !ok {
			var err error
			if was, err = w.readUser(ctx, u); err != nil {
				return err
			}
		}
		if was != nil && *was == u.userRow {
			continue
		}
		rows[u.no] = writtenUser{u.userRow, u.seq}
		if err := w.changedUser(ctx, p, u, was); err != nil {
			return err
		}
	}
	into := w.inserts["user"]
	for _, no := range slices.Sorted(maps.Keys(rows)) {
		row := rows[no]
		if err := into.add(ctx, values(int64(no), row.columns(), row.seq)...); err != nil {
			return err
		}
	}
	return errors.Join(into.end(ctx), w.inserts["alias"].end(ctx))
}

// changedUser notes what has changed, and names the purse after its owner.
func (w *writer) changedUser(ctx context.Context, p *pending, now *userDoc, was *userRow) error {
	var before []column
	if was != nil {
		before = was.columns()
	}
	w.changes.of(now.seq).note(before, now.columns())
	if was != nil && was.phone == now.phone {
		return nil
	}
	if err := w.accounts.own(ctx, now.purse, "purse:"+now.phone, "user", strconv.FormatUint(now.no, 10)); err != nil {
		return err
	}
	return w.inserts["alias"].add(ctx, now.phone, int64(now.no), now.at)
}

// readUser returns the row of a user, or nil if there is none.
func (w *writer) readUser(ctx context.Context, u *userDoc) (*userRow, error) {
	if u.fresh {
		return nil, nil
	}
	var r userRow
	err := w.stmts["user"].QueryRowContext(ctx, int64(u.no)).Scan(&r.phone, &r.name, &r.nameZH, &r.lang, &r.state, &r.why, &r.pin, &r.bank, &r.mask, &r.open, &r.created)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &r, err
}

// merchants writes the merchants, each as soon as it has changed: they are few.
func (w *writer) merchants(ctx context.Context, p *pending) error {
	into := w.inserts["merchant"]
	for i := range p.shops {
		m := &p.shops[i]
		row := merchantRow{name: m.Name.EN, nameZH: m.Name.ZH, phone: m.Phone, state: "open", why: m.Why, bank: m.Bank, mask: m.BankMask, created: micros(m.Created), closed: micros(m.Closed)}
		if m.IsClosed() {
			row.state = "closed"
		}
		var was merchantRow
		err := w.stmts["merchant"].QueryRowContext(ctx, m.Code).Scan(&was.name, &was.nameZH, &was.phone, &was.state, &was.why, &was.bank, &was.mask, &was.created, &was.closed)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			w.changes.of(m.seq).note(nil, row.columns())
		case err != nil:
			return err
		case was == row:
			continue
		default:
			w.changes.of(m.seq).note(was.columns(), row.columns())
		}
		if err := w.accounts.own(ctx, m.Account, "merchant:"+m.Code, "merchant", m.Code); err != nil {
			return err
		}
		if err := errors.Join(into.add(ctx, values(m.Code, row.columns(), m.seq)...), into.end(ctx)); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) consents(ctx context.Context, p *pending) error {
	into := w.inserts["consent"]
	for i := range p.consents {
		c := &p.consents[i]
		if err := into.add(ctx, c.Phone, string(c.Purpose), flag(c.On), micros(c.At)); err != nil {
			return err
		}
	}
	return into.end(ctx)
}

// texts returns a change as JSON, or nothing where nothing changed.
func (c *change) texts() (before, after string, err error) {
	for _, side := range [...]struct {
		of map[string]any
		to *string
	}{{c.before, &before}, {c.after, &after}} {
		if len(side.of) == 0 {
			continue
		}
		text, err := json.Marshal(side.of)
		if err != nil {
			return "", "", err
		}
		*side.to = string(text)
	}
	return before, after, nil
}
