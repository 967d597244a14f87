// Package api is the operator's way in: HTTP with JSON over the daemon's Unix
// socket. One handler for each command of the mpg tool.
//
// Amounts are strings in major units, times RFC 3339 in UTC, numbers E.164. A
// call that changes something carries an Idempotency-Key header; repeated under
// the same key it answers with the first result. An error is
// {"error": …, "code": …, "hint": …} with a status: 400 misuse, 404 no such
// record, 409 refused; see problem.go. Who may connect is decided by socket.go, and what
// they may do by the right of each route; see staff.go. Lists, searches and figures come
// from the read side, a page at a time; see report.go, and list.go for what comes from the
// books. The package imports engine/admin, whose commands and views it serves, with auth,
// staff, lang and pin to read them, and engine/report, engine/tail and engine/view; nothing
// imports it but cmd.
package api

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"mpg/engine/acquirer"
	"mpg/engine/admin"
	"mpg/engine/auth"
	"mpg/engine/lang"
	"mpg/engine/pin"
	"mpg/engine/report"
	"mpg/engine/strict"
	"mpg/engine/tail"
	"mpg/engine/view"
	"mpg/store/money"
)

// bodyMax bounds a request, in octets.
const bodyMax = 1 << 16

// Services are what the routes lead to.
type Services struct {
	Admin   *admin.Service
	Reports *report.Reader
	Tail    *tail.Tail
	View    *view.View // nil where none is kept
}

// TimeZoneHeader is the header of every answer that names the operator's time zone, for
// those who show the times of the answer to people.
const TimeZoneHeader = "Mpg-Time-Zone"

// Handler serves the operator's commands and views.
func Handler(all Services) http.Handler {
	mux := http.NewServeMux()
	for _, route := range routes(all) {
		mux.Handle(route.pattern, only(all.Admin.Staff, route.right, withoutCards(route.serve)))
	}
	if all.Reports == nil {
		return mux
	}
	zone := all.Reports.Zone()
	return http.HandlerFunc(func(reply http.ResponseWriter, req *http.Request) {
		reply.Header().Set(TimeZoneHeader, zone)
		mux.ServeHTTP(reply, req)
	})
}

// route is a command or a view, and the right that its caller needs.
type route struct {
	pattern string
	right   auth.Right
	serve   http.HandlerFunc
}

// routes returns all commands and views.
func routes(all Services) []route {
	a := api{all.Admin}
	return slices.Concat([]route{
		{"POST /users", auth.ManagePeople, a.addUser},
		{"GET /users/{number}", auth.SeeRecords, a.user},
		{"POST /users/{number}/block", auth.ManagePeople, a.block(true)},
		{"POST /users/{number}/unblock", auth.ManagePeople, a.block(false)},
		{"POST /users/{number}/pin-reset", auth.ManagePeople, a.resetPIN},
		{"POST /users/{number}/set", auth.ManagePeople, limits{a}.setUser},
		{"GET /users/{number}/limits", auth.SeeRecords, limits{a}.testLimit},
		{"POST /merchants", auth.ManagePeople, a.addMerchant},
		{"GET /merchants/{code}", auth.SeeRecords, a.merchant},
		{"POST /merchants/{code}/set", auth.ManagePeople, a.changeMerchant},
		{"POST /merchants/{code}/fund", auth.TakeCash, agents{a}.fund},
		{"POST /merchants/{code}/close", auth.ManagePeople, a.closeMerchant},
		{"GET /receivables", auth.SeeRecords, debts{a}.list},
		{"POST /merchants/{code}/receivable/paid", auth.TakeCash, debts{a}.clear(admin.Debts.Paid)},
		{"POST /merchants/{code}/receivable/write-off", auth.CorrectMoney, debts{a}.clear(admin.Debts.WriteOff)},
		{"POST /purses/{number}/topup", auth.TakeCash, a.topUp},
		{"POST /topups/{ref}/correct", auth.CorrectMoney, a.correct},
		{"GET /accounts", auth.SeeRecords, a.accounts},
		{"GET /accounts/{name}", auth.SeeRecords, a.account},
		{"POST /payments/{ref}/resolve", auth.CorrectMoney, a.resolve},
		{"POST /payments/{ref}/refund", auth.RefundPayments, a.refund},
		{"POST /payments/{ref}/chargeback", auth.RefundPayments, cards{a}.chargeBack},
		{"POST /payments/{ref}/capture", auth.RefundPayments, a.capture},
		{"POST /payments/{ref}/increase", auth.RefundPayments, increases{a}.ask},
		{"POST /payments/{ref}/release", auth.RefundPayments, a.release},
		{"GET /unclaimed", auth.SeeRecords, a.unclaimed},
		{"POST /unclaimed/{ref}/pay", auth.CorrectMoney, unclaimed{a}.pay},
		{"GET /banks/{bank}/totals", auth.SeeRecords, totals{a}.day},
		{"POST /banks/{bank}/totals", auth.CorrectMoney, totals{a}.send},
		{"GET /breaks", auth.SeeRecords, totals{a}.breaks},
		{"GET /ledger/payments", auth.SeeRecords, a.payments},
		{"POST /ledger/verify", auth.VerifyLedger, a.verify},
		{"POST /ledger/backup", auth.BackUp, a.backup},
		{"GET /books", auth.SeeStatus, a.books},
		{"GET /status", auth.SeeStatus, a.status},
		{"POST /modules/{module}/{verb}", auth.UseModules, a.verb},
	}, cardRoutes(a), reportRoutes(all), viewRoutes(all.View), staffRoutes(all.Admin.Staff), approvalRoutes(all.Admin), tillRoutes(all.Admin.Tills))
}

