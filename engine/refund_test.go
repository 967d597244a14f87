package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"mpg/engine/acquirer"
	"mpg/engine/admin"
	"mpg/engine/bank/host"
	"mpg/engine/books"
	"mpg/engine/codec"
	"mpg/engine/lang"
	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/store"
	"mpg/store/money"
)

// refund has the shop of a payment pay it back.
func (w *world) refund(key, ref string, amount money.Amount) (admin.PaymentView, error) {
	w.t.Helper()
	result, err := w.e.Admin().Refund(context.Background(), admin.Command{Key: key, UID: 7}, admin.Refund{Ref: ref, Amount: amount, Reason: "sold out"})
	if err != nil {
		return admin.PaymentView{}, err
	}
	return w.payment(result), nil
}

// TestRefundToThePurse: in parts, up to what was paid, each by a payment of its own.
func TestRefundToThePurse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 128.50")
	w.expect(wang, "you paid")
	first := w.last()
	w.forget()
	back, err := w.refund("r1", first.Ref, 2850)
	if err != nil {
		t.Fatal(err)
	}
	if back.Outcome != "paid" || back.Of != first.Ref || back.Payer != "8001" || back.Payee != wang || back.By == nil || back.By.UID != 7 || back.Why != "sold out" {
		t.Errorf("%+v", back)
	}
	w.expect(wang, back.Ref, "BLUEBIRD FLORIST refunded CNY 28.50 of "+first.Ref, "Balance CNY 400.00")
	w.expect(shop, back.Ref, "28.50", first.Ref)
	if again, err := w.refund("r1", first.Ref, 2850); err != nil || again.Ref != back.Ref || !again.Repeat {
		t.Errorf("the same key again: %+v %v", again, err)
	}
	if _, err := w.refund("r2", first.Ref, 10001); !errors.Is(err, admin.ErrOverRefund) {
		t.Errorf("more than is left: %v", err)
	}
	if p := w.shown(first.Ref); p.Returned != "28.50" || p.Outcome != "paid" {
		t.Errorf("%+v", p)
	}
	rest, err := w.refund("r3", first.Ref, 0)
	if err != nil || rest.Amount != "100.00" {
		t.Fatalf("all that is left: %+v %v", rest, err)
	}
	if _, err := w.refund("r4", first.Ref, 0); !errors.Is(err, admin.ErrRefunded) {
		t.Errorf("a third refund: %v", err)
	}
	if _, err := w.refund("r5", rest.Ref, 0); !errors.Is(err, admin.ErrNotRefundable) {
		t.Errorf("a refund of a refund: %v", err)
	}
	if _, err := w.refund("r6", w.topUp("t9", 100), 0); !errors.Is(err, admin.ErrNotRefundable) {
		t.Errorf("a refund of a top-up: %v", err)
	}
	w.balance("merchant:8001", "0.00", "0.00")
	w.balance("purse:"+wang, "501.00", "501.00")
}

// TestRefundOfWhatIsNotThere: a shop whose account is short, or that was not paid, refunds
// nothing, and the sum of its refunds stays what it was.
func TestRefundOfWhatIsNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answers(wang, phone{keys: []string{pinOne}}, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 10")
	w.expect(wang, "you paid")
	first := w.last()
	w.refuses(func(c store.Cmd) store.Refusal {
		if len(c.Transfers) > 0 && c.Transfers[0].Code == payment.CodeRefund {
			return store.RefusedFunds
		}
		return store.None
	})
	if _, err := w.refund("r1", first.Ref, 0); !errors.Is(err, admin.ErrShopShort) {
		t.Errorf("a shop that is short: %v", err)
	}
	w.refuses(nil)
	if p := w.shown(first.Ref); p.Returned != "" {
		t.Errorf("refused, and %s counts as refunded", p.Returned)
	}
	w.text(wang, "PAY 8001 7 BANK")
	second := w.last()
	w.until("the bank", func() bool { return w.shown(second.Ref).State == "done" })
	if _, err := w.refund("r2", second.Ref, 0); !errors.Is(err, admin.ErrNotRefundable) {
		t.Errorf("a refund of what was not paid: %v", err)
	}
	w.balance("merchant:8001", "10.00", "10.00")
}

