package host

import (
	"fmt"

	"mpg/engine/bank/iso8583"
	"mpg/store/money"
)

// Response codes of the host. ISO 8583:1987 DE39
const (
	codeApproved     = "00"
	codeInvalid      = "12" // invalid transaction: a currency that the account does not have
	codeNoAccount    = "14"
	codeNotLocated   = "25" // unable to locate the original
	codeFormat       = "30"
	codeNotSupported = "40"
	codeFunds        = "51"
	codeNotPermitted = "58" // to this terminal: it has not signed on
	codeLimit        = "61"
	codeDuplicate    = "94"
)

// Account is one account of the bank.
type Account struct {
	No       string
	Balance  money.Amount // at the opening
	Currency money.Currency
	Limit    money.Amount // greatest debit, 61 above it; 0: none
	Refuse   string       // response code to all debits; empty: none
}

// account is an Account in the book.
type account struct {
	balance  money.Amount
	limit    money.Amount
	currency string // ISO 4217 numeric code
	refuse   string
}

// debit is the fate of one request.
type debit struct {
	account  string
	amount   money.Amount
	code     string
	authID   string
	reversed bool             // or, where code is 94, overtaken by its reversal
	request  *iso8583.Message // nil after a restart
}

// book is the money of the bank: pure, without I/O and clock. Its caller locks.
type book struct {
	accounts map[string]*account
	debits   map[iso8583.Key]*debit
	serial   int // of authorizations
	// remembers keeps a reversal that came before its request, so that the request
	// is not booked when it comes.
	remembers bool
}

func newBook() *book {
	return &book{accounts: make(map[string]*account), debits: make(map[iso8583.Key]*debit)}
}

// request books a 0200 and says how it ended.
func (b *book) request(m *iso8583.Message) (*debit, Outcome) {
	amount, ok := m.Amount()
	no := m.Get(iso8583.DEAccount)
	if !ok || no == "" {
		return &debit{account: no, code: codeFormat}, Rejected
	}
	if d := b.debits[m.Key()]; d != nil {
		if d.account != no || d.amount != amount {
			return &debit{account: no, amount: amount, code: codeDuplicate}, Rejected
		}
		return d, Repeated
	}
	d := &debit{account: no, amount: amount, code: b.decide(no, amount, m.Get(iso8583.DECurrency)), request: m}
	outcome := Declined
	if d.code == codeApproved {
		b.serial++
		d.authID = fmt.Sprintf("%06d", b.serial)
		outcome = Debited
	}
	b.debits[m.Key()] = d
	b.move(no, d, outcome)
	return d, outcome
}

// decide is the bank's answer to a request that it sees for the first time.
func (b *book) decide(no string, amount money.Amount, currency string) string {
	a := b.accounts[no]
	switch {
	case a == nil:
		return codeNoAccount
	case a.refuse != "":
		return a.refuse
	case a.currency != currency:
		return codeInvalid
	case a.limit > 0 && amount > a.limit:
		return codeLimit
	case amount > a.balance:
		return codeFunds
	}
	return codeApproved
}

// reverse books a 0420 or 0421 and says how it ended.
func (b *book) reverse(m *iso8583.Message) (code string, outcome Outcome) {
	key, ok := m.OriginalKey()
	amount, told := m.Amount()
	if !ok || !told {
		return codeFormat, Rejected
	}
	no := m.Get(iso8583.DEAccount)
	d := b.debits[key]
	switch {
	case d == nil:
		b.missed(key, no, amount)
		return codeNotLocated, NotLocated
	case d.account != no || d.amount != amount:
		return codeFormat, Rejected
	case d.code == codeDuplicate && d.reversed:
		return codeNotLocated, NotLocated
	case d.reversed || d.code != codeApproved:
		return codeApproved, Nothing
	}
	b.move(no, d, Restored)
	return codeApproved, Restored
}

// missed records a reversal whose request has not come. Most banks forget it.
func (b *book) missed(key iso8583.Key, no string, amount money.Amount) {
	if b.remembers {
		b.debits[key] = overtaken(no, amount)
	}
}

// withdraw restores a debit by the bank's own decision and returns its request,
// or nil if there is none, it is already reversed, or it is from before a
// restart.
func (b *book) withdraw(stan, rrn string) *iso8583.Message {
	for key, d := range b.debits {
		if key.STAN == stan && key.RRN == rrn && d.code == codeApproved && !d.reversed && d.request != nil {
			b.move(d.account, d, Restored)
			return d.request
		}
	}
	return nil
}

// overtaken is what a request finds whose reversal was there before it.
func overtaken(no string, amount money.Amount) *debit {
	return &debit{account: no, amount: amount, code: codeDuplicate, reversed: true}
}

// move is the only change of a balance.
func (b *book) move(no string, d *debit, o Outcome) {
	switch o {
	case Debited:
		b.accounts[no].balance -= d.amount
	case Restored:
		b.accounts[no].balance += d.amount
		d.reversed = true
	}
}

// balance is that of account no, 0 where there is none.
func (b *book) balance(no string) money.Amount {
	if a := b.accounts[no]; a != nil {
		return a.balance
	}
	return 0
}
