package proof

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mpg/engine"
	"mpg/engine/acquirer"
	"mpg/engine/admin"
	"mpg/engine/ask"
	"mpg/engine/auth"
	lines "mpg/engine/bank"
	"mpg/engine/bank/filebank"
	"mpg/engine/bank/host"
	"mpg/engine/call"
	"mpg/engine/card"
	"mpg/engine/claim"
	"mpg/engine/intake"
	"mpg/engine/intent"
	"mpg/engine/lang"
	"mpg/engine/limit"
	"mpg/engine/local"
	"mpg/engine/merchant"
	"mpg/engine/module"
	"mpg/engine/module/moduletest"
	grammar "mpg/engine/order"
	"mpg/engine/pin"
	"mpg/engine/product"
	"mpg/engine/seal"
	"mpg/engine/staff"
	"mpg/engine/tariff"
	"mpg/smpp/pdu"
	"mpg/store"
	"mpg/store/bolt"
	"mpg/store/money"
)

// Settings of a rush.
const (
	rushPurse    = money.Amount(1_000_000_000)
	rushBank     = money.Amount(1_000_000_000_000)
	rushExpires  = 20 * time.Second
	rushCapture  = 3 * time.Second        // that a shop may take to say its amount
	rushDecide   = 100 * time.Millisecond // that a shop has to say whether it accepts a card order
	rushFirst    = money.Amount(1_100_00) // a first payment of more is asked about
	rushClaim    = 5 * time.Second        // and until the next minute, that money waits for a number
	rushTimeout  = 300 * time.Millisecond
	rushLines    = 64 // calls at once
	rushPatience = 10 * time.Minute
)

// rush is an engine in this process, over a store and over lines to a bank that are real, with
// an SMSC and phones that take no time. It has the world's people, shops, bank and journal.
type rush struct {
	*world
	store     store.Store
	engine    *engine.Engine
	links     map[string]link
	inbox     map[string]chan string
	shopTexts map[string]chan text  // by the shop's phone
	wishes    map[string]chan *wish // that people have heard of
	claims    chan string           // numbers for which money waits
	phones    map[string]*rushPhone
	seen      int // entries of the bank's journal that were read
}

// link is a line to a bank, or what writes its files.
type link interface {
	acquirer.Bank
	Run(ctx context.Context) error
}

// rushPhone is a subscriber's phone, which takes the next call as its owner has said.
type rushPhone struct {
	person
	mu   sync.Mutex
	keys []string // a PIN for each time that one is asked for; none: it is busy
}

// newRush opens the engine, and registers so many people and the shops.
func newRush(t *testing.T, people int) *rush {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), journal: newJournal(), set: settings{products: true, tariff: true, cards: true, split: true, whole: true, atBankOneIn: 3}}
	if err := os.Chmod(w.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	w.set.takesFiles(t, t.TempDir(), fileTimeout)
	w.currency, _ = money.Lookup(currencyCode)
	r := &rush{world: w, links: map[string]link{}, inbox: map[string]chan string{}, shopTexts: map[string]chan text{}, phones: map[string]*rushPhone{},
		wishes: map[string]chan *wish{}, claims: make(chan string, 1000)}
	var err error
	if w.bank, err = host.New(host.Config{}); err == nil {
		t.Cleanup(func() { _ = w.bank.Close() })
		w.courier = newCourier(t, w.bank, w.set.files)
		w.set.bank, err = w.bank.Listen("127.0.0.1:0")
	}
	if err == nil {
		r.store, err = bolt.Open(w.dir, bolt.Options{})
	}
	if err != nil {
		t.Fatal(err)
	}
	for i := range people {
		p := w.newcomer(i)
		w.people = append(w.people, p)
		r.inbox[p.Number], r.phones[p.Number], r.wishes[p.Number] = make(chan string, 100), &rushPhone{person: p}, make(chan *wish, 100)
	}
	w.shops = []shop{{"8001", "Bluebird Florist", "+8613900008001"}, {cheapShop, "City Parking", "+8613900008002"}, {"8003", "Power Bills", ""}, {fuelShop, "Blue Star Fuel", "+8613900008005"}}
	w.shops = append(w.shops, cardShops()...)
	w.shops = append(w.shops, shop{managedShop, "Corner Bakery", w.manager().Number}, shop{agentShop, "Corner Kiosk", w.agent().Number})
	for _, s := range w.shops {
		r.shopTexts[s.Phone] = make(chan text, 1000)
	}
	r.open()
	r.register()
	r.hire()
	return r
}