// TestRefundToTheBank: what a bank paid goes back into the account there; what that bank
// does not accept goes to the purse, and until it answers, the money is in transit.
func TestRefundToTheBank(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		bank            func(b *bookBank)
		outcome         string
		purse, icbcOwes string
		told            string
	}{
		"it takes it":  {func(*bookBank) {}, "paid", "500.00", "25.00", "to your bank account"},
		"it declines":  {func(b *bookBank) { b.says("14") }, "returned", "520.00", "45.00", "to your purse. Balance CNY 520.00"},
		"it is silent": {func(b *bookBank) { b.silence(true) }, "returned", "520.00", "45.00", "to your purse. Balance CNY 520.00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, b := bankWorld(t)
			first := w.payByBank()
			w.comes(first, "done", "answered")
			w.forget()
			tt.bank(b)
			back, err := w.refund("r1", first, 2000)
			if err != nil {
				t.Fatal(err)
			}
			w.until("the end", func() bool { return w.shown(back.Ref).Outcome == tt.outcome })
			w.expect(wang, back.Ref, "BLUEBIRD FLORIST refunded CNY 20.00 of "+first, tt.told)
			w.expect(shop, back.Ref, "20.00", first)
			w.balance("purse:"+wang, tt.purse, tt.purse)
			w.balance("merchant:8001", "25.00", "25.00")
			w.balance("bank:icbc", tt.icbcOwes, tt.icbcOwes)
			w.balance("transit:icbc", "0.00", "0.00")
			if n := w.count(wang, back.Ref) + w.count(shop, back.Ref); n != 2 {
				t.Errorf("%d texts about one refund: %q", n, w.written())
			}
			b.mu.Lock()
			if cny, _ := money.Lookup("CNY"); cny.Format(-b.moved) != tt.icbcOwes {
				t.Errorf("the bank's book says %s", cny.Format(-b.moved))
			}
			b.mu.Unlock()
			if p := w.shown(first); p.Returned != "20.00" {
				t.Errorf("%+v", p)
			}
			w.text(wang, "LAST")
			w.expect(wang, "Last: ", "CNY +20.00 from BLUEBIRD FLORIST, "+back.Ref)
		})
	}
}

// TestABankKnowsWhatIsRefunded: over ISO 8583 and over HTTP, each refund names the payment, so
// that a bank which takes no other returns takes it, up to what it had paid.
func TestABankKnowsWhatIsRefunded(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(*testing.T, time.Duration) (*world, *host.Host){"ISO 8583": hostWorld, "HTTP": httpWorld} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, h := open(t, time.Minute)
			first := w.payByBank()
			w.until("the payment", func() bool { return w.shown(first).Outcome == "paid" })
			for i, amount := range []money.Amount{2000, 2500} {
				back, err := w.refund(fmt.Sprint("r", i), first, amount)
				if err != nil {
					t.Fatal(err)
				}
				w.until("the refund", func() bool { return w.shown(back.Ref).Outcome == "paid" })
			}
			if left, _ := h.Balance(payerAccount); left != hostFunds {
				t.Errorf("%d is in the account, want %d", left, hostFunds)
			}
		})
	}
}

