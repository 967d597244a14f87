package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"mpg/engine/admin"
	"mpg/engine/lang"
	"mpg/engine/merchant"
)

// NewMerchant is the body of POST /merchants.
type NewMerchant struct {
	Code        string `json:"code"`
	Name        string `json:"name"`
	NameZH      string `json:"name_zh"`
	Number      string `json:"number"`
	Bank        string `json:"bank"`
	BankAccount string `json:"bank_account"`
	Agent       bool   `json:"agent,omitempty"`    // gives and takes cash
	Class       string `json:"class,omitempty"`    // on which fees and limits may depend
	Vertical    string `json:"vertical,omitempty"` // kind of business; left out: sale
}

// MerchantChange is the body of POST /merchants/{code}/set. What is left out stays as
// it is. An empty number means that the shop gets no receipts.
type MerchantChange struct {
	Name     *string `json:"name,omitempty"`
	NameZH   *string `json:"name_zh,omitempty"`
	Number   *string `json:"number,omitempty"`
	Vertical *string `json:"vertical,omitempty"`
	Agent    *bool   `json:"agent,omitempty"`
	Class    *string `json:"class,omitempty"` // empty: none
}

// agents answers about agents.
type agents struct{ api }

// Funding is the body of POST /merchants/{code}/fund.
type Funding struct {
	Amount string `json:"amount"`
}

func (a agents) fund(reply http.ResponseWriter, req *http.Request) {
	amount, ok := amountOf(a.api, reply, req)
	if !ok {
		return
	}
	result, err := admin.Agents{Service: a.admin}.Fund(req.Context(), by(req), req.PathValue("code"), amount)
	answer(reply, result, err)
}

// debts answers about what shops owe.
type debts struct{ api }

// Clearing is the body of POST /merchants/{code}/receivable/paid and …/write-off.
type Clearing struct {
	Amount string `json:"amount"`
	Reason string `json:"reason"`
	// FromAccount has the shop's account pay; not with write-off.
	FromAccount bool `json:"from_account,omitempty"`
}

func (a debts) list(reply http.ResponseWriter, req *http.Request) {
	all, err := admin.Debts{Service: a.admin}.List(req.Context())
	answer(reply, all, err)
}

// clear serves a command that clears a debt.
func (a debts) clear(do func(admin.Debts, context.Context, admin.Command, admin.Clearing) (json.RawMessage, error)) http.HandlerFunc {
	return func(reply http.ResponseWriter, req *http.Request) {
		var in Clearing
		if !body(reply, req, &in) {
			return
		}
		amount, err := a.amount(in.Amount)
		if err != nil {
			problem(reply, http.StatusBadRequest, err)
			return
		}
		result, err := do(admin.Debts{Service: a.admin}, req.Context(), by(req), admin.Clearing{Code: req.PathValue("code"), Amount: amount, Reason: in.Reason, FromAccount: in.FromAccount})
		answer(reply, result, err)
	}
}

// Closing is the body of POST /merchants/{code}/close.
type Closing struct {
	Reason string `json:"reason"`
	PayOut bool   `json:"pay_out"` // what the account holds is paid in cash
}

func (a api) closeMerchant(reply http.ResponseWriter, req *http.Request) {
	var closing Closing
	if !body(reply, req, &closing) {
		return
	}
	result, err := a.admin.CloseMerchant(req.Context(), by(req), admin.Closing{Code: req.PathValue("code"), Reason: closing.Reason, PayOut: closing.PayOut})
	answer(reply, result, err)
}

func (a api) addMerchant(reply http.ResponseWriter, req *http.Request) {
	var n NewMerchant
	if !body(reply, req, &n) {
		return
	}
	result, err := a.admin.AddMerchant(req.Context(), by(req), admin.NewMerchant{
		Code: n.Code, Name: lang.Name{EN: strings.TrimSpace(n.Name), ZH: strings.TrimSpace(n.NameZH)}, Phone: a.admin.ReadNumber(n.Number), Bank: n.Bank, BankAccount: n.BankAccount,
		Vertical: merchant.Vertical(n.Vertical), Agent: n.Agent, Class: n.Class})
	answer(reply, result, err)
}

func (a api) merchant(reply http.ResponseWriter, req *http.Request) {
	view, err := a.admin.Merchant(req.Context(), req.PathValue("code"))
	answer(reply, view, err)
}

func (a api) changeMerchant(reply http.ResponseWriter, req *http.Request) {
	var change MerchantChange
	if !body(reply, req, &change) {
		return
	}
	spec := admin.MerchantChange{Name: trimmed(change.Name), NameZH: trimmed(change.NameZH), AgentChange: admin.AgentChange{Agent: change.Agent, Class: change.Class}}
	if change.Number != nil {
		number := a.admin.ReadNumber(strings.TrimSpace(*change.Number))
		spec.Phone = &number
	}
	if change.Vertical != nil {
		vertical := merchant.Vertical(*change.Vertical)
		spec.Vertical = &vertical
	}
	result, err := a.admin.ChangeMerchant(req.Context(), by(req), req.PathValue("code"), spec)
	answer(reply, result, err)
}

// trimmed returns text without blanks around it; nil: nil.
func trimmed(text *string) *string {
	if text == nil {
		return nil
	}
	plain := strings.TrimSpace(*text)
	return &plain
}