// open starts the engine and its lines to the banks, and ends both with the test.
func (r *rush) open() {
	r.t.Helper()
	run, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	ports := map[string]acquirer.Bank{}
	for _, name := range r.set.linked() {
		link, err := lines.Open(lines.Config{Name: name, Addr: r.set.bank, Timeout: rushTimeout, Window: 64,
			Reconnect: lines.Reconnect{BackoffMin: time.Millisecond, BackoffMax: 20 * time.Millisecond},
			OnLate:    func(late lines.Late) { r.engine.Banks().LateAnswer(name, late) },
			OnHost:    func(message lines.HostMessage) (bool, error) { return r.engine.Banks().HostReversal(name, message) }})
		if err != nil {
			r.t.Fatal(err)
		}
		r.links[name], ports[name] = link, link
	}
	writer, err := filebank.Open(filebank.Config{Name: fileBank, Folder: r.set.files, Timeout: fileTimeout, Every: fileEvery,
		OnLate: func(late lines.Late) error { return acquirer.RecordLate(r.engine.Banks(), fileBank, late) }})
	if err != nil {
		r.t.Fatal(err)
	}
	r.links[fileBank], ports[fileBank] = writer, writer
	if r.engine, err = engine.New(r.config(ports)); err == nil {
		err = r.engine.Start()
	}
	if err != nil {
		r.t.Fatal(err)
	}
	for _, link := range r.links {
		running.Go(func() { _ = link.Run(run) })
	}
	r.t.Cleanup(func() {
		r.engine.Close()
		stop()
		running.Wait()
		if err := r.store.Close(); err != nil {
			r.t.Error(err)
		}
	})
}

// config is that of the engine.
func (r *rush) config(ports map[string]acquirer.Bank) engine.Config {
	r.t.Helper()
	pinKey, err1 := pin.ParseKey(strings.Repeat("7", 64))
	sealKey, err2 := seal.ParseKey(strings.Repeat("5", 64), rand.Reader)
	products := []string{"mpurse", "mdebit", "mp2p", cardAtOnce, bankIn, bankOut, cashIn, cashOut}
	prices, err3 := tariff.Load([]tariff.File{{Name: tariffName, Text: tariffFile}}, tariff.Known{Products: products, Currency: r.currency})
	limits, err4 := limit.Load([]limit.File{{Name: limitsName, Text: limitsFile}}, limit.Known{Products: products, Currency: r.currency})
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		r.t.Fatal(err)
	}
	reversal := acquirer.Reversal{Retry: 20 * time.Millisecond, For: time.Second}
	if *mixedFlag >= mixedTurn { // nobody ends its doubts, which pile up and are asked about for ever
		reversal.Retry = 200 * time.Millisecond
	}
	return engine.Config{
		Store: r.store, Modules: []module.Module{moduletest.New(&moduletest.Products{TankFor: rushCapture})},
		Rules: engine.Rules{
			Rules: intent.Rules{
				Products: product.Settings{PINAbove: rushBank, PINFreeDay: rushBank, Tariff: prices, Limits: limits, Verticals: product.Verticals{Fuel: rushCapture},
					Cards: product.CardRules{Within: rushDecide, Split: true}},
				Expires: rushExpires, Repeat: time.Hour, Redelivery: time.Minute, UnreadPerHour: 1000, CallsPerOrder: 1000, CallsPerHour: 1_000_000,
				First: intent.First{Above: rushFirst}, Claim: claim.Rules{Expires: rushClaim, Open: 1000, PerNumber: 3}, Ask: ask.Rules{Expires: time.Hour, PerDay: 200, PerPair: 200, Open: 50},
			},
			CommandRules: admin.CommandRules{SecondWithin: time.Hour},
			BankWait:     time.Second, NoticeRetry: time.Millisecond,
			Reversals: map[string]acquirer.Reversal{bankName: reversal, otherBank: reversal, fileBank: reversal, moduletest.Power: reversal},
		},
		Place: local.Place{Currency: r.currency, Language: lang.EN, Zone: time.UTC}, Grammar: grammar.Grammar{Currency: r.currency, Country: "CN"},
		Ports: engine.Ports{SendSMS: r.deliver, Banks: ports, Call: r.call, Speaks: func(lang.Lang) bool { return true }},
		PIN:   pin.Config{Key: pinKey, Parallel: 2, Argon: pin.Argon{Passes: 1, Memory: 8, Lanes: 1}}, SealKey: sealKey, CallsMax: rushLines, Binds: []string{"main"}, ShortCode: shortCode,
		Code: func(_, code string) bool { return code == shortCode }, Now: time.Now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler),
		Broken: func(err error) { r.t.Errorf("the store is broken: %v", err) },
	}
}

