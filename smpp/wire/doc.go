// Package wire moves whole PDUs over a byte stream. It knows command_length
// and nothing else of SMPP; the session (smpp) and the simulated SMSC
// (smpp/smsc) both stand on it.
//
//	reader.go  Reader: octets in, one whole pdu.Frame at a time
//	writer.go  Writer: frames out, many in one Write, the urgent ones first
//
// # Rules
//
// Imports smpp/pdu and no library. The Reader copies nothing and allocates only
// when a PDU outgrows its buffer; the Writer allocates nothing once its two
// buffers have grown. Both are bounded.
package wire
