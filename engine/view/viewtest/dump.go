// Package viewtest compares views by what they hold, whatever came in between, and writes
// histories to view: for the tests of engine/view, and for its figures.
//
//	dump.go  Dump    history.go  History: the records of an operator's life    events.go  what happens in it
//
// It imports store, engine/view, engine/codec and the packages of the records that it writes.
package viewtest

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"mpg/engine/view"
)

// Dump returns every row of every table of a view as one line of text, in the order of its
// columns. Two views of the same records have the same dump, however they came about.
func Dump(ctx context.Context, v *view.View) (lines []string, err error) {
	err = v.Read(ctx, func(ctx context.Context, tx *sql.Tx, _ view.AsOf) error {
		tables, err := texts(ctx, tx, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
		if err != nil {
			return err
		}
		for _, table := range tables {
			rows, err := dump(ctx, tx, table)
			if err != nil {
				return fmt.Errorf("%s: %w", table, err)
			}
			lines = append(lines, rows...)
		}
		indexes, err := texts(ctx, tx, "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name")
		lines = append(lines, "indexes "+strings.Join(indexes, " "))
		return err
	})
	return lines, err
}

// dump returns the rows of a table.
func dump(ctx context.Context, tx *sql.Tx, table string) ([]string, error) {
	columns, err := texts(ctx, tx, "SELECT name FROM pragma_table_info('"+table+"') ORDER BY cid")
	if err != nil {
		return nil, err
	}
	cells := make([]string, 0, len(columns))
	for _, c := range columns {
		cells = append(cells, "'"+c+"=' || quote("+c+")")
	}
	return texts(ctx, tx, "SELECT '"+table+" ' || "+strings.Join(cells, " || ' ' || ")+" AS line FROM "+table+" ORDER BY line")
}

// texts returns the first column of a query.
func texts(ctx context.Context, tx *sql.Tx, query string) (all []string, err error) {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // read to its end
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, rows.Err()
}
