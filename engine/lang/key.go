package lang

import "mpg/store/money"

// Key names a text by SMS. It is kept in the outbox: a name that was sent once
// does not change its meaning.
type Key string

// Receipts: reference, amount, the other party, time, and the balance where a
// purse moved.
const (
	PaidPurse         Key = "paid-purse"          // payer: purse to a shop
	PaidBank          Key = "paid-bank"           // payer: bank to a shop; final, no balance
	PaidCard          Key = "paid-card"           // payer: card to a shop; final, no balance
	PaidSplit         Key = "paid-split"          // payer: card to a shop, and More of it from the purse; final
	SentPurse         Key = "sent-purse"          // payer: purse to a person
	ReceivedMerchant  Key = "received-merchant"   // shop
	SentBank          Key = "sent-bank"           // payer: bank to a person; final, no balance
	SentClaim         Key = "sent-claim"          // payer: purse to a number that is not registered; At is when it comes back
	ClaimFor          Key = "claim-for"           // to that number
	ClaimCollected    Key = "claim-collected"     // payer: Party has registered and got it
	ClaimReturned     Key = "claim-returned"      // payer: nobody did, and it is back
	ReceivedPurse     Key = "received-purse"      // person who was sent money
	ReceivedBank      Key = "received-bank"       // the same, to the bank account
	TopUp             Key = "top-up"              // cash in
	Corrected         Key = "corrected"           // a top-up taken back: Of
	Refunded          Key = "refunded"            // to the shop that pays Of back
	RefundPurse       Key = "refund-purse"        // to the customer of Of: into the purse
	RefundBank        Key = "refund-bank"         // to the customer of Of: to the bank account
	RefundCard        Key = "refund-card"         // to the customer of Of: to the card
	RefundSplit       Key = "refund-split"        // to the customer of Of: More of it to the purse, the rest to the card
	RefundSplitClosed Key = "refund-split-closed" // the same, if the purse is closed
	RefundUnclaimed   Key = "refund-unclaimed"    // to the customer of Of, whose purse is closed
	RefundedOwed      Key = "refunded-owed"       // to the shop that pays Of back and owes More of it
	ChargedBack       Key = "charged-back"        // to the shop: a card issuer has taken an amount of Of back
	ChargedBackOwed   Key = "charged-back-owed"   // the same, and the shop owes More of it
	DebtPaid          Key = "debt-paid"           // to the shop: it has paid an amount of what it owed, of which Left is left
	DebtTaken         Key = "debt-taken"          // the same, taken from its account
)

// Receipts of one's own money, and of cash.
const (
	ToppedUp     Key = "topped-up"      // from the bank account to the purse
	PaidOut      Key = "paid-out"       // from the purse to the bank account
	CashOut      Key = "cash-out"       // payer: from the purse to an agent, who gives cash
	CashOutAgent Key = "cash-out-agent" // agent: the cash to give; Balance of the float
	CashIn       Key = "cash-in"        // person whose purse an agent has paid into
	CashInAgent  Key = "cash-in-agent"  // agent: the cash to take; Balance of the float
	Funded       Key = "funded"         // agent, whose float the operator has funded
	Unfunded     Key = "unfunded"       // agent: a funding taken back: Of
)

// The same where the reader pays a part of the fee: Fee.
const (
	PaidPurseFee        Key = "paid-purse-fee"
	PaidBankFee         Key = "paid-bank-fee"
	PaidCardFee         Key = "paid-card-fee"
	PaidSplitFee        Key = "paid-split-fee"
	SentPurseFee        Key = "sent-purse-fee"
	SentBankFee         Key = "sent-bank-fee"
	SentClaimFee        Key = "sent-claim-fee"
	ReceivedMerchantFee Key = "received-merchant-fee"
	ReceivedPurseFee    Key = "received-purse-fee"
	ReceivedBankFee     Key = "received-bank-fee"
	CallSoonFee         Key = "call-soon-fee"
	ToppedUpFee         Key = "topped-up-fee"
	PaidOutFee          Key = "paid-out-fee"
	CashOutFee          Key = "cash-out-fee"
	CashInFee           Key = "cash-in-fee"
)

