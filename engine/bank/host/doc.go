// Package host is a simulated bank: the other end of engine/bank for tests and
// for the demo. It moves no real money and is no model of a bank's inside.
//
// A Host listens on loopback, speaks the dialect "iso87", keeps accounts with
// balances, and declines for the reasons that banks have. It misbehaves when it
// is told to: see Fault. What it never does is to lose count. A request that
// comes twice is booked once and answered as before, and a reversal undoes once,
// however often it comes. Like most banks it forgets a reversal that came before
// its request: it answers 25, and books the request when that comes. With
// Config.Remembers it refuses such a request instead.
//
// The processing code of a request decides its direction: 000000 takes money out of the
// account in DE102, 200000 and 210000 pay it into the account in DE103, and any other is
// declined with 12. An account in the wrong element is a format error. The reversal of a
// credit takes the money out again, even if the balance falls below zero;
// Config.NoOverdraft forbids that.
//
// A return, 200000, that names what it gives back, in DE90, is declined with 25 if that is
// nothing that took money from the account, with 12 if it was undone, and with 13 if all
// returns of it would exceed it; what was returned, even in part, is no longer reversed. A
// return that names nothing is booked, unless Config.NamedReturns forbids that.
//
// A 0100 holds money, which is then neither spent nor gone; another 0100, which names the
// first in DE90, holds more; the 0220, which names the first as well, takes all or less of
// what they hold together, once, and frees the rest; the reversal of each, or
// Host.Lapse, or its age by the bank's own clock (Config.HoldFor), frees what that one
// holds. What was taken by a 0220 is never given back. Cards.Issue issues cards on an account,
// each with a limit of its own.
//
// Its business date is the date in UTC, and later by one for each Settlement.CutOver. It adds
// up its totals from its journal, and tells them, or compares them with those that it is told.
//
// Its journal is its own: every message in and out, with what it made of it and
// the balance after. A test compares it with the ledger and with the texts that
// were sent. With Config.Journal it is a file of JSON lines, synced before an
// answer leaves; a Host that opens the file again is the same bank.
//
// The journal holds whole account numbers: the file is made 0600. Logs hold none.
//
// With Config.MAC its messages carry MACs, and it exchanges keys for them; what comes without
// its MAC is not looked at.
//
// The package imports mpg/engine/bank/iso8583, mpg/engine/bank/cbcmac and mpg/store/money and
// nothing else of ours; in particular not engine/bank, so that the two ends are held
// together by the wire alone.
package host