// register has the operator register everybody, and opens the accounts at the bank.
func (r *rush) register() {
	r.t.Helper()
	var all sync.WaitGroup
	for _, p := range r.people {
		all.Go(func() {
			digits, _ := pin.Read([]byte(p.PIN))
			_, err1 := r.engine.Admin().AddUser(r.t.Context(), admin.Command{Key: "user " + p.Number}, admin.NewUser{Phone: p.Number, Name: lang.Name{EN: p.Name, ZH: p.NameZH},
				Lang: lang.Lang(p.Lang), PIN: &digits, Bank: p.Bank, BankAccount: p.Account})
			var err3 error
			if p.AtBank {
				_, err3 = r.engine.Admin().Limits.Set(r.t.Context(), admin.Command{Key: "set " + p.Number}, p.Number, admin.UserSetting{Receive: grammar.FromBank})
			}
			_, err2 := r.engine.Admin().TopUp(r.t.Context(), admin.Command{Key: "topup " + p.Number}, p.Number, rushPurse)
			if err := errors.Join(err1, err2, err3, r.bank.Open(host.Account{No: p.Account, Balance: rushBank, Currency: r.currency})); err != nil {
				r.t.Error(err)
			}
		})
		r.journal.TopUps[p.Number], r.journal.Accounts[p.Account], r.journal.Banks[p.Number] = rushPurse, p.Number, p.Bank
	}
	for _, s := range r.shops {
		wanted := admin.NewMerchant{Code: s.Code, Name: lang.Name{EN: s.Name}, Phone: s.Phone, Agent: s.Code == agentShop}
		if s.Code == fuelShop {
			wanted.Vertical = merchant.Fuel
		}
		if _, err := r.engine.Admin().AddMerchant(r.t.Context(), admin.Command{Key: "shop " + s.Code}, wanted); err != nil {
			r.t.Error(err)
		}
		if s.Phone != "" {
			r.journal.Shops[s.Code] = s.Phone
		}
	}
	if _, err := (admin.Agents{Service: r.engine.Admin()}).Fund(r.t.Context(), admin.Command{Key: "float"}, agentShop, rushPurse); err != nil {
		r.t.Error(err)
	}
	r.journal.TopUps[agentShop] = rushPurse
	all.Wait()
	for _, name := range r.set.banks() {
		eventually(r.t, readyMax, "a line to "+name, r.links[name].Up)
	}
	r.registerCards()
}

