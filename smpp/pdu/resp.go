package pdu

// messageIDField is the SMSC's name for a message. SMPP 3.4 5.2.23
var messageIDField = cField{"message_id", 65, RInvMsgID}

// SMResp is the body of submit_sm_resp and deliver_sm_resp. SMPP 3.4 4.4.2, 4.6.2
type SMResp struct {
	MessageID []byte // at most 64 octets; nil where there was no body, as after a refusal
	TLVs      TLVs
}

// Decode reads body into r; r's slices are views into it. A response that
// refuses has no body; many peers send none in any deliver_sm_resp either.
// SMPP 3.4 4.4.2
func (r *SMResp) Decode(body []byte) error {
	r.MessageID, r.TLVs = nil, nil
	return decodeIDBody(body, messageIDField, &r.MessageID, &r.TLVs)
}

// AppendSMResp appends a response whose body is a message_id. A nil MessageID
// sends no body. An error leaves dst as it was.
func AppendSMResp(dst []byte, id CommandID, st Status, seq uint32, resp *SMResp) ([]byte, error) {
	return appendIDBody(dst, id, st, seq, messageIDField, resp.MessageID, resp.TLVs)
}

// AppendDeliverSMResp appends the answer to a deliver_sm. Its message_id is
// unused and set to NULL. SMPP 3.4 4.6.2
func AppendDeliverSMResp(dst []byte, st Status, seq uint32) []byte {
	start := len(dst)
	dst = AppendHeader(dst, DeliverSMResp, st, seq)
	return seal(append(dst, 0), start)
}

// decodeIDBody reads what bind_*_resp, submit_sm_resp and deliver_sm_resp
// share: nothing at all, or one C-octet string and optional parameters.
func decodeIDBody(body []byte, field cField, id *[]byte, tlvs *TLVs) error {
	if len(body) == 0 {
		return nil
	}
	c := cursor{rest: body}
	*id = c.cString(field)
	*tlvs = c.tlvs()
	if c.err != nil {
		return c.err
	}
	return nil
}

func appendIDBody(dst []byte, id CommandID, st Status, seq uint32, field cField, value []byte, tlvs TLVs) ([]byte, error) {
	if err := field.check(value); err != nil {
		return dst, err
	}
	start := len(dst)
	dst = AppendHeader(dst, id, st, seq)
	if value == nil {
		return dst, nil
	}
	dst = appendCString(dst, value)
	return seal(append(dst, tlvs...), start), nil
}
