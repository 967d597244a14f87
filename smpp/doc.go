// Package smpp keeps one ESME account bound to an SMSC over SMPP 3.4 and loses
// nothing: a text is acknowledged when its taker says so and on the link it came
// by, and each text sent ends exactly once as accepted, refused or uncertain.
//
// # What lives here
//
//	config.go    Config, its limits and defaults
//	session.go   Session: Send, Submit, Ack, Acknowledged
//	account.go   what a bind says, and what it is for
//	run.go       Run and Drain: dial, serve, back off, unbind
//	backoff.go   the wait between two attempts to bind
//	handshake.go the bind, and what SMSCs send before they answer it; Try
//	link.go      one bound connection: clock, acknowledgements, end
//	alive.go     a mute SMSC, a process that stood still, a slow Write
//	trouble.go   Working: why there is no link that can be used
//	receive.go   what the SMSC sends, PDU by PDU
//	inbox.go     deliver_sm: decoded, counted, handed to Deliver
//	requests.go  our unanswered requests, and what silence means
//	slots.go     submit_sm by sequence_number
//	window.go    how many submit_sm may wait for an answer
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
// help there, Acknowledged tells which acknowledgements must have arrived in time:
// they left within two seconds of the earliest moment at which their deliver_sm
// can have arrived, and the SMSC answered something that was sent after them.
//
// A link ends, and the account binds again, when the connection ends, when an
// enquire_link or three consecutive submit_sm are not answered, and when the SMSC
// answers ESME_RINVBNDSTS. After a refused bind the wait is longer. No wait is
// shorter than half of the current back-off.
//
// Uncertain submits are not sent again here: what a copy would cost is known
// only above.
//
// # What is implemented
//
//	command               SMPP 3.4    as ESME
//	bind_transceiver      4.1.5       Yes
//	bind_transmitter      4.1.1       Yes
//	bind_receiver         4.1.3       Yes
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
//	field of a bind       SMPP 3.4
//	system_id             5.2.1       Yes; longer where both sides agree
//	password              5.2.2       Yes; longer where both sides agree
//	system_type           5.2.3       Yes
//	interface_version     5.2.4       Partial: said, and 3.4 is spoken
//	addr_ton, addr_npi    5.2.5       Yes
//	address_range         5.2.7       Yes
//
//	field of a deliver_sm SMPP 3.4
//	source_addr_ton       5.2.5       Yes: handed on
//	esm_class             5.2.12      Yes: receipts, user data headers
//	data_coding           5.2.19      Yes; see smpp/text
//	short_message         5.2.22      Yes; NULs after it are skipped
//	all times and flags   5.2         No: ignored
//
//	user data header      23.040 (3GPP TS)
//	concatenation         9.2.3.24.1  Partial: makes it Long; not joined
//	ports                 9.2.3.24.3  Partial: makes it Unreadable
//	national languages    9.2.3.24.15 Partial: Turkish, Spanish, Portuguese
//	all others            9.2.3.24    No: passed over
//
//	optional parameter    SMPP 3.4    of a deliver_sm
//	receipted_message_id  5.3.2.12    Partial: makes it a Receipt, is not read
//	source_port           5.3.2.20    Partial: makes it Unreadable
//	destination_port      5.3.2.21    Partial: makes it Unreadable
//	sar_msg_ref_num       5.3.2.22    Partial: all three make it Long, not joined;
//	sar_total_segments    5.3.2.23    alone, or one of one, they are ignored
//	sar_segment_seqnum    5.3.2.24
//	message_payload       5.3.2.32    Yes: a text like any other, Long over 254 octets
//	message_state         5.3.2.35    Partial: makes it a Receipt, is not read
//	all others            5.3.2       No: passed over
//
// TLS is not here.
//
// # Rules
//
// Imports smpp/pdu, smpp/text and smpp/wire, and no library. Telephone numbers,
// texts and the password never reach a log.
package smpp