// TestARefundOfWhatTheBankGoesBackOn: a bank that reverses by itself what it had paid has given
// the customer the money. The shop gives it back only once people have said that the bank has
// not.
func TestARefundOfWhatTheBankGoesBackOn(t *testing.T) {
	t.Parallel()
	w, b := bankWorld(t)
	first := w.payByBank()
	w.comes(first, "done", "answered")
	w.hostReverses("icbc", b.requests()[0].undone())
	w.comes(first, "done", "disputed")
	if _, err := w.refund("r1", first, 0); !errors.Is(err, admin.ErrDisputed) {
		t.Errorf("refunded while it is disputed: %v", err)
	}
	w.manages()
	w.text(shop, "REFUND "+first)
	w.expect(shop, lang.SMS(lang.EN, lang.CannotDo, lang.Args{}))
	if n := len(b.requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
	w.balance("merchant:8001", "45.00", "45.00")
	if _, err := w.e.Admin().Resolve(context.Background(), admin.Command{Key: "k1"}, first, acquirer.ResolvedPaid, "their statement"); err != nil {
		t.Fatal(err)
	}
	back, err := w.refund("r2", first, 0)
	if err != nil {
		t.Fatal(err)
	}
	w.until("the refund", func() bool { return w.shown(back.Ref).Outcome == "paid" })
}

// TestRefundWhileTheBankIsAway: the operator is told, instead of the money going elsewhere.
func TestRefundWhileTheBankIsAway(t *testing.T) {
	t.Parallel()
	w, b := bankWorld(t)
	first := w.payByBank()
	w.comes(first, "done", "answered")
	b.set(func() { b.down = true })
	if _, err := w.refund("r1", first, 0); !errors.Is(err, admin.ErrBankDown) {
		t.Fatal(err)
	}
	b.set(func() { b.down = false })
	if _, err := w.refund("r1", first, 0); err != nil {
		t.Fatal(err)
	}
	w.until("the end", func() bool { return w.shown(w.last().Ref).Outcome == "paid" })
	w.balance("merchant:8001", "0.00", "0.00")
	w.balance("bank:icbc", "0.00", "0.00")
}

// TestRefundsRace: of concurrent refunds no more succeed than the payment allows.
func TestRefundsRace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answers(wang, phone{keys: []string{pinOne}}, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 100")
	w.expect(wang, "you paid CNY 100.00")
	first := w.last()
	w.text(wang, "PAY 8001 50") // so that the shop's account is not what limits them
	w.expect(wang, "you paid CNY 50.00")
	var done sync.WaitGroup
	var mu sync.Mutex
	paid := 0
	for i := range 20 {
		done.Go(func() {
			_, err := w.refund(fmt.Sprintf("r%d", i), first.Ref, 1500)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				paid++
			case !errors.Is(err, admin.ErrOverRefund):
				t.Error(err)
			}
		})
	}
	done.Wait()
	if p := w.shown(first.Ref); paid != 6 || p.Returned != "90.00" {
		t.Errorf("%d refunds of 15.00, together %s", paid, p.Returned)
	}
	w.balance("merchant:8001", "60.00", "60.00")
}

// TestRefundOfAClosedBank: once its bank is no longer configured, the money goes to the
// purse.
func TestRefundOfAClosedBank(t *testing.T) {
	t.Parallel()
	w, _ := bankWorld(t)
	first := w.payByBank()
	w.comes(first, "done", "answered")
	w.close()
	w.banks = map[string]acquirer.Bank{}
	w.open()
	back, err := w.refund("r1", first, 0)
	if err != nil || back.Outcome != "paid" {
		t.Fatalf("%+v %v", back, err)
	}
	w.balance("purse:"+wang, "545.00", "545.00")
	w.balance("bank:icbc", "45.00", "45.00")
}