// registerCards gives everybody a card of their bank, if it issues cards, and has the shops take cards.
func (r *rush) registerCards() {
	r.t.Helper()
	for _, p := range r.people {
		if p.Token == "" {
			continue
		}
		r.journal.Accounts[p.Token] = p.Number
		err := r.bank.Open(r.cardAccount(p))
		if err == nil {
			_, err = r.engine.Admin().Cards.Add(r.t.Context(), admin.Command{Key: "card " + p.Number}, admin.NewCard{Phone: p.Number, Issuer: p.Bank, Token: p.Token,
				Last4: "1111", Scheme: "visa", Secret: card.Secret{Expires: "2099-12", Holder: "SOMEBODY"}})
		}
		if err != nil {
			r.t.Fatal(err)
		}
	}
	asked, later, accepts := true, string(merchant.Later), string(merchant.Accepts)
	for code, takes := range map[string]admin.ShopCards{laterShop: {Capture: &later}, askedShop: {Ask: &asked, Silence: &accepts}} {
		if _, err := r.engine.Admin().Cards.SetShop(r.t.Context(), admin.Command{Key: "cards " + code}, code, takes); err != nil {
			r.t.Fatal(err)
		}
	}
}

// deliver is the SMSC's: a text to a phone.
func (r *rush) deliver(_ context.Context, m engine.SMS, done func(engine.Sending)) error {
	r.journal.received(m.To, m.Text)
	done(engine.Accepted)
	says, _ := read(m.Text)
	if says == saidClaimFor {
		select {
		case r.claims <- m.To:
		default:
		}
	} else if made := r.wishOf(says, m); made != nil {
		select {
		case r.wishes[m.To] <- made:
		default:
		}
	} else if in := r.inbox[m.To]; in != nil {
		select {
		case in <- m.Text:
		default:
		}
	} else if says == saidReceived && r.shopTexts[m.To] != nil {
		select {
		case r.shopTexts[m.To] <- text{To: m.To, Text: m.Text}:
		default:
		}
	}
	return nil
}

// wishOf is the request for money that a text tells of, if it is the first time; nil: it is not.
func (r *rush) wishOf(says said, m engine.SMS) *wish {
	if says != saidAsked {
		return nil
	}
	return r.journal.heardWish(m.To, m.Text)
}

// hire gives the operator two clerks, who have logged in.
func (r *rush) hire() {
	r.t.Helper()
	for _, name := range []string{firstClerk, secondClerk} {
		result, err := r.engine.Admin().Staff.Change(r.t.Context(), admin.Command{Key: "hire " + name}, staff.Change{Kind: staff.Add, Name: name, Role: auth.Admin})
		var hired struct{ Code string }
		if err = errors.Join(err, json.Unmarshal(result, &hired)); err == nil {
			_, err = r.engine.Admin().Staff.Login(r.t.Context(), staff.Attempt{Name: name, UID: 1007, Password: []byte(hired.Code), New: []byte("the password of " + name)})
		}
		if err != nil {
			r.t.Fatal(err)
		}
	}
}

// by is a command of a clerk.
func by(clerk, key string) admin.Command {
	return admin.Command{Key: key, UID: 1007, Person: auth.Person{Name: clerk, Role: auth.Admin}}
}

// twice gives a command, and has the second clerk approve it if it takes two.
func (r *rush) twice(key string, give func(by admin.Command) (json.RawMessage, error)) error {
	result, err := give(by(firstClerk, key))
	var waits admin.Waiting
	if err == nil {
		err = json.Unmarshal(result, &waits)
	}
	if err == nil && waits.Approval != "" {
		_, err = r.engine.Admin().Approvals.Approve(r.t.Context(), by(secondClerk, "approve "+waits.Approval), waits.Approval, "seen")
	}
	return err
}

// text takes a text to the engine, and returns once it is acknowledged.
func (r *rush) text(from, words string) pdu.Status {
	acked := make(chan pdu.Status, 1)
	in := intake.Text{Via: "main", From: from, To: shortCode, Body: words, Kind: intake.Plain, Ack: func(took bool) func() bool {
		status := pdu.ROK
		if !took {
			status = pdu.RSysErr
		}
		acked <- status
		return func() bool { return true }
	}}
	for !r.engine.Receive(in) {
		time.Sleep(time.Millisecond) // the queue is full: the SMSC tries again
	}
	return <-acked
}