// withFee holds the texts that name the fee. It is never modified.
var withFee = map[Key]Key{
	PaidPurse:        PaidPurseFee,
	PaidBank:         PaidBankFee,
	PaidCard:         PaidCardFee,
	PaidSplit:        PaidSplitFee,
	SentPurse:        SentPurseFee,
	SentBank:         SentBankFee,
	SentClaim:        SentClaimFee,
	ReceivedMerchant: ReceivedMerchantFee,
	ReceivedPurse:    ReceivedPurseFee,
	ReceivedBank:     ReceivedBankFee,
	CallSoon:         CallSoonFee,
	ToppedUp:         ToppedUpFee,
	PaidOut:          PaidOutFee,
	CashOut:          CashOutFee,
	CashIn:           CashInFee,
}

// WithFee returns the key of the same text with the fee in it, if there is a fee and such a
// text, and otherwise k. A text of its own, and not a part of the other, keeps the texts of
// operators right that were written before there were fees.
func (k Key) WithFee(fee money.Amount) Key {
	if text, ok := withFee[k]; ok && fee > 0 {
		return text
	}
	return k
}

// WithDebt returns the key of the same text with what a shop owes in it, if it owes something
// and there is such a text, and otherwise k.
func (k Key) WithDebt(owed money.Amount) Key {
	switch {
	case owed > 0 && k == Refunded:
		return RefundedOwed
	case owed > 0 && k == ChargedBack:
		return ChargedBackOwed
	}
	return k
}

// namesMore reports whether the text names what is held in addition, what a purse pays, or
// what a shop owes.
func (k Key) namesMore() bool {
	switch k {
	case SetAsideMore, MoreShop, NoMoreShop, PaidSplit, PaidSplitFee, AuthorisedSplit, RefundSplit, RefundSplitClosed, RefundedOwed, ChargedBackOwed:
		return true
	}
	return false
}

// namesFee reports whether the text names the fee.
func (k Key) namesFee() bool {
	for _, text := range withFee {
		if text == k {
			return true
		}
	}
	return false
}

