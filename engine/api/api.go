// Package api is the operator's way in: HTTP with JSON over the daemon's Unix
// socket. One handler for each command of the mpg tool.
//
// Amounts are strings in major units, times RFC 3339 in UTC, numbers E.164. A
// call that changes something carries an Idempotency-Key header; repeated under
// the same key it answers with the first result. An error is
// {"error": …, "code": …, "hint": …} with a status: 400 misuse, 404 no such
// record, 409 refused; see problem.go. Who may connect is decided by socket.go. Long
// lists come in pages; see list.go. The package imports engine/admin, whose commands and
// views it serves, with lang and pin to read them; nothing imports it but cmd.
package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"mpg/engine/admin"
	"mpg/engine/lang"
	"mpg/engine/pin"
	"mpg/store/money"
)

// bodyMax bounds a request, in octets.
const bodyMax = 1 << 16

// Handler serves the operator's commands and views.
func Handler(service *admin.Service) http.Handler {
	a := api{service}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /users", a.addUser)
	mux.HandleFunc("GET /users", a.users)
	mux.HandleFunc("GET /users/{number}", a.user)
	mux.HandleFunc("POST /users/{number}/block", a.block(true))
	mux.HandleFunc("POST /users/{number}/unblock", a.block(false))
	mux.HandleFunc("POST /users/{number}/pin-reset", a.resetPIN)
	mux.HandleFunc("POST /merchants", a.addMerchant)
	mux.HandleFunc("GET /merchants", a.merchants)
	mux.HandleFunc("GET /merchants/{code}", a.merchant)
	mux.HandleFunc("POST /merchants/{code}/set", a.changeMerchant)
	mux.HandleFunc("POST /purses/{number}/topup", a.topUp)
	mux.HandleFunc("POST /topups/{ref}/correct", a.correct)
	mux.HandleFunc("GET /accounts", a.accounts)
	mux.HandleFunc("GET /accounts/{name}", a.account)
	mux.HandleFunc("GET /payments", a.payments)
	mux.HandleFunc("GET /payments/{ref}", a.payment)
	mux.HandleFunc("POST /payments/{ref}/resolve", a.resolve)
	mux.HandleFunc("POST /payments/{ref}/refund", a.refund)
	mux.HandleFunc("POST /ledger/verify", a.verify)
	mux.HandleFunc("POST /ledger/backup", a.backup)
	mux.HandleFunc("GET /books", a.books)
	mux.HandleFunc("GET /status", a.status)
	return mux
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
}

// Refund is the body of POST /payments/{ref}/refund.
type Refund struct {
	Amount string `json:"amount,omitempty"` // empty: all that is left
	Reason string `json:"reason"`
}

// Reason is the body of POST /users/{number}/pin-reset.
type Reason struct {
	Reason string `json:"reason"`
}

// Correction is the body of POST /topups/{ref}/correct.
type Correction struct {
	Reason string `json:"reason"`
	Part   bool   `json:"part"`
}

func (a api) addUser(w http.ResponseWriter, r *http.Request) {
	var n NewUser
	if !body(w, r, &n) {
		return
	}
	defer clear(n.PIN)
	spec := admin.NewUser{Phone: a.admin.ReadNumber(n.Number), Name: lang.Name{EN: strings.TrimSpace(n.Name), ZH: strings.TrimSpace(n.NameZH)}, Bank: n.Bank, BankAccount: n.BankAccount}
	if n.Lang != "" {
		l, ok := lang.Parse(n.Lang)
		if !ok {
			problem(w, http.StatusBadRequest, errors.New("the languages are zh and en"))
			return
		}
		spec.Lang = l
	}
	if len(n.PIN) > 0 {
		p, ok := pin.Read(n.PIN)
		if !ok {
			problem(w, http.StatusBadRequest, errors.New("a PIN is six digits"))
			return
		}
		defer p.Wipe()
		if p.Weak() { // as in a call that chooses one
			problem(w, http.StatusBadRequest, errors.New("this PIN is too easy to guess: want one that is neither the same digit six times nor a run such as 123456"))
			return
		}
		spec.PIN = &p
	}
	result, err := a.admin.AddUser(r.Context(), by(r), spec)
	answer(w, result, err)
}

