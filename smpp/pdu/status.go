package pdu

import (
	"fmt"

	gosmpp "github.com/fiorix/go-smpp/smpp/pdu"
)

// Status is the command_status of a response; 0 is success. It is an error so
// that a refusal can be returned as it came. SMPP 3.4 5.1.3
type Status uint32

// The command_status values of SMPP 3.4 5.1.3.
const (
	ROK              Status = 0x00 // success
	RInvMsgLen       Status = 0x01
	RInvCmdLen       Status = 0x02
	RInvCmdID        Status = 0x03
	RInvBndSts       Status = 0x04
	RAlyBnd          Status = 0x05
	RInvPrtFlg       Status = 0x06
	RInvRegDlvFlg    Status = 0x07
	RSysErr          Status = 0x08
	RInvSrcAdr       Status = 0x0A
	RInvDstAdr       Status = 0x0B
	RInvMsgID        Status = 0x0C
	RBindFail        Status = 0x0D
	RInvPaswd        Status = 0x0E
	RInvSysID        Status = 0x0F
	RCancelFail      Status = 0x11
	RReplaceFail     Status = 0x13
	RMsgQFul         Status = 0x14
	RInvSerTyp       Status = 0x15
	RInvNumDests     Status = 0x33
	RInvDLName       Status = 0x34
	RInvDestFlag     Status = 0x40
	RInvSubRep       Status = 0x42
	RInvEsmClass     Status = 0x43
	RCntSubDL        Status = 0x44
	RSubmitFail      Status = 0x45
	RInvSrcTON       Status = 0x48
	RInvSrcNPI       Status = 0x49
	RInvDstTON       Status = 0x50
	RInvDstNPI       Status = 0x51
	RInvSysTyp       Status = 0x53
	RInvRepFlag      Status = 0x54
	RInvNumMsgs      Status = 0x55
	RThrottled       Status = 0x58
	RInvSched        Status = 0x61
	RInvExpiry       Status = 0x62
	RInvDftMsgID     Status = 0x63
	RxTAppn          Status = 0x64
	RxPAppn          Status = 0x65
	RxRAppn          Status = 0x66
	RQueryFail       Status = 0x67
	RInvOptParStream Status = 0xC0
	ROptParNotAllwd  Status = 0xC1
	RInvParLen       Status = 0xC2
	RMissingOptParam Status = 0xC3
	RInvOptParamVal  Status = 0xC4
	RDeliveryFailure Status = 0xFE
	RUnknownErr      Status = 0xFF
)

// Transient reports whether the same request may succeed later: the peer is
// full, throttles, or has a fault of its own that it calls temporary. Every
// other refusal, a vendor's included, is final.
func (s Status) Transient() bool {
	switch s {
	case RThrottled, RMsgQFul, RxTAppn, RSysErr:
		return true
	}
	return false
}

// Permanent reports whether the peer has said that this very request, or its
// destination, is wrong, so that it will never succeed. What lies between
// Transient and Permanent, a vendor's own value or a failure without a cause, may
// be either: centres answer ESME_RSUBMITFAIL and ESME_RUNKNOWNERR for both.
func (s Status) Permanent() bool {
	switch s {
	case RInvMsgLen, RInvCmdLen, RInvCmdID, RInvPrtFlg, RInvRegDlvFlg, RInvSrcAdr, RInvDstAdr, RInvSerTyp,
		RInvNumDests, RInvDLName, RInvDestFlag, RInvSubRep, RInvEsmClass, RCntSubDL,
		RInvSrcTON, RInvSrcNPI, RInvDstTON, RInvDstNPI, RInvRepFlag, RInvNumMsgs, RInvSched, RInvExpiry, RInvDftMsgID,
		RxPAppn, RxRAppn, RInvOptParStream, ROptParNotAllwd, RInvParLen, RMissingOptParam, RInvOptParamVal:
		return true
	}
	return false
}

// Error is the name of the standard and what it means.
func (s Status) Error() string {
	name := statusName(s)
	if name == "" {
		return s.String()
	}
	return name + ": " + gosmpp.Status(s).Error()
}

// String is the name of the standard, or the number of a value it does not
// list: reserved, or a vendor's own from 0x400 on.
func (s Status) String() string {
	if name := statusName(s); name != "" {
		return name
	}
	return fmt.Sprintf("command_status(%#x)", uint32(s))
}

func statusName(status Status) string {
	if status >= Status(len(statusNames)) {
		return ""
	}
	return statusNames[status]
}

// statusNames is indexed by command_status.
var statusNames = [...]string{
	ROK: "ESME_ROK", RInvMsgLen: "ESME_RINVMSGLEN", RInvCmdLen: "ESME_RINVCMDLEN",
	RInvCmdID: "ESME_RINVCMDID", RInvBndSts: "ESME_RINVBNDSTS", RAlyBnd: "ESME_RALYBND",
	RInvPrtFlg: "ESME_RINVPRTFLG", RInvRegDlvFlg: "ESME_RINVREGDLVFLG", RSysErr: "ESME_RSYSERR",
	RInvSrcAdr: "ESME_RINVSRCADR", RInvDstAdr: "ESME_RINVDSTADR", RInvMsgID: "ESME_RINVMSGID",
	RBindFail: "ESME_RBINDFAIL", RInvPaswd: "ESME_RINVPASWD", RInvSysID: "ESME_RINVSYSID",
	RCancelFail: "ESME_RCANCELFAIL", RReplaceFail: "ESME_RREPLACEFAIL", RMsgQFul: "ESME_RMSGQFUL",
	RInvSerTyp: "ESME_RINVSERTYP", RInvNumDests: "ESME_RINVNUMDESTS", RInvDLName: "ESME_RINVDLNAME",
	RInvDestFlag: "ESME_RINVDESTFLAG", RInvSubRep: "ESME_RINVSUBREP", RInvEsmClass: "ESME_RINVESMCLASS",
	RCntSubDL: "ESME_RCNTSUBDL", RSubmitFail: "ESME_RSUBMITFAIL", RInvSrcTON: "ESME_RINVSRCTON",
	RInvSrcNPI: "ESME_RINVSRCNPI", RInvDstTON: "ESME_RINVDSTTON", RInvDstNPI: "ESME_RINVDSTNPI",
	RInvSysTyp: "ESME_RINVSYSTYP", RInvRepFlag: "ESME_RINVREPFLAG", RInvNumMsgs: "ESME_RINVNUMMSGS",
	RThrottled: "ESME_RTHROTTLED", RInvSched: "ESME_RINVSCHED", RInvExpiry: "ESME_RINVEXPIRY",
	RInvDftMsgID: "ESME_RINVDFTMSGID", RxTAppn: "ESME_RX_T_APPN", RxPAppn: "ESME_RX_P_APPN",
	RxRAppn: "ESME_RX_R_APPN", RQueryFail: "ESME_RQUERYFAIL", RInvOptParStream: "ESME_RINVOPTPARSTREAM",
	ROptParNotAllwd: "ESME_ROPTPARNOTALLWD", RInvParLen: "ESME_RINVPARLEN",
	RMissingOptParam: "ESME_RMISSINGOPTPARAM", RInvOptParamVal: "ESME_RINVOPTPARAMVAL",
	RDeliveryFailure: "ESME_RDELIVERYFAILURE", RUnknownErr: "ESME_RUNKNOWNERR",
}
