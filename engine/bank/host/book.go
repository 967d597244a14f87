package host

import (
	"cmp"
	"fmt"
	"time"

	"mpg/engine/bank/iso8583"
	"mpg/store/money"
)

// Response codes of the host. ISO 8583:1987 DE39
const (
	codeApproved     = "00"
	codePart         = "10" // a part is held
	codeInvalid      = "12" // invalid transaction: not one of ours, or a currency that the account does not have
	codeAmount       = "13" // invalid amount: more than was held, or is left of what was taken
	codeNoAccount    = "14"
	codeNotLocated   = "25" // unable to locate the original
	codeFormat       = "30"
	codeNotSupported = "40"
	codeFunds        = "51"
	codeNotPermitted = "58" // to this terminal: it has not signed on
	codeLimit        = "61"
	codeGood         = "85" // no reason to decline: the answer to a verification
	codeDuplicate    = "94"
)

// Account is one account of the bank.
type Account struct {
	No           string
	Balance      money.Amount // at the opening
	Currency     money.Currency
	Limit        money.Amount // greatest debit, 61 above it; 0: no limit
	Refuse       string       // response code that refuses every debit; empty: none
	RefuseCredit string       // response code that refuses every credit; empty: none
	// RefuseCompletion is a response code that refuses every completion, although the money
	// is held; empty: none.
	RefuseCompletion string
	// Parts has the bank hold what there is, with code 10, where that is less than it is asked
	// to hold. Otherwise it declines.
	Parts bool
	// Most returns the most that an authorization of an amount may hold. More than that is
	// treated like what there is not. Nil: it may hold all of it.
	Most func(asked money.Amount) money.Amount
}

// account is an Account in the book.
type account struct {
	balance      money.Amount
	limit        money.Amount
	currency     string         // ISO 4217 numeric code
	money        money.Currency // the same, once the account has been opened by this process
	refuse       string
	refuseCredit string
	parts        bool
	most         func(asked money.Amount) money.Amount

	refuseCompletion string
	held             money.Amount // for authorizations; it is still in the balance
}

// booking is what became of one request.
type booking struct {
	mti        iso8583.MTI // of the request
	account    string
	processing string // ISO 8583:1987 DE3, which says whether money leaves the account or arrives in it
	amount     money.Amount
	code       string
	authID     string
	reversed   bool             // or, where code is 94, overtaken by its reversal
	request    *iso8583.Message // nil after a restart

	granted  money.Amount // of an authorization: what was held
	over     bool         // an authorization that holds nothing any more
	taken    bool         // because its completion took the money
	original string       // of a completion, an increase or a return, ISO 8583:1987 DE90
	at       time.Time    // of an authorization
	back     money.Amount // of what took money: how much of it returns have given back
}

// book is the money of the bank: pure, without I/O and clock. Its caller locks.
type book struct {
	accounts map[string]*account
	cards    map[string]*card
	bookings map[iso8583.Key]*booking
	serial   int // of authorizations
	// remembers keeps a reversal that came before its request, so that the request
	// is not booked when it comes.
	remembers bool
	// noOverdraft declines the reversal of a credit that the account no longer covers.
	noOverdraft bool
	// namedReturns declines a return that does not name what it gives back.
	namedReturns bool
}

func newBook() *book {
	return &book{accounts: make(map[string]*account), cards: make(map[string]*card), bookings: make(map[iso8583.Key]*booking)}
}

// request books a 0100, 0200 or 0220 and says how it ended.
func (b *book) request(message *iso8583.Message) (*booking, Outcome) {
	asked, formed := asks(message)
	if !formed {
		return &booking{account: asked.account, code: codeFormat}, Rejected
	}
	if known := b.bookings[message.Key()]; known != nil {
		if !known.same(asked) {
			return &booking{account: asked.account, amount: asked.amount, code: codeDuplicate}, Rejected
		}
		return known, Repeated
	}
	if asked.mti == iso8583.FinancialAdvice {
		asked.code = b.decideCompletion(asked, message)
	} else {
		asked.code = b.decide(asked, message.Get(iso8583.DECurrency))
	}
	outcome := Declined
	if asked.approved() {
		outcome = asked.booked()
		b.number(asked, outcome)
	}
	b.bookings[message.Key()] = asked
	b.move(asked, outcome)
	return asked, outcome
}

