package proof

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mpg/engine/bank/host"
	"mpg/engine/bank/iso8583"
	"mpg/store/money"
)

// bankMax bounds what a bank that misbehaves may take to be put right.
const bankMax = 5 * time.Minute

// clerk does what people have to: it looks what is in doubt up in the bank's own
// book, and resolves what the bank never booked. What it booked is being reversed, unless
// it is a completion: that stands. One that the bank has not refused is still repeated, and
// the bank may yet take it.
func (w *world) clerk(payments []payment) {
	w.releaseForgotten(payments)
	for ref, as := range w.resolutions(payments) {
		// It may have been reversed meanwhile: then there is nothing to resolve.
		_ = w.op.twice("payment", "resolve", ref, "--as", as, "--reason", "by the bank's own book")
	}
}

// resolutions says by reference as what people resolve payments.
func (w *world) resolutions(payments []payment) map[string]string {
	found := map[string]string{}
	moving := w.bank.Delayed() > 0
	book := w.bankBook()
	for _, p := range payments {
		if p.Request == nil || p.Request.State != "doubt" && p.Request.State != "disputed" {
			continue
		}
		as, stands := "reversed", book[bookKey(p.Request)].stands()
		switch completion := p.Request.Kind == "completion"; {
		case completion && stands, stands && p.Request.State == "disputed":
			as = "paid" // the bank has declined in words what stands in its book
		case completion && (moving || p.Request.Code == ""), stands, p.Request.State == "disputed":
			continue
		}
		found[p.Ref] = as
	}
	return found
}

// unheard is how many requests the bank declined and approved after that, while
// the approval was lost with its line: no gateway can know of them. The bank finds
// them in its own book, as banks do at the end of the day, and approves again.
func (w *world) unheard(payments []payment) int {
	book, n := w.bankBook(), 0
	for _, p := range payments {
		if p.Request == nil || p.State != "done" || p.paid() {
			continue
		}
		switch d := book[bookKey(p.Request)]; {
		case d.stands() && w.courier.hasDeclined(p.Request):
			if !p.Request.open() {
				n++
				w.courier.approve(p.Request)
			}
		case d.stands() && d.declinedFirst:
			n++
			w.bank.Send(approval(p.Request, d.authID))
		}
	}
	return n
}

// approval is the bank's approval of r, which it has given before or says late.
func approval(r *request, authID string) *iso8583.Message {
	m := iso8583.New(iso8583.FinancialResponse)
	if r.Kind == "preauth" {
		m.MTI = iso8583.AuthorizationResponse
	}
	m.Set(iso8583.DESTAN, stan(r))
	m.Set(iso8583.DERRN, r.RRN)
	m.Set(iso8583.DEResponse, "00")
	m.Set(iso8583.DEAuthID, authID)
	return m
}

// dealt is what the bank's journal says of one request.
type dealt struct {
	moved         money.Amount // into the account, less what was taken back; negative: out of it
	held          bool         // it is held
	declinedFirst bool         // an answer that does not approve left before the money was moved
	authID        string
}

// stands reports whether the bank has booked the request and not undone it.
func (d dealt) stands() bool { return d.moved != 0 || d.held }

// bookKey names a request in the bank's journal.
func bookKey(r *request) string { return r.RRN + " " + stan(r) }

func stan(r *request) string { return fmt.Sprintf("%06d", r.STAN) }

// bankBook is the bank's journal by request.
func (w *world) bankBook() map[string]dealt {
	book, declined := map[string]dealt{}, map[string]bool{}
	for _, e := range w.bankEntries() {
		key := e.RRN + " " + e.STAN
		switch {
		case e.Outcome == host.Debited, e.Outcome == host.Credited:
			book[key] = dealt{moved: e.Change(), declinedFirst: declined[key], authID: e.AuthID}
		case e.Outcome == host.Held:
			book[key] = dealt{held: true, declinedFirst: declined[key], authID: e.AuthID}
		case e.Outcome == host.Released:
			book[key] = dealt{}
		case e.Outcome == host.Restored, e.Outcome == host.Recalled:
			d := book[key]
			d.moved += e.Change()
			book[key] = d
		case e.Dir == host.Out && (e.MTI == iso8583.FinancialResponse || e.MTI == iso8583.AuthorizationResponse) && !approves(e.Code):
			declined[key] = true
		}
	}
	return book
}

// approves reports whether a bank that answers with that code has approved all, or a part.
func approves(code string) bool { return code == "00" || code == "10" }

// bankEntries are the entries of the bank's journal.
func (w *world) bankEntries() []host.Entry {
	if w.entries != nil {
		return w.entries()
	}
	return w.bank.Journal()
}

