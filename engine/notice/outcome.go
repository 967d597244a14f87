package notice

import (
	"time"

	"mpg/engine/lang"
	"mpg/engine/payment"
	"mpg/store"
	"mpg/store/money"
)

// Person is how one side is written to.
type Person struct {
	Lang  lang.Lang
	Purse store.AccountID // whose balance a receipt tells; 0: none
	// Barred says that the person may not order payments, and must not be invited to.
	Barred bool
	// Back says that what was handed back is in the person's purse.
	Back bool
}

// Facts are what a text may tell besides the payment.
type Facts struct {
	At      time.Time // local
	Of      string    // reference of the payment that this one corrects or refunds
	Minutes int       // for which AGAIN still works
	Tries   int       // of the PIN
	// Owed is how much of a refund or a chargeback the shop did not have, and owes.
	Owed money.Amount
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
	payment.PurseShort:   lang.PartOnly,
	payment.UndoneAtBank: lang.NotPaid,
	payment.InDoubt:      lang.Doubt,
	payment.TurnedDown:   lang.TurnedDown,
	payment.NoWord:       lang.NoWord,
}

// toBarred holds the texts for payers who may not order again. It is never modified.
var toBarred = map[lang.Key]lang.Key{
	lang.Declined: lang.UnpaidBlocked,
	lang.BankDown: lang.UnpaidBlocked,
	lang.NotPaid:  lang.NotPaidBlocked,
	lang.NotSent:  lang.UnpaidBlocked,
	lang.Expired:  lang.UnpaidBlocked,
	lang.NoWord:   lang.UnpaidBlocked,
}

// ofPayeeBank holds the texts for a payer whose payee's bank, not their own, has not paid or
// has not said. It is never modified.
var ofPayeeBank = map[lang.Key]lang.Key{
	lang.Checking: lang.CheckingPayee,
	lang.Doubt:    lang.DoubtPayee,
	lang.NotPaid:  lang.NotSent,
}

// payeeBank is the reason that a text gives if the payee's bank has declined: why is the
// payee's affair.
const payeeBank = "payee"

// ReasonOf returns the reason for a decline that the payer is told.
func ReasonOf(p *payment.Payment) string {
	if p.WaitsForPayee() && p.DeclineReason != "" {
		return payeeBank
	}
	return p.DeclineReason
}

// Outcome returns the notices due for the payment's current state.
func Outcome(p *payment.Payment, payer, payee Person, f Facts) []Notice {
	switch {
	case p.State == payment.Cooling:
		text := lang.FirstWaits
		if p.Plan.Claim > 0 {
			text = lang.FirstWaitsUnknown
		}
		return []Notice{toParty(p, p.Payer, text, payer.Lang, argsFor(p, p.Payee, f))}
	case p.Reason == payment.Paid, p.Passed(payment.Returned) && (payee.Back || p.Plan.Product == payment.PaidBack):
		return receipts(p, payer, payee, f)
	case p.Passed(payment.Returned) && payer.Back:
		return both(p, side{lang.HandedBack, payer, payer.Purse, p.HandedBack()}, side{lang.NotPaidShop, payee, 0, p.Received}, f)
	case p.Passed(payment.Returned): // to a purse that is closed
		return both(p, side{lang.BackUnclaimed, payer, 0, p.HandedBack()}, side{lang.NotPaidShop, payee, 0, p.Received}, f)
	case p.JustIncreased() != nil:
		return increased(p, p.JustIncreased(), payer, payee, f)
	case p.Reason == payment.SetAside && p.Plan.FromPurse() > 0:
		return both(p, side{lang.AuthorisedSplit, payer, 0, p.Charged}, side{lang.AuthorisedShop, payee, 0, p.Received}, f)
	case p.Reason == payment.SetAside && p.Plan.Card != nil && p.Plan.Capture == 0:
		return both(p, side{lang.Authorised, payer, 0, p.Charged}, side{lang.AuthorisedShop, payee, 0, p.Received}, f)
	case p.Reason == payment.SetAside:
		return both(p, side{lang.SetAside, payer, 0, payment.Capturable(p, p.Charged)}, side{lang.SetAsideShop, payee, 0, payment.Capturable(p, p.Received)}, f)
	case p.Passed(payment.Voided) && (p.Passed(payment.Authorized) || p.Passed(payment.Advising)):
		return both(p, side{lang.SetFree, payer, 0, payment.Capturable(p, p.Charged)}, side{lang.SetFreeShop, payee, 0, payment.Capturable(p, p.Received)}, f)
	}
	text, ok := toPayer[p.Reason]
	if !ok || p.Plan.Product == payment.PaidBack && p.Manager.User == 0 { // nobody waits for the operator's refund at the phone
		return nil
	}
	if other, ok := ofPayeeBank[text]; ok && p.WaitsForPayee() {
		text = other
	}
	if other, ok := toBarred[text]; ok && payer.Barred {
		text = other
	}
	if p.Plan.Product == payment.BankOut && p.Reason == payment.UndoneAtBank {
		return both(p, side{lang.NotPaidOut, payer, payer.Purse, p.Charged}, side{}, f)
	}
	if p.Plan.Product == payment.BankOut && text == lang.Doubt {
		text = lang.DoubtOut
	}
	told := []Notice{toParty(p, p.Payer, text, payer.Lang, argsFor(p, p.Payee, f))}
	if text == lang.DoubtOut || text == lang.DoubtPayee { // of a payout, which is without the fee
		told[0].Args.Amount = p.Received
	}
	// A shop was told nothing about a payment that was merely being checked. About
	// one that was in doubt it may have heard from the customer.
	if p.Reason == payment.UndoneAtBank && p.Passed(payment.Doubt) && p.Payee.Phone != "" && p.Payee.Own == "" {
		n := toParty(p, p.Payee, lang.NotPaidShop, payee.Lang, argsFor(p, p.Payer, f))
		n.Args.Amount, n.Args.Fee = p.Received, p.PayeeFee
		told = append(told, n)
	}
	return told
}

