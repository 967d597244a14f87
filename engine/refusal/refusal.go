// Package refusal holds the record of a refused order: who sent it, when, what was read
// from it, and why it was refused. It answers "why did my payment fail?" if no payment
// ever began.
//
// A Refused is a document of bounded size, written in the commit that takes the text
// in and answers it. It never changes. It does not hold the text: anything that a
// subscriber texts may contain a PIN, a card number or somebody else's words. Instead
// it keeps what was read for certain, and a keyed digest that identifies the text. The
// package is pure; it imports engine/lang, engine/order, store and store/money.
package refusal

import (
	"time"

	"mpg/engine/lang"
	"mpg/engine/order"
	"mpg/store"
	"mpg/store/money"
)

// Table holds each Refused by its number: see payment.Key.
const Table store.Table = 47

// Reason says why an order was refused. The values are labels of metrics, and do not
// change.
type Reason string

// The reasons.
const (
	NotUnderstood      Reason = "not_understood" // Refused.Detail says why
	PINInText          Reason = "pin_in_text"
	CardInText         Reason = "card_in_text"
	TooLong            Reason = "too_long"
	Unreadable         Reason = "unreadable" // an unknown alphabet, or no text
	UnknownShop        Reason = "unknown_shop"
	NotRegistered      Reason = "not_registered"
	PayeeNotRegistered Reason = "payee_not_registered"
	Yourself           Reason = "yourself"
	Funds              Reason = "funds"
	OverPayment        Reason = "over_payment_limit"
	OverDay            Reason = "over_day_limit"
	OverWeek           Reason = "over_week_limit"
	OverMonth          Reason = "over_month_limit"
	OverPayee          Reason = "over_payee_limit"
	UnderPayment       Reason = "under_payment_limit"
	NoBankAccount      Reason = "no_bank_account"
	NoCard             Reason = "no_card"      // none, or none that is called so
	CardExpired        Reason = "card_expired" // the card that was named, or the first
	NoSource           Reason = "no_source"
	NoPIN              Reason = "no_pin"
	BankClosed         Reason = "bank_closed"
	Blocked            Reason = "blocked"
	Locked             Reason = "locked"
	OpenOrder          Reason = "open_order"  // another order is open
	AskedAgain         Reason = "asked_again" // equal to another order: a question was asked instead
	AskedOften         Reason = "asked_often" // for money, of others
	AskedWhich         Reason = "asked_which" // several things wait for a YES or a NO
	CannotCall         Reason = "cannot_call"
	CallsSpent         Reason = "calls_spent"
	NothingOpen        Reason = "nothing_open"
	TooLate            Reason = "too_late" // the payment cannot be stopped any more
	PayeeClosed        Reason = "payee_closed"
	NoRefund           Reason = "no_refund"    // what a REFUND names cannot be refunded by its sender, or not so much of it
	RefundFunds        Reason = "refund_funds" // of the shop
	PayeeFull          Reason = "payee_full"   // the payee's account may not hold as much
	PurseFull          Reason = "purse_full"   // the sender's own purse may not hold or receive as much
	NotAgent           Reason = "not_agent"    // whoever is to give or take cash is no agent
	AgentFunds         Reason = "agent_funds"  // of the agent's float
	AskedFirst         Reason = "asked_first"  // the first payment to the payee: a question was asked instead
	OverRolling        Reason = "over_rolling_limit"
	CannotDo           Reason = "cannot_do" // switched off, or refused by the books for a reason that is neither side's
)