// Before a payment: why an order is not taken on, and what would help.
const (
	NotUnderstood      Key = "not-understood"       // Reason; what was read: Code, Amount, Hint
	ReplyYes           Key = "reply-yes"            // a yes in other words, while a question waits
	NotAgain           Key = "not-again"            // NO to AskAgain
	NotNow             Key = "not-now"              // NO to AskUnpaid
	NotRefunded        Key = "not-refunded"         // NO to AskRefund
	TooLong            Key = "too-long"             // more than one segment
	CannotRead         Key = "cannot-read"          // an unknown alphabet, or no text
	UnknownShop        Key = "unknown-shop"         // Code
	AgentOrPIN         Key = "agent-or-pin"         // OUT: no agent has the code of six digits, which may be a PIN
	NotRegistered      Key = "not-registered"       // the sender
	PayeeNotRegistered Key = "payee-not-registered" // Number
	ClaimsFull         Key = "claims-full"          // as much waits for Number, or of the sender, as may
	Yourself           Key = "yourself"             // one's own number
	Funds              Key = "funds"                // Short: what is lacking
	FundsTopUp         Key = "funds-topup"          // the same, of a purse that can be topped up from a bank account
	FundsOut           Key = "funds-out"            // the same, of money on its way out to the bank account
	OverPayment        Key = "over-payment"         // Limit of one payment
	OverDay            Key = "over-day"             // Limit of one local day
	OverDayLeft        Key = "over-day-left"        // the same, of which Left is left
	OverWeek           Key = "over-week"            // Limit of one week, of which Left is left
	OverMonth          Key = "over-month"           // the same of one month
	OverDayCount       Key = "over-day-count"       // Count payments of one local day
	OverWeekCount      Key = "over-week-count"      // of one week
	OverMonthCount     Key = "over-month-count"     // of one month
	OverPayee          Key = "over-payee"           // any limit of what may be paid to one payee, Party
	OverRolling        Key = "over-rolling"         // Limit of the last days, of which Left is left
	OverRollingCount   Key = "over-rolling-count"   // of payments in the last days
	UnderPayment       Key = "under-payment"        // Limit: the least of one payment
	NoBankAccount      Key = "no-bank-account"      // ordered with BANK
	NoCard             Key = "no-card"              // ordered with CARD
	UnknownCard        Key = "unknown-card"         // no card is called so; Hint: how they are called
	CardExpired        Key = "card-expired"         // Scheme, Last4
	CardAway           Key = "card-away"            // the link to the card's issuer is down
	NotLinked          Key = "not-linked"           // no bank account, for what needs one
	NoSource           Key = "no-source"            // a way of paying that is not offered
	NoSourceSend       Key = "no-source-send"       // the same, to a person
	NotOffered         Key = "not-offered"          // what moves money in no such way is switched off
	NoPIN              Key = "no-pin"               // none chosen yet
	BankClosed         Key = "bank-closed"          // the bank's link is down
	PayeeBankClosed    Key = "payee-bank-closed"    // the same of the bank of Party
	BankClosedOwn      Key = "bank-closed-own"      // of the sender, where no other way would do
	OpenOrder          Key = "open-order"           // another order is open
	AtShop             Key = "at-shop"              // another order is open, or NO comes too late: Party decides about the card
	HeldFor            Key = "held-for"             // NO comes too late: the amount is held for Party
	AtBank             Key = "at-bank"              // another order is open, and its bank is asked
	AskAgain           Key = "ask-again"            // equal to Ref: once more?
	AskUnpaid          Key = "ask-unpaid"           // equal to Ref, which took nothing: pay it now?
	AskFirst           Key = "ask-first"            // the first payment to Party: go on?
	AskFirstUnknown    Key = "ask-first-unknown"    // the same, and Party is not registered
	FirstWaits         Key = "first-waits"          // the first payment to Party: the call comes at At
	FirstWaitsUnknown  Key = "first-waits-unknown"  // the same, and Party is not registered
	CallSoon           Key = "call-soon"            // no free line for the moment
	TryLater           Key = "try-later"            // no call can be made now
	CallsSpent         Key = "calls-spent"          // Minutes until the next
	NothingOpen        Key = "nothing-open"         // YES, NO or AGAIN without an order
	NoRequest          Key = "no-request"           // YES or NO to request Count, which does not wait
	NoRequestOpen      Key = "no-request-open"      // the same, and an order is open
	NoRequestWaits     Key = "no-request-waits"     // the same, and Items wait
	NothingOpenPaid    Key = "nothing-open-paid"    // NO after Ref was paid
	PayeeClosed        Key = "payee-closed"         // Party can no longer be paid
	PayeeFull          Key = "payee-full"           // Party cannot receive as much
	PurseFull          Key = "purse-full"           // the sender's own purse cannot
	NoAgent            Key = "no-agent"             // Party gives no cash
	NotAnAgent         Key = "not-an-agent"         // the sender
	AgentNoPIN         Key = "agent-no-pin"         // the agent's phone is no subscriber's
	AgentShort         Key = "agent-short"          // Short: what the float lacks
	CannotDo           Key = "cannot-do"            // the books refuse it, for a reason not to be told to the sender
)

// Before a refund: why a shop's order is not taken on, and what would help.
const (
	RefundUnknown   Key = "refund-unknown"    // no payment to this shop has the reference
	RefundByShop    Key = "refund-by-shop"    // to the payer of Of, who cannot refund it: Party can
	RefundNoPIN     Key = "refund-no-pin"     // the shop's phone is no subscriber's
	RefundUnpaid    Key = "refund-unpaid"     // Of was never paid
	RefundDone      Key = "refund-done"       // all of Of, Amount, has been refunded
	RefundOver      Key = "refund-over"       // Limit is left of Of
	RefundOld       Key = "refund-old"        // Of was paid too long ago
	RefundShort     Key = "refund-short"      // Short: what the shop lacks
	RefundBankDown  Key = "refund-bank-down"  // the customer's bank
	AskRefund       Key = "ask-refund"        // equal to Ref, a refund of Of: once more?
	AskRefundUnpaid Key = "ask-refund-unpaid" // equal to Ref, which refunded nothing: do it now?
)

