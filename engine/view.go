package engine

import (
	"context"
	"errors"
	"iter"
	"strings"
	"time"

	"mpg/engine/audit"
	"mpg/engine/books"
	"mpg/engine/call"
	"mpg/engine/merchant"
	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
	"mpg/store/money"
)

// The views are what the outside sees: amounts in major units, times RFC 3339
// in UTC, numbers E.164. No view holds anything of a PIN but whether there is
// one.

// UserView is a subscriber.
type UserView struct {
	Repeated
	Number  string `json:"number"`
	Name    string `json:"name"`
	NameZH  string `json:"name_zh,omitempty"`
	Lang    string `json:"lang,omitempty"`
	State   string `json:"state"`
	Why     string `json:"why,omitempty"`
	PIN     bool   `json:"pin"` // whether one was chosen
	Bank    string `json:"bank,omitempty"`
	Account string `json:"bank_account,omitempty"` // masked
	Open    bool   `json:"open"`                   // whether an order is open
	Created string `json:"created"`
}

// MerchantView is a shop.
type MerchantView struct {
	Repeated
	Code    string `json:"code"`
	Name    string `json:"name"`
	NameZH  string `json:"name_zh,omitempty"`
	Number  string `json:"number,omitempty"`
	Bank    string `json:"bank,omitempty"`
	Account string `json:"bank_account,omitempty"` // masked
	Created string `json:"created"`
}

// AccountView is an account.
type AccountView struct {
	Account   string `json:"account"`
	Currency  string `json:"currency"`
	Posted    string `json:"posted"`
	Available string `json:"available"`
}

// PaymentView is a payment.
type PaymentView struct {
	Repeated
	Ref      string     `json:"ref"`
	Product  string     `json:"product"`
	State    string     `json:"state"`
	Outcome  string     `json:"outcome,omitempty"` // "paid" or "not paid" once it is done
	Payer    string     `json:"payer"`
	Payee    string     `json:"payee"`
	Amount   string     `json:"amount"`
	Currency string     `json:"currency"`
	Reason   string     `json:"reason"`
	Memo     string     `json:"memo,omitempty"`
	Of       string     `json:"of,omitempty"`       // reference of the payment that it takes back
	Why      string     `json:"why,omitempty"`      // the operator's reason
	Returned string     `json:"returned,omitempty"` // how much of it later payments have given back
	Created  string     `json:"created"`
	Updated  string     `json:"updated"`
	Steps    []StepView `json:"steps"`

	Request *RequestView `json:"request,omitempty"` // to the bank
	Calls   []call.View  `json:"calls,omitempty"`   // that have ended; of one payment only, not in lists
	By      *ActorView   `json:"by,omitempty"`      // who entered it; none: its payer
}

// ActorView shows who gave an operator's command.
type ActorView struct {
	UID uint32 `json:"uid"`
	Key string `json:"key"`
}

// StepView is one state of a payment.
type StepView struct {
	At    string `json:"at"`
	State string `json:"state"`
}

