package bench

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"mpg/engine/view"
	"mpg/engine/view/viewtest"
	"mpg/store/bolt"
)

// Settings of the view's figures.
const (
	viewPeople   = 100_000
	viewShops    = 1000
	viewPayments = 200_000   // in the books
	viewMany     = 2_000_000 // the same, where each figure takes viewLong or more
	viewLong     = 60        // seconds
	viewFollowed = 50_000    // of these, by the view as it follows
	viewQueries  = 300       // of each kind
)

// benchView measures the view: how fast rows come in, how fast it is rebuilt, how soon a
// question is answered, and how soon a payment is shown.
func benchView(ctx context.Context, seconds int) (rows []Row, err error) {
	size := viewSize{viewPeople, viewShops, viewPayments, viewFollowed, viewQueries, min(time.Duration(seconds)*time.Second, visibleMost)}
	switch {
	case seconds == 1: // a trial
		size = viewSize{500, 20, 2000, 1000, 20, 200 * time.Millisecond}
	case seconds >= viewLong:
		size.payments = viewMany
	}
	dir, err := os.MkdirTemp("", "mpg-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a temporary folder
	load := &viewLoad{size: size, dir: dir}
	defer func() { err = errors.Join(err, load.close()) }()
	for _, part := range []func(context.Context) ([]Row, error){load.prepare, load.ingest, load.rebuild, load.answers, load.visible} {
		more, err := part(ctx)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

// viewSize says how much is measured.
type viewSize struct {
	people, shops, payments, followed, queries int
	offered                                    time.Duration // how long payments arrive, to measure how soon they are shown
}

// viewLoad is a view over books that were filled by a History.
type viewLoad struct {
	size  viewSize
	dir   string
	books *bolt.Store
	life  *viewtest.History
	view  *view.View
}

func (l *viewLoad) close() error {
	var errs []error
	if l.view != nil {
		errs = append(errs, l.view.Close())
	}
	if l.books != nil {
		errs = append(errs, l.books.Close())
	}
	return errors.Join(errs...)
}

// prepare fills the books, but for the payments that the view follows.
func (l *viewLoad) prepare(ctx context.Context) ([]Row, error) {
	books := filepath.Join(l.dir, "books")
	err := os.Mkdir(books, 0o700)
	if err == nil {
		l.books, err = bolt.Open(books, bolt.Options{})
	}
	if err == nil {
		l.life, err = viewtest.NewHistory(ctx, l.books, l.size.people, l.size.shops, 1)
	}
	if err == nil {
		err = l.life.Pay(ctx, l.size.payments-l.size.followed)
	}
	if err == nil {
		l.view, err = view.Open(ctx, view.Config{Dir: l.dir, Feed: l.books, Ledger: l.books, Books: "bench", Zone: time.UTC, Currency: "CNY",
			Number: l.life.Refs.Number, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	}
	return nil, err
}

// ingest measures the view as it follows payments, beside SQLite that is given the rows that
// came of them.
func (l *viewLoad) ingest(ctx context.Context) ([]Row, error) {
	follower := l.view.Follower()
	at, err := follower.From(ctx)
	if err != nil {
		return nil, err
	}
	before, err := l.count(ctx)
	if err != nil {
		return nil, err
	}
	if err := l.life.Pay(ctx, l.size.followed); err != nil {
		return nil, err
	}
	begun, busy := time.Now(), processorTime(unix.RUSAGE_SELF)
	for entry, err := range l.books.Records(ctx, at+1) {
		if err == nil {
			err = follower.Take(ctx, &entry)
		}
		if err == nil && entry.Seq%1024 == 0 { // some 300 payments: what comes in 200 ms
			err = follower.Keep(ctx, entry.Seq)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := follower.Keep(ctx, l.books.Seq()); err != nil {
		return nil, err
	}
	took, cpu := time.Since(begun), processorTime(unix.RUSAGE_SELF)-busy
	after, err := l.count(ctx)
	if err != nil {
		return nil, err
	}
	rows := float64(after - before)
	bare, bareCPU, err := l.bare(ctx, int(rows))
	if err != nil {
		return nil, err
	}
	note := fmt.Sprintf("%d payments followed, %.1f rows each, %s of processor time a row; beside it, single inserts of as many of the same rows, %s each", l.size.followed, rows/float64(l.size.followed),
		(cpu / time.Duration(rows)).Round(10*time.Nanosecond), bareCPU.Round(10*time.Nanosecond))
	return []Row{
		moreIsBetter("view/ingest", rows/took.Seconds(), "1/s", "insert", bare, note),
		lessIsBetter("view/ingest-cpu", cpu.Seconds()/rows, "insert", bareCPU.Seconds(), "processor time of one row"),
	}, nil
}

// tables returns the tables of the view and how many columns each has.
func (l *viewLoad) tables(ctx context.Context) (map[string]int, error) {
	tables := make(map[string]int)
	return tables, l.view.Read(ctx, func(ctx context.Context, tx *sql.Tx, _ view.AsOf) error {
		rows, err := tx.QueryContext(ctx, "SELECT m.name, count(*) FROM sqlite_schema m, pragma_table_info(m.name) WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' GROUP BY m.name")
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // read to its end
		for rows.Next() {
			var name string
			var columns int
			if err := rows.Scan(&name, &columns); err != nil {
				return err
			}
			tables[name] = columns
		}
		return rows.Err()
	})
}

// count returns the number of rows of all tables.
func (l *viewLoad) count(ctx context.Context) (all int, err error) {
	tables, err := l.tables(ctx)
	if err != nil {
		return 0, err
	}
	for table := range tables {
		err := l.view.Read(ctx, func(ctx context.Context, tx *sql.Tx, _ view.AsOf) error {
			var n int
			err := tx.QueryRowContext(ctx, "SELECT count(*) FROM "+table).Scan(&n)
			all += n
			return err
		})
		if err != nil {
			return 0, err
		}
	}
	return all, nil
}

// answered measures a question: its p99 over many queries.
func (l *viewLoad) answered(ctx context.Context, query string, args func(i int) []any) (float64, error) {
	var took []time.Duration
	for i := range l.size.queries {
		begun := time.Now()
		err := l.view.Read(ctx, func(ctx context.Context, tx *sql.Tx, _ view.AsOf) error {
			rows, err := tx.QueryContext(ctx, query, args(i)...)
			if err != nil {
				return err
			}
			defer func() { _ = rows.Close() }() // read to its end
			columns, err := rows.Columns()
			cells := make([]any, len(columns))
			for i := range cells {
				cells[i] = new(any)
			}
			for err == nil && rows.Next() {
				err = rows.Scan(cells...)
			}
			return errors.Join(err, rows.Err())
		})
		if err != nil {
			return 0, err
		}
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	return percentile(took, 0.99), nil
}

// answers measures the questions that are asked most.
func (l *viewLoad) answers(ctx context.Context) (rows []Row, err error) {
	for _, q := range []struct {
		name, query string
		args        func(i int) []any
	}{
		{"view/statement-p99", "SELECT seq, n, at, other, amount, balance, payment, code FROM entry WHERE account = ? AND day BETWEEN 20261101 AND 20271231 ORDER BY seq DESC, n DESC LIMIT 50",
			func(i int) []any { return []any{int64(1)<<32 + 1 + int64(i*97%l.size.people)} }},
		{"view/shop-day-p99", "SELECT count, sum, refunds FROM dayshop WHERE day = ? AND merchant = ?",
			func(i int) []any { return []any{20261122 + i%3, fmt.Sprint(100000 + i%l.size.shops)} }},
		{"view/search-p99", `SELECT * FROM (SELECT * FROM payment WHERE payer = ?1 ORDER BY no DESC LIMIT 50) UNION ALL
			SELECT * FROM (SELECT * FROM payment WHERE payee = ?1 ORDER BY no DESC LIMIT 50) ORDER BY no DESC LIMIT 50`,
			func(i int) []any { return []any{fmt.Sprintf("+86138%08d", i*97%l.size.people)} }},
		{"view/amount-p99", "SELECT * FROM payment WHERE charged = ? ORDER BY no DESC LIMIT 50", func(i int) []any { return []any{100 + i*31} }},
	} {
		p99, err := l.answered(ctx, q.query, q.args)
		if err != nil {
			return nil, err
		}
		rows = append(rows, lessIsBetter(q.name, p99, "10ms", 0.010, fmt.Sprintf("%d payments, %d queries; beside it, the time within which people feel no delay to begin", l.size.payments, l.size.queries)))
	}
	return rows, nil
}

// rebuild measures how fast the view is made again.
func (l *viewLoad) rebuild(ctx context.Context) ([]Row, error) {
	begun := time.Now()
	if _, err := l.view.Rebuild(ctx, nil); err != nil {
		return nil, err
	}
	took := time.Since(begun)
	payments := l.size.payments + l.size.people // each of whom has a top-up, which is a payment too
	rate := float64(payments) / took.Seconds()
	note := fmt.Sprintf("%d payments, %d of them top-ups, in %s, with all indexes; beside it, a million in a minute", payments, l.size.people, took.Round(time.Millisecond))
	return []Row{moreIsBetter("view/rebuild", rate, "1/s", "1M/min", 1e6/60, note)}, nil
}

// bare inserts up to that many of the view's rows into a file with the same tables and
// indexes, one at a time, as many in a transaction as the view.
func (l *viewLoad) bare(ctx context.Context, most int) (rate float64, cpu time.Duration, err error) {
	tables, err := l.tables(ctx)
	if err != nil {
		return 0, 0, err
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(l.dir, "bare.db")+"?_pragma=journal_mode(wal)&_pragma=synchronous(normal)&_pragma=cache_size(-65536)")
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	inserted := 0
	var took time.Duration
	for _, table := range []string{"payment", "step", "entry", "notice"} {
		rows, err := l.rowsOf(ctx, table, tables[table], most)
		if err != nil {
			return 0, 0, err
		}
		if err := l.like(ctx, db, table); err != nil {
			return 0, 0, err
		}
		begun, busy := time.Now(), processorTime(unix.RUSAGE_SELF)
		if err := insertEach(ctx, db, table, tables[table], rows); err != nil {
			return 0, 0, err
		}
		took, cpu, inserted = took+time.Since(begun), cpu+processorTime(unix.RUSAGE_SELF)-busy, inserted+len(rows)
	}
	return float64(inserted) / took.Seconds(), cpu / time.Duration(inserted), nil
}

// like makes a table like that of the view, with its indexes.
func (l *viewLoad) like(ctx context.Context, db *sql.DB, table string) error {
	return l.view.Read(ctx, func(ctx context.Context, tx *sql.Tx, _ view.AsOf) error {
		rows, err := tx.QueryContext(ctx, "SELECT sql FROM sqlite_schema WHERE tbl_name = ? AND sql IS NOT NULL ORDER BY type DESC", table)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // read to its end
		for rows.Next() {
			var create string
			if err := rows.Scan(&create); err != nil {
				return err
			}
			if _, err := db.ExecContext(ctx, create); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

// rowsOf reads rows of a table: the share of most that the table has of a payment's rows.
func (l *viewLoad) rowsOf(ctx context.Context, table string, columns, most int) (all [][]any, err error) {
	err = l.view.Read(ctx, func(ctx context.Context, tx *sql.Tx, _ view.AsOf) error {
		rows, err := tx.QueryContext(ctx, "SELECT * FROM "+table+" LIMIT ?", most/4)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // read to its end
		for rows.Next() {
			cells, into := make([]any, columns), make([]any, columns)
			for i := range cells {
				into[i] = &cells[i]
			}
			if err := rows.Scan(into...); err != nil {
				return err
			}
			all = append(all, cells)
		}
		return rows.Err()
	})
	return all, err
}

// insertEach inserts rows, one statement each.
func insertEach(ctx context.Context, db *sql.DB, table string, columns int, rows [][]any) error {
	const atOnce = 4096 // in one transaction
	for part := range slices.Chunk(rows, atOnce) {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		insert, err := tx.PrepareContext(ctx, "INSERT INTO "+table+" VALUES (?"+strings.Repeat(", ?", columns-1)+")")
		for i := 0; err == nil && i < len(part); i++ {
			_, err = insert.ExecContext(context.WithoutCancel(ctx), part[i]...)
		}
		if err != nil {
			return errors.Join(err, tx.Rollback())
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	return nil
}
