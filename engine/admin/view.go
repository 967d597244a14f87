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
	Tier    int    `json:"tier"`
	PIN     bool   `json:"pin"` // whether one was chosen
	Bank    string `json:"bank,omitempty"`
	Account string `json:"bank_account,omitempty"` // masked
	Receive string `json:"receive"`                // where what others send goes: purse or bank
	Open    bool   `json:"open"`                   // whether an order is open
	Created string `json:"created"`
	PINFrom string `json:"pin_from,omitempty"` // when they may choose a PIN, after the operator has reset it
	Balance string `json:"balance,omitempty"`  // what the purse holds; where one subscriber is shown
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

	NextBank *NextBankView `json:"next_bank,omitempty"` // that the shop will have
	Vertical string        `json:"vertical"`            // kind of business; see merchant.Vertical

	Cards *ShopCardsView `json:"cards,omitempty"` // what was set for it about cards; left out: nothing

	Agent bool   `json:"agent,omitempty"` // gives and takes cash
	Class string `json:"class,omitempty"` // on which fees and limits may depend
}

// NextBankView is the bank account that a shop will have.
type NextBankView struct {
	Bank    string `json:"bank,omitempty"`
	Account string `json:"bank_account,omitempty"` // masked
	From    string `json:"from"`
}

// AccountView is an account.
type AccountView struct {
	Account   string `json:"account"`
	Currency  string `json:"currency"`
	Posted    string `json:"posted"`
	Available string `json:"available"`
	Closed    bool   `json:"closed,omitempty"` // nothing can be paid into it or out of it
}

// rfc3339 writes a time as the views do.
func rfc3339(at time.Time) string { return at.UTC().Format(time.RFC3339Nano) }

func viewUser(person *user.User) UserView {
	view := UserView{Number: person.Phone, Name: person.Name.EN, NameZH: person.Name.ZH, Lang: string(person.Lang), State: string(person.State), Why: person.Why, Tier: person.Tier,
		PIN: person.PIN.Set(), Bank: person.Bank, Account: person.BankMask, Receive: "purse", Open: person.Open != 0, Created: rfc3339(person.Created)}
	if person.ReceivesAtBank() {
		view.Receive = "bank"
	}
	if person.Reset != nil && !person.PIN.Set() {
		view.PINFrom = rfc3339(person.Reset.From)
	}
	return view
}

func viewMerchant(shop *merchant.Merchant) MerchantView {
	view := MerchantView{Code: shop.Code, Name: shop.Name.EN, NameZH: shop.Name.ZH, Number: shop.Phone, Bank: shop.Bank, Account: shop.BankMask, Created: rfc3339(shop.Created), Why: shop.Why,
		Agent: shop.Agent, Class: shop.Class, Vertical: string(shop.Kind())}
	if shop.IsClosed() {
		view.Closed = rfc3339(shop.Closed)
	}
	if next := shop.Next; next != nil {
		view.NextBank = &NextBankView{next.Bank, next.Mask, rfc3339(next.From)}
	}
	if takes := shop.Cards; takes != (merchant.Cards{}) {
		view.Cards = &ShopCardsView{takes.MCC, string(takes.Capture), takes.Asked, string(takes.Silence)}
	}
	return view
}
