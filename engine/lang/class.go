package lang

// Class says what a text is to its reader, and so which texts may overtake which; see
// Urgent. The numbers are kept in the outbox.
type Class uint8

// The classes of texts.
const (
	Receipt  Class = iota // what became of an order, of money, or of what the reader texted
	Security              // about the PIN, a lock, or what somebody may be doing in the reader's name
	Report                // a statement or a sum that a schedule sends
	Offer                 // what nobody asked for, sent with consent only
)

// String returns the class as one word.
func (c Class) String() string {
	switch c {
	case Receipt:
		return "receipt"
	case Security:
		return "security"
	case Report:
		return "report"
	case Offer:
		return "offer"
	}
	return "unknown"
}

// Urgent reports whether a text of the class goes before those that can wait: receipts
// and security before reports and offers. An unknown class is urgent, so that nothing
// is held back by mistake.
func (c Class) Urgent() bool { return c != Report && c != Offer }

// Class returns what the text is to its reader.
//
// An answer to a text is a Receipt, because one that tells a balance must not be read
// after a receipt that was written later.
func (k Key) Class() Class { return classes[k] }

// classes has every text. It is never modified.
var classes = map[Key]Class{
	PaidPurse:         Receipt,
	PaidBank:          Receipt,
	PaidCard:          Receipt,
	PaidSplit:         Receipt,
	SentPurse:         Receipt,
	ReceivedMerchant:  Receipt,
	ReceivedPurse:     Receipt,
	SentBank:          Receipt,
	SentClaim:         Receipt,
	ClaimFor:          Receipt,
	ClaimCollected:    Receipt,
	ClaimReturned:     Receipt,
	ReceivedBank:      Receipt,
	TopUp:             Receipt,
	Corrected:         Receipt,
	Refunded:          Receipt,
	RefundPurse:       Receipt,
	RefundBank:        Receipt,
	RefundCard:        Receipt,
	RefundSplit:       Receipt,
	RefundSplitClosed: Receipt,
	RefundUnclaimed:   Receipt,
	ChargedBack:       Receipt,
	DebtPaid:          Receipt,
	DebtTaken:         Receipt,

	ToppedUp:         Receipt,
	PaidOut:          Receipt,
	CashOut:          Receipt,
	CashOutAgent:     Receipt,
	CashIn:           Receipt,
	CashInAgent:      Receipt,
	Funded:           Receipt,
	Unfunded:         Receipt,
	ToppedUpFee:      Receipt,
	PaidOutFee:       Receipt,
	CashOutFee:       Receipt,
	CashInFee:        Receipt,
	OverRolling:      Receipt,
	OverRollingCount: Receipt,
	NotLinked:        Receipt,
	BankClosedOwn:    Receipt,
	AskFirst:         Receipt,
	FirstWaits:       Receipt,
	AskFirstUnknown:  Receipt, FirstWaitsUnknown: Receipt, NoSourceSend: Receipt, NotOffered: Receipt,
	NoRequest: Receipt, NoRequestOpen: Receipt, NoRequestWaits: Receipt, AtShop: Receipt, HeldFor: Receipt, OffersOffHeld: Receipt,
	AskYourself: Receipt, InYourself: Receipt, AskOver: Receipt, NameMoved: Receipt, NameYourself: Receipt, NoSuchName: Receipt,
	HelpBank: Receipt, HelpCard: Receipt, HelpAsk: Receipt, HelpName: Receipt, HelpReceive: Receipt, HelpPIN: Receipt, HelpStop: Receipt,
	PurseFull:  Receipt,
	NoAgent:    Receipt,
	NotAnAgent: Receipt,
	AgentNoPIN: Receipt,
	AgentShort: Receipt,
	NotPaidOut: Receipt,
	DoubtOut:   Receipt,
	HelpMore:   Receipt,
	HelpPay:    Receipt,
	HelpSend:   Receipt,
	HelpPurse:  Receipt,
	HelpShop:   Receipt,

	RefundUnknown:   Receipt,
	RefundByShop:    Receipt,
	RefundNoPIN:     Receipt,
	RefundUnpaid:    Receipt,
	RefundDone:      Receipt,
	RefundOver:      Receipt,
	RefundOld:       Receipt,
	RefundShort:     Receipt,
	RefundBankDown:  Receipt,
	AskRefund:       Receipt,
	AskRefundUnpaid: Receipt,

	PaidPurseFee:        Receipt,
	PaidBankFee:         Receipt,
	PaidCardFee:         Receipt,
	PaidSplitFee:        Receipt,
	SentPurseFee:        Receipt,
	ReceivedMerchantFee: Receipt,
	ReceivedPurseFee:    Receipt,
	SentBankFee:         Receipt,
	SentClaimFee:        Receipt,
	ReceivedBankFee:     Receipt,
	CallSoonFee:         Receipt,

	NotUnderstood:      Receipt,
	ReplyYes:           Receipt,
	NotAgain:           Receipt,
	NotNow:             Receipt,
	TooLong:            Receipt,
	CannotRead:         Receipt,
	UnknownShop:        Receipt,
	NotRegistered:      Receipt,
	PayeeNotRegistered: Receipt,
	ClaimsFull:         Receipt,
	Yourself:           Receipt,
	Funds:              Receipt,
	OverPayment:        Receipt,
	OverDay:            Receipt,
	OverDayLeft:        Receipt,
	OverWeek:           Receipt,
	OverMonth:          Receipt,
	OverDayCount:       Receipt,
	OverWeekCount:      Receipt,
	OverMonthCount:     Receipt,
	OverPayee:          Receipt,
	UnderPayment:       Receipt,
	NoBankAccount:      Receipt,
	NoCard:             Receipt,
	UnknownCard:        Receipt,
	CardExpired:        Receipt,
	CardAway:           Receipt,
	NoSource:           Receipt,
	NoPIN:              Receipt,
	BankClosed:         Receipt,
	PayeeBankClosed:    Receipt,
	OpenOrder:          Receipt,
	AtBank:             Receipt,
	AskAgain:           Receipt,
	AskUnpaid:          Receipt,
	CallSoon:           Receipt,
	TryLater:           Receipt,
	CallsSpent:         Receipt,
	NothingOpen:        Receipt,
	NothingOpenPaid:    Receipt,
	PayeeClosed:        Receipt,
	PayeeFull:          Receipt,
	CannotDo:           Receipt,

	LineBusy:    Receipt,
	NoAnswer:    Receipt,
	CallRefused: Receipt,
	HungUp:      Receipt,
	NoKeys:      Receipt,
	CutOff:      Receipt,
	CallFailed:  Receipt,
	NotPlaced:   Receipt,
	BankAway:    Receipt,
	WrongPIN:    Security,

	Locked:          Security,
	NotMe:           Security,
	NotMeTooLate:    Security,
	Blocked:         Security,
	Stopped:         Receipt,
	StoppedBlocked:  Security,
	StoppedReset:    Security,
	TooLate:         Receipt,
	Expired:         Receipt,
	Declined:        Receipt,
	BankDown:        Receipt,
	Checking:        Receipt,
	PartOnly:        Receipt,
	Doubt:           Receipt,
	CheckingPayee:   Receipt,
	DoubtPayee:      Receipt,
	NotSent:         Receipt,
	NotPaid:         Receipt,
	NotPaidShop:     Receipt,
	NotPaidBlocked:  Receipt,
	UnpaidBlocked:   Receipt,
	HandedBack:      Receipt,
	BackUnclaimed:   Receipt,
	TurnedDown:      Receipt,
	NoWord:          Receipt,
	Authorised:      Receipt,
	AuthorisedShop:  Receipt,
	AuthorisedSplit: Receipt,
	SetAside:        Receipt,
	SetAsideShop:    Receipt,
	SetAsideMore:    Receipt,
	MoreShop:        Receipt,
	NoMoreShop:      Receipt,
	SetFree:         Receipt,
	SetFreeShop:     Receipt,

	BalanceNow:       Receipt,
	LastItems:        Receipt,
	LastNone:         Receipt,
	HelpText:         Receipt,
	HelpBrief:        Receipt,
	OffersOff:        Receipt,
	OffersOffStopped: Receipt,
	OffersOffTooLate: Receipt,
	OffersOffPaid:    Receipt,
	OffersOn:         Receipt,
	LanguageSet:      Receipt,
	Asked:            Receipt,
	AskedFor:         Receipt,
	AskTooOften:      Receipt,
	AskWaiting:       Receipt,
	AskRefused:       Receipt,
	AskDeclined:      Receipt,
	AskMuted:         Receipt,
	AskIsOff:         Receipt,
	AskIsOn:          Receipt,
	NameKept:         Receipt,
	NamesFull:        Receipt,
	NamesKept:        Receipt,
	NamesNone:        Receipt,
	NameForgotten:    Receipt,
	NameUnknown:      Receipt,
	ReceivePurse:     Receipt,
	ReceiveBank:      Receipt,
	ReceiveNoBank:    Receipt,
	PINWarning:       Security,
	CardWarning:      Security,
	PINChanged:       Security,
	PINUnchanged:     Security,
	PINReset:         Security,
	PINResetLater:    Security,
	PINResetCanceled: Security,
	PINWait:          Security,

	ShopBank: Security,
}