type api struct{ admin *admin.Service }

// NewUser is the body of POST /users. PIN is for trials only; it is wiped once
// read, and is kept nowhere.
type NewUser struct {
	Number      string `json:"number"`
	Name        string `json:"name"`
	NameZH      string `json:"name_zh"`
	Lang        string `json:"lang"`
	PIN         []byte `json:"pin,omitempty"`
	Bank        string `json:"bank"`
	BankAccount string `json:"bank_account"`
}

// TopUp is the body of POST /purses/{number}/topup.
type TopUp struct {
	Amount string `json:"amount"`
}

// Resolve is the body of POST /payments/{ref}/resolve.
type Resolve struct {
	As     string `json:"as"` // "paid" or "reversed"
	Reason string `json:"reason"`
	Bank   string `json:"bank,omitempty"` // empty: the first that left something open
	// Amount is how much of the order a bank or card issuer holds; empty: what it has said, or
	// else all.
	Amount string `json:"amount,omitempty"`
}

// Refund is the body of POST /payments/{ref}/refund.
type Refund struct {
	Amount string `json:"amount,omitempty"` // empty: all that is left
	Reason string `json:"reason"`
	// Receivable lets the shop owe what its accounts do not hold; it takes two people.
	Receivable bool `json:"receivable,omitempty"`
}

// PayUnclaimed is the body of POST /unclaimed/{ref}/pay.
type PayUnclaimed struct {
	Reason string `json:"reason"`
}

// Capture is the body of POST /payments/{ref}/capture, and of …/increase.
type Capture struct {
	Amount string `json:"amount"`
}

// Reason is the body of POST /users/{number}/pin-reset. The bodies of block and unblock may
// have it too.
type Reason struct {
	Reason string `json:"reason"`
}

// Correction is the body of POST /topups/{ref}/correct, which takes back fundings of agents too.
type Correction struct {
	Reason string `json:"reason"`
	Part   bool   `json:"part"`
}