// TestRefundsThatTheBooksRefuse: nothing moves, nothing counts as refunded, and the
// command works once what was closed is open again.
func TestRefundsThatTheBooksRefuse(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		order   string
		account func(w *world) string
		limit   store.Limit
		refusal store.Refusal
	}{
		"the shop is closed":            {"PAY 8001 10", func(*world) string { return "merchant:8001" }, store.Limit{Closed: true}, store.RefusedClosed},
		"the shop is closed, to a bank": {"PAY 8001 10 BANK", func(*world) string { return "merchant:8001" }, store.Limit{Closed: true}, store.RefusedClosed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, b := bankWorld(t)
			w.answers(wang, phone{keys: []string{pinOne}})
			w.text(wang, tt.order)
			first := w.last().Ref
			w.until("the receipt", func() bool { return w.shown(first).Outcome == "paid" })
			asked := len(b.requests())
			set := func(id byte, limit store.Limit) {
				limit.Account = map[bool]store.AccountID{true: books.Merchant("8001"), false: books.Purse(1)}[tt.account(w) == "merchant:8001"]
				res, err := w.store.Apply(context.Background(), w.store.Epoch(), []store.Cmd{{ID: store.ID{id}, At: w.clock(), Limits: []store.Limit{limit}}})
				if err != nil || res[0].Refusal != store.None {
					t.Fatalf("%v %v", res, err)
				}
			}
			set(9, tt.limit)
			if _, err := w.refund("r1", first, 0); tx.RefusalOf(err) != tt.refusal {
				t.Errorf("refused: %v", err)
			}
			if p := w.shown(first); p.Returned != "" || len(b.requests()) != asked {
				t.Errorf("refused, and %q counts as refunded, and the bank was asked %d times", p.Returned, len(b.requests())-asked)
			}
			w.balance("merchant:8001", "10.00", "10.00")
			set(8, store.Limit{})
			if _, err := w.refund("r1", first, 0); err != nil {
				t.Error(err)
			}
			w.until("the end", func() bool { return w.last().Outcome == "paid" })
			w.balance("merchant:8001", "0.00", "0.00")
			w.balance("purse:"+wang, "500.00", "500.00")
			w.balance("bank:icbc", "0.00", "0.00")
		})
	}
}

// TestWhereARefundComesFrom: the shop's own account, then what is held back of its money, and
// what it will owe only if two people say so.
func TestWhereARefundComesFrom(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		held       money.Amount // that is held back of the 100.00
		taken      money.Amount // that has been settled
		receivable bool
		err        string
		want       map[string]string
	}{
		"its own account":          {want: map[string]string{"merchant:8001": "20.00"}},
		"held money":               {held: 9000, want: map[string]string{"merchant:8001": "0.00", "held:8001": "20.00"}},
		"not enough of either":     {held: 3000, taken: 7000, err: "it is 50.00 CNY short"},
		"nothing at all":           {taken: 10000, err: "it is 80.00 CNY short"},
		"what it will owe":         {held: 3000, taken: 6000, receivable: true, want: map[string]string{"merchant:8001": "0.00", "held:8001": "0.00", "receivable:8001": "40.00"}},
		"it need not owe anything": {receivable: true, want: map[string]string{"merchant:8001": "20.00"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			first := w.shopPaid("100")
			w.twoPeople()
			if tt.held > 0 {
				w.moves(books.Merchant("8001"), w.openAccount("held:8001"), tt.held)
			}
			if tt.taken > 0 {
				w.moves(books.Merchant("8001"), w.named(books.Float), tt.taken)
			}
			in := admin.Refund{Ref: first, Amount: 8000, Reason: "sold out", Receivable: tt.receivable}
			if tt.err != "" {
				_, err := w.e.Admin().Refund(context.Background(), admin.Command{Key: "r1"}, in)
				if !errors.Is(err, admin.ErrShopShort) || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("refused: %v, want %s", err, tt.err)
				}
				if p := w.shown(first); p.Returned != "" {
					t.Errorf("refused, and %q counts as refunded", p.Returned)
				}
				return
			}
			give := func(by admin.Command) (json.RawMessage, error) {
				return w.e.Admin().Refund(context.Background(), by, in)
			}
			if tt.receivable {
				w.approved("r1", give)
			} else if _, err := give(admin.Command{Key: "r1"}); err != nil {
				t.Fatal(err)
			}
			owed := ""
			for account, want := range tt.want {
				w.balance(account, want, want)
				if account == "receivable:8001" {
					owed = "其中" + want + "元记为贵店欠款"
				}
			}
			w.balance("purse:"+wang, "480.00", "480.00")
			w.expect(shop, "退款80.00元", first, owed)
		})
	}
}

