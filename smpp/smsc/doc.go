// Package smsc is a simulated SMSC on a real TCP port: it takes one account's
// bind, delivers texts to it as a store-and-forward centre does, takes its
// submits, and fails in the ways that centres fail, on request. The demo, the
// tests and the benchmarks use it.
//
// # What lives here
//
//	smsc.go    Config, Server, Listen, Close
//	deliver.go texts to the ESME: Deliver, DeliverAsync, Inject
//	forward.go the messages that wait, the bound links, and redelivery
//	link.go    one connection: bind, submit_sm, enquire_link, unbind
//	faults.go  Faults, and what is done to links at once: DropLinks, Garbage ...
//
// # How it delivers
//
// Messages wait in one queue until a link has room in its window. What was not
// acknowledged when its link died, or within Config.AckWithin, goes back to the
// head of the queue, in order, and is delivered again. A link that is bound as a
// transmitter gets none. Nothing is stored beyond the process.
//
// # Rules
//
// Imports smpp/pdu, smpp/text and smpp/wire, and no library. It is not an SMSC
// to be run for strangers: it keeps every message in memory and knows one
// account.
package smsc
