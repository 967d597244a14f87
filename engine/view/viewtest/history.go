package viewtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"mpg/engine/approval"
	"mpg/engine/codec"
	"mpg/engine/lang"
	"mpg/engine/merchant"
	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/ref"
	"mpg/engine/staff"
	"mpg/engine/user"
	"mpg/store"
	"mpg/store/money"
)

// History writes the records of an operator's life into a store, as the engine would, but
// without one: a million payments in a minute, and any order of events.
type History struct {
	Refs ref.Namer

	books  store.Store
	now    time.Time
	random *rand.Rand

	payments, requests, refusals, commands uint64
	people                                 []person
	shops                                  []merchant.Merchant
	shopAt                                 []uint64 // versions of their documents
	open                                   []underway
	paid                                   []*payment.Payment // to shops, some of the last
	unsent                                 []store.RowID
	waiting                                []approval.Approval
	cmds                                   []store.Cmd   // not applied yet
	refused                                staff.Event   // logins of an hour
	claim                                  payment.Claim // the last
}

// person is a subscriber and the version of the document.
type person struct {
	user.User
	version uint64
}

// underway is a payment that has not ended, and what is written of it.
type underway struct {
	*payment.Payment
	version uint64
	request *payment.Request // that the bank has not answered
}

// Accounts of a History.
const (
	float store.AccountID = 1
	bank  store.AccountID = 2
	purse store.AccountID = 1 << 32
	shop  store.AccountID = 2 << 32
)

// cmdsAtOnce is how many steps are applied together, where nothing waits for them.
const cmdsAtOnce = 4096

// NewHistory opens the accounts of that many people and shops, and fills the purses.
func NewHistory(ctx context.Context, books store.Store, people, shops int, seed uint64) (*History, error) {
	h := &History{Refs: ref.New([]byte("a secret of the tests")), books: books, now: time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC),
		random: rand.New(rand.NewPCG(seed, seed))}
	h.add(store.Cmd{Opens: []store.Open{{ID: float, Kind: store.Asset, Currency: "CNY"}, {ID: bank, Kind: store.Asset, Currency: "CNY"}},
		Writes: []store.Write{writeOf(40, "float", 0, &account{float}), writeOf(40, "bank:icbc", 0, &account{bank})}})
	for i := range shops {
		m := merchant.Merchant{Code: fmt.Sprint(100000 + i), Name: lang.Name{EN: fmt.Sprintf("SHOP %d", i), ZH: "店"}, Phone: fmt.Sprintf("+86139%08d", i), Account: shop + store.AccountID(i), Created: h.now}
		h.shops, h.shopAt = append(h.shops, m), append(h.shopAt, 1)
		h.add(store.Cmd{Opens: []store.Open{{ID: m.Account, Kind: store.Liability, Currency: "CNY"}}, Writes: []store.Write{writeOf(merchant.Table, m.Code, 0, &m)}})
	}
	for i := range people {
		u := user.User{No: uint64(i + 1), Phone: fmt.Sprintf("+86138%08d", i), Name: lang.Name{EN: fmt.Sprintf("Person %d", i)}, Lang: lang.EN, State: user.Active,
			Purse: purse + store.AccountID(i+1), Created: h.now}
		h.people = append(h.people, person{u, 1})
		h.add(store.Cmd{Opens: []store.Open{{ID: u.Purse, Kind: store.Liability, Currency: "CNY"}}, Writes: []store.Write{writeOf(user.Table, payment.Key(u.No), 0, &u)}})
	}
	for i := range h.people {
		h.TopUp(i, 1_000_000_00)
	}
	return h, h.Apply(ctx)
}

// account is a document of the names of accounts, table 40.
type account struct {
	Account store.AccountID `cbor:"1,keyasint"`
}

// command is a document of the operator's commands, table 9.
type command struct {
	Body   string       `cbor:"1,keyasint"`
	Result []byte       `cbor:"2,keyasint"`
	UID    uint32       `cbor:"3,keyasint"`
	At     string       `cbor:"4,keyasint"`
	Name   string       `cbor:"5,keyasint"`
	Object string       `cbor:"6,keyasint"`
	Amount money.Amount `cbor:"7,keyasint,omitempty"`
	Reason string       `cbor:"8,keyasint,omitempty"`
	Person string       `cbor:"9,keyasint,omitempty"`

	Approval string `cbor:"10,keyasint,omitempty"`
	Checker  string `cbor:"11,keyasint,omitempty"`
}

// writeOf returns the write of a record.
func writeOf(table store.Table, key string, version uint64, record any) store.Write {
	data, err := codec.Encode(record)
	if err != nil {
		panic(err) // a type that cannot be encoded
	}
	return store.Write{Table: table, Key: key, Expect: version, Data: data}
}

// add appends a step.
func (h *History) add(cmd store.Cmd) {
	h.now = h.now.Add(time.Duration(1+h.random.IntN(2000)) * time.Millisecond)
	for i := range cmd.ID {
		cmd.ID[i] = byte(h.random.Uint32())
	}
	cmd.ID[0] |= 1 // never zero
	cmd.At = h.now
	h.cmds = append(h.cmds, cmd)
}