// call is the phone network.
func (r *rush) call(ctx context.Context, c call.Call) call.Report {
	h := r.phones[c.To]
	h.mu.Lock()
	keys := h.keys
	h.keys = nil
	h.mu.Unlock()
	if len(keys) == 0 {
		return call.Report{End: call.EndBusy, SIP: 486}
	}
	c.OnAnswer()
	for i := 0; i < len(c.Steps); {
		var digits *pin.PIN
		if c.Steps[i].Want == call.WantPIN {
			if len(keys) == 0 {
				break
			}
			keyed, _ := pin.Read([]byte(keys[0]))
			digits, keys = &keyed, keys[1:]
		}
		switch said := c.OnInput(context.WithoutCancel(ctx), c.Steps[i].Name, digits); said.Do {
		case call.HangUp:
			return call.Report{End: call.EndFinished, Answered: true, SIP: 200}
		case call.GoOn:
			i++
		case call.AskAgain:
		}
	}
	return call.Report{End: call.EndHungUp, Answered: true, SIP: 200}
}

// payments returns all payments of the ledger.
func (r *rush) payments() ([]payment, error) {
	var all []payment
	for view, err := range r.engine.Admin().Payments(r.t.Context()) {
		if err != nil {
			return nil, err
		}
		var p payment
		if err := recast(view, &p); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// recast reads what the operator's API would show into v.
func recast(shown, v any) error {
	b, err := json.Marshal(shown)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}

// read reads the books. There is no view: what it would list is what the ledger has.
func (r *rush) read() (books, error) {
	var b books
	ctx := r.t.Context()
	all, err := r.payments()
	if err != nil {
		return b, err
	}
	b.Payments = all
	for _, p := range slices.Backward(all) {
		b.Listed = append(b.Listed, p.listed(all))
	}
	for view, err := range r.engine.Admin().Users(ctx) {
		var u user
		if err = errors.Join(err, recast(view, &u)); err != nil {
			return b, err
		}
		b.Users = append(b.Users, u)
	}
	show := func(name string) (a account) { // some are opened by the first payment that needs them
		view, err1 := r.engine.Admin().Account(ctx, name)
		if !errors.Is(err1, admin.ErrNotOpened) {
			err = errors.Join(err, err1, recast(view, &a))
		}
		return a
	}
	b.Float, b.Fees, b.Tax = show("float"), show("fees"), show("tax")
	for _, name := range r.set.banks() {
		b.Banks = append(b.Banks, show("bank:"+name))
		if transit := show("transit:" + name); transit.Account != "" {
			b.Transits = append(b.Transits, transit)
		}
	}
	for _, name := range r.set.banks() {
		if view, err := r.engine.Admin().Account(ctx, "card:"+name); err == nil { // the first order by card opens it
			var cards account
			if err := recast(view, &cards); err != nil {
				return b, err
			}
			b.Banks = append(b.Banks, cards)
		}
	}
	for _, p := range r.people {
		b.Accounts = append(b.Accounts, show("purse:"+p.Number))
	}
	for _, number := range r.journal.late() {
		b.Accounts = append(b.Accounts, show("purse:"+number))
	}
	for _, s := range r.shops {
		b.Accounts = append(b.Accounts, show("merchant:"+s.Code))
		if view, err := r.engine.Admin().Account(ctx, "receivable:"+s.Code); err == nil { // the first chargeback that the shop cannot pay opens it
			var owed account
			if err := recast(view, &owed); err != nil {
				return b, err
			}
			b.Owed = append(b.Owed, owed)
		}
	}
	b.Waiting = show("unclaimed")
	return b, errors.Join(err, r.verify(&b.Verify))
}

// verify verifies the store, and its books against the documents.
func (r *rush) verify(v *verified) error {
	found, err := r.engine.Admin().Verify(r.t.Context())
	v.Faults = slices.Concat(found.Faults, found.Audit.Faults)
	v.Sound, v.Outbox = len(v.Faults) == 0, found.Rows
	for _, trial := range found.Trial {
		v.Holds += trial.Holds
		v.Trial = append(v.Trial, struct{ Currency, Debits, Credits, Held string }{trial.Currency, r.currency.Format(trial.Debits),
			r.currency.Format(trial.Credits), r.currency.Format(trial.HeldDebits)})
	}
	return err
}