func (a api) users(w http.ResponseWriter, r *http.Request) { list(w, r, a.admin.ListUsers) }

func (a api) user(w http.ResponseWriter, r *http.Request) {
	u, err := a.admin.User(r.Context(), a.number(r))
	answer(w, u, err)
}

func (a api) block(on bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		result, err := a.admin.SetBlocked(r.Context(), by(r), a.number(r), on)
		answer(w, result, err)
	}
}

func (a api) topUp(w http.ResponseWriter, r *http.Request) {
	var t TopUp
	if !body(w, r, &t) {
		return
	}
	amount, err := a.amount(t.Amount)
	if err != nil {
		problem(w, http.StatusBadRequest, err)
		return
	}
	result, err := a.admin.TopUp(r.Context(), by(r), a.number(r), amount)
	answer(w, result, err)
}

func (a api) correct(w http.ResponseWriter, r *http.Request) {
	var c Correction
	if !body(w, r, &c) {
		return
	}
	result, err := a.admin.Correct(r.Context(), by(r), admin.Correction{Ref: r.PathValue("ref"), Reason: c.Reason, Part: c.Part})
	answer(w, result, err)
}

func (a api) resetPIN(w http.ResponseWriter, r *http.Request) {
	var reason Reason
	if !body(w, r, &reason) {
		return
	}
	result, err := a.admin.ResetPIN(r.Context(), by(r), a.number(r), reason.Reason)
	answer(w, result, err)
}

func (a api) account(w http.ResponseWriter, r *http.Request) {
	v, err := a.admin.Account(r.Context(), r.PathValue("name"))
	answer(w, v, err)
}

// accounts answers with the names of all accounts.
func (a api) status(w http.ResponseWriter, _ *http.Request) { answer(w, a.admin.Status(), nil) }

func (a api) accounts(w http.ResponseWriter, r *http.Request) {
	answer(w, a.admin.AccountNames(r.Context()), nil)
}

func (a api) payments(w http.ResponseWriter, r *http.Request) { list(w, r, a.admin.ListPayments) }

func (a api) payment(w http.ResponseWriter, r *http.Request) {
	v, err := a.admin.Payment(r.Context(), r.PathValue("ref"))
	answer(w, v, err)
}

func (a api) resolve(w http.ResponseWriter, r *http.Request) {
	var how Resolve
	if !body(w, r, &how) {
		return
	}
	result, err := a.admin.Resolve(r.Context(), by(r), r.PathValue("ref"), how.As, how.Reason)
	answer(w, result, err)
}

func (a api) refund(w http.ResponseWriter, r *http.Request) {
	var in Refund
	if !body(w, r, &in) {
		return
	}
	refund := admin.Refund{Ref: r.PathValue("ref"), Reason: in.Reason}
	if in.Amount != "" {
		var err error
		if refund.Amount, err = a.amount(in.Amount); err != nil {
			problem(w, http.StatusBadRequest, err)
			return
		}
	}
	result, err := a.admin.Refund(r.Context(), by(r), refund)
	answer(w, result, err)
}

func (a api) verify(w http.ResponseWriter, r *http.Request) {
	report, err := a.admin.Verify(r.Context())
	answer(w, report, err)
}

// books answers with the settings that the books fix. The check values reveal nothing
// else about the keys.
func (a api) books(w http.ResponseWriter, _ *http.Request) { answer(w, a.admin.Fixed(), nil) }

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
func (a api) number(r *http.Request) string { return a.admin.ReadNumber(r.PathValue("number")) }

// by returns who is calling, and the key of the command.
func by(r *http.Request) admin.Command {
	return admin.Command{Key: r.Header.Get("Idempotency-Key"), UID: UID(r.Context())}
}

// body reads the request, strictly: a misspelt field would be a wish ignored.
func body(w http.ResponseWriter, r *http.Request, into any) bool {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, bodyMax))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		problem(w, http.StatusBadRequest, err)
		return false
	}
	_, _ = io.Copy(io.Discard, r.Body)
	return true
}