// bankWorld returns a world with one payer, who pays by bank and keys the PIN. tune
// may be nil.
func bankWorld(t *testing.T, tune func(*settings), faults ...host.Fault) (*world, *order) {
	t.Helper()
	w := newWorld(t, func(s *settings) {
		s.expires, s.reversalFor = bankMax, time.Hour
		if tune != nil {
			tune(s)
		}
	})
	w.start()
	w.populate(1)
	w.bankUp()
	for _, f := range faults {
		w.bank.Fault(f)
	}
	w.behave(w.people[0], good())
	o := w.order("mdebit", w.people[0], w.shops[0].Code, 321)
	w.send(o)
	return w, o
}

// comes waits until the payment of o is in a state and its request in another.
func (w *world) comes(o *order, state, request string) *payment {
	w.t.Helper()
	var p *payment
	if !within(bankMax, func() bool {
		p = w.paymentOf(o)
		return p != nil && p.State == state && p.Request != nil && p.Request.State == request
	}) {
		is, _ := json.Marshal(p)
		w.t.Fatalf("payment %s, request %s: not within %v; of %q came %s", state, request, bankMax, o.Text, is)
	}
	return p
}

// whole checks that the bank and the ledger agree: the payer's account at the bank
// is short of taken, and that is the operator's claim.
func (w *world) whole(taken string) {
	w.t.Helper()
	left, _ := w.bank.Balance(w.people[0].Account)
	if short := w.currency.Format(bankFunds - left); short != taken {
		w.t.Errorf("the account at the bank is short of %s, want %s", short, taken)
	}
	var claim account
	if err := w.op.ask(&claim, "account", "show", "bank:"+bankName); err != nil || claim.Posted != taken {
		w.t.Errorf("bank:%s is %+v, want %s: %v", bankName, claim, taken, err)
	}
}

// tells reports whether one of the texts to number says so.
func (w *world) tells(number string, says said) bool {
	return slices.ContainsFunc(w.journal.textsTo(number, time.Time{}), func(words string) bool { got, _ := read(words); return got == says })
}

// metric returns a line of /metrics, or empty.
func (w *world) metric(name string) string {
	for _, line := range strings.Split(w.http("/metrics"), "\n") {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			return value
		}
	}
	return ""
}

func (w *world) http(path string) string {
	res, err := http.Get("http://" + w.set.http + path)
	if err != nil {
		return ""
	}
	defer func() { _ = res.Body.Close() }()
	body, _ := io.ReadAll(res.Body) // what is missing will be missed
	return string(body)
}

// TestTheBankBooksLate: the core of the bank books three seconds after the
// request, and answers 25 to a reversal of what it has not booked, for longer
// than two attempts.
func TestTheBankBooksLate(t *testing.T) {
	t.Parallel()
	w, o := bankWorld(t, nil, host.Fault{Kind: host.Slow, On: host.Requests, Delay: 3 * time.Second, Times: 1})
	p := w.comes(o, "reversing", "reversing")
	eventually(t, bankMax, "25", func() bool { p = w.paymentOf(o); return p != nil && p.Request.Reversal == "25" })
	if p.State != "reversing" || w.tells(o.From, saidUnpaid) {
		t.Errorf("the end was told before the bank said so: %+v", p)
	}
	eventually(t, bankMax, "the bank to give back", func() bool { return w.outcome(w.people[0], host.Restored) })
	p = w.comes(o, "done", "reversed")
	if p.Outcome != "not paid" || p.Reason != "reversed" {
		t.Errorf("%+v", p)
	}
	w.whole("0.00")
	eventually(t, bankMax, "the text", func() bool { return w.tells(o.From, saidUnpaid) })
}

// TestTheBankContradictsItself: 91 from a switch, then 00 for the same request.
func TestTheBankContradictsItself(t *testing.T) {
	t.Parallel()
	w, o := bankWorld(t, nil, host.Fault{Kind: host.Contradict, On: host.Requests, Code: "91", Delay: time.Second, Times: 1})
	p := w.comes(o, "done", "reversed")
	if p.Reason != "declined" || p.Request.Code != "91" || len(p.Request.Late) != 1 || p.Request.Late[0].Says != "approved" {
		t.Errorf("%+v %+v", p, p.Request)
	}
	w.whole("0.00")
	if !w.running().logged("bank approved a request that had ended unpaid") || w.metric("mpg_bank_late_approvals_total") != "1" {
		t.Errorf("no alarm; metric %q", w.metric("mpg_bank_late_approvals_total"))
	}
}