// Calls that failed: nothing was taken, and AGAIN calls once more for Minutes.
const (
	LineBusy    Key = "line-busy"
	NoAnswer    Key = "no-answer"
	CallRefused Key = "call-refused"
	HungUp      Key = "hung-up"
	NoKeys      Key = "no-keys"
	CutOff      Key = "cut-off" // mpg was restarted in the call
	CallFailed  Key = "call-failed"
	NotPlaced   Key = "call-not-placed" // the trunk's fault, or ours
	BankAway    Key = "bank-away"       // no call was placed: the bank's link is down
	WrongPIN    Key = "wrong-pin"       // Tries left
)

// Other ends of a payment.
const (
	Locked         Key = "locked"          // too many wrong PINs
	NotMe          Key = "not-me"          // the subscriber said so; now blocked
	NotMeTooLate   Key = "not-me-too-late" // the same, if the payment had already been confirmed
	Blocked        Key = "blocked"         // an order of one who is blocked
	Stopped        Key = "stopped"         // by NO
	StoppedBlocked Key = "stopped-blocked" // since the subscriber was blocked or locked
	StoppedReset   Key = "stopped-reset"   // because the operator reset the PIN
	TooLate        Key = "too-late"        // NO after the bank was asked
	Expired        Key = "expired"
	Declined       Key = "declined"         // by the bank: Reason
	BankDown       Key = "bank-down"        // not reached, nothing sent
	Checking       Key = "checking"         // the bank is silent
	PartOnly       Key = "part-only"        // the card pays only a part, and the purse cannot pay the rest; NotPaid follows
	Doubt          Key = "doubt"            // after Checking: the bank does not say, and the operator resolves it
	CheckingPayee  Key = "checking-payee"   // Checking, if the silent bank is the payee's
	DoubtPayee     Key = "doubt-payee"      // Doubt, if it is the payee's
	NotSent        Key = "not-sent"         // after either: the purse has paid nothing
	NotPaid        Key = "not-paid"         // after Checking or Doubt, to the payer
	NotPaidShop    Key = "not-paid-shop"    // after Doubt
	NotPaidBlocked Key = "not-paid-blocked" // NotPaid, to a payer who may not order again
	UnpaidBlocked  Key = "unpaid-blocked"   // Declined or BankDown, to such a payer
	NotPaidOut     Key = "not-paid-out"     // after Checking or DoubtOut: what was for the bank account is in the purse
	DoubtOut       Key = "doubt-out"        // Doubt about what the bank was to receive
	HandedBack     Key = "handed-back"      // what the payer's bank had already paid is in the purse
	BackUnclaimed  Key = "back-unclaimed"   // the same, if the payer's purse is closed
	TurnedDown     Key = "turned-down"      // by the shop, which was asked whether it accepts the card
	NoWord         Key = "no-word"          // the shop was asked so, and did not say in time
	Authorised     Key = "authorised"       // by the card's issuer, and not taken yet
	AuthorisedShop Key = "authorised-shop"
	// AuthorisedSplit comes instead of Authorised if More of it is set aside in the purse.
	AuthorisedSplit Key = "authorised-split"
	SetAside        Key = "set-aside" // until the payee says how much it charges
	SetAsideShop    Key = "set-aside-shop"
	SetAsideMore    Key = "set-aside-more" // More, on top of that
	MoreShop        Key = "more-shop"
	NoMoreShop      Key = "no-more-shop" // the bank did not agree to hold it
	SetFree         Key = "set-free"     // what was held is released
	SetFreeShop     Key = "set-free-shop"
)

