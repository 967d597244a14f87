package notice

import (
	"time"

	"mpg/engine/lang"
	"mpg/engine/payment"
	"mpg/store"
)

// Person is how one side is written to.
type Person struct {
	Lang  lang.Lang
	Purse store.AccountID // whose balance a receipt tells; 0: none
	// Barred says that the person may not order payments, and must not be invited to.
	Barred bool
}

// Facts are what a text may tell besides the payment.
type Facts struct {
	At      time.Time // local
	Minutes int       // for which AGAIN still works
	Tries   int       // of the PIN
}

// toPayer holds the text for the payer, by reason. The text for Paid depends on the
// product. It is never modified.
var toPayer = map[payment.Reason]lang.Key{
	payment.LineBusy:     lang.LineBusy,
	payment.NoAnswer:     lang.NoAnswer,
	payment.CallRefused:  lang.CallRefused,
	payment.HungUp:       lang.HungUp,
	payment.NoKeys:       lang.NoKeys,
	payment.CutOff:       lang.CutOff,
	payment.CallBroken:   lang.CallFailed,
	payment.NotPlaced:    lang.NotPlaced,
	payment.WrongPIN:     lang.WrongPIN,
	payment.LockedOut:    lang.Locked,
	payment.Disowned:     lang.NotMe,
	payment.CalledOff:    lang.Stopped,
	payment.Suspended:    lang.StoppedBlocked,
	payment.DisownedElse: lang.StoppedBlocked,
	payment.LockedElse:   lang.StoppedBlocked,
	payment.PINCleared:   lang.StoppedReset,
	payment.OptedOut:     lang.OffersOffStopped,
	payment.TimedOut:     lang.Expired,
	payment.BankDeclined: lang.Declined,
	payment.BankAway:     lang.BankDown,
	payment.BankSilent:   lang.Checking,
	payment.UndoneAtBank: lang.NotPaid,
	payment.InDoubt:      lang.Doubt,
}

// toBarred holds the texts for payers who may not order again. It is never modified.
var toBarred = map[lang.Key]lang.Key{
	lang.Declined: lang.UnpaidBlocked,
	lang.BankDown: lang.UnpaidBlocked,
	lang.NotPaid:  lang.NotPaidBlocked,
	lang.Expired:  lang.UnpaidBlocked,
}

// Outcome returns the notices due for the payment's current state.
func Outcome(p *payment.Payment, payer, payee Person, f Facts) []Notice {
	if p.Reason == payment.Paid {
		return receipts(p, payer, payee, f)
	}
	text, ok := toPayer[p.Reason]
	if !ok {
		return nil
	}
	if other, ok := toBarred[text]; ok && payer.Barred {
		text = other
	}
	told := []Notice{toParty(p, p.Payer, text, payer.Lang, argsFor(p, p.Payee, f))}
	// A shop was told nothing about a payment that was merely being checked. About
	// one that was in doubt it may have heard from the customer.
	if p.Reason == payment.UndoneAtBank && p.Passed(payment.Doubt) && p.Payee.Phone != "" {
		told = append(told, toParty(p, p.Payee, lang.NotPaidShop, payee.Lang, argsFor(p, p.Payer, f)))
	}
	return told
}

// receipts are the payer's and, where there is a phone, the payee's.
func receipts(p *payment.Payment, payer, payee Person, f Facts) []Notice {
	mine, theirs := lang.PaidPurse, lang.ReceivedMerchant
	switch p.Plan.Product {
	case payment.MDebit:
		mine, payer.Purse = lang.PaidBank, 0
	case payment.MP2P:
		mine, theirs = lang.SentPurse, lang.ReceivedPurse
	case payment.MPurse:
	}
	first := toParty(p, p.Payer, mine, payer.Lang, argsFor(p, p.Payee, f))
	first.Purse = payer.Purse
	if p.Payee.Phone == "" {
		return []Notice{first}
	}
	second := toParty(p, p.Payee, theirs, payee.Lang, argsFor(p, p.Payer, f))
	second.Purse = payee.Purse
	return []Notice{first, second}
}

func toParty(p *payment.Payment, to payment.Party, text lang.Key, l lang.Lang, a lang.Args) Notice {
	return Notice{Medium: SMS, Via: p.Via, From: p.Code, To: to.Phone, Lang: l, Text: text, Args: a}
}

// About returns the arguments of a text or a call that names p to its payer.
func About(p *payment.Payment) lang.Args {
	return lang.Args{Ref: p.Ref, Amount: p.Charged, Currency: Currency(p.Currency), Party: p.Payee.Shown()}
}

// argsFor returns the arguments of a text about p to one side; other is the
// other one.
func argsFor(p *payment.Payment, other payment.Party, f Facts) lang.Args {
	a := About(p)
	a.Party = other.Shown()
	a.At, a.Minutes, a.Tries, a.Reason = f.At, f.Minutes, f.Tries, p.Bank
	return a
}