// reasons maps each text to its reason. It is never modified.
var reasons = map[lang.Key]Reason{
	lang.NotUnderstood:      NotUnderstood,
	lang.ReplyYes:           NotUnderstood,
	lang.PINWarning:         PINInText,
	lang.CardWarning:        CardInText,
	lang.TooLong:            TooLong,
	lang.CannotRead:         Unreadable,
	lang.UnknownShop:        UnknownShop,
	lang.AgentOrPIN:         UnknownShop,
	lang.NotRegistered:      NotRegistered,
	lang.PayeeNotRegistered: PayeeNotRegistered,
	lang.ClaimsFull:         PayeeNotRegistered,
	lang.Yourself:           Yourself,
	lang.Funds:              Funds,
	lang.FundsTopUp:         Funds,
	lang.FundsOut:           Funds,
	lang.OverPayment:        OverPayment,
	lang.OverDay:            OverDay,
	lang.OverDayLeft:        OverDay,
	lang.OverDayCount:       OverDay,
	lang.OverWeek:           OverWeek,
	lang.OverWeekCount:      OverWeek,
	lang.OverMonth:          OverMonth,
	lang.OverMonthCount:     OverMonth,
	lang.OverPayee:          OverPayee,
	lang.UnderPayment:       UnderPayment,
	lang.NoBankAccount:      NoBankAccount,
	lang.NoCard:             NoCard,
	lang.UnknownCard:        NoCard,
	lang.CardExpired:        CardExpired,
	lang.CardAway:           BankClosed,
	lang.ReceiveNoBank:      NoBankAccount,
	lang.AskTooOften:        AskedOften,
	lang.AskWaiting:         AskedWhich,
	lang.NoSource:           NoSource,
	lang.NoPIN:              NoPIN,
	lang.BankClosed:         BankClosed,
	lang.BankAway:           BankClosed,
	lang.PayeeBankClosed:    BankClosed,
	lang.Blocked:            Blocked,
	lang.Locked:             Locked,
	lang.OpenOrder:          OpenOrder,
	lang.AtBank:             OpenOrder,
	lang.AskAgain:           AskedAgain,
	lang.AskUnpaid:          AskedAgain,
	lang.TryLater:           CannotCall,
	lang.NotPlaced:          CannotCall,
	lang.CallsSpent:         CallsSpent,
	lang.NothingOpen:        NothingOpen,
	lang.NothingOpenPaid:    TooLate,
	lang.TooLate:            TooLate,
	lang.OffersOffTooLate:   TooLate,
	lang.Checking:           TooLate,
	lang.Doubt:              TooLate,
	lang.CheckingPayee:      TooLate,
	lang.DoubtPayee:         TooLate,
	lang.PayeeClosed:        PayeeClosed,
	lang.PayeeFull:          PayeeFull,
	lang.CannotDo:           CannotDo,
	lang.NotLinked:          NoBankAccount,
	lang.BankClosedOwn:      BankClosed,
	lang.AskFirst:           AskedFirst,
	lang.AskFirstUnknown:    AskedFirst,
	lang.NoSourceSend:       NoSource,
	lang.NotOffered:         NoSource,
	lang.NoRequest:          NothingOpen,
	lang.NoRequestOpen:      NothingOpen,
	lang.NoRequestWaits:     AskedWhich,
	lang.AtShop:             TooLate,
	lang.HeldFor:            TooLate,
	lang.OffersOffHeld:      TooLate,
	lang.AskYourself:        Yourself,
	lang.InYourself:         Yourself,
	lang.NameYourself:       Yourself,
	lang.AskOver:            OverPayment,
	lang.NoSuchName:         NotUnderstood,
	lang.OverRolling:        OverRolling,
	lang.OverRollingCount:   OverRolling,
	lang.PurseFull:          PurseFull,
	lang.NoAgent:            NotAgent,
	lang.NotAnAgent:         NotAgent,
	lang.AgentNoPIN:         NoPIN,
	lang.AgentShort:         AgentFunds,
	lang.DoubtOut:           TooLate,

	lang.RefundUnknown:   NoRefund,
	lang.RefundByShop:    NoRefund,
	lang.RefundUnpaid:    NoRefund,
	lang.RefundDone:      NoRefund,
	lang.RefundOver:      NoRefund,
	lang.RefundOld:       NoRefund,
	lang.RefundNoPIN:     NoPIN,
	lang.RefundShort:     RefundFunds,
	lang.RefundBankDown:  BankClosed,
	lang.AskRefund:       AskedAgain,
	lang.AskRefundUnpaid: AskedAgain,
}

// Of returns the reason given by a text to the sender of an order. It is false for a
// text that refuses nothing.
func Of(text lang.Key) (Reason, bool) {
	reason, ok := reasons[text]
	return reason, ok
}

// Reasons returns all reasons, in a fixed order.
func Reasons() []Reason {
	return []Reason{NotUnderstood, PINInText, CardInText, TooLong, Unreadable, UnknownShop, NotRegistered, PayeeNotRegistered, Yourself, Funds,
		OverPayment, OverDay, OverWeek, OverMonth, OverPayee, UnderPayment, NoBankAccount, NoCard, CardExpired, NoSource, NoPIN, BankClosed, Blocked, Locked, OpenOrder, AskedAgain, AskedOften, AskedWhich, CannotCall, CallsSpent,
		NothingOpen, TooLate, PayeeClosed, PayeeFull, PurseFull, NotAgent, AgentFunds, AskedFirst, OverRolling, CannotDo, NoRefund, RefundFunds}
}

// Refused is the record of a refused order.
type Refused struct {
	No     uint64    `cbor:"1,keyasint"`
	At     time.Time `cbor:"2,keyasint"`
	Reason Reason    `cbor:"3,keyasint"`
	Detail string    `cbor:"4,keyasint,omitempty"` // of NotUnderstood: an order.Reason
	Reply  lang.Key  `cbor:"5,keyasint,omitempty"` // the text that answered it; empty: none, over the quota of answers

	Phone string `cbor:"6,keyasint"`           // the sender, E.164
	User  uint64 `cbor:"7,keyasint,omitempty"` // number; 0: not registered
	Via   string `cbor:"8,keyasint"`           // bind it came in by
	Code  string `cbor:"9,keyasint"`           // short code it was sent to
	Text  string `cbor:"10,keyasint"`          // keyed digest of the text, in hex: an SMSC gives a text no id

	Intent   order.Intent `cbor:"11,keyasint,omitempty"`
	To       string       `cbor:"12,keyasint,omitempty"` // merchant code, or a person's number, masked
	Amount   money.Amount `cbor:"13,keyasint,omitempty"`
	Currency string       `cbor:"14,keyasint,omitempty"`
	Source   order.Source `cbor:"15,keyasint,omitempty"`

	Ref   string       `cbor:"16,keyasint,omitempty"` // the payment that stood in the way
	Short money.Amount `cbor:"17,keyasint,omitempty"` // of Funds: what the purse lacked
	Limit money.Amount `cbor:"18,keyasint,omitempty"` // the limit that was exceeded
}
