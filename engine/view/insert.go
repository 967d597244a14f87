package view

import (
	"context"
	"database/sql"
	"errors"
	"strings"
)

// rowsAtOnce is how many rows one statement inserts: each statement costs about as much
// as a row.
const rowsAtOnce = 16

// inserter inserts rows into one table, many at a time.
type inserter struct {
	width     int // columns
	many, one *sql.Stmt
	args      []any // of rows that are not inserted yet
}

// newInserter prepares an inserter. columns are separated by spaces; then is what follows
// the values in the statement, such as an ON CONFLICT.
func newInserter(ctx context.Context, conn *sql.Conn, table, columns, then string) (*inserter, error) {
	names := strings.Fields(columns)
	row := "(" + strings.TrimSuffix(strings.Repeat("?,", len(names)), ",") + ")"
	into := "INSERT INTO " + table + " (" + strings.Join(names, ", ") + ") VALUES "
	one, err := conn.PrepareContext(ctx, into+row+" "+then)
	if err != nil {
		return nil, err
	}
	many, err := conn.PrepareContext(ctx, into+strings.Repeat(row+",", rowsAtOnce-1)+row+" "+then)
	return &inserter{width: len(names), many: many, one: one, args: make([]any, 0, rowsAtOnce*len(names))}, err
}

// add inserts a row, now or with the next ones.
func (i *inserter) add(ctx context.Context, values ...any) error {
	i.args = append(i.args, values...)
	if len(i.args) < rowsAtOnce*i.width {
		return nil
	}
	_, err := i.many.ExecContext(ctx, i.args...)
	i.args = i.args[:0]
	return err
}

// end inserts the rows that are left.
func (i *inserter) end(ctx context.Context) error {
	for at := 0; at < len(i.args); at += i.width {
		if _, err := i.one.ExecContext(ctx, i.args[at:at+i.width]...); err != nil {
			return err
		}
	}
	i.args = i.args[:0]
	return nil
}

// close closes the statements.
func (i *inserter) close() error { return errors.Join(i.many.Close(), i.one.Close()) }