// increased returns the notices about what was to be held in addition. The payer, who has
// not asked for it, hears of it only if the bank has agreed to it.
func increased(p *payment.Payment, more *payment.Increase, payer, payee Person, f Facts) []Notice {
	told := both(p, side{lang.SetAsideMore, payer, 0, p.Charged}, side{lang.MoreShop, payee, 0, p.Received}, f)
	if more.State != payment.IncreaseApproved {
		told = both(p, side{"", payer, 0, 0}, side{lang.NoMoreShop, payee, 0, p.Received}, f)
	}
	for i := range told {
		told[i].Args.More = more.Charged
		if told[i].Text != lang.SetAsideMore {
			told[i].Args.More = more.Received
		}
	}
	return told
}

// side says what one side of a payment is told.
type side struct {
	text    lang.Key
	person  Person
	balance store.AccountID // that the text states; 0: none
	amount  money.Amount    // that the text states
}

// both returns the notices to the two sides, each of which may lack a phone.
func both(p *payment.Payment, payer, payee side, f Facts) []Notice {
	told := make([]Notice, 0, 2)
	if p.Payer.Phone != "" && payer.text != "" {
		n := toParty(p, p.Payer, payer.text.WithFee(p.PayerFee()), payer.person.Lang, argsFor(p, p.Payee, f))
		n.Purse, n.Args.Amount = payer.balance, payer.amount
		told = append(told, n)
	}
	if p.Payee.Phone != "" && p.Payee.Own == "" {
		n := toParty(p, p.Payee, payee.text.WithFee(p.PayeeFee), payee.person.Lang, argsFor(p, p.Payer, f))
		n.Purse, n.Args.Amount, n.Args.Fee = payee.balance, payee.amount, p.PayeeFee
		told = append(told, n)
	}
	return told
}

