package engine_test

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"

	"mpg/engine/acquirer"
	"mpg/engine/admin"
	"mpg/engine/bank"
	"mpg/store/money"
)

// bookBank is a bank with a book of its own, as most are: a reversal of what it
// has not booked yet is answered 25 and forgotten.
type bookBank struct {
	mu       sync.Mutex
	terminal string // that Prepare puts into a message
	down     bool
	stopping <-chan struct{}                              // closed once whoever asked last is stopping
	moved    money.Amount                                 // of its customers' accounts
	booked   map[uint32]money.Amount                      // by STAN: paid to us, or negative by us; 0: given back
	asked    []message                                    // requests
	reversed []message                                    // reversals
	repeats  []bool                                       // whether they said so
	held     map[uint32]money.Amount                      // what is held, by STAN
	raises   map[uint32]uint32                            // which first one a request to hold more names, by STAN
	advised  []message                                    // advices
	again    []bool                                       // whether they said so
	request  func(r message) (bank.Reply, error)          // what a request does; nil: booked and approved
	advice   func(r message, try int) (bank.Reply, error) // the same of an advice; nil, or a reply without a code: by the book
	reversal func(r message, try int) string              // code of a reversal; "": by the book, "-": silence
}

// message is what a bookBank packs.
type message struct {
	bank.Request
	Terminal string
}

func newBookBank() *bookBank {
	return &bookBank{terminal: "MPG00001", booked: make(map[uint32]money.Amount), held: make(map[uint32]money.Amount), raises: make(map[uint32]uint32)}
}

func (b *bookBank) Up() bool { b.mu.Lock(); defer b.mu.Unlock(); return !b.down }

func (b *bookBank) Window() int { return 10 }

func (b *bookBank) Prepare(r bank.Request) (bank.Packed, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return json.Marshal(message{r, b.terminal})
}

func (b *bookBank) Authorize(ctx context.Context, p bank.Packed) (bank.Reply, error) {
	m := b.read(p)
	b.mu.Lock()
	b.stopping = ctx.Done()
	b.asked = append(b.asked, m)
	does := b.request
	b.mu.Unlock()
	if does != nil {
		return does(m)
	}
	if m.Kind == bank.Refund && !b.took(m) {
		return bank.Reply{Code: "25", Reason: bank.ReasonOf("25")}, nil
	}
	b.book(m)
	return bank.Reply{Approved: true, Code: "00", Reason: bank.Approved, AuthID: "A00001", Settlement: "1123"}, nil
}

// took reports whether a refund names what the bank has taken from its account, and how it
// answered that.
func (b *bookBank) took(refund message) bool {
	if refund.Of == nil {
		return false
	}
	of := b.read(refund.Of)
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.booked[of.STAN] >= refund.Amount && of.Account == refund.Account && refund.AuthID == "A00001"
}

func (b *bookBank) Advise(_ context.Context, p bank.Packed, repeat bool) (bank.Reply, error) {
	m := b.read(p)
	b.mu.Lock()
	b.advised, b.again = append(b.advised, m), append(b.again, repeat)
	does, try := b.advice, len(b.advised)
	b.mu.Unlock()
	if does != nil {
		if reply, err := does(m, try); err != nil || reply.Code != "" {
			return reply, err
		}
	}
	code := b.complete(m)
	return bank.Reply{Approved: code == "00", Code: code, Reason: bank.ReasonOf(code), Settlement: "1123"}, nil
}

// complete takes what was held, once.
func (b *bookBank) complete(m message) string {
	auth := b.read(m.Of)
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, again := b.booked[m.STAN]; again {
		return "00"
	}
	held := b.held[auth.STAN]
	for stan, first := range b.raises {
		if first == auth.STAN {
			held += b.held[stan]
		}
	}
	if held < m.Amount || m.AuthID != "A00001" {
		return "12"
	}
	delete(b.held, auth.STAN)
	for stan, first := range b.raises {
		if first == auth.STAN {
			delete(b.held, stan)
		}
	}
	b.booked[m.STAN] = m.Amount
	b.moved -= m.Amount
	return "00"
}

func (b *bookBank) Reverse(_ context.Context, p bank.Packed, repeat bool) (bank.Undo, error) {
	m := b.read(p)
	b.mu.Lock()
	b.reversed, b.repeats = append(b.reversed, m), append(b.repeats, repeat)
	code, try := "", len(b.reversed)
	if b.reversal != nil {
		code = b.reversal(m, try)
	}
	b.mu.Unlock()
	switch code {
	case "":
		code = b.giveBack(m)
	case "-":
		return bank.Undo{Outcome: bank.UndoAgain}, bank.ErrUnknown
	}
	return bank.Undo{Outcome: bank.DefaultReversal(code), Code: code}, nil
}

func (b *bookBank) read(p bank.Packed) message {
	var m message
	if err := json.Unmarshal(p, &m); err != nil {
		panic(err)
	}
	return m
}