func (a api) addUser(reply http.ResponseWriter, req *http.Request) {
	var n NewUser
	if !body(reply, req, &n) {
		return
	}
	defer clear(n.PIN)
	spec := admin.NewUser{Phone: a.admin.ReadNumber(n.Number), Name: lang.Name{EN: strings.TrimSpace(n.Name), ZH: strings.TrimSpace(n.NameZH)}, Bank: n.Bank, BankAccount: n.BankAccount}
	if n.Lang != "" {
		l, ok := lang.Parse(n.Lang)
		if !ok {
			problem(reply, http.StatusBadRequest, errors.New("the languages are zh and en"))
			return
		}
		spec.Lang = l
	}
	if len(n.PIN) > 0 {
		p, ok := pin.Read(n.PIN)
		if !ok {
			problem(reply, http.StatusBadRequest, errors.New("a PIN is six digits"))
			return
		}
		defer p.Wipe()
		if p.Weak() { // as in a call that chooses one
			problem(reply, http.StatusBadRequest, errors.New("this PIN is too easy to guess; want one that is neither the same digit six times nor a run such as 123456"))
			return
		}
		spec.PIN = &p
	}
	result, err := a.admin.AddUser(req.Context(), by(req), spec)
	answer(reply, result, err)
}

func (a api) user(reply http.ResponseWriter, req *http.Request) {
	u, err := a.admin.User(req.Context(), a.number(req))
	answer(reply, u, err)
}

func (a api) block(on bool) http.HandlerFunc {
	return func(reply http.ResponseWriter, req *http.Request) {
		var reason Reason
		if req.ContentLength != 0 && !body(reply, req, &reason) {
			return
		}
		result, err := a.admin.SetBlocked(req.Context(), by(req), a.number(req), on, reason.Reason)
		answer(reply, result, err)
	}
}

func (a api) topUp(reply http.ResponseWriter, req *http.Request) {
	amount, ok := amountOf(a, reply, req)
	if !ok {
		return
	}
	result, err := a.admin.TopUp(req.Context(), by(req), a.number(req), amount)
	answer(reply, result, err)
}

func (a api) correct(reply http.ResponseWriter, req *http.Request) {
	var c Correction
	if !body(reply, req, &c) {
		return
	}
	result, err := a.admin.Correct(req.Context(), by(req), admin.Correction{Ref: req.PathValue("ref"), Reason: c.Reason, Part: c.Part})
	answer(reply, result, err)
}

func (a api) resetPIN(reply http.ResponseWriter, req *http.Request) {
	var reason Reason
	if !body(reply, req, &reason) {
		return
	}
	result, err := a.admin.ResetPIN(req.Context(), by(req), a.number(req), reason.Reason)
	answer(reply, result, err)
}

func (a api) account(reply http.ResponseWriter, req *http.Request) {
	v, err := a.admin.Account(req.Context(), req.PathValue("name"))
	answer(reply, v, err)
}

// status answers with what is at work, and whether two people can do what takes two.
func (a api) status(reply http.ResponseWriter, req *http.Request) {
	now := a.admin.Status()
	two, err := a.admin.Approvals.TwoPeople(req.Context())
	now.TwoPeople = &two
	answer(reply, now, err)
}

// accounts answers with the names of all accounts.
func (a api) accounts(reply http.ResponseWriter, req *http.Request) {
	answer(reply, a.admin.AccountNames(req.Context()), nil)
}

// payments answers with payments as the books have them, without the read side.
func (a api) payments(reply http.ResponseWriter, req *http.Request) {
	if err := a.admin.Staff.SeesWhole(req.Context(), "ledger payments", ""); err != nil {
		problem(reply, http.StatusConflict, err)
		return
	}
	list(reply, req, a.admin.ListPayments)
}

func (a api) resolve(reply http.ResponseWriter, req *http.Request) {
	var how Resolve
	if !body(reply, req, &how) {
		return
	}
	found := acquirer.Found{Bank: how.Bank}
	if how.Amount != "" {
		var err error
		if found.Holds, err = a.amount(how.Amount); err != nil {
			problem(reply, http.StatusBadRequest, err)
			return
		}
	}
	result, err := admin.AtBank{Service: a.admin, Found: found}.Resolve(req.Context(), by(req), req.PathValue("ref"), how.As, how.Reason)
	answer(reply, result, err)
}