// Answers to what is no payment.
const (
	BalanceNow       Key = "balance"
	LastItems        Key = "last" // Items, up to three
	LastNone         Key = "last-none"
	HelpText         Key = "help"
	HelpBrief        Key = "help-brief" // in its place, to leave room for the orders of modules
	HelpMore         Key = "help-2"
	HelpPay          Key = "help-pay"
	HelpSend         Key = "help-send"
	HelpPurse        Key = "help-purse"
	HelpShop         Key = "help-shop"
	HelpBank         Key = "help-bank"
	HelpCard         Key = "help-card"
	HelpAsk          Key = "help-ask"
	HelpName         Key = "help-name"
	HelpReceive      Key = "help-receive"
	HelpPIN          Key = "help-pin"
	HelpStop         Key = "help-stop"
	OffersOff        Key = "offers-off"
	OffersOffStopped Key = "offers-off-stopped"  // and the open order is stopped
	OffersOffTooLate Key = "offers-off-too-late" // and the open order is at the bank
	OffersOffHeld    Key = "offers-off-held"     // and Party has still to decide about the last payment
	OffersOffPaid    Key = "offers-off-paid"     // and the last payment, which may be meant, is paid
	OffersOn         Key = "offers-on"
	LanguageSet      Key = "language-set"
	Asked            Key = "asked"         // ASK: passed on, whether or not Party takes it
	AskedFor         Key = "asked-for"     // to whom it is passed on: Count is its number
	AskTooOften      Key = "ask-too-often" // not passed on
	AskYourself      Key = "ask-yourself"  // one's own number
	InYourself       Key = "in-yourself"   // an agent's own number
	AskOver          Key = "ask-over"      // Limit of one payment
	AskWaiting       Key = "ask-waiting"   // YES or NO, and Items wait
	AskRefused       Key = "ask-refused"   // to the asker: Party says NO
	AskDeclined      Key = "ask-declined"  // to whom says NO
	AskMuted         Key = "ask-muted"     // the same, to NO n ALWAYS
	AskIsOff         Key = "ask-off"
	AskIsOn          Key = "ask-on"
	NameKept         Key = "name-kept"  // NAME: for Party
	NameMoved        Key = "name-moved" // the same; the first of Items has the number it stood for
	NameYourself     Key = "name-yourself"
	NoSuchName       Key = "no-such-name" // an order names somebody whom no name stands for
	NamesFull        Key = "names-full"   // Count is how many one may have
	NamesKept        Key = "names-kept"   // NAMES: Count, and Items
	NamesNone        Key = "names-none"
	NameForgotten    Key = "name-forgotten" // UNNAME
	NameUnknown      Key = "name-unknown"
	ReceivePurse     Key = "receive-purse" // RECEIVE: what others send goes to the purse
	ReceiveBank      Key = "receive-bank"
	ReceiveNoBank    Key = "receive-no-bank"
	PINWarning       Key = "pin-warning"  // a PIN came by text
	CardWarning      Key = "card-warning" // a card number came by text
	PINChanged       Key = "pin-changed"
	PINUnchanged     Key = "pin-unchanged"
	PINReset         Key = "pin-reset"          // by the operator
	PINResetLater    Key = "pin-reset-later"    // the same, and At is when a new one may be chosen
	PINResetCanceled Key = "pin-reset-canceled" // by NO
	PINWait          Key = "pin-wait"           // PIN before that time
)

// Texts to a shop about itself, in every language: a shop has chosen none.
const (
	ShopBank Key = "shop-bank" // At is when another bank account is used
)

// Prompt names what is said in a call.
type Prompt string

