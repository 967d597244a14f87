package admin

import (
	"time"

	"mpg/engine/merchant"
	"mpg/engine/user"
)

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
	Closed  string `json:"closed,omitempty"` // when it was closed; empty: it is open
	Why     string `json:"why,omitempty"`    // the reason for that
}

// AccountView is an account.
type AccountView struct {
	Account   string `json:"account"`
	Currency  string `json:"currency"`
	Posted    string `json:"posted"`
	Available string `json:"available"`
}

// rfc3339 writes a time as the views do.
func rfc3339(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func viewUser(u *user.User) UserView {
	return UserView{Number: u.Phone, Name: u.Name.EN, NameZH: u.Name.ZH, Lang: string(u.Lang), State: string(u.State), Why: u.Why,
		PIN: u.PIN.Set(), Bank: u.Bank, Account: u.BankMask, Open: u.Open != 0, Created: rfc3339(u.Created)}
}

func viewMerchant(m *merchant.Merchant) MerchantView {
	view := MerchantView{Code: m.Code, Name: m.Name.EN, NameZH: m.Name.ZH, Number: m.Phone, Bank: m.Bank, Account: m.BankMask, Created: rfc3339(m.Created), Why: m.Why}
	if m.IsClosed() {
		view.Closed = rfc3339(m.Closed)
	}
	return view
}