// book takes the money.
func (b *bookBank) book(m message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if m.Kind == bank.PreAuth {
		b.held[m.STAN] = m.Amount
		if m.Of != nil {
			b.raises[m.STAN] = b.read(m.Of).STAN
		}
		return
	}
	amount := m.Amount
	if m.Kind != bank.Debit {
		amount = -amount
	}
	b.booked[m.STAN] = amount
	b.moved -= amount
}

// giveBack reverses by the book.
func (b *bookBank) giveBack(m message) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if m.Kind == bank.PreAuth {
		delete(b.held, m.STAN)
		return "00"
	}
	amount, known := b.booked[m.STAN]
	if !known {
		return "25"
	}
	b.booked[m.STAN] = 0
	b.moved += amount
	return "00"
}

// requests returns what it was asked so far.
func (b *bookBank) requests() []message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.asked)
}

// completions returns the advices so far.
func (b *bookBank) completions() []message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.advised)
}

// reversals returns what it was to reverse so far.
func (b *bookBank) reversals() []message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.reversed)
}

// repeated returns whether each reversal so far said that it was a repeat.
func (b *bookBank) repeated() []bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.repeats)
}

func (b *bookBank) tries() int { b.mu.Lock(); defer b.mu.Unlock(); return len(b.reversed) }

// set changes the bank.
func (b *bookBank) set(fn func()) { b.mu.Lock(); defer b.mu.Unlock(); fn() }

// late returns an answer to m that nobody waits for.
func (m message) late(code string) bank.Late {
	return bank.Late{STAN: m.STAN, RRN: m.RRN, Code: code, Approved: code == "00", AuthID: "L00001", Settlement: "1124",
		Transmitted: m.At.UTC().Format("0102150405")}
}

// bankWorld returns a world whose bank keeps a book.
func bankWorld(t *testing.T) (*world, *bookBank) {
	t.Helper()
	b := newBookBank()
	return newWorld(t, func(w *world) { w.banks = map[string]acquirer.Bank{"icbc": b} }), b
}

// payByBank orders 45.00 and keys the PIN.
func (w *world) payByBank() string {
	w.t.Helper()
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 45 BANK")
	return w.last().Ref
}

// silence is a request that is booked, or not, and not answered.
func (b *bookBank) silence(booked bool) {
	b.set(func() {
		b.request = func(m message) (bank.Reply, error) {
			if booked {
				b.book(m)
			}
			return bank.Reply{}, bank.ErrUnknown
		}
	})
}

// says is a request that is answered so, and booked where that approves.
func (b *bookBank) says(code string) {
	b.set(func() {
		b.request = func(m message) (bank.Reply, error) {
			if code == "00" {
				b.book(m)
			}
			return bank.Reply{Approved: code == "00", Code: code, Reason: bank.ReasonOf(code)}, nil
		}
	})
}

// answersReversals sets the code of all reversals; "": by the book.
func (b *bookBank) answersReversals(code string) {
	b.set(func() { b.reversal = func(message, int) string { return code } })
}

// hostReverses hands over a reversal of the host's own.
func (w *world) hostReverses(name string, m bank.HostMessage) (taken bool) {
	w.t.Helper()
	taken, err := w.e.Banks().HostReversal(name, m)
	if err != nil {
		w.t.Error(err)
	}
	return taken
}

// shown is the payment of a reference.
func (w *world) shown(ref string) admin.PaymentView {
	w.t.Helper()
	p, err := w.e.Admin().Payment(w.t.Context(), ref)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// comes waits until the payment is in a state and its request in another.
func (w *world) comes(ref, state, request string) admin.PaymentView {
	w.t.Helper()
	var p admin.PaymentView
	w.until(ref+" to be "+state+", its request "+request, func() bool {
		var err error
		p, err = w.e.Admin().Payment(w.t.Context(), ref)
		return err == nil && p.State == state && p.Request != nil && p.Request.State == request
	})
	return p
}

// booksAgree compares the bank's book with ours.
func (w *world) booksAgree(b *bookBank) {
	w.t.Helper()
	b.mu.Lock()
	moved := b.moved
	b.mu.Unlock()
	cny, _ := money.Lookup("CNY")
	w.balance("bank:icbc", cny.Format(-moved), cny.Format(-moved))
	w.balance("merchant:8001", cny.Format(-moved), cny.Format(-moved))
}

// TestAnApprovalInTimeKeepsWhatProvesIt: completing, disputing and reconciling a
// payment need DE38 and DE15 of the answer, also after a restart. A copy of the
// answer that comes late changes neither.
func TestAnApprovalInTimeKeepsWhatProvesIt(t *testing.T) {
	t.Parallel()
	w, b := bankWorld(t)
	ref := w.payByBank()
	w.comes(ref, "done", "answered")
	w.e.Banks().LateAnswer("icbc", b.asked[0].late("00"))
	w.hasSaidAll()
	w.restart()
	r := w.shown(ref).Request
	if r.AuthID != "A00001" || r.Settlement != "1123" || r.Code != "00" || r.Answered != "2026-11-22T04:00:00Z" {
		t.Errorf("%+v", r)
	}
}