// receipts returns the receipts of payer and payee. A refund that the bank did not accept
// has gone to the payee's purse instead.
func receipts(p *payment.Payment, payer, payee Person, f Facts) []Notice {
	if p.Plan.Product == payment.Chargeback {
		return owing(both(p, side{lang.ChargedBack, payer, 0, p.Charged}, side{}, f), f)
	}
	paid, got := side{lang.PaidPurse, payer, payer.Purse, p.Charged}, side{lang.ReceivedMerchant, payee, 0, p.Received}
	switch {
	case p.Plan.Claim > 0:
		f.At = f.At.Add(p.Plan.Claim)
		paid.text, got.text = lang.SentClaim, lang.ClaimFor
	case p.Plan.Product == payment.ClaimPaid:
		paid.text, paid.balance, got.text, got.balance = lang.ClaimCollected, 0, lang.ReceivedPurse, payee.Purse
	case p.Plan.Product == payment.ClaimBack:
		paid.text, got.text, got.balance = "", lang.ClaimReturned, payee.Purse
	case p.Plan.Product == payment.MP2P:
		paid.text, got.text, got.balance = lang.SentPurse, lang.ReceivedPurse, payee.Purse
		if p.Plan.FromBank() {
			paid.text, paid.balance = lang.SentBank, 0
		}
		if p.Plan.ToBank() {
			got.text, got.balance = lang.ReceivedBank, 0
		}
	case p.Plan.Product == payment.BankIn:
		paid.text = lang.ToppedUp
	case p.Plan.Product == payment.BankOut:
		paid.text = lang.PaidOut
	case p.Plan.Product == payment.CashOut: // the agent gives what was ordered, whoever pays the fee
		paid.text = lang.CashOut
		got = side{lang.CashOutAgent, payee, floatOf(p), p.Ordered}
	case p.Plan.Product == payment.CashIn:
		paid = side{lang.CashInAgent, payer, floatOf(p), p.Ordered}
		got.text, got.balance = lang.CashIn, payee.Purse
	case p.Plan.Product == payment.PaidBack && len(p.Plan.Asks) > 0 && payment.ToPurse(p) > 0 && !p.Passed(payment.Returned):
		paid.text, paid.balance, got.text = lang.Refunded, 0, lang.RefundSplit
		if !p.Credits(payee.Purse) {
			got.text = lang.RefundSplitClosed
		}
	case p.Plan.Product == payment.PaidBack && p.Plan.Card != nil && !p.Passed(payment.Returned):
		paid.text, paid.balance, got.text = lang.Refunded, 0, lang.RefundCard
	case p.Plan.Product == payment.PaidBack && p.Plan.Bank() != "" && !p.Passed(payment.Returned):
		paid.text, paid.balance, got.text = lang.Refunded, 0, lang.RefundBank
	case p.Plan.Product == payment.PaidBack:
		paid.text, paid.balance = lang.Refunded, 0
		got.text, got.balance = lang.RefundPurse, payee.Purse
		if !p.Credits(payee.Purse) {
			got.text, got.balance = lang.RefundUnclaimed, 0
		}
	case p.Plan.FromPurse() > 0:
		paid.text = lang.PaidSplit
	case p.Plan.Card != nil:
		paid.text, paid.balance = lang.PaidCard, 0
	case p.Plan.FromBank():
		paid.text, paid.balance = lang.PaidBank, 0
	}
	return owing(both(p, paid, got, f), f)
}

// owing has the text for a shop say how much it owes, if it did not have all that was taken.
func owing(told []Notice, f Facts) []Notice {
	for i := range told {
		if text := told[i].Text.WithDebt(f.Owed); text != told[i].Text {
			told[i].Text, told[i].Args.More = text, f.Owed
		}
	}
	return told
}

// floatOf returns the account of the agent in a payment for cash.
func floatOf(p *payment.Payment) store.AccountID {
	for _, leg := range p.Plan.Legs {
		switch {
		case leg.Code == payment.CodePay && p.Plan.Product == payment.CashIn:
			return leg.From
		case leg.Code == payment.CodePay:
			return leg.To
		}
	}
	return 0
}

func toParty(p *payment.Payment, to payment.Party, text lang.Key, l lang.Lang, a lang.Args) Notice {
	return Notice{Medium: SMS, Via: p.Via, From: p.Code, To: to.Phone, Lang: l, Text: text, Args: a}
}

// About returns the arguments of a text or a call that names p to its payer.
func About(p *payment.Payment) lang.Args {
	a := lang.Args{Ref: p.Ref, Amount: p.Charged, Figures: lang.Figures{Fee: p.PayerFee(), More: p.Plan.FromPurse() + payment.ToPurse(p)}, Currency: Currency(p.Currency), Party: p.Payee.Shown()}
	if card := p.Plan.Card; card != nil {
		a.Scheme, a.Last4 = card.Scheme, card.Last4
	}
	return a
}

// argsFor returns the arguments of a text about p to one side; other is the
// other one.
func argsFor(p *payment.Payment, other payment.Party, f Facts) lang.Args {
	a := About(p)
	a.Party = other.Shown()
	a.At, a.Of, a.Minutes, a.Tries, a.Reason = f.At, f.Of, f.Minutes, f.Tries, ReasonOf(p)
	return a
}
