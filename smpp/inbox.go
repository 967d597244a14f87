package smpp

import (
	"errors"
	"sync/atomic"

	"mpg/smpp/pdu"
)

// inbox turns the deliver_sm of one link into Messages and hands them to Config.Deliver. It
// belongs to the goroutine that reads the link, so that a PDU costs no allocation besides
// its text; only unacked and stall are used from elsewhere.
type inbox struct {
	cfg   *Config
	count *counters
	epoch uint64 // of the link

	unacked atomic.Int64 // deliver_sm handed to Deliver and not acknowledged
	stall   stall

	sm      pdu.SM
	scratch []byte
	warned  map[string]bool // faults of deliver_sm that have been logged
}

// take hands one deliver_sm to Deliver. It returns ESME_ROK if Deliver accepted it and owes
// the acknowledgement; any other status is the answer to send at once. leaving says that
// the link accepts nothing more. SMPP 3.4 4.6
func (in *inbox) take(seq uint32, body []byte, leaving bool) pdu.Status {
	if !in.cfg.Mode.Receives() {
		return pdu.RInvBndSts // SMPP 3.4 4.1.1
	}
	if err := in.sm.Decode(body); err != nil {
		in.malformed(err)
		return refusal(err)
	}
	if leaving {
		return pdu.RxTAppn // SMPP 3.4 5.1.3: it is delivered again
	}
	if !in.hand(seq) {
		in.count.inboxFull.Add(1)
		return pdu.RMsgQFul // SMPP 3.4 5.1.3: a queue that is full now may not be later
	}
	return pdu.ROK
}

// malformed counts a deliver_sm that cannot be decoded, and logs each fault once per link.
// Its text is lost, since the SMSC will not deliver it again.
func (in *inbox) malformed(err error) {
	in.count.malformed.Add(1)
	if fault := err.Error(); !in.warned[fault] {
		in.warned[fault] = true
		in.cfg.Log.Warn("deliver_sm refused: it cannot be decoded", "smsc", in.cfg.Name, "err", err)
	}
}

// refusal returns the command_status for a PDU that could not be decoded. SMPP 3.4 5.1.3
func refusal(err error) pdu.Status {
	var fault *pdu.Error
	if errors.As(err, &fault) {
		return fault.Status
	}
	return pdu.RSysErr
}

// hand gives the decoded deliver_sm to Deliver; false: it was not accepted.
func (in *inbox) hand(seq uint32) bool {
	if in.unacked.Load() >= int64(in.cfg.InboxMax) {
		return false
	}
	var message Message
	message, in.scratch = newMessage(&in.sm, in.cfg.Alphabet, in.scratch)
	message.At = in.cfg.Now()
	message.Delivery = Delivery{epoch: in.epoch, seq: seq, arrived: in.stall.earliest(message.At)}
	in.unacked.Add(1) // before Deliver, which may acknowledge at once
	if !in.cfg.Deliver(message) {
		in.unacked.Add(-1)
		return false
	}
	in.count.messages[message.Kind].Add(1)
	in.count.unreadable[message.Reason].Add(1)
	return true
}
