package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"testing"
	"time"

	"mpg/engine/acquirer"
	"mpg/engine/admin"
	"mpg/engine/bank"
	"mpg/engine/books"
	"mpg/engine/merchant"
	"mpg/store/money"
)

// comesTo waits until a payment is in one of the states, and returns it.
func (w *world) comesTo(ref string, states ...string) string {
	w.t.Helper()
	state := ""
	w.until(fmt.Sprint("one of ", states), func() bool {
		state = w.shown(ref).State
		return slices.Contains(states, state)
	})
	return state
}

// lateTaking has the issuer take the money at the first completion, and answer the next.
func (b *bookBank) lateTaking() {
	b.does(func(m message, _ int) (bank.Reply, error) {
		b.mu.Lock()
		_, known := b.booked[m.STAN]
		b.mu.Unlock()
		if !known {
			b.complete(m)
			return bank.Reply{}, bank.ErrUnknown
		}
		return bank.Reply{}, nil
	})
}

// TestPowerIsLostInACardOrder at each commit, before and after it: once mpg runs again the
// shop can still decide, what is posted was taken once, and nothing stays held. The same
// holds if the issuer approves a part and the purse pays the rest.
func TestPowerIsLostInACardOrder(t *testing.T) {
	t.Parallel()
	const byIssuer, late, split = "answered", "answered late", "split"
	for _, how := range []string{byIssuer, late, split} {
		for n := 2; n <= 6; n++ { // the first takes the order in
			for _, after := range []bool{false, true} {
				if how != byIssuer && n < 4 { // the approval and the completion come after these
					continue
				}
				t.Run(fmt.Sprintf("%s, commit %d, after it %v", how, n, after), func(t *testing.T) {
					t.Parallel()
					w, issuer := cardWorld(t)
					if how == split {
						w.splits(true)
						issuer.approvesPart(1800)
					}
					w.shopTakes("s1", "", true, merchant.Refuses)
					issuer.undoes()
					if how == late {
						issuer.lateTaking()
					}
					lost := w.losesPower(n, after)
					w.answers(wang, phone{keys: []string{pinOne}}, phone{keys: []string{pinOne}})
					w.text(wang, "PAY 8001 30 CARD")
					ref, live := w.last().Ref, w.e
					stands := func(state string) func() bool {
						return func() bool {
							select {
							case <-lost:
								return true
							default:
							}
							p, err := live.Admin().Payment(t.Context(), ref)
							return err == nil && (p.State == state || p.State == "done")
						}
					}
					w.until("the offer, or the end of the power", stands("offered"))
					_ = live.Offers().Decide(context.Background(), ref, "8001", true) // without power it fails
					w.until("the end, or that of the power", stands("done"))
					w.restart()
					if w.shown(ref).State == "waiting" {
						w.text(wang, "AGAIN")
					}
					if w.comesTo(ref, "offered", "done") == "offered" {
						if err := w.decides(ref, true); err != nil {
							t.Fatal(err)
						}
					}
					w.comesTo(ref, "done")
					w.until("the issuer to keep nothing aside", func() bool { return issuer.aside() == 0 })
					taken, got, purse := "0.00", "0.00", "500.00"
					if w.shown(ref).Outcome == "paid" {
						if taken, got = "30.00", "30.00"; how == split {
							taken, purse = "18.00", "488.00"
						}
					}
					w.balance("card:icbc", taken, taken)
					w.balance("merchant:8001", got, got)
					w.balance("purse:"+wang, purse, purse)
					if want, _ := cny().Parse(taken); issuer.taken() != int64(want) {
						t.Errorf("the issuer has taken %d, want %s", issuer.taken(), taken)
					}
				})
			}
		}
	}
}

