package pdu

// The interface_version values of a bind. SMPP 3.4 5.2.4
const (
	InterfaceVersion33 byte = 0x33
	InterfaceVersion   byte = 0x34 // what mpg speaks
	InterfaceVersion50 byte = 0x50
)

// The C-octet strings of a bind. SMPP 3.4 4.1.5, 5.2.1 to 5.2.3, 5.2.7
var (
	systemIDField     = cField{"system_id", 16, RInvSysID}
	passwordField     = cField{"password", 9, RInvPaswd}
	systemTypeField   = cField{"system_type", 13, RInvSysTyp}
	addressRangeField = cField{"address_range", 41, RBindFail}

	longSystemIDField = cField{"system_id", LongCredentialMax + 1, RInvSysID}
	longPasswordField = cField{"password", LongCredentialMax + 1, RInvPaswd}
)

// LongCredentialMax is the greatest length, in octets, of a system_id or a password
// if both sides have agreed on more than SMPP 3.4 allows.
const LongCredentialMax = 64

// Bind is the body of bind_transceiver, and of bind_transmitter and
// bind_receiver, which have the same fields. SMPP 3.4 4.1.5
type Bind struct {
	SystemID         []byte // at most 15 octets
	Password         []byte // at most 8 octets
	SystemType       []byte // at most 12 octets
	InterfaceVersion byte
	AddrTON, AddrNPI byte
	AddressRange     []byte // at most 40 octets

	// LongCredentials allows a SystemID and a Password of LongCredentialMax
	// octets. It is not on the wire; set it before calling Decode.
	LongCredentials bool
}

// credentials returns the fields that hold system_id and password.
func (b *Bind) credentials() (systemID, password cField) {
	if b.LongCredentials {
		return longSystemIDField, longPasswordField
	}
	return systemIDField, passwordField
}

// Decode reads body into b; b's slices are views into it.
func (b *Bind) Decode(body []byte) error {
	c := cursor{rest: body}
	systemID, password := b.credentials()
	b.SystemID = c.cString(systemID)
	b.Password = c.cString(password)
	b.SystemType = c.cString(systemTypeField)
	b.InterfaceVersion, b.AddrTON, b.AddrNPI = c.octets("interface_version")
	b.AddressRange = c.cString(addressRangeField)
	if len(c.rest) > 0 { // a bind has no optional parameters
		c.fail("command_length", Malformed, RInvCmdLen)
	}
	if c.err != nil {
		return c.err
	}
	return nil
}

// AppendBind appends a bind PDU. An error leaves dst as it was.
func AppendBind(dst []byte, id CommandID, seq uint32, bind *Bind) ([]byte, error) {
	systemID, password := bind.credentials()
	for _, f := range [...]struct {
		field cField
		value []byte
	}{
		{systemID, bind.SystemID}, {password, bind.Password},
		{systemTypeField, bind.SystemType}, {addressRangeField, bind.AddressRange},
	} {
		if err := f.field.check(f.value); err != nil {
			return dst, err
		}
	}
	start := len(dst)
	dst = AppendHeader(dst, id, ROK, seq)
	dst = appendCString(dst, bind.SystemID)
	dst = appendCString(dst, bind.Password)
	dst = appendCString(dst, bind.SystemType)
	dst = append(dst, bind.InterfaceVersion, bind.AddrTON, bind.AddrNPI)
	return seal(appendCString(dst, bind.AddressRange), start), nil
}

// BindResp is the body of a bind's response. SMPP 3.4 4.1.6
type BindResp struct {
	SystemID []byte // of the SMSC; nil where there was no body, as after a refusal
	TLVs     TLVs   // sc_interface_version
}

// Decode reads body into b; b's slices are views into it.
func (b *BindResp) Decode(body []byte) error {
	b.SystemID, b.TLVs = nil, nil
	return decodeIDBody(body, systemIDField, &b.SystemID, &b.TLVs)
}

// AppendBindResp appends the response id to a bind. A nil SystemID sends no
// body. An error leaves dst as it was.
func AppendBindResp(dst []byte, id CommandID, st Status, seq uint32, resp *BindResp) ([]byte, error) {
	return appendIDBody(dst, id, st, seq, systemIDField, resp.SystemID, resp.TLVs)
}
