package host

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"mpg/engine/bank/iso8583"
	"mpg/store/money"
)

// front is the bank's interface over HTTP: the same book, journal and faults as by ISO 8583.
// Of the faults, Decline answers the HTTP status in a Code such as H503, and OtherType that in
// Value; faults about bitmaps and frames do nothing. A question about a payment is left
// unanswered by a fault that stays.
type front struct{ host *Host }

// HTTP returns the bank's interface over HTTP, as engine/bank/httpbank speaks it.
func (h *Host) HTTP() http.Handler {
	f := front{h}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /payments", f.pay)
	mux.HandleFunc("GET /payments/{key}", f.tell)
	mux.HandleFunc("POST /payments/{key}/reversal", f.reverse)
	mux.HandleFunc("GET /health", f.health)
	return mux
}

// paid is the body of a payment.
type paid struct {
	Key, Kind, Account, Amount, Currency, Merchant, Of, Authorization string
	At                                                                time.Time
}

// said is the body of an answer.
type said struct {
	Key           string `json:"key"`
	Status        string `json:"status"`
	Amount        string `json:"amount,omitempty"`
	Currency      string `json:"currency,omitempty"`
	Code          string `json:"code"`
	Reason        string `json:"reason,omitempty"`
	Authorization string `json:"authorization,omitempty"`
	Settlement    string `json:"settlement_date,omitempty"`
}

// kindOf says which message a kind of payment is.
func kindOf(kind string) (mti iso8583.MTI, processing string, known bool) {
	switch kind {
	case "debit":
		return iso8583.FinancialRequest, iso8583.PurchaseFromAccount, true
	case "credit":
		return iso8583.FinancialRequest, iso8583.DepositToAccount, true
	case "refund":
		return iso8583.FinancialRequest, iso8583.ReturnToAccount, true
	case "preauth":
		return iso8583.AuthorizationRequest, iso8583.PurchaseFromAccount, true
	case "verify":
		return iso8583.AuthorizationRequest, iso8583.VerifyAccount, true
	case "completion":
		return iso8583.FinancialAdvice, iso8583.PurchaseFromAccount, true
	}
	return "", "", false
}

// numbers returns the reference and the trace number in a key.
func numbers(key string) (rrn string, stan uint32, ok bool) {
	rrn, digits, found := strings.Cut(key, "-")
	n, err := strconv.ParseUint(digits, 10, 32)
	return rrn, uint32(n), found && err == nil
}

// message returns the message that asks for the same as p.
func (f front) message(p *paid) (*iso8583.Message, money.Currency, bool) {
	mti, processing, known := kindOf(p.Kind)
	currency, listed := money.Lookup(p.Currency)
	rrn, stan, keyed := numbers(p.Key)
	if !known || !listed || !keyed {
		return nil, currency, false
	}
	amount, err := currency.Parse(p.Amount)
	if err != nil {
		return nil, currency, false
	}
	t := iso8583.Transaction{MTI: mti, STAN: stan, RRN: rrn, At: p.At.UTC(), Processing: processing, Account: p.Account, Amount: amount,
		Currency: currency.Number, Merchant: p.Merchant, AuthID: p.Authorization}
	if p.Of != "" {
		made, of := f.find(p.Of)
		t.Of = iso8583.New(iso8583.AuthorizationRequest)
		if made != nil {
			t.Of.MTI = made.mti
		}
		t.Of.Set(iso8583.DESTAN, of.STAN)
		t.Of.Set(iso8583.DETransmitted, of.Date+"000000")
	}
	return t.Request(), currency, true
}

// find returns the booking with that key, or nil.
func (f front) find(key string) (*booking, iso8583.Key) {
	rrn, stan, _ := numbers(key)
	f.host.mu.Lock()
	defer f.host.mu.Unlock()
	for at, made := range f.host.book.bookings {
		if at.RRN == rrn && at.STAN == fmt.Sprintf("%06d", stan) {
			return made, at
		}
	}
	return nil, iso8583.Key{}
}

