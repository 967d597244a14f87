package view

import (
	"context"
	"crypto/sha256"
	"database/sql"
	_ "embed" // the schema
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strconv"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"mpg/store"
)

//go:embed schema.sql
var tables string

//go:embed indexes.sql
var indexes string

// schemaVersion tells one schema from another. codeVersion must be raised whenever
// the same tables are filled in another way.
func schemaVersion() string {
	sum := sha256.Sum256([]byte(tables + indexes))
	return strconv.Itoa(codeVersion) + "-" + hex.EncodeToString(sum[:8])
}

const codeVersion = 1

// suffixes of the files of one database.
var suffixes = [...]string{"", "-wal", "-shm", "-journal"}

// removeDatabase removes a database, if there is one.
func removeDatabase(path string) error {
	for _, suffix := range suffixes {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// createDatabase makes an empty file that only its owner may read. SQLite gives the files
// beside it the same mode.
func createDatabase(path string) error {
	if err := removeDatabase(path); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return file.Close()
}

// Pragmas of a connection. With synchronous=NORMAL a commit in the write-ahead log is not
// synced: a power failure may lose the last commits, but leaves an earlier state with its
// position, from which the view goes on. Without any syncing it could leave a damaged
// file.
const (
	pragmasLive = "&_pragma=journal_mode(wal)&_pragma=synchronous(normal)&_pragma=cache_size(-65536)&_pragma=wal_autocheckpoint(16384)&_pragma=temp_store(memory)"
	// A file that is being built is not used before it is complete and synced.
	pragmasBuild = "&_pragma=journal_mode(off)&_pragma=synchronous(off)&_pragma=locking_mode(exclusive)&_pragma=cache_size(-262144)&_pragma=temp_store(memory)"
	pragmasRead  = "&_pragma=query_only(true)&_pragma=cache_size(-16384)&_pragma=temp_store(memory)"
)

// openDatabase opens an existing database.
func openDatabase(path, mode, pragmas string) (*sql.DB, error) {
	name := (&url.URL{Scheme: "file", OmitHost: true, Path: path}).String()
	return sql.Open("sqlite", name+"?mode="+mode+"&_pragma=busy_timeout(10000)"+pragmas)
}

// identity says what a database was built from. One with another identity is of no use.
type identity struct{ books, zone, schema string }

// metaKeys are the keys of the table meta.
const (
	metaBooks  = "books"
	metaZone   = "zone"
	metaSchema = "schema"
	metaSeq    = "seq"
	metaID     = "id" // of the record
	metaAt     = "at" // of the record
	metaBuilt  = "built"
)

// makeTables makes the tables, and notes what the database is built from.
func makeTables(ctx context.Context, conn *sql.Conn, of identity) error {
	if _, err := conn.ExecContext(ctx, tables); err != nil {
		return err
	}
	for _, row := range [...][2]any{{metaBooks, of.books}, {metaZone, of.zone}, {metaSchema, of.schema}, {metaSeq, 0}, {metaID, ""}, {metaAt, 0}, {metaBuilt, 0}} {
		if _, err := conn.ExecContext(ctx, "INSERT INTO meta (key, value) VALUES (?, ?)", row[0], row[1]); err != nil {
			return err
		}
	}
	return nil
}

// readMeta reads what a database was built from and how far it has come. It reports false
// if it was never built to the end.
func readMeta(ctx context.Context, db querier) (of identity, at position, built bool, err error) {
	rows, err := db.QueryContext(ctx, "SELECT key, CAST(value AS TEXT) FROM meta")
	if err != nil {
		return of, at, false, err
	}
	defer func() { _ = rows.Close() }() // read to its end
	values := make(map[string]string)
	for rows.Next() {
		var key, value string
		if err := rows.Scan(&key, &value); err != nil {
			return of, at, false, err
		}
		values[key] = value
	}
	if err := rows.Err(); err != nil {
		return of, at, false, err
	}
	at, err = positionOf(values[metaSeq], values[metaID], values[metaAt])
	return identity{values[metaBooks], values[metaZone], values[metaSchema]}, at, values[metaBuilt] == "1", err
}

// querier is a connection, a transaction or a pool.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// positionOf reads a position as the table meta keeps it.
func positionOf(seq, id, at string) (position, error) {
	var p position
	var err error
	if p.seq, err = strconv.ParseUint(seq, 10, 64); err != nil {
		return p, fmt.Errorf("view: position: %w", err)
	}
	raw, err := hex.DecodeString(id)
	if err != nil || len(raw) != len(p.id) && len(raw) != 0 {
		return p, errors.New("view: the record of the position cannot be read")
	}
	p.id = store.ID(append(raw, make([]byte, len(p.id)-len(raw))...))
	micro, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return p, fmt.Errorf("view: time of the position: %w", err)
	}
	if micro != 0 {
		p.at = fromMicros(micro)
	}
	return p, nil
}
