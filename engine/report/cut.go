package report

import (
	"context"
	"database/sql"
)

// cut returns the number of the last record of the account before a time: 0 if there is
// none.
//
// Records are in the order in which they were committed, and each has the time at which its
// step began, so that two of them may be some milliseconds the wrong way round, and more
// where a clock was set back. The search goes down the bits of the number and asks about
// the same records each time, whatever has been added since. A time therefore always cuts
// an account at the same place: what is not in the statement until then is in the one from
// then on.
func (h *accountReading) cut(ctx context.Context, before int64) (seq int64, err error) {
	const query = `WITH RECURSIVE cut(bit, seq) AS (SELECT 62, 0 UNION ALL
		SELECT bit - 1, CASE WHEN (SELECT at FROM entry WHERE account = ?1 AND entry.seq >= cut.seq + (1 << (bit - 1)) ORDER BY entry.seq, n LIMIT 1) < ?2
			THEN seq + (1 << (bit - 1)) ELSE seq END FROM cut WHERE bit > 0)
		SELECT seq FROM cut WHERE bit = 0`
	seq, _, err = oneOf(ctx, h.reading, query, []any{h.id, before}, numberOf)
	return seq, err
}

// balanceAt returns what the account held after a record.
func (h *accountReading) balanceAt(ctx context.Context, seq int64) (balance int64, err error) {
	const query = `SELECT balance FROM entry WHERE account = ? AND seq <= ? ORDER BY seq DESC, n DESC LIMIT 1`
	balance, _, err = oneOf(ctx, h.reading, query, []any{h.id, seq}, numberOf)
	return balance, err
}

// numberOf reads a row of one number.
func numberOf(row *sql.Rows) (no int64, err error) { return no, row.Scan(&no) }