// TestPowerIsLostInAChargeback at each commit, before and after it: both people do the same
// again, and the shop has paid once, with what it had and what it owes now.
func TestPowerIsLostInAChargeback(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 2; n++ { // the first records what is to be approved
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("commit %d, after it %v", n, after), func(t *testing.T) {
				t.Parallel()
				w, _ := cardWorld(t)
				ref := w.ordersByCard()
				w.until("the end", func() bool { return w.shown(ref).Outcome == "paid" })
				w.moves(books.Merchant("8001"), w.named(books.Float), 2500)
				w.twoPeople()
				w.rules = w.e.Rules()
				lost := w.losesPower(n, after)
				if err := w.chargesBack(ref); !errors.Is(err, errPower) {
					t.Errorf("without power: %v", err)
				}
				<-lost
				w.restart()
				w.must(w.chargesBack(ref))
				w.expect(shop, "发卡行追回", ref)
				w.balance("merchant:8001", "0.00", "0.00")
				w.balance("receivable:8001", "25.00", "25.00")
				w.balance("card:icbc", "0.00", "0.00")
				if p := w.shown(ref); p.Returned != "30.00" || w.count(shop, "发卡行追回") != 1 {
					t.Errorf("%s was charged back, and the shop was told %d times", p.Returned, w.count(shop, "发卡行追回"))
				}
			})
		}
	}
}

// chargesBack has lin record that the issuer has taken all of a payment back, and hu approve it,
// each under the same key every time.
func (w *world) chargesBack(ref string) error {
	result, err := w.e.Admin().ChargeBack(context.Background(), member("lin", "cb"), admin.Chargeback{Ref: ref, Reason: "case 7"})
	if err != nil {
		return err
	}
	var asked admin.Waiting
	if err := json.Unmarshal(result, &asked); err != nil || asked.Approval == "" { // it was done before
		return err
	}
	_, err = w.e.Admin().Approvals.Approve(context.Background(), member("hu", "cb approved"), asked.Approval, "")
	return err
}

// cny is the currency of the tests.
func cny() money.Currency {
	currency, _ := money.Lookup("CNY")
	return currency
}

// trial is one card order in a world where much goes wrong.
type trial struct {
	amount    money.Amount
	authorize int // 0: approved, 1: declined, 2: approved and silent, 3: silent, 4 and 5: approved in part
	complete  int // 0: taken, 1: taken and silent at first, 2: silent at first, 3: refused
	later     bool
	asked     bool
	word      int // 0: accepts, 1: refuses, 2: silence
	silence   merchant.Silence
	captured  money.Amount // 0: released
	refunded  money.Amount
}

func drawTrial(random *rand.Rand, serial int) trial {
	one := trial{amount: money.Amount(2000 + 100*serial), authorize: random.IntN(7), complete: random.IntN(5), later: random.IntN(3) == 0, asked: random.IntN(2) == 0,
		word: random.IntN(4), silence: []merchant.Silence{merchant.Accepts, merchant.Refuses}[random.IntN(2)]}
	one.captured = one.amount * money.Amount(random.IntN(3)) / 2
	one.refunded = one.amount * money.Amount(random.IntN(3)) / 2
	return one
}

// misbehaves has the issuer do what a trial says.
func (b *bookBank) misbehaves(one trial) {
	switch one.authorize {
	case 1:
		b.says("51")
	case 2, 3:
		b.silence(one.authorize == 2)
	case 4, 5:
		b.approvesPart(one.amount * 3 / 5)
	default:
		b.set(func() { b.request = nil })
	}
	switch one.complete {
	case 1:
		b.lateTaking()
	case 2:
		first := b.advices() + 1
		b.does(func(_ message, try int) (bank.Reply, error) {
			if try == first {
				return bank.Reply{}, bank.ErrUnknown
			}
			return bank.Reply{}, nil
		})
	case 3:
		b.refusing("05", false)
	default:
		b.does(nil)
	}
}

