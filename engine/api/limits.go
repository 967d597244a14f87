package api

import (
	"net/http"

	"mpg/engine/admin"
	"mpg/engine/order"
	"mpg/engine/payment"
)

// limits answers about tiers and limits.
type limits struct{ api }

// UserChange is the body of POST /users/{number}/set.
type UserChange struct {
	Tier    *int   `json:"tier,omitempty"`
	Receive string `json:"receive,omitempty"` // purse or bank
}

func (l limits) setUser(reply http.ResponseWriter, req *http.Request) {
	var change UserChange
	if !body(reply, req, &change) {
		return
	}
	result, err := l.admin.Limits.Set(req.Context(), by(req), l.number(req), admin.UserSetting{Tier: change.Tier, Receive: order.Source(change.Receive)})
	answer(reply, result, err)
}

// testLimit answers GET /users/{number}/limits. The query may hold the amount, the product,
// merchant and to; without them it is the smallest payment from the purse.
func (l limits) testLimit(reply http.ResponseWriter, req *http.Request) {
	query := req.URL.Query()
	test := admin.LimitTest{Phone: l.number(req), Product: query.Get("product"), Amount: 1, Shop: query.Get("merchant")}
	if typed := query.Get("amount"); typed != "" {
		var err error
		if test.Amount, err = l.amount(typed); err != nil {
			problem(reply, http.StatusBadRequest, err)
			return
		}
	}
	if to := query.Get("to"); to != "" {
		test.Payee = l.admin.ReadNumber(to)
	}
	if test.Product == "" {
		test.Product = string(payment.MPurse)
		if test.Payee != "" {
			test.Product = string(payment.MP2P)
		}
	}
	view, err := l.admin.Limits.Test(req.Context(), test)
	answer(reply, view, err)
}