// number gives an approval its number. A completion has that of its authorization.
func (b *book) number(made *booking, outcome Outcome) {
	if made.mti == iso8583.FinancialAdvice {
		return
	}
	b.serial++
	made.authID = fmt.Sprintf("%06d", b.serial)
}

// asks reads what a request asks for. formed is false if the amount, the processing code or
// the account is missing, or if the account is not in the element that the code says, and
// only there: a customer must not be debited for what was to be credited.
func asks(message *iso8583.Message) (asked *booking, formed bool) {
	amount, told := message.Amount()
	processing := message.Get(iso8583.DEProcessingCode)
	asked = &booking{mti: first(message.MTI), account: message.Account(), processing: processing, amount: amount, request: message}
	if asked.mti == iso8583.FinancialAdvice || asked.mti == iso8583.AuthorizationRequest || asked.returns() {
		asked.original = message.Get(iso8583.DEOriginalData)
	}
	both := message.Get(iso8583.DEAccount) != "" && message.Get(iso8583.DEToAccount) != ""
	return asked, told && processing != "" && asked.account != "" && !both
}

// same reports whether other asks for the same thing as d.
func (d *booking) same(other *booking) bool {
	return d.account == other.account && d.amount == other.amount && d.processing == other.processing && d.original == other.original
}

// first returns the type of a message of which mti may be a repeat.
func first(mti iso8583.MTI) iso8583.MTI {
	if mti == iso8583.FinancialAdviceRepeat {
		return iso8583.FinancialAdvice
	}
	return mti
}

// approved reports whether the request was approved, even if only in part.
func (d *booking) approved() bool { return d.code == codeApproved || d.code == codePart }

// booked returns the outcome of the request if it is approved, or "" if the host does not
// know it.
func (d *booking) booked() Outcome {
	outcome := booked(d.processing)
	if d.mti == iso8583.AuthorizationRequest && outcome == Debited {
		return Held
	}
	return outcome
}

// verifies reports whether the request only asks whether the account is good.
func (d *booking) verifies() bool {
	return d.mti == iso8583.AuthorizationRequest && d.amount == 0
}

// undoes returns the outcome of the reversal of the approved request.
func (d *booking) undoes() Outcome {
	if d.mti == iso8583.AuthorizationRequest {
		return Released
	}
	return undoes(d.processing)
}

// booked returns the outcome of an approved request with the processing code, or "" if the
// host does not know the code.
func booked(processing string) Outcome {
	switch processing {
	case iso8583.PurchaseFromAccount:
		return Debited
	case iso8583.ReturnToAccount, iso8583.DepositToAccount:
		return Credited
	}
	return ""
}

// undoes returns the outcome of the reversal of an approved request with the processing
// code.
func undoes(processing string) Outcome {
	if booked(processing) == Credited {
		return Recalled
	}
	return Restored
}

// decide is the bank's answer to a request that it sees for the first time.
func (b *book) decide(asked *booking, currency string) string {
	a, card := b.account(asked.account), b.cards[asked.account]
	direction := asked.booked()
	debit := direction == Debited || direction == Held
	switch {
	case asked.verifies() && a != nil && a.refuse == "":
		return codeGood
	case asked.verifies() && a != nil:
		return a.refuse
	case asked.verifies():
		return codeNoAccount
	case direction == "", direction == Credited && asked.mti == iso8583.AuthorizationRequest:
		return codeInvalid
	case a == nil:
		return codeNoAccount
	case asked.original != "" && asked.mti == iso8583.AuthorizationRequest && !b.increases(asked):
		return codeNotLocated
	case debit && a.refuse != "":
		return a.refuse
	case !debit && a.refuseCredit != "":
		return a.refuseCredit
	case a.currency != currency:
		return codeInvalid
	case debit && a.limit > 0 && asked.amount > a.limit:
		return codeLimit
	case debit && asked.amount > b.available(asked):
		if part := b.available(asked); direction == Held && a.parts && part > 0 {
			asked.granted = part
			return codePart
		}
		if card.left(asked.amount) < asked.amount {
			return codeLimit
		}
		return codeFunds
	}
	asked.granted = asked.amount
	if asked.returns() {
		return b.decideReturn(asked)
	}
	return codeApproved
}