func rfc3339(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func viewUser(u *user.User) UserView {
	return UserView{Number: u.Phone, Name: u.Name.EN, NameZH: u.Name.ZH, Lang: string(u.Lang), State: string(u.State), Why: u.Why,
		PIN: u.PIN.Set(), Bank: u.Bank, Account: u.BankMask, Open: u.Open != 0, Created: rfc3339(u.Created)}
}

func viewMerchant(m *merchant.Merchant) MerchantView {
	return MerchantView{Code: m.Code, Name: m.Name.EN, NameZH: m.Name.ZH, Number: m.Phone, Bank: m.Bank, Account: m.BankMask, Created: rfc3339(m.Created)}
}

func viewPayment(p *payment.Payment) PaymentView {
	v := PaymentView{Ref: p.Ref, Product: string(p.Plan.Product), State: string(p.State),
		Payer: partyName(p.Payer), Payee: partyName(p.Payee),
		Amount: notice.Currency(p.Currency).Format(p.Charged), Currency: p.Currency, Reason: string(p.Reason), Memo: p.Memo, Why: p.Why,
		Created: rfc3339(p.Created()), Updated: rfc3339(p.Updated())}
	if p.State == payment.Done {
		v.Outcome = "not paid"
		if p.Passed(payment.Posted) {
			v.Outcome = "paid"
		}
	}
	if p.By != nil {
		v.By = &ActorView{p.By.UID, p.By.Key}
	}
	for _, s := range p.Steps {
		v.Steps = append(v.Steps, StepView{rfc3339(s.At), string(s.State)})
	}
	return v
}

// viewPayment shows p, and names by its reference the payment that it takes
// back.
func (e *Engine) viewPayment(p *payment.Payment) PaymentView {
	v := viewPayment(p)
	if p.Of != 0 {
		v.Of = e.books.Refs.Ref(p.Of)
	}
	return v
}

// partyName is a shop's code, a person's number, or the operator's float.
func partyName(p payment.Party) string {
	switch {
	case p.Code != "":
		return p.Code
	case p.Phone != "":
		return p.Phone
	}
	return books.Float
}

// User is the subscriber of a number.
func (e *Engine) User(phone string) (UserView, error) {
	u, err := e.view().UserOf(phone)
	if err != nil {
		return UserView{}, err
	}
	if u == nil {
		return UserView{}, ErrNoUser
	}
	return viewUser(u), nil
}

// Users walks all subscribers in the order of their registration.
func (e *Engine) Users() iter.Seq2[UserView, error] {
	return func(yield func(UserView, error) bool) {
		for doc, err := range e.cfg.Store.Docs(user.Table, "") {
			u, err := tx.Decoded[user.User](doc, err)
			if err != nil {
				yield(UserView{}, err)
				return
			}
			if !yield(viewUser(u), nil) {
				return
			}
		}
	}
}

// Payment is the payment of a reference.
func (e *Engine) Payment(ref string) (PaymentView, error) {
	no, err := e.paymentNo(ref)
	if err != nil {
		return PaymentView{}, err
	}
	p, err := tx.Read[payment.Payment](e.view().Tx, payment.Table, payment.Key(no))
	if err != nil {
		return PaymentView{}, err
	}
	if p == nil {
		return PaymentView{}, ErrNoRecord
	}
	v, err := e.showPayment(p)
	if err != nil {
		return v, err
	}
	back, err := tx.Read[payment.Returned](e.view().Tx, payment.ReturnedTable, payment.Key(no))
	if back != nil {
		v.Returned = notice.Currency(p.Currency).Format(back.Sum)
	}
	if err == nil {
		v.Calls, err = call.OfPayment(e.cfg.Store, no)
	}
	return v, err
}

// Payments walks all payments in the order of their numbers.
func (e *Engine) Payments() iter.Seq2[PaymentView, error] {
	return func(yield func(PaymentView, error) bool) {
		for doc, err := range e.cfg.Store.Docs(payment.Table, "") {
			p, err := tx.Decoded[payment.Payment](doc, err)
			if err != nil {
				yield(PaymentView{}, err)
				return
			}
			v, err := e.showPayment(p)
			if !yield(v, err) {
				return
			}
		}
	}
}

// Account is an account by its name: purse:+8613800000001, merchant:8001,
// bank:NAME, fees, float.
func (e *Engine) Account(name string) (AccountView, error) {
	id, err := e.accountID(name)
	if err != nil {
		return AccountView{}, err
	}
	a, ok := e.cfg.Store.Account(id)
	if !ok {
		return AccountView{}, ErrNoRecord
	}
	c := notice.Currency(a.Currency)
	return AccountView{Account: name, Currency: a.Currency, Posted: c.Format(a.Posted()), Available: c.Format(a.Available())}, nil
}

func (e *Engine) accountID(name string) (store.AccountID, error) {
	kind, of, _ := strings.Cut(name, ":")
	w := e.view()
	switch kind {
	case "purse":
		u, err := w.UserOf(e.ReadNumber(of))
		if err != nil {
			return 0, err
		}
		if u == nil {
			return 0, ErrNoUser
		}
		return u.Purse, nil
	case "merchant":
		m, err := w.Merchant(of)
		if err != nil {
			return 0, err
		}
		if m == nil {
			return 0, ErrNoShop
		}
		return m.Account, nil
	}
	id, ok, err := e.books.Named(name)
	if err != nil {
		return 0, err
	}
	if !ok {
		return 0, badArgument{errors.New("an account is purse:NUMBER, merchant:CODE, bank:NAME, fees or float")}
	}
	return id, nil
}

// Verification is what Verify found: the store's own report, and whether its
// books agree with the documents.
type Verification struct {
	store.Report
	Audit audit.Report
}

// Verify recomputes the whole ledger and compares the books with the payments,
// bank requests and subscribers. Payments go on meanwhile.
func (e *Engine) Verify(ctx context.Context) (Verification, error) {
	report, err := e.cfg.Store.Verify(ctx)
	v := Verification{Report: report}
	if err != nil {
		return v, err
	}
	journal, ok := e.cfg.Store.(store.Journal)
	if !ok {
		return v, errors.New("this store keeps no journal to audit")
	}
	v.Audit, err = audit.Run(ctx, journal)
	if err == nil && len(v.Faults)+len(v.Audit.Faults) == 0 {
		e.stats.Verified.Store(e.cfg.Now().Unix())
	}
	return v, err
}

// ParseAmount reads an amount in the operator's currency.
func (e *Engine) ParseAmount(s string) (money.Amount, error) { return e.cfg.Currency.Parse(s) }

// AccountNames are the names of all accounts: the operator's own, the shops',
// the purses.
func (e *Engine) AccountNames() []string {
	var names []string
	for name, err := range e.books.Names() {
		if err == nil {
			names = append(names, name)
		}
	}
	for doc, err := range e.cfg.Store.Docs(merchant.Table, "") {
		if err == nil {
			names = append(names, "merchant:"+doc.Key)
		}
	}
	for u, err := range e.Users() {
		if err == nil {
			names = append(names, "purse:"+u.Number)
		}
	}
	return names
}

// Trial is the trial balance of each currency.
func (e *Engine) Trial() []store.Trial { return e.cfg.Store.Trial() }