// TestAnApprovalAfterARestart: an approval finds its request although nothing
// is waiting for it. The bank said that it had reversed, and books after that.
func TestAnApprovalAfterARestart(t *testing.T) {
	t.Parallel()
	w, o := bankWorld(t, nil,
		host.Fault{Kind: host.Silence, On: host.Requests, Times: 1},
		host.Fault{Kind: host.Decline, On: host.Reversals, Code: "00"})
	p := w.comes(o, "done", "reversed")
	w.kill()
	w.clearSky()
	w.start()
	eventually(t, bankMax, "a line to the bank", func() bool { return w.bank.Send(approval(p.Request, "T00042")) > 0 })
	eventually(t, bankMax, "the bank to give back", func() bool { return w.outcome(w.people[0], host.Restored) })
	p = w.comes(o, "done", "reversed")
	if p.Outcome != "not paid" || p.Request.AuthID != "T00042" {
		t.Errorf("%+v %+v", p, p.Request)
	}
	w.whole("0.00")
}

// TestAReversalOutlivesTheConfiguration: the daemon is killed while the bank is
// asked, and started with another terminal, acquirer and time zone. The
// reversal names what was sent.
func TestAReversalOutlivesTheConfiguration(t *testing.T) {
	t.Parallel()
	var tap *wiretap
	w, o := bankWorld(t, func(s *settings) {
		s.bankTimeout = stateMax
		tap = newWiretap(t, s.bank)
		s.bank = tap.addr
	}, host.Fault{Kind: host.Silence, On: host.Requests, Times: 1})
	eventually(t, stateMax, "sent", func() bool { return w.state(o) == "sent" && debited(w, w.people[0]) })
	w.kill()
	w.set.bankKeys = "terminal = \"MPG00002\"\nacquirer = \"000777\""
	w.set.topKeys = "time_zone = \"America/Bogota\""
	w.set.bankTimeout = time.Second
	w.write()
	w.start()
	w.comes(o, "done", "reversed")
	w.whole("0.00")
	requests, reversals := tap.of(iso8583.FinancialRequest), tap.of(iso8583.ReversalAdvice)
	if len(requests) != 1 || len(reversals) != 1 {
		t.Fatalf("%d requests, %d reversals", len(requests), len(reversals))
	}
	for de := iso8583.DE(2); de <= 128; de++ {
		switch de {
		case iso8583.DETransmitted, iso8583.DEResponse, iso8583.DEOriginalData:
			continue
		}
		if was, is := requests[0].Get(de), reversals[0].Get(de); was != is {
			t.Errorf("element %d was sent as %q and is reversed as %q", de, was, is)
		}
	}
	if was, is := iso8583.OriginalOf(requests[0]).String(), reversals[0].Get(iso8583.DEOriginalData); was != is {
		t.Errorf("element 90 is %q, want %q", is, was)
	}
}

// wiretap is a relay before the bank that keeps what goes there.
type wiretap struct {
	addr    string
	dialect *iso8583.Dialect
	mu      sync.Mutex
	sent    []*iso8583.Message
}

func newWiretap(t *testing.T, bank string) *wiretap {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	dialect, err := iso8583.Named(iso8583.ISO87)
	if err != nil {
		t.Fatal(err)
	}
	tap := &wiretap{addr: ln.Addr().String(), dialect: dialect}
	go func() {
		for {
			in, err := ln.Accept()
			if err != nil {
				return
			}
			go tap.relay(in, bank)
		}
	}()
	return tap
}

// relay joins two lines until one of them ends.
func (tap *wiretap) relay(in net.Conn, bank string) {
	defer func() { _ = in.Close() }()
	out, err := net.Dial("tcp", bank)
	if err != nil {
		return
	}
	defer func() { _ = out.Close() }()
	go func() {
		_, _ = io.Copy(in, out)
		_ = in.Close()
	}()
	for {
		packed, err := iso8583.ReadFrame(in)
		if err != nil {
			return
		}
		if m, err := tap.dialect.Unpack(packed); err == nil {
			tap.mu.Lock()
			tap.sent = append(tap.sent, m)
			tap.mu.Unlock()
		}
		frame, err := iso8583.AppendFrame(nil, bytes.Clone(packed))
		if err != nil {
			return
		}
		if _, err := out.Write(frame); err != nil {
			return
		}
	}
}

// of returns the messages of one type that were sent.
func (tap *wiretap) of(mti iso8583.MTI) []*iso8583.Message {
	tap.mu.Lock()
	defer tap.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(tap.sent), func(m *iso8583.Message) bool { return m.MTI != mti })
}