func (a api) refund(reply http.ResponseWriter, req *http.Request) {
	var in Refund
	if !body(reply, req, &in) {
		return
	}
	refund := admin.Refund{Ref: req.PathValue("ref"), Reason: in.Reason, Receivable: in.Receivable}
	if in.Amount != "" {
		var err error
		if refund.Amount, err = a.amount(in.Amount); err != nil {
			problem(reply, http.StatusBadRequest, err)
			return
		}
	}
	result, err := a.admin.Refund(req.Context(), by(req), refund)
	answer(reply, result, err)
}

func (a api) capture(reply http.ResponseWriter, req *http.Request) {
	amount, ok := amountOf(a, reply, req)
	if !ok {
		return
	}
	result, err := a.admin.Capture(req.Context(), by(req), req.PathValue("ref"), amount)
	answer(reply, result, err)
}

// increases serves what is authorised in addition.
type increases struct{ api }

func (a increases) ask(reply http.ResponseWriter, req *http.Request) {
	amount, ok := amountOf(a.api, reply, req)
	if !ok {
		return
	}
	result, err := a.admin.Increase(req.Context(), by(req), req.PathValue("ref"), amount)
	answer(reply, result, err)
}

func (a api) release(reply http.ResponseWriter, req *http.Request) {
	if !body(reply, req, &struct{}{}) {
		return
	}
	result, err := a.admin.Release(req.Context(), by(req), req.PathValue("ref"))
	answer(reply, result, err)
}

// unclaimed answers with the money whose owners' purses are closed.
func (a api) unclaimed(reply http.ResponseWriter, req *http.Request) {
	list(reply, req, admin.Unclaimed{Reader: a.admin.Reader}.List)
}

// unclaimed serves what changes such money.
type unclaimed struct{ api }

// pay pays it out to its owner.
func (a unclaimed) pay(reply http.ResponseWriter, req *http.Request) {
	var in PayUnclaimed
	if !body(reply, req, &in) {
		return
	}
	result, err := admin.Unclaimed{Reader: a.admin.Reader}.Pay(req.Context(), a.admin, by(req), req.PathValue("ref"), in.Reason)
	answer(reply, result, err)
}

func (a api) verify(reply http.ResponseWriter, req *http.Request) {
	report, err := a.admin.Verify(req.Context())
	answer(reply, report, err)
}

// books answers with the settings that the books fix. The check values reveal nothing
// else about the keys.
func (a api) books(reply http.ResponseWriter, req *http.Request) {
	fixed, err := a.admin.Fixed(req.Context())
	answer(reply, fixed, err)
}

// amountOf reads a body that is an amount and nothing else, as TopUp, Capture and Funding are.
// If it is none, amountOf has answered and reports false.
func amountOf(served api, reply http.ResponseWriter, req *http.Request) (money.Amount, bool) {
	var in Capture
	if !body(reply, req, &in) {
		return 0, false
	}
	amount, err := served.amount(in.Amount)
	if err != nil {
		problem(reply, http.StatusBadRequest, err)
	}
	return amount, err == nil
}

// amount reads an amount, which must be positive.
func (a api) amount(written string) (money.Amount, error) {
	amount, err := a.admin.ParseAmount(written)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%q %w", written, err)
	case amount == 0:
		return 0, errors.New(written + ": the amount must be positive")
	}
	return amount, nil
}

// number is the subscriber's number of the path, in E.164 where it can be read.
func (a api) number(req *http.Request) string { return a.admin.ReadNumber(req.PathValue("number")) }

// by returns who is calling, and the key of the command.
func by(req *http.Request) admin.Command {
	caller := auth.CallerOf(req.Context())
	return admin.Command{Key: req.Header.Get("Idempotency-Key"), UID: caller.UID, Person: caller.Person}
}

// body reads the request, strictly: a misspelt field must not be ignored. It refuses one
// that holds a card number.
func body(reply http.ResponseWriter, req *http.Request, into any) bool {
	if err := strict.Decode(http.MaxBytesReader(reply, req.Body, bodyMax), into); err != nil {
		problem(reply, http.StatusBadRequest, err)
		return false
	}
	_, _ = io.Copy(io.Discard, req.Body)
	if holdsCard(reflect.ValueOf(into)) {
		problem(reply, http.StatusBadRequest, errCard)
		return false
	}
	return true
}
