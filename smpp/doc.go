// Package smpp keeps one ESME account bound to an SMSC over SMPP 3.4 and loses
// nothing: a text is acknowledged when its taker says so and on the link it came
// by, and each text sent ends exactly once as accepted, refused or uncertain.
//
// # What lives here
//
//	config.go    Config, its limits and defaults
//	session.go   Session: Send, Submit, Ack, Acknowledged
//	run.go       Run and Drain: dial, bind, serve, back off, unbind
//	link.go      one bound connection: window, clock, end
//	receive.go   what the SMSC sends, PDU by PDU
//	slots.go     submit_sm that wait for their response
//	proof.go     which acknowledgements the SMSC is known to have
//	throttle.go  the rate of submits, configured or learned
//	message.go   deliver_sm -> Message: text, long, receipt, unreadable
//	outgoing.go  Outgoing -> submit_sm; Outcome
//	blame.go     whose fault a command_status is
//	stats.go     counters
//
// Below it: smpp/pdu (octets and PDUs), smpp/text (alphabets), smpp/wire (PDUs
// over a stream). Beside it: smpp/smsc, the other side, for tests and demo.
//
// # How it runs
//
//	           reader ── deliver_sm ────── Deliver (must not block)
//	SMSC ─TCP─         └ submit_sm_resp ── slot ── done (must not block)
//	           writer ── control lane: acknowledgements, enquire_link
//	                   └ bulk lane: submit_sm within the window
//
// Three goroutines to a link: the reader never waits for anything but the peer,
// the writer sends all that has gathered in one Write with a deadline, and Run
// looks at the clock. There is no goroutine and no timer per message. An
// acknowledgement overtakes every submit that waits.
//
// A deliver_sm that has the number of a submit_sm under way is a message like
// any other: responses are matched on command_id, number and link. An Ack whose
// link is gone is dropped, because the same number may be another message's on
// the next; the SMSC delivers again. SMPP 3.4 has no identity for a deliver_sm,
// so a redelivery is told from a repeated order by whoever takes the texts; to
// help there, Acknowledged tells which acknowledgements must have arrived.
//
// Uncertain submits are not sent again here: what a copy would cost is known
// only above.
//
// # What is implemented
//
//	command               SMPP 3.4    as ESME
//	bind_transceiver      4.1.5       Yes
//	bind_transmitter      4.1.1       No
//	bind_receiver         4.1.3       No
//	outbind               4.1.7       No: answered by generic_nack
//	unbind                4.2         Yes, both ways
//	generic_nack          4.3         Yes, both ways
//	submit_sm             4.4         Partial: one segment, no receipt asked for
//	submit_multi          4.5         No
//	deliver_sm            4.6         Yes; see the kinds of Message
//	data_sm               4.7         No: data_sm_resp with ESME_RINVCMDID
//	query_sm              4.8         No
//	cancel_sm             4.9         No
//	replace_sm            4.10        No
//	enquire_link          4.11        Yes, both ways
//	alert_notification    4.12        No: counted
//
//	optional parameter    SMPP 3.4    of a deliver_sm
//	receipted_message_id  5.3.2.12    Partial: makes it a Receipt, is not read
//	sar_msg_ref_num       5.3.2.22    Partial: makes it Long, is not joined
//	sar_total_segments    5.3.2.23    Partial: the same
//	sar_segment_seqnum    5.3.2.24    Partial: the same
//	message_payload       5.3.2.32    Partial: makes it Long
//	message_state         5.3.2.35    No
//	all others            5.3.2       No: passed over
//
// TLS is not here.
//
// # Rules
//
// Imports smpp/pdu, smpp/text and smpp/wire, and no library. Telephone numbers,
// texts and the password never reach a log.
package smpp
