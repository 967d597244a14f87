// Package api is the operator's way in: HTTP with JSON over the daemon's Unix
// socket. One handler for each command of the mpg tool.
//
// Amounts are strings in major units, times RFC 3339 in UTC, numbers E.164. A
// call that changes something carries an Idempotency-Key header; repeated under
// the same key it answers with the first result. An error is
// {"error": …, "hint": …} with a status: 400 misuse, 404 no such record, 409
// refused, 500 ours. Who may connect is decided by socket.go. The package
// imports engine; nothing imports it but cmd.
package api

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"mpg/engine"
	"mpg/engine/lang"
	"mpg/engine/pin"
)

// bodyMax bounds a request, in octets.
const bodyMax = 1 << 16

// Handler serves e.
func Handler(e *engine.Engine) http.Handler {
	a := api{e}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /users", a.addUser)
	mux.HandleFunc("GET /users", a.users)
	mux.HandleFunc("GET /users/{number}", a.user)
	mux.HandleFunc("POST /users/{number}/block", a.block(true))
	mux.HandleFunc("POST /users/{number}/unblock", a.block(false))
	mux.HandleFunc("POST /users/{number}/pin-reset", a.resetPIN)
	mux.HandleFunc("POST /merchants", a.addMerchant)
	mux.HandleFunc("POST /purses/{number}/topup", a.topUp)
	mux.HandleFunc("POST /topups/{ref}/correct", a.correct)
	mux.HandleFunc("GET /accounts/{name}", a.account)
	mux.HandleFunc("GET /payments", a.payments)
	mux.HandleFunc("GET /payments/{ref}", a.payment)
	mux.HandleFunc("POST /payments/{ref}/resolve", a.resolve)
	mux.HandleFunc("POST /ledger/verify", a.verify)
	mux.HandleFunc("POST /ledger/backup", a.backup)
	mux.HandleFunc("GET /keys", a.keys)
	return mux
}

type api struct{ e *engine.Engine }

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

// NewMerchant is the body of POST /merchants.
type NewMerchant struct {
	Code        string `json:"code"`
	Name        string `json:"name"`
	NameZH      string `json:"name_zh"`
	Number      string `json:"number"`
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

// Reason is the body of POST /users/{number}/pin-reset.
type Reason struct {
	Reason string `json:"reason"`
}

// Correction is the body of POST /topups/{ref}/correct.
type Correction struct {
	Reason string `json:"reason"`
	Part   bool   `json:"part"`
}

// Problem is the body of an error.
type Problem struct {
	Error string `json:"error"`
	Hint  string `json:"hint,omitempty"`
}

func (a api) addUser(w http.ResponseWriter, r *http.Request) {
	var n NewUser
	if !body(w, r, &n) {
		return
	}
	defer clear(n.PIN)
	spec := engine.NewUser{Phone: a.e.ReadNumber(n.Number), Name: lang.Name{EN: strings.TrimSpace(n.Name), ZH: strings.TrimSpace(n.NameZH)}, Bank: n.Bank, BankAccount: n.BankAccount}
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
		spec.PIN = &p
	}
	result, err := a.e.AddUser(r.Context(), by(r), spec)
	answer(w, result, err)
}

func (a api) users(w http.ResponseWriter, _ *http.Request) {
	list := []engine.UserView{}
	for u, err := range a.e.Users() {
		if err != nil {
			answer(w, nil, err)
			return
		}
		list = append(list, u)
	}
	answer(w, list, nil)
}

func (a api) user(w http.ResponseWriter, r *http.Request) {
	u, err := a.e.User(a.number(r))
	answer(w, u, err)
}

func (a api) block(on bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		result, err := a.e.SetBlocked(r.Context(), by(r), a.number(r), on)
		answer(w, result, err)
	}
}

func (a api) addMerchant(w http.ResponseWriter, r *http.Request) {
	var n NewMerchant
	if !body(w, r, &n) {
		return
	}
	result, err := a.e.AddMerchant(r.Context(), by(r), engine.NewMerchant{
		Code: n.Code, Name: lang.Name{EN: strings.TrimSpace(n.Name), ZH: strings.TrimSpace(n.NameZH)}, Phone: a.e.ReadNumber(n.Number), Bank: n.Bank, BankAccount: n.BankAccount})
	answer(w, result, err)
}

