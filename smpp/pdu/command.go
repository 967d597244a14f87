package pdu

import "fmt"

// CommandID is the command_id of a PDU. SMPP 3.4 5.1.2.1
type CommandID uint32

// The command_ids of SMPP 3.4 5.1.2.1. A response is its request with the top
// bit set.
const (
	GenericNack         CommandID = 0x80000000
	BindReceiver        CommandID = 0x00000001
	BindReceiverResp    CommandID = 0x80000001
	BindTransmitter     CommandID = 0x00000002
	BindTransmitterResp CommandID = 0x80000002
	QuerySM             CommandID = 0x00000003
	QuerySMResp         CommandID = 0x80000003
	SubmitSM            CommandID = 0x00000004
	SubmitSMResp        CommandID = 0x80000004
	DeliverSM           CommandID = 0x00000005
	DeliverSMResp       CommandID = 0x80000005
	Unbind              CommandID = 0x00000006
	UnbindResp          CommandID = 0x80000006
	ReplaceSM           CommandID = 0x00000007
	ReplaceSMResp       CommandID = 0x80000007
	CancelSM            CommandID = 0x00000008
	CancelSMResp        CommandID = 0x80000008
	BindTransceiver     CommandID = 0x00000009
	BindTransceiverResp CommandID = 0x80000009
	Outbind             CommandID = 0x0000000B
	EnquireLink         CommandID = 0x00000015
	EnquireLinkResp     CommandID = 0x80000015
	SubmitMulti         CommandID = 0x00000021
	SubmitMultiResp     CommandID = 0x80000021
	AlertNotification   CommandID = 0x00000102
	DataSM              CommandID = 0x00000103
	DataSMResp          CommandID = 0x80000103
)

const responseBit CommandID = 0x80000000

// IsResponse reports whether id answers a request; generic_nack does.
func (id CommandID) IsResponse() bool { return id&responseBit != 0 }

// Response is the command_id that answers id.
func (id CommandID) Response() CommandID { return id | responseBit }

// String is the name of the standard, or the number of an id it does not list.
func (id CommandID) String() string {
	if id == GenericNack {
		return "generic_nack"
	}
	name := requestName(id &^ responseBit)
	switch {
	case name == "":
		return fmt.Sprintf("command_id(0x%08x)", uint32(id))
	case !id.IsResponse():
		return name
	case id == Outbind.Response() || id == AlertNotification.Response():
		// Neither has a response. SMPP 3.4 4.1.7, 4.12.1
		return fmt.Sprintf("command_id(0x%08x)", uint32(id))
	}
	return name + "_resp"
}

func requestName(id CommandID) string {
	switch id {
	case BindReceiver:
		return "bind_receiver"
	case BindTransmitter:
		return "bind_transmitter"
	case QuerySM:
		return "query_sm"
	case SubmitSM:
		return "submit_sm"
	case DeliverSM:
		return "deliver_sm"
	case Unbind:
		return "unbind"
	case ReplaceSM:
		return "replace_sm"
	case CancelSM:
		return "cancel_sm"
	case BindTransceiver:
		return "bind_transceiver"
	case Outbind:
		return "outbind"
	case EnquireLink:
		return "enquire_link"
	case SubmitMulti:
		return "submit_multi"
	case AlertNotification:
		return "alert_notification"
	case DataSM:
		return "data_sm"
	}
	return ""
}