// TestTheBankTakesAPaymentBack: the bank initiates a reversal. Nothing is
// posted; people are told and decide.
func TestTheBankTakesAPaymentBack(t *testing.T) {
	t.Parallel()
	w, o := bankWorld(t, nil)
	p := w.comes(o, "done", "answered")
	undone := w.bank.Withdraw(fmt.Sprintf("%06d", p.Request.STAN), p.Request.RRN)
	if undone == nil || w.bank.Send(undone) != 1 {
		t.Fatal("the bank has nothing to take back")
	}
	w.comes(o, "done", "disputed")
	eventually(t, bankMax, "the host's reversal to be answered with 00", func() bool {
		return slices.ContainsFunc(w.bank.Journal(), func(e host.Entry) bool { return e.MTI == iso8583.ReversalAdviceResponse && e.Code == "00" })
	})
	doubt := fmt.Sprintf("mpg_doubt_open{connector=%q}", bankName)
	if w.metric(doubt) != "1" || !strings.Contains(w.http("/readyz?verbose"), "- reversals icbc: 0 open, oldest 0s; 1 in doubt") {
		t.Errorf("metric %q, %s", w.metric(doubt), w.http("/readyz?verbose"))
	}
	if _, err := w.op.run("", "payment", "resolve", p.Ref, "--as", "reversed", "--reason", "x"); err == nil {
		t.Error("a paid payment was resolved as reversed")
	}
	w.op.must(t, "", "payment", "resolve", p.Ref, "--as", "paid", "--reason", "the bank pays it again")
	if p = w.comes(o, "done", "resolved"); p.Outcome != "paid" || w.metric(doubt) != "0" {
		t.Errorf("%+v, metric %q", p, w.metric(doubt))
	}
}

// TestResolve ends a doubt either way, as the bank's book says.
func TestResolve(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		as      string
		request host.Kind
		outcome string
		taken   string
		says    said
	}{{"paid", host.Silence, "paid", "3.21", saidPaid}, {"reversed", host.Ignore, "not paid", "0.00", saidUnpaid}} {
		t.Run(tt.as, func(t *testing.T) {
			t.Parallel()
			w, o := bankWorld(t, nil,
				host.Fault{Kind: tt.request, On: host.Requests, Times: 1},
				host.Fault{Kind: host.Decline, On: host.Reversals, Code: "12"})
			p := w.comes(o, "doubt", "doubt")
			eventually(t, bankMax, "the payer to be told", func() bool {
				return slices.ContainsFunc(w.journal.textsTo(o.From, o.Sent), func(words string) bool { return strings.Contains(words, "has not told us") })
			})
			w.kill()
			w.start()
			w.op.must(t, "", "payment", "resolve", p.Ref, "--as", tt.as, "--reason", "statement of the day", "--key", "clerk-1")
			w.op.must(t, "", "payment", "resolve", p.Ref, "--as", tt.as, "--reason", "statement of the day", "--key", "clerk-1")
			p = w.comes(o, "done", "resolved")
			if how := p.Request.Resolved; p.Outcome != tt.outcome || how == nil || how.As != tt.as || how.Reason != "statement of the day" {
				t.Errorf("%+v %+v", p, p.Request.Resolved)
			}
			w.whole(tt.taken)
			eventually(t, bankMax, "the payer to be told the end", func() bool { return w.tells(o.From, tt.says) })
			eventually(t, bankMax, "the shop to be told", func() bool {
				return w.tells(w.shops[0].Phone, saidReceived) == (tt.as == "paid") && w.tells(w.shops[0].Phone, saidNotPaid) == (tt.as != "paid")
			})
		})
	}
}

// TestManyUnansweredReversals: reversals that the bank does not answer do not
// hold up others.
func TestManyUnansweredReversals(t *testing.T) {
	t.Parallel()
	const stuck = 14 // more than the window
	w := newWorld(t, func(s *settings) {
		// Long enough for the echo of a busy machine, as a line that falls sends no request.
		s.expires, s.reversalFor, s.bankTimeout = bankMax, time.Hour, 8*time.Second
	})
	w.start()
	w.populate(stuck + 1)
	w.bankUp()
	var all []*order
	for i, p := range w.people {
		w.bank.Fault(host.Fault{Kind: host.Silence, On: host.Requests, Account: p.Account, Times: 1})
		if i < stuck {
			w.bank.Fault(host.Fault{Kind: host.Ignore, On: host.Reversals, Account: p.Account})
		}
		w.behave(p, good())
		all = append(all, w.order("mdebit", p, w.shops[0].Code, money.Amount(321+100*i)))
	}
	for _, o := range all[:stuck] {
		w.send(o)
	}
	for _, o := range all[:stuck] {
		w.comes(o, "reversing", "reversing")
	}
	w.send(all[stuck])
	w.comes(all[stuck], "done", "reversed")
	for _, o := range all[:stuck] {
		if p := w.paymentOf(o); p == nil || p.State != "reversing" {
			t.Errorf("%+v", p)
		}
	}
	w.clearSky()
	for _, o := range all[:stuck] {
		w.comes(o, "done", "reversed")
	}
}
