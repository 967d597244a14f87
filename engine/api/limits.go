package api

import (
	"net/http"

	"mpg/engine/admin"
)

// UserChange is the body of POST /users/{number}/set.
type UserChange struct {
	Tier int `json:"tier"`
}

func (a api) setUser(reply http.ResponseWriter, req *http.Request) {
	var change UserChange
	if !body(reply, req, &change) {
		return
	}
	result, err := a.admin.Limits.SetTier(req.Context(), by(req), a.number(req), change.Tier)
	answer(reply, result, err)
}

// testLimit answers GET /users/{number}/limits?amount=A&product=P&payee=X.
func (a api) testLimit(reply http.ResponseWriter, req *http.Request) {
	query := req.URL.Query()
	amount, err := a.amount(query.Get("amount"))
	if err != nil {
		problem(reply, http.StatusBadRequest, err)
		return
	}
	test := admin.LimitTest{Phone: a.number(req), Product: query.Get("product"), Amount: amount, Payee: query.Get("merchant")}
	if to := query.Get("to"); to != "" {
		test.Payee = a.admin.ReadNumber(to)
	}
	view, err := a.admin.Limits.Test(req.Context(), test)
	answer(reply, view, err)
}