// openAccount opens an account of the operator's that a later module uses.
func (w *world) openAccount(name string) store.AccountID {
	w.t.Helper()
	const id store.AccountID = 1 << 20 // above those that the engine has counted
	data, err := codec.Encode(map[int]store.AccountID{1: id})
	if err != nil {
		w.t.Fatal(err)
	}
	res, err := w.store.Apply(context.Background(), w.store.Epoch(), []store.Cmd{{ID: store.ID{0xEC}, At: w.clock(),
		Opens: []store.Open{{ID: id, Kind: store.Liability, Currency: "CNY"}}, Writes: []store.Write{{Table: books.NamesTable, Key: name, Data: data}}}})
	if err != nil || res[0].Refusal != store.None {
		w.t.Fatal(res, err)
	}
	return id
}

// TestReceivableTakesTwoPeople: with one, nothing is owed.
func TestReceivableTakesTwoPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.shopPaid("10")
	w.drains("8001", 400)
	_, err := w.e.Admin().Refund(context.Background(), admin.Command{Key: "r1"}, admin.Refund{Ref: first, Reason: "sold out", Receivable: true})
	if !errors.Is(err, admin.ErrTwoNeeded) {
		t.Error(err)
	}
	w.balance("merchant:8001", "6.00", "6.00")
}

// TestWherePurseMoneyGoes: back into the purse whatever its ceiling, and if it is closed, to
// the account of unclaimed money, where the operator finds it.
func TestWherePurseMoneyGoes(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		bank             bool // paid, and will not take its money back
		byText           bool
		limit            store.Limit
		purse, unclaimed string
		told             string
	}{
		"at its ceiling":              {limit: store.Limit{Ceiling: 1}, purse: "496.00", told: "to your purse. Balance CNY 496.00"},
		"at its ceiling, by text":     {byText: true, limit: store.Limit{Ceiling: 1}, purse: "496.00", told: "to your purse. Balance CNY 496.00"},
		"at its ceiling, from a bank": {bank: true, limit: store.Limit{Ceiling: 1}, purse: "506.00", told: "to your purse. Balance CNY 506.00"},
		"closed":                      {limit: store.Limit{Closed: true}, purse: "490.00", unclaimed: "6.00", told: "Your purse is closed"},
		"closed, by text":             {byText: true, limit: store.Limit{Closed: true}, purse: "490.00", unclaimed: "6.00", told: "Your purse is closed"},
		"closed, from a bank":         {bank: true, limit: store.Limit{Closed: true}, purse: "500.00", unclaimed: "6.00", told: "Your purse is closed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, b := bankWorld(t)
			w.manages()
			order := "PAY 8001 10"
			if tt.bank {
				order += " BANK"
			}
			w.answers(wang, phone{keys: []string{pinOne}})
			w.text(wang, order)
			first := w.last().Ref
			w.until("the payment", func() bool { return w.shown(first).Outcome == "paid" })
			b.says("14")
			tt.limit.Account = books.Purse(1)
			w.limit(tt.limit)
			w.forget()
			if tt.byText {
				w.answers(shop, phone{keys: []string{pinShop}})
				w.text(shop, "REFUND "+first+" 6")
			} else if _, err := w.refund("r1", first, 600); err != nil {
				t.Fatal(err)
			}
			w.expect(wang, "refunded CNY 6.00 of "+first, tt.told)
			w.until("the end", func() bool { return w.last().State == "done" })
			w.balance("purse:"+wang, tt.purse, tt.purse)
			w.balance("merchant:8001", "4.00", "4.00")
			list, err := admin.Unclaimed{Reader: w.e.Admin().Reader}.List(t.Context(), admin.Page{Limit: 10})
			if err != nil || len(list.Items) != map[bool]int{true: 1}[tt.unclaimed != ""] {
				t.Fatalf("%+v %v", list, err)
			}
			if tt.unclaimed != "" {
				w.balance(books.Unclaimed, tt.unclaimed, tt.unclaimed)
				if one := list.Items[0]; one.Amount != tt.unclaimed || one.Number != wang || one.Ref != w.last().Ref {
					t.Errorf("%+v", one)
				}
			}
		})
	}
}