// Prompts of a payment's call.
const (
	Guard       Prompt = "guard"         // press 1; no detail, for a voicemail may listen
	Details     Prompt = "details"       // payee and amount; the source follows
	ClaimNote   Prompt = "claim-note"    // the payee is not registered
	FromPurse   Prompt = "from-purse"    // before the PIN of a purse payment
	Irrevocable Prompt = "irrevocable"   // before the PIN of a bank payment: from the bank, and final
	FromOwnBank Prompt = "from-own-bank" // before the PIN of a top-up: from the payer's account at Bank
	ToOwnBank   Prompt = "to-own-bank"   // before the PIN of a payment to the payer's account at Bank
	FromFloat   Prompt = "from-float"    // before the PIN of an agent who takes cash
	FromCard    Prompt = "from-card"     // before the PIN of a card payment: Scheme, Last4
	SplitNote   Prompt = "split-note"    // after FromCard: a purse pays what the card does not
	// DetailsFee comes instead of Details if the payer pays a fee: the amount, the fee, and
	// what both are together.
	DetailsFee Prompt = "details-fee"
	// DetailsUpTo and DetailsUpToFee come instead of these if the payee says later how much
	// of the amount it charges.
	DetailsUpTo    Prompt = "details-up-to"
	DetailsUpToFee Prompt = "details-up-to-fee"

	// DetailsCash and DetailsCashFee come instead of Details and DetailsFee if an agent pays
	// the amount out in cash.
	DetailsCash    Prompt = "details-cash"
	DetailsCashFee Prompt = "details-cash-fee"

	AskPIN      Prompt = "ask-pin"
	AskPINAgain Prompt = "ask-pin-again" // with the amount; after a wrong PIN or silence
	// AskPINAgainFee comes instead of AskPINAgain if the payer pays a fee.
	AskPINAgainFee Prompt = "ask-pin-again-fee"
	// AskPINAgainUpTo and AskPINAgainUpToFee come instead of these in the same way.
	AskPINAgainUpTo    Prompt = "ask-pin-again-up-to"
	AskPINAgainUpToFee Prompt = "ask-pin-again-up-to-fee"

	PINWrong  Prompt = "pin-wrong" // Tries left
	PINShort  Prompt = "pin-short" // # before the sixth digit; then the question again
	PINGoOn   Prompt = "pin-go-on" // silence within a PIN, which is kept
	PINLocked Prompt = "pin-locked"
	Paid      Prompt = "paid" // only after the commit
	// PaidClaim comes instead of Paid if the money waits for a payee who is not registered.
	PaidClaim Prompt = "paid-claim"
	Texting   Prompt = "texting" // the bank is slow: the result comes by text
	// TextingPayee comes instead of Texting if the payee gets the money at a bank.
	TextingPayee Prompt = "texting-payee"
	// TextingShop comes instead of Texting if the shop is asked whether it accepts the card.
	TextingShop Prompt = "texting-shop"
	// SetAsideCall ends the call if the payee says the amount later.
	SetAsideCall   Prompt = "set-aside"
	AuthorisedCall Prompt = "authorised" // the card's issuer has approved it
	Refused        Prompt = "refused"    // Reason
	// TurnedDownCall and NoWordCall end the call if the shop did not accept the card, or did
	// not say in time whether it does.
	TurnedDownCall Prompt = "turned-down-call"
	NoWordCall     Prompt = "no-word-call"
	StoppedCall    Prompt = "stopped-call"
	ExpiredCall    Prompt = "expired-call"
	NotMeDone      Prompt = "not-me-done"
	NotMeLate      Prompt = "not-me-late" // the same, if the payment had already been confirmed
	Ask1Again      Prompt = "ask-1-again" // the guard again, in either call
	Bye            Prompt = "bye"         // nothing usable was keyed
)

// Prompts of a call about a refund, to the manager of a shop. The others are those of a
// payment.
const (
	GuardRefund   Prompt = "guard-refund"
	RefundDetails Prompt = "refund-details" // Of, the end of the customer's number, the amount
	AskPINRefund  Prompt = "ask-pin-refund"
	RefundedCall  Prompt = "refunded"       // only after the commit
	RefundTexting Prompt = "refund-texting" // the customer's bank is slow
)

// Prompts of a call to choose a PIN.
const (
	GuardPIN    Prompt = "guard-pin"
	AskOldPIN   Prompt = "ask-old-pin"
	AskNewPIN   Prompt = "ask-new-pin"
	AskNewAgain Prompt = "ask-new-again"
	PINMismatch Prompt = "pin-mismatch"
	PINWeak     Prompt = "pin-weak"
	PINDone     Prompt = "pin-done"
	ByePIN      Prompt = "bye-pin" // nothing usable was keyed
)
