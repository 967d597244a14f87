package api

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"mpg/engine/admin"
	"mpg/engine/auth"
	"mpg/engine/report"
)

// A command that may need two people answers, while it waits for the second one or if it
// was not done, with an admin.Waiting in place of its result.

// Answer is the body of POST /approvals/{id}/approve, refuse and withdraw.
type Answer struct {
	Reason string `json:"reason,omitempty"` // needed to refuse; not given to withdraw
}

// ShopBank is the body of POST /merchants/{code}/bank: the account that the shop is to
// have, or, with Keep, that a change which is not used yet is to stop.
type ShopBank struct {
	Bank        string `json:"bank,omitempty"`
	BankAccount string `json:"bank_account,omitempty"`
	Keep        bool   `json:"keep,omitempty"`
}

// approvals serves the commands and views about commands that need two people.
type approvals struct {
	list  *admin.Approvals
	admin *admin.Service
}

// approvalRoutes returns the routes about commands that need two people. Which of them
// somebody may approve depends on the command.
func approvalRoutes(service *admin.Service) []route {
	a := approvals{service.Approvals, service}
	return []route{
		{"POST /merchants/{code}/bank", auth.ManagePeople, a.changeShopBank},
		{"GET /approvals", auth.Approve, a.all},
		{"GET /approvals/{id}", auth.Approve, a.one},
		{"POST /approvals/{id}/approve", auth.Approve, a.approve},
		{"POST /approvals/{id}/refuse", auth.Approve, a.refuse},
		{"POST /approvals/{id}/withdraw", auth.Approve, a.withdraw},
	}
}

func (a approvals) all(reply http.ResponseWriter, req *http.Request) {
	var all, limit, cursor string
	if !asked(reply, req, map[string]*string{"all": &all, "limit": &limit, "cursor": &cursor}) {
		return
	}
	page := admin.ApprovalPage{All: all == "true", Cursor: cursor, Limit: report.LimitDefault}
	if all != "" && all != "true" {
		problem(reply, http.StatusBadRequest, fmt.Errorf("all is %q; want true, or leave it out", all))
		return
	}
	if limit != "" {
		var err error
		if page.Limit, err = strconv.Atoi(limit); err != nil || page.Limit < 1 || page.Limit > report.LimitMax {
			problem(reply, http.StatusBadRequest, fmt.Errorf("limit is %q; want 1 to %d", limit, report.LimitMax))
			return
		}
	}
	list, err := a.list.List(req.Context(), page)
	answer(reply, list, err)
}

func (a approvals) one(reply http.ResponseWriter, req *http.Request) {
	view, err := a.list.Show(req.Context(), req.PathValue("id"))
	answer(reply, view, err)
}

func (a approvals) approve(reply http.ResponseWriter, req *http.Request) {
	var in Answer
	if !body(reply, req, &in) {
		return
	}
	result, err := a.list.Approve(req.Context(), by(req), req.PathValue("id"), in.Reason)
	answer(reply, result, err)
}

func (a approvals) refuse(reply http.ResponseWriter, req *http.Request) {
	var in Answer
	if !body(reply, req, &in) {
		return
	}
	result, err := a.list.Refuse(req.Context(), by(req), req.PathValue("id"), in.Reason)
	answer(reply, result, err)
}

func (a approvals) withdraw(reply http.ResponseWriter, req *http.Request) {
	var in Answer
	if !body(reply, req, &in) {
		return
	}
	if in.Reason != "" {
		problem(reply, http.StatusBadRequest, errors.New("a withdrawal takes no reason"))
		return
	}
	result, err := a.list.Withdraw(req.Context(), by(req), req.PathValue("id"))
	answer(reply, result, err)
}

// changeShopBank changes the bank account of a shop, or stops such a change.
func (a approvals) changeShopBank(reply http.ResponseWriter, req *http.Request) {
	var in ShopBank
	if !body(reply, req, &in) {
		return
	}
	if in.Keep {
		result, err := a.admin.KeepShopBank(req.Context(), by(req), req.PathValue("code"))
		answer(reply, result, err)
		return
	}
	result, err := a.admin.ChangeShopBank(req.Context(), by(req), admin.ShopBank{Code: req.PathValue("code"), Bank: in.Bank, Account: in.BankAccount})
	answer(reply, result, err)
}
