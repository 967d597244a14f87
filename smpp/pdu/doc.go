// Package pdu turns octets into SMPP 3.4 PDUs and back. It does no I/O, keeps
// no state and allocates nothing on the paths a message takes.
//
// # What lives here
//
//	command.go  command_id: the closed list and its names     SMPP 3.4 5.1.2.1
//	status.go   command_status: the list, its names, Transient SMPP 3.4 5.1.3
//	header.go   the sixteen octets before each body           SMPP 3.4 3.2
//	cursor.go   bounds and C-octet strings, checked once      SMPP 3.4 3.1
//	bind.go     the three binds and their responses           SMPP 3.4 4.1
//	sm.go       submit_sm and deliver_sm, which share a body  SMPP 3.4 4.4.1, 4.6.1
//	resp.go     submit_sm_resp, deliver_sm_resp               SMPP 3.4 4.4.2, 4.6.2
//	tlv.go      optional parameters in the order of the wire  SMPP 3.4 3.2.4
//	esm.go      esm_class, TON and NPI                        SMPP 3.4 5.2.5, 5.2.12
//	udh.go      user data headers and parts of long messages  3GPP TS 23.040 9.2.3.24
//	error.go    Error: what is wrong and what to answer
//
// Decoding gives views into the caller's octets: they are good for as long as
// those octets are. Encoding appends to the caller's slice and refuses what a
// field cannot hold, a NUL within a C-octet string above all: it would end the
// field early and make a stranger's octets into the next one.
//
// Decoding and then encoding gives the same octets, but for padding behind
// short_message; a fuzz target holds that.
//
// # Rules
//
// Imports nothing of ours. Of fiorix/go-smpp only the sentences that explain a
// command_status are used here; in the tests its decoder is the second opinion
// on each PDU, and its codec the yardstick of the benchmarks.
package pdu
