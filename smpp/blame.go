package smpp

import "mpg/smpp/pdu"

// Blame says whose fault it is that the SMSC refused a submit_sm.
type Blame uint8

// The parties that may be to blame.
const (
	BlameNobody Blame = iota + 1 // full, throttled, out of order, or a status that does not say: the same submit may succeed later
	BlameBind                    // the account, or what each submit_sm of the bind carries
	BlameTo                      // the recipient's address or its type
	BlameText                    // this message
)

// blames holds each command_status of SMPP 3.4 5.1.3, and of SMPP 5.0 those for a
// submit_sm, that blames somebody. Only a status that names the text or the
// recipient means that a text can never be sent. All submit_sm of a bind are built
// alike, and a bind whose every submit_sm is refused must not lose its texts, so
// anything else that is wrong with a submit_sm is blamed on the bind.
var blames = map[pdu.Status]Blame{
	pdu.RInvMsgLen:   BlameText,
	pdu.RInvDstAdr:   BlameTo,
	pdu.RInvNumDests: BlameTo,
	pdu.RInvDLName:   BlameTo,
	pdu.RInvDestFlag: BlameTo,
	pdu.RCntSubDL:    BlameTo,
	pdu.RInvDstTON:   BlameTo,
	pdu.RInvDstNPI:   BlameTo,
	pdu.RxPAppn:      BlameTo, // permanent, from the recipient's side
	pdu.RxRAppn:      BlameTo,

	pdu.RInvCmdLen:       BlameBind,
	pdu.RInvCmdID:        BlameBind,
	pdu.RInvPrtFlg:       BlameBind,
	pdu.RInvRegDlvFlg:    BlameBind,
	pdu.RInvSrcAdr:       BlameBind,
	pdu.RBindFail:        BlameBind,
	pdu.RInvPaswd:        BlameBind,
	pdu.RInvSysID:        BlameBind,
	pdu.RInvSerTyp:       BlameBind,
	pdu.RInvSubRep:       BlameBind,
	pdu.RInvEsmClass:     BlameBind,
	pdu.RInvSrcTON:       BlameBind,
	pdu.RInvSrcNPI:       BlameBind,
	pdu.RInvSysTyp:       BlameBind,
	pdu.RInvRepFlag:      BlameBind,
	pdu.RInvNumMsgs:      BlameBind,
	pdu.RInvSched:        BlameBind,
	pdu.RInvExpiry:       BlameBind,
	pdu.RInvDftMsgID:     BlameBind,
	pdu.RInvOptParStream: BlameBind,
	pdu.ROptParNotAllwd:  BlameBind,
	pdu.RInvParLen:       BlameBind,
	pdu.RMissingOptParam: BlameBind,
	pdu.RInvOptParamVal:  BlameBind,

	// SMPP 5.0 4.7.6
	0x100: BlameBind, // ESME_RSERTYPUNAUTH
	0x101: BlameBind, // ESME_RPROHIBITED
	0x102: BlameBind, // ESME_RSERTYPUNAVAIL
	0x103: BlameBind, // ESME_RSERTYPDENIED
	0x104: BlameBind, // ESME_RINVDCS
	0x105: BlameBind, // ESME_RINVSRCADDRSUBUNIT
	0x106: BlameTo,   // ESME_RINVDSTADDRSUBUNIT
}

// BlameOf returns whose fault a refusal with st is.
func BlameOf(st pdu.Status) Blame {
	if blame, ok := blames[st]; ok {
		return blame
	}
	return BlameNobody
}