// available returns how much of what is asked for may be held or taken.
func (b *book) available(asked *booking) money.Amount {
	a := b.account(asked.account)
	left := min(a.balance-a.held, b.cards[asked.account].left(asked.amount))
	if asked.mti == iso8583.AuthorizationRequest && a.most != nil {
		left = min(left, a.most(asked.amount))
	}
	return left
}

// reverse books a 0420 or 0421 and says how it ended.
func (b *book) reverse(message *iso8583.Message) (code string, outcome Outcome) {
	key, named := message.OriginalKey()
	amount, told := message.Amount()
	if !named || !told {
		return codeFormat, Rejected
	}
	undone := &booking{account: message.Account(), processing: message.Get(iso8583.DEProcessingCode), amount: amount}
	made := b.original(key)
	if made != nil {
		// Hosts find the original by DE90 and look at DE3 only if it is present.
		undone.processing = cmp.Or(undone.processing, made.processing)
		undone.original = made.original // DE90 of a reversal names made itself
	}
	switch {
	case made == nil:
		b.missed(key, undone)
		return codeNotLocated, NotLocated
	case made.mti == iso8583.FinancialAdvice:
		return codeInvalid, Rejected // what was taken is not given back
	case !made.same(undone):
		return codeFormat, Rejected
	case made.taken, made.back > 0:
		return codeInvalid, Rejected
	case made.code == codeDuplicate && made.reversed:
		return codeNotLocated, NotLocated
	case made.reversed || made.over || !made.approved():
		return codeApproved, Nothing
	case !b.covers(made):
		return codeFunds, Uncovered
	}
	outcome = made.undoes()
	b.move(made, outcome)
	return codeApproved, outcome
}

// original returns the booking that a reversal names, or nil. The original data of ISO 8583:1993
// have the local date, which may be another than that of ISO 8583:1987 DE7.
func (b *book) original(named iso8583.Key) *booking {
	if made := b.bookings[named]; made != nil || named.RRN == "" {
		return made
	}
	for key, made := range b.bookings {
		if key.RRN == named.RRN && key.STAN == named.STAN && key.Answer == named.Answer {
			return made
		}
	}
	return nil
}

// covers reports whether made may be undone: a credit that the account no longer covers is
// undone only if the account may go negative.
func (b *book) covers(made *booking) bool {
	return !b.noOverdraft || made.undoes() != Recalled || b.balance(made.account) >= made.amount
}

// missed records a reversal whose request has not come. Most banks forget it.
func (b *book) missed(key iso8583.Key, undone *booking) {
	if b.remembers {
		undone.code, undone.reversed = codeDuplicate, true
		b.bookings[key] = undone
	}
}

// withdraw undoes a booking by the bank's own decision and returns it, or nil if there is
// none, or if it is already reversed, dates from before a restart, or is a credit that may
// not be undone.
func (b *book) withdraw(stan, rrn string) (*booking, Outcome) {
	for key, made := range b.bookings {
		mayUndo := made.approved() && !made.reversed && !made.over && made.request != nil && made.mti != iso8583.FinancialAdvice && made.back == 0
		if key.STAN == stan && key.RRN == rrn && mayUndo && b.covers(made) {
			outcome := made.undoes()
			b.move(made, outcome)
			return made, outcome
		}
	}
	return nil, ""
}

// move makes every change of a balance, and of what is held.
func (b *book) move(made *booking, outcome Outcome) {
	switch outcome {
	case Debited, Credited, Restored, Recalled:
		b.account(made.account).balance += outcome.change(made.amount)
		b.cards[made.account].uses(-outcome.change(made.amount))
		made.reversed = outcome == Restored || outcome == Recalled
		if took := b.returned(made); took != nil {
			took.back += outcome.change(made.amount)
		}
		if made.mti == iso8583.FinancialAdvice {
			first := b.authorization(made)
			for _, more := range b.increasesOf(first, made.original) {
				b.end(more)
			}
			b.end(first).taken = true
		}
	case Held:
		b.account(made.account).held += made.granted
		b.cards[made.account].uses(made.granted)
	case Released:
		b.end(made).reversed = true
	case Lapsed:
		b.end(made)
	}
}

// balance is that of account no, 0 where there is none.
func (b *book) balance(no string) money.Amount {
	if a := b.account(no); a != nil {
		return a.balance
	}
	return 0
}