// Apply applies the steps that were added.
func (h *History) Apply(ctx context.Context) error {
	for cmds := range slices.Chunk(h.cmds, cmdsAtOnce) {
		results, err := h.books.Apply(ctx, h.books.Epoch(), cmds)
		if err != nil {
			return err
		}
		for _, r := range results {
			if r.Refusal != store.None {
				return errors.New("viewtest: refused: " + r.Refusal.String())
			}
			for _, row := range r.Rows {
				h.unsent = append(h.unsent, row.ID)
			}
		}
	}
	h.cmds = h.cmds[:0]
	return nil
}

// Now returns the time of the last record.
func Now(h *History) time.Time { return h.now }

// Pass lets time pass in which nothing happens.
func Pass(h *History, span time.Duration) { h.now = h.now.Add(max(0, span)) }

// Pay makes that many payments without a call, each of which is one step, and has their
// texts sent.
func (h *History) Pay(ctx context.Context, payments int) error {
	for range payments {
		h.pay(h.random.IntN(len(h.people)), h.random.IntN(len(h.shops)))
		if len(h.cmds) >= cmdsAtOnce {
			if err := h.settle(ctx); err != nil {
				return err
			}
		}
	}
	return h.settle(ctx)
}

// settle applies what was added, and marks all texts as sent.
func (h *History) settle(ctx context.Context) error {
	if err := h.Apply(ctx); err != nil {
		return err
	}
	h.Send(len(h.unsent))
	return h.Apply(ctx)
}

// Send marks that many texts as sent.
func (h *History) Send(texts int) {
	for rows := range slices.Chunk(h.unsent[:texts], 64) {
		h.add(store.Cmd{Done: slices.Clone(rows)})
	}
	h.unsent = h.unsent[texts:]
}

// newPayment returns a payment that was just ordered.
func (h *History) newPayment(plan payment.Plan, payer, payee payment.Party, amount money.Amount) *payment.Payment {
	h.payments++
	return &payment.Payment{No: h.payments, Ref: h.Refs.Ref(h.payments), Plan: plan, Payer: payer, Payee: payee,
		Amounts: payment.Amounts{Ordered: amount, Charged: amount, Received: amount, Currency: "CNY"},
		Route:   payment.Route{Lang: lang.EN, Via: "main", Code: "8888"}, Date: "2026-11-22", Deadline: h.now.Add(5 * time.Minute)}
}

// next moves p on.
func (h *History) next(p *payment.Payment, event payment.EventKind, reason payment.Reason, request uint64) {
	if _, err := payment.Next(p, payment.Event{Kind: event, Reason: reason, At: h.now, Request: request}); err != nil {
		panic(fmt.Sprintf("viewtest: %s in %s: %v", event, p.State, err)) // a mistake here
	}
}

// party returns a person as a side of a payment.
func (p *person) party() payment.Party {
	return payment.Party{User: p.No, Phone: p.Phone, Name: p.Name}
}

// shopParty returns a shop as a side of a payment.
func shopParty(m *merchant.Merchant) payment.Party {
	return payment.Party{Code: m.Code, Phone: m.Phone, Name: m.Name}
}

// saveUser returns the write of a person's document.
func (h *History) saveUser(i int) store.Write {
	p := &h.people[i]
	p.version++
	return writeOf(user.Table, payment.Key(p.No), p.version-1, &p.User)
}

// receipts returns the texts to both sides.
func receipts(p *payment.Payment, texts ...lang.Key) []store.Row {
	var rows []store.Row
	for i, side := range []payment.Party{p.Payer, p.Payee}[:len(texts)] {
		n := notice.Notice{Medium: notice.SMS, Via: "main", From: "8888", To: side.Phone, Lang: lang.EN, Text: texts[i], Args: notice.About(p)}
		row, err := n.Row()
		if err != nil {
			panic(err) // a type that cannot be encoded
		}
		rows = append(rows, row)
	}
	return rows
}

// pay makes a payment without a call.
func (h *History) pay(who, where int) {
	amount := money.Amount(100 + h.random.IntN(20_000))
	payer := &h.people[who]
	leg := payment.Leg{From: payer.Purse, To: h.shops[where].Account, Amount: amount, Code: payment.CodePay, PostedAt: payment.AtConfirm}
	p := h.newPayment(payment.Plan{Product: payment.MPurse, Legs: []payment.Leg{leg}, PINExempt: true, Notice: payment.NoticeVersion}, payer.party(), shopParty(&h.shops[where]), amount)
	h.next(p, payment.Ordered, "", 0)
	payer.Latest = p.No
	payer.Enter(user.Entry{Ref: p.Ref, At: h.now, Amount: -amount, Currency: "CNY", Party: p.Payee.Shown()})
	write := writeOf(payment.Table, payment.Key(p.No), 0, p)
	write.Mode = store.Archive
	h.add(store.Cmd{Writes: []store.Write{write, h.saveUser(who)}, Outbox: receipts(p, lang.PaidPurse, lang.ReceivedMerchant),
		Transfers: []store.Transfer{{Op: store.Post, Code: payment.CodePay, Debit: leg.From, Credit: leg.To, Amount: amount, Ref: p.No}}})
	if h.paid = append(h.paid, p); len(h.paid) > 100 {
		h.paid = h.paid[50:]
	}
}
