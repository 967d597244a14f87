// Package bolt is the money store on one bbolt file, ledger.db.
//
// One goroutine, the committer, owns all money state (committer.go). Callers wait in a
// queue (queue.go); a batch is whatever waits while the last sync of the disk runs, with
// no timer. Each batch is decided by store/ledger on a scratch overlay (batch.go), and
// kept by one bbolt transaction that holds the new records of the journal (record.go,
// journal.go) and the next slice of a rolling checkpoint (checkpoint.go). Only then is the
// scratch overlay laid over the memory that readers see (memory.go, read.go), and the
// callers are answered: nobody sees what is not durable.
//
// The journal is the truth, and the rest follows from it. Its keys only grow, many Cmds share
// a value, which is compressed (pack.go), and the ids and texts that must be recognised are in
// it and in an index in memory (dedup.go), so that no random key is written while a payment
// waits. Balances are all in memory (accounts.go). Documents, holds and outbox rows are in
// memory from their change until the checkpoint passes (overlay.go, outbox.go), and one that
// comes and goes between two rounds is never written at all. A document that is archived
// leaves its bucket, and is read from the journal from then on (archive.go). A start loads the
// balances and replays the journal from the last finished round (recover.go).
//
//	bucket  key               value                     written
//	meta    "schema" "state"  numbers, head of the chain   each commit
//	jrn     number of a Cmd   packed records, SHA-256      each commit, at the end
//	age     number of a Cmd   how old the journal was       each hour
//	acct    block of accounts counters, limits, as of when  by the checkpoint
//	doc     table, key        version, data                by the checkpoint
//	arch    table, short key  which Cmd archived it        by the checkpoint
//	hold    open hold         accounts, what is left       by the checkpoint
//	ended   hold              nothing; never used again    by the checkpoint
//	out     outbox row        balance, data                by the checkpoint
//
// bbolt's pages carry no sums, so each value has a CRC32C of its own with its
// key (value.go), and Verify (verify.go) adds the whole journal up again. After
// a commit that failed, or that would have broken a rule of the books (Assert of
// store/ledger, assert in batch.go), the store does nothing more: memory and disk
// may differ, and only a new start can tell, which reads from the disk what the
// kernel's memory may hold wrongly (cached.go) and checks all pages before it trusts
// them (pages.go).
// Ids and texts are forgotten by the age of the journal, which a clock that jumps
// cannot shorten (age.go).
//
// Backup copies a running store as of one commit, and Restore brings a copy back
// after it was verified (backup.go).
//
// The package imports store, store/money and store/ledger. go.etcd.io/bbolt
// keeps the pages: one file, pure Go, and a commit that is as safe as fdatasync
// is honest. github.com/klauspost/compress packs the journal: pure Go, Zstandard with a
// dictionary. golang.org/x/sys locks the folder, maps the file to look at its pages and
// drops it from memory.
package bolt
