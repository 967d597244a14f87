// Package acquirer asks the banks and card issuers: it authorizes payments, reverses what
// has no certain outcome, and records what a bank says when nobody is waiting for it. It
// tells banks what to take of what they hold, and billers what is paid.
//
//	banks.go      Config, Banks, its counters      bank.go      the port to one bank
//	authorize.go  a request and its answer         reversal.go  undoing a request
//	advice.go     telling a bank until it answers  biller.go    the port to a biller, and its answers
//	queue.go      what is sent again when          requests.go  the records, and those open
//	evidence.go   late answers, host.go reversals by the host, word.go what they mean,
//	              find.go whose they are
//	breaker.go    refusing orders for a bank that fails   state.go  the state of the banks
//	verify.go     whether an issuer knows a card
//	resolve.go    how people end what a bank left open
//	suspense.go   what a bank has paid after the payer had the money back
//	increase.go   having a bank hold more
//	totals.go     comparing the totals of a bank's day with ours, undated.go what has no date,
//	              cutover.go when they are sent, openday.go which day is open
//	breaks.go     what does not agree              signon.go    waiting until a bank has signed on
//	resume.go     the start after a stop
//
// A request is stored with the message as it will be sent before its first byte leaves. Only
// an answer decides: silence means unknown, which is always reversed, never sent again. A
// request is reversed until the bank says that it is undone, whatever has become of the
// payment, and is listed in payment.OpenRequestTable until then. An advice, on the other
// hand, is repeated until it is answered and never reversed: a reversal could overtake its
// acceptance. A bank that refuses one leaves a doubt. What a bank says is committed before
// anything follows from it.
//
// Banks is the part of a process.Actor that asks banks; it fires the outcome back at the
// process.Machine. The rules of money are elsewhere: payment says what an event does, and
// what a late answer means (payment.Request.Hear).
//
// The package imports store, the connector (bank), the unit of work (tx), books, process, the
// records (payment, card, reconcile), notice, seal and store/money.
package acquirer
