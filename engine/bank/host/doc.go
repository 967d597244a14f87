// Package host is a simulated bank: the other end of engine/bank for tests and
// for the demo. It moves no real money and is no model of a bank's inside.
//
// A Host listens on loopback, speaks the dialect "iso87", keeps accounts with
// balances, and declines for the reasons that banks have. It misbehaves when it
// is told to: see Fault. What it never does is to lose count. A request that
// comes twice is booked once and answered as before, and a reversal restores once,
// however often it comes. Like most banks it forgets a reversal that came before
// its request: it answers 25, and books the request when that comes. With
// Config.Remembers it refuses such a request instead.
//
// Its journal is its own: every message in and out, with what it made of it and
// the balance after. A test compares it with the ledger and with the texts that
// were sent. With Config.Journal it is a file of JSON lines, synced before an
// answer leaves; a Host that opens the file again is the same bank.
//
// The journal holds whole account numbers: the file is made 0600. Logs hold none.
//
// The package imports mpg/engine/bank/iso8583 and mpg/store/money and nothing
// else of ours; in particular not engine/bank, so that the two ends are held
// together by the wire alone.
package host