// goesThrough brings the order of a trial to its end.
func (w *world) goesThrough(one trial, serial int) string {
	w.t.Helper()
	capture := merchant.AtOnce
	if one.later {
		capture = merchant.Later
	}
	w.shopTakes(fmt.Sprint("s", serial), capture, one.asked, one.silence)
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 "+cny().Format(one.amount)+" CARD")
	ref := w.last().Ref
	for {
		switch w.comesTo(ref, "offered", "authorized", "doubt", "done") {
		case "offered":
			if one.word >= 2 {
				w.pass(10 * time.Second)
			} else if err := w.decides(ref, one.word == 0); err != nil {
				w.t.Fatal(err)
			}
			w.until("the end of the offer", func() bool { return w.shown(ref).State != "offered" })
		case "authorized":
			if one.captured == 0 {
				if err := w.releases(fmt.Sprint("r", serial), ref); err != nil {
					w.t.Fatal(err)
				}
			} else if err := w.captures(fmt.Sprint("c", serial), ref, one.captured); err != nil {
				w.t.Fatal(err)
			}
			w.until("the end of the wait", func() bool { return w.shown(ref).State != "authorized" })
		case "doubt":
			if _, err := w.e.Admin().Resolve(context.Background(), admin.Command{Key: fmt.Sprint("d", serial)}, ref, acquirer.ResolvedReversed, "they say so"); err != nil {
				w.t.Fatal(err)
			}
		case "done":
			return ref
		}
	}
}

// TestThreeBooks: whatever the issuer and the shop do, and whatever the purse adds, what the books
// say that the issuer owes, what the payer was told, and the issuer's own book are equal.
func TestThreeBooks(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			w, issuer := cardWorld(t)
			rules := w.rules
			rules.CallsPerHour = 1000
			w.rules = rules
			w.splits(true)
			issuer.undoes()
			random := rand.New(rand.NewPCG(seed, 5))
			outcomes := make(map[string]int)
			for serial := range 10 {
				one := drawTrial(random, serial)
				issuer.misbehaves(one)
				ref := w.goesThrough(one, serial)
				outcomes[w.shown(ref).Outcome]++
				if w.shown(ref).Outcome == "paid" && one.refunded > 0 {
					issuer.misbehaves(trial{})
					if back, err := w.refund(fmt.Sprint("b", serial), ref, one.refunded); err == nil {
						w.until("the refund", func() bool { return w.shown(back.Ref).State == "done" })
					}
				}
			}
			w.until("the issuer to keep nothing aside", func() bool { return issuer.aside() == 0 })
			var paid, purse money.Amount
			w.until("the last texts", func() bool { paid, purse = w.tellsLocked(); return int64(paid-purse) == issuer.taken() })
			owes, got, left := cny().Format(paid-purse), cny().Format(paid), cny().Format(50000-purse)
			w.balance("card:icbc", owes, owes)
			w.balance("merchant:8001", got, got)
			w.balance("purse:"+wang, left, left)
			if split := w.count(wang, "from your purse, the rest"); outcomes["paid"] == split || split == 0 || outcomes["not paid"] == 0 {
				t.Errorf("the trials came to %v, and the purse paid a part of %d: nothing is shown", outcomes, split)
			}
		})
	}
}

// paidAndBack are the amounts in the receipts of a payer in English, and byPurse the part of them
// that the purse paid or got.
var (
	paidAndBack = regexp.MustCompile(`(you paid|refunded) CNY ([0-9.]+)`)
	byPurse     = regexp.MustCompile(`CNY ([0-9.]+)( of [A-Z0-9]{8})? (from|to) your purse`)
)

// tellsLocked returns what the payer was told was paid, less what was refunded, and the purse's
// part of that. It is for conditions of until, which holds the lock.
func (w *world) tellsLocked() (sum, purse money.Amount) {
	for _, text := range w.texts {
		found := paidAndBack.FindStringSubmatch(text.Text)
		if text.To != wang || found == nil {
			continue
		}
		amount, _ := cny().Parse(found[2])
		part := money.Amount(0)
		if by := byPurse.FindStringSubmatch(text.Text); by != nil {
			part, _ = cny().Parse(by[1])
		}
		if found[1] == "refunded" {
			amount, part = -amount, -part
		}
		sum, purse = sum+amount, purse+part
	}
	return sum, purse
}