func (a api) topUp(w http.ResponseWriter, r *http.Request) {
	var t TopUp
	if !body(w, r, &t) {
		return
	}
	amount, err := a.e.ParseAmount(t.Amount)
	if err != nil || amount == 0 {
		problem(w, http.StatusBadRequest, errors.New(t.Amount+" is not an amount such as 128.50"))
		return
	}
	result, err := a.e.TopUp(r.Context(), by(r), a.number(r), amount)
	answer(w, result, err)
}

func (a api) correct(w http.ResponseWriter, r *http.Request) {
	var c Correction
	if !body(w, r, &c) {
		return
	}
	result, err := a.e.Correct(r.Context(), by(r), engine.Correction{Ref: r.PathValue("ref"), Reason: c.Reason, Part: c.Part})
	answer(w, result, err)
}

func (a api) resetPIN(w http.ResponseWriter, r *http.Request) {
	var reason Reason
	if !body(w, r, &reason) {
		return
	}
	result, err := a.e.ResetPIN(r.Context(), by(r), a.number(r), reason.Reason)
	answer(w, result, err)
}

func (a api) account(w http.ResponseWriter, r *http.Request) {
	v, err := a.e.Account(r.PathValue("name"))
	answer(w, v, err)
}

func (a api) payments(w http.ResponseWriter, _ *http.Request) {
	list := []engine.PaymentView{}
	for p, err := range a.e.Payments() {
		if err != nil {
			answer(w, nil, err)
			return
		}
		list = append(list, p)
	}
	answer(w, list, nil)
}

func (a api) payment(w http.ResponseWriter, r *http.Request) {
	v, err := a.e.Payment(r.PathValue("ref"))
	answer(w, v, err)
}

func (a api) resolve(w http.ResponseWriter, r *http.Request) {
	var how Resolve
	if !body(w, r, &how) {
		return
	}
	result, err := a.e.Resolve(r.Context(), by(r), r.PathValue("ref"), how.As, how.Reason)
	answer(w, result, err)
}

func (a api) verify(w http.ResponseWriter, r *http.Request) {
	report, err := a.e.Verify(r.Context())
	answer(w, report, err)
}

// keys answers with the check values of the keys in use, which reveal nothing
// else about them.
func (a api) keys(w http.ResponseWriter, _ *http.Request) { answer(w, a.e.KeyChecks(), nil) }

// number is the subscriber's number of the path, in E.164 where it can be read.
func (a api) number(r *http.Request) string { return a.e.ReadNumber(r.PathValue("number")) }

// by is who calls and under which key.
func by(r *http.Request) engine.Command {
	return engine.Command{Key: r.Header.Get("Idempotency-Key"), UID: UID(r.Context())}
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

func answer(w http.ResponseWriter, value any, err error) {
	if err != nil {
		problem(w, status(err), err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value) // a caller that is gone needs no answer
}

func status(err error) int {
	switch {
	case errors.Is(err, engine.ErrNoUser), errors.Is(err, engine.ErrNoShop), errors.Is(err, engine.ErrNoRecord):
		return http.StatusNotFound
	}
	return http.StatusConflict
}

func problem(w http.ResponseWriter, code int, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	text := strings.TrimPrefix(err.Error(), "engine: ")
	_ = json.NewEncoder(w).Encode(Problem{Error: text, Hint: hint(err)}) // as above
}

// hint is the way out, where there is one.
func hint(err error) string {
	switch {
	case errors.Is(err, engine.ErrKeyBody):
		return "choose another --key, or leave it out"
	case errors.Is(err, engine.ErrNotInDoubt):
		return "a payment can be resolved once it is in doubt, or an hour after its reversal began: mpg payment show REF"
	case errors.Is(err, engine.ErrTopUpLimit):
		return "check the amount; the limit is limit.topup in mpg.toml"
	case errors.Is(err, engine.ErrSpent):
		return "--part takes back what is still in the purse"
	case errors.Is(err, engine.ErrReason):
		return "give one with --reason TEXT"
	case errors.Is(err, engine.ErrNoUser):
		return "register the number: mpg user add NUMBER --name NAME"
	case errors.Is(err, engine.ErrNoShop):
		return "register the shop: mpg merchant add CODE --name NAME"
	}
	return ""
}
