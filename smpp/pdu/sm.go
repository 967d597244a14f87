package pdu

// ShortMessageMax is the most octets of short_message. SMPP 3.4 5.2.22
const ShortMessageMax = 254

// The C-octet strings of submit_sm and deliver_sm. SMPP 3.4 4.4.1
var (
	serviceTypeField          = cField{"service_type", 6, RInvSerTyp}
	sourceAddrField           = cField{"source_addr", 21, RInvSrcAdr}
	destinationAddrField      = cField{"destination_addr", 21, RInvDstAdr}
	scheduleDeliveryTimeField = cField{"schedule_delivery_time", 17, RInvSched}
	validityPeriodField       = cField{"validity_period", 17, RInvExpiry}
)

// SM is the body of submit_sm and of deliver_sm, which have the same fields in
// the same order. SMPP 3.4 4.4.1, 4.6.1
type SM struct {
	ServiceType          []byte // at most 5 octets
	SourceAddrTON        TON
	SourceAddrNPI        NPI
	SourceAddr           []byte // at most 20 octets
	DestAddrTON          TON
	DestAddrNPI          NPI
	DestinationAddr      []byte // at most 20 octets
	ESMClass             ESMClass
	ProtocolID           byte
	PriorityFlag         byte
	ScheduleDeliveryTime []byte // empty, or 16 octets
	ValidityPeriod       []byte // empty, or 16 octets
	RegisteredDelivery   byte
	ReplaceIfPresentFlag byte
	DataCoding           byte
	SMDefaultMsgID       byte
	ShortMessage         []byte // at most 254 octets
	TLVs                 TLVs
}

// Decode reads body into m; m's slices are views into it. On an error m is not
// to be used. Nothing is allocated unless it fails.
func (m *SM) Decode(body []byte) error {
	c := cursor{rest: body}
	m.ServiceType = c.cString(serviceTypeField)
	m.SourceAddrTON, m.SourceAddrNPI = TON(c.octet("source_addr_ton")), NPI(c.octet("source_addr_npi"))
	m.SourceAddr = c.cString(sourceAddrField)
	m.DestAddrTON, m.DestAddrNPI = TON(c.octet("dest_addr_ton")), NPI(c.octet("dest_addr_npi"))
	m.DestinationAddr = c.cString(destinationAddrField)
	class, protocol, priority := c.octets("esm_class")
	m.ESMClass, m.ProtocolID, m.PriorityFlag = ESMClass(class), protocol, priority
	m.ScheduleDeliveryTime = c.cString(scheduleDeliveryTimeField)
	m.ValidityPeriod = c.cString(validityPeriodField)
	m.RegisteredDelivery, m.ReplaceIfPresentFlag, m.DataCoding = c.octets("registered_delivery")
	m.SMDefaultMsgID = c.octet("sm_default_msg_id")
	m.ShortMessage = c.shortMessage()
	m.TLVs = c.paddedTLVs()
	if c.err != nil {
		return c.err
	}
	return nil
}

// shortMessage takes sm_length and as many octets. SMPP 3.4 5.2.21, 5.2.22
func (c *cursor) shortMessage() []byte {
	n := int(c.octet("sm_length"))
	switch {
	case c.err != nil:
		return nil
	case n > ShortMessageMax:
		c.fail("sm_length", TooLong, RInvMsgLen)
		return nil
	case n > len(c.rest):
		c.fail("short_message", Truncated, RInvMsgLen)
		return nil
	}
	b := c.rest[:n:n]
	c.rest = c.rest[n:]
	return b
}

// AppendSM appends the submit_sm or deliver_sm (id) that sm says. An error
// leaves dst as it was. Nothing is allocated but what dst needs to grow.
func AppendSM(dst []byte, id CommandID, seq uint32, sm *SM) ([]byte, error) {
	if err := sm.check(); err != nil {
		return dst, err
	}
	start := len(dst)
	dst = AppendHeader(dst, id, ROK, seq)
	dst = appendCString(dst, sm.ServiceType)
	dst = append(dst, byte(sm.SourceAddrTON), byte(sm.SourceAddrNPI))
	dst = appendCString(dst, sm.SourceAddr)
	dst = append(dst, byte(sm.DestAddrTON), byte(sm.DestAddrNPI))
	dst = appendCString(dst, sm.DestinationAddr)
	dst = append(dst, byte(sm.ESMClass), sm.ProtocolID, sm.PriorityFlag)
	dst = appendCString(dst, sm.ScheduleDeliveryTime)
	dst = appendCString(dst, sm.ValidityPeriod)
	dst = append(dst, sm.RegisteredDelivery, sm.ReplaceIfPresentFlag, sm.DataCoding, sm.SMDefaultMsgID,
		byte(len(sm.ShortMessage)))
	dst = append(dst, sm.ShortMessage...)
	return seal(append(dst, sm.TLVs...), start), nil
}

func (m *SM) check() error {
	if err := serviceTypeField.check(m.ServiceType); err != nil {
		return err
	}
	if err := sourceAddrField.check(m.SourceAddr); err != nil {
		return err
	}
	if err := destinationAddrField.check(m.DestinationAddr); err != nil {
		return err
	}
	if err := scheduleDeliveryTimeField.check(m.ScheduleDeliveryTime); err != nil {
		return err
	}
	if err := validityPeriodField.check(m.ValidityPeriod); err != nil {
		return err
	}
	if len(m.ShortMessage) > ShortMessageMax {
		return &Error{Field: "short_message", Reason: TooLong, Status: RInvMsgLen}
	}
	return nil
}
