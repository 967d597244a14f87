// Package engine is the pipeline from a text to a payment and its receipts. No
// rule of money lives here, and no protocol.
//
// Reading order:
//
//	engine.go      New, Start, Drain, Close; ports.go the world outside, actor.go what
//	               payments need of it
//	lifetime.go    what works until Close
//	texts.go       the rooms that texts go through: intake, intent
//	sending.go     texts out
//
// The rooms that write records, each on top of the one before:
//
//	tx        the unit of work: read, save, transfer, notify, all in one commit
//	books     settings, accounts by name, numbers, sealed account numbers
//	process   a payment on its way: events, effects, deadlines
//	acquirer  banks: authorize, reverse, and what they say when nobody is waiting
//	call      what is said and asked in a call, and how it ended
//	intent    what texts order: one table of handlers, one file for each kind
//	attempt   tries of notices on media that cost something
//	due       work at its time: one table, one sweeper, kinds in one list
//	follow    work after commits: the readers of the journal
//	intake    texts in: whose they are, whether they are copies, when they are acknowledged
//	staff     who may give commands: members, passwords, tokens, what they read
//	refund    a shop pays a customer back
//	claim     money for numbers that are not registered
//	names     numbers by the names that payers gave them
//	offer     shops are asked whether they accept what a card issuer has approved
//	admin     the operator's commands and views, which api serves
//	module    how a part joins the rest
//	resume    the start after a stop
//
// What reads them, and never writes to the books:
//
//	view      follows the journal into view.db
//	report    answers the operator's questions from the view
//	tail      tells what happens, record by record
//	till      tells cash registers and receipt printers of shops what was paid
//
// The rules are in the packages below; order, product, payment and lang are pure:
//
//	order     what a text orders            product   what plan an order is
//	payment   states, events, the table     pin       six digits and their hash
//	user, merchant   the records            notice    who is told what
//	lang      all words, both languages     bank      the connector
//	tariff    what payments cost            limit     how much may be paid and held
//	card      cards by their tokens         pan       card numbers, to be redacted
//	outbox    texts in order, to each bind  audit     the books against the documents
//	seal      account numbers at rest       keyfile   files that hold a key
//	refusal   refused orders, by reason     cdr       records of calls
//	approval  commands that take two people
//	ask       requests for money between subscribers
//	phone     numbers as people write them  ref       references that people read
//	quota     how much a sender may have    clock     steps of the wall clock
//	codec     records as bytes              mac       short keyed digests
//	local     language, zone, currency      meter     counters, durations
//	sheet     files of words and rows       strict    JSON of other programs
//	auth      the rights of each role       reconcile what banks and mpg disagree on
//
// What a payment promises here:
//
//   - a text is acknowledged only after the commit that takes it in; a copy of
//     it, where the first may not have been acknowledged, pays, stops and calls
//     nothing;
//   - the payment's number is chosen before the work, and every step has an id
//     of its own, so that nothing is done twice;
//   - what was under way at a crash is found again in payment.OpenTable: a call
//     becomes "the call was cut off"; a bank that was asked for money becomes
//     unknown, which is always reversed, never sent again; and what a bank has to
//     be told is repeated until it is answered, never reversed;
//   - an approval is money whenever it comes: its request is reversed until the
//     bank says that it is undone, whatever has become of the payment, and is
//     listed in payment.OpenRequestTable until then;
//   - notices are sent at least once and name their payment.
//
// The package imports store and the folders below engine; the world comes in by
// Ports. github.com/nyaruka/phonenumbers checks numbers that operators enter.
package engine
