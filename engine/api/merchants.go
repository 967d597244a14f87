package api

import (
	"net/http"
	"strings"

	"mpg/engine/admin"
	"mpg/engine/lang"
)

// NewMerchant is the body of POST /merchants.
type NewMerchant struct {
	Code        string `json:"code"`
	Name        string `json:"name"`
	NameZH      string `json:"name_zh"`
	Number      string `json:"number"`
	Bank        string `json:"bank"`
	BankAccount string `json:"bank_account"`
}

// MerchantChange is the body of POST /merchants/{code}/set. What is left out stays as
// it is. An empty number means that the shop gets no receipts.
type MerchantChange struct {
	Name   *string `json:"name,omitempty"`
	NameZH *string `json:"name_zh,omitempty"`
	Number *string `json:"number,omitempty"`
}

func (a api) addMerchant(w http.ResponseWriter, r *http.Request) {
	var n NewMerchant
	if !body(w, r, &n) {
		return
	}
	result, err := a.admin.AddMerchant(r.Context(), by(r), admin.NewMerchant{
		Code: n.Code, Name: lang.Name{EN: strings.TrimSpace(n.Name), ZH: strings.TrimSpace(n.NameZH)}, Phone: a.admin.ReadNumber(n.Number), Bank: n.Bank, BankAccount: n.BankAccount})
	answer(w, result, err)
}

func (a api) merchants(w http.ResponseWriter, r *http.Request) { list(w, r, a.admin.ListMerchants) }

func (a api) merchant(w http.ResponseWriter, r *http.Request) {
	view, err := a.admin.Merchant(r.Context(), r.PathValue("code"))
	answer(w, view, err)
}

func (a api) changeMerchant(w http.ResponseWriter, r *http.Request) {
	var change MerchantChange
	if !body(w, r, &change) {
		return
	}
	spec := admin.MerchantChange{Name: trimmed(change.Name), NameZH: trimmed(change.NameZH)}
	if change.Number != nil {
		number := a.admin.ReadNumber(strings.TrimSpace(*change.Number))
		spec.Phone = &number
	}
	result, err := a.admin.ChangeMerchant(r.Context(), by(r), r.PathValue("code"), spec)
	answer(w, result, err)
}

// trimmed returns text without blanks around it; nil: nil.
func trimmed(text *string) *string {
	if text == nil {
		return nil
	}
	plain := strings.TrimSpace(*text)
	return &plain
}