// pay books a payment, once for each key.
func (f front) pay(reply http.ResponseWriter, req *http.Request) {
	var p paid
	if json.NewDecoder(req.Body).Decode(&p) != nil || p.Key == "" || p.Key != req.Header.Get("Idempotency-Key") {
		reply.WriteHeader(http.StatusBadRequest)
		return
	}
	message, currency, formed := f.message(&p)
	if !formed {
		reply.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	f.serve(reply, req, message, func() (int, said) {
		answer := f.line().money(message)
		if answer == nil {
			return http.StatusInternalServerError, said{}
		}
		return f.answer(p.Key, currency, answer)
	})
}

// line is where messages come from, in the journal.
func (f front) line() *line { return &line{host: f.host} }

// answer returns what the bank says by an answer of ISO 8583.
func (f front) answer(key string, currency money.Currency, answer *iso8583.Message) (int, said) {
	amount, _ := answer.Amount()
	s := said{Key: key, Amount: currency.Format(amount), Currency: currency.Code, Code: answer.Get(iso8583.DEResponse),
		Authorization: answer.Get(iso8583.DEAuthID), Settlement: f.host.now().UTC().Format(time.DateOnly)}
	switch s.Code {
	case codeApproved, codePart:
		s.Status = "approved"
		return http.StatusOK, s
	case codeFormat:
		return http.StatusUnprocessableEntity, s
	case codeDuplicate:
		return http.StatusConflict, s
	}
	s.Status, s.Reason = "declined", map[string]string{codeFunds: "funds", codeNoAccount: "account", codeLimit: "limit", "91": "unavailable"}[s.Code]
	return http.StatusOK, s
}

// serve does what the faults say to one request; without one it answers what do returns.
func (f front) serve(reply http.ResponseWriter, req *http.Request, message *iso8583.Message, do func() (int, said)) {
	fault := f.host.pick(message)
	l := f.line()
	switch fault.Kind {
	case DropBefore:
		panic(http.ErrAbortHandler)
	case Ignore:
		f.hang(req)
	case Decline:
		if digits, status := strings.CutPrefix(fault.Code, "H"); status {
			n, _ := strconv.Atoi(digits)
			reply.WriteHeader(n)
			return
		}
		f.say(reply, http.StatusOK, said{Status: "declined", Code: fault.Code, Reason: map[string]string{"91": "unavailable"}[fault.Code]})
	case Slow:
		l.after(fault.Delay, func() { do() })
		f.hang(req)
	case Contradict:
		l.after(fault.Delay, func() { do() })
		f.say(reply, http.StatusOK, said{Status: "declined", Code: fault.Code})
	default:
		status, answer := do()
		f.reply(reply, req, fault, status, answer)
	}
}

// reply answers what was booked, as fault says.
func (f front) reply(reply http.ResponseWriter, req *http.Request, fault Fault, status int, answer said) {
	switch fault.Kind {
	case Silence:
		f.hang(req)
	case DropAfter:
		panic(http.ErrAbortHandler)
	case LateAnswer:
		select {
		case <-time.After(fault.Delay):
		case <-req.Context().Done():
			return
		}
	case Garbage:
		_, _ = reply.Write([]byte("<html>not JSON</html>")) // to whoever listens
		return
	case OtherType:
		status, _ = strconv.Atoi(fault.Value)
		answer = said{}
	case WrongSum:
		answer.Amount = "0.01"
	case WrongRRN:
		answer.Key = other(answer.Key)
	}
	f.say(reply, status, answer)
}

// hang answers nothing, until whoever asked has gone.
func (f front) hang(req *http.Request) {
	select {
	case <-req.Context().Done():
	case <-f.host.closed:
	}
	panic(http.ErrAbortHandler)
}

func (f front) say(reply http.ResponseWriter, status int, answer said) {
	reply.Header().Set("Content-Type", "application/json")
	reply.WriteHeader(status)
	f.host.check(json.NewEncoder(reply).Encode(answer), "answering")
}

// stays reports whether a fault without an end keeps the bank from answering message.
func (f front) stays(message *iso8583.Message) bool {
	f.host.mu.Lock()
	defer f.host.mu.Unlock()
	for _, fault := range f.host.faults {
		if fault.fits(message) {
			return fault.Times == 0 && (fault.Kind == Silence || fault.Kind == Ignore)
		}
	}
	return false
}

// tell says what became of a payment.
func (f front) tell(reply http.ResponseWriter, req *http.Request) {
	made, at := f.find(req.PathValue("key"))
	if f.stays(iso8583.New(iso8583.FinancialRequest)) {
		f.hang(req)
	}
	if made == nil {
		reply.WriteHeader(http.StatusNotFound)
		return
	}
	currency := f.currency(made.account)
	answer := iso8583.New(at.Answer)
	answer.Set(iso8583.DEResponse, made.code)
	answer.Set(iso8583.DEAuthID, made.authID)
	amount := made.amount
	if made.code == codePart {
		amount = made.granted
	}
	answer.Set(iso8583.DEAmount, strconv.FormatInt(int64(amount), 10))
	status, s := f.answer(req.PathValue("key"), currency, answer)
	f.say(reply, status, s)
}

// currency returns that of an account.
func (f front) currency(account string) money.Currency {
	f.host.mu.Lock()
	defer f.host.mu.Unlock()
	if a := f.host.book.account(account); a != nil {
		return a.money
	}
	return money.Currency{}
}

// reverse undoes a payment. Like most banks it forgets a reversal of one that has not come.
func (f front) reverse(reply http.ResponseWriter, req *http.Request) {
	key := req.PathValue("key")
	rrn, stan, _ := numbers(key)
	made, at := f.find(key)
	m := iso8583.New(iso8583.ReversalAdvice)
	m.Set(iso8583.DESTAN, fmt.Sprintf("%06d", stan))
	m.Set(iso8583.DERRN, rrn)
	if made != nil {
		m.Set(iso8583.DEProcessingCode, made.processing)
		m.Set(iso8583.DEAmount, fmt.Sprintf("%012d", made.amount))
		holder, _ := iso8583.AccountElement(made.processing)
		m.Set(holder, made.account)
		m.Set(iso8583.DEOriginalData, iso8583.Original{MTI: made.mti, STAN: at.STAN, Transmitted: at.Date + "000000"}.String())
	}
	f.serve(reply, req, m, func() (int, said) {
		if made == nil {
			return http.StatusNotFound, said{}
		}
		answer := f.line().money(m)
		if answer == nil {
			return http.StatusInternalServerError, said{}
		}
		if code := answer.Get(iso8583.DEResponse); code != codeApproved {
			return http.StatusOK, said{Key: key, Status: "refused", Code: code}
		}
		done := said{Key: key, Status: "reversed", Code: codeApproved}
		if currency := f.currency(made.account); currency.Code != "" {
			done.Amount, done.Currency = currency.Format(made.amount), currency.Code
		}
		return http.StatusOK, done
	})
}

// health says that the bank works, unless a fault on network messages says otherwise.
func (f front) health(reply http.ResponseWriter, req *http.Request) {
	f.serve(reply, req, iso8583.New(iso8583.NetworkRequest), func() (int, said) { return http.StatusOK, said{Status: "works"} })
}
