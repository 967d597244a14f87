package engine_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"mpg/engine"
	"mpg/engine/admin"
	"mpg/engine/approval"
	"mpg/engine/payment"
	"mpg/store"
	"mpg/store/money"
)

// errPower is a store whose machine has lost its power.
var errPower = errors.New("the power is gone")

// cut is a store that loses its power at one of the commits that change a payment, a request
// or what a second person has to approve: just before it, or once it is durable and before anybody learns of it.
type cut struct {
	store.Store
	after bool
	lost  chan struct{} // closed when the power is gone

	mu   sync.Mutex
	left int // commits until then
	off  bool
}

func (c *cut) Apply(ctx context.Context, epoch uint64, cmds []store.Cmd) ([]store.Result, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.off {
		return nil, errPower
	}
	last := false
	for _, cmd := range cmds {
		for _, w := range cmd.Writes {
			if w.Table == payment.Table || w.Table == payment.BankTable || w.Table == approval.Table {
				c.left--
				last = c.left == 0
				break
			}
		}
	}
	if !last {
		return c.Store.Apply(ctx, epoch, cmds)
	}
	c.off = true
	defer close(c.lost)
	if c.after {
		_, _ = c.Store.Apply(ctx, epoch, cmds)
	}
	return nil, errPower
}

// losesPower has the store lose its power at commit n from now on.
func (w *world) losesPower(n int, after bool) <-chan struct{} {
	c := &cut{after: after, lost: make(chan struct{}), left: n}
	w.remade(func(cfg *engine.Config) {
		c.Store = cfg.Store
		cfg.Store, cfg.Broken = c, func(error) {}
	})
	return c.lost
}

// undoes has a bank confirm each reversal, also of what it never got.
func (b *bookBank) undoes() {
	b.set(func() {
		b.reversal = func(m message, _ int) string {
			amount := b.booked[m.STAN] // under the bank's lock
			delete(b.held, m.STAN)
			b.booked[m.STAN] = 0
			b.moved += amount
			return "00"
		}
	})
}

// agrees compares the account of each bank with that bank's own book, and checks that
// nothing is left in transit.
func (w *world) agrees(banks map[string]*bookBank) {
	w.t.Helper()
	cny, _ := money.Lookup("CNY")
	for name, b := range banks {
		b.mu.Lock()
		moved := cny.Format(-b.moved)
		b.mu.Unlock()
		w.balance("bank:"+name, moved, moved)
	}
	w.balance("transit:icbc", "0.00", "0.00")
}

// TestPowerIsLostBetweenTwoBanks at each commit of a payment, before and after it, however
// the second bank answers: once mpg runs again the payment ends, the money is where it was,
// at its payee or in the payer's purse, and the books agree with both banks.
func TestPowerIsLostBetweenTwoBanks(t *testing.T) {
	t.Parallel()
	for name, does := range map[string]func(b *bookBank){
		"approves":           func(*bookBank) {},
		"declines":           func(b *bookBank) { b.says("14") },
		"is silent":          func(b *bookBank) { b.silence(true) },
		"never got anything": func(b *bookBank) { b.silence(false) },
	} {
		for n := 2; n <= 5; n++ { // the first takes the order in
			for _, after := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, commit %d, after it %v", name, n, after), func(t *testing.T) {
					t.Parallel()
					w, _, icbc, boc := relayWorld(t)
					does(boc)
					icbc.undoes()
					boc.undoes()
					lost := w.losesPower(n, after)
					w.answers(wang, phone{keys: []string{pinOne}}, phone{keys: []string{pinOne}})
					w.text(wang, "RELAY 50 13800000003")
					ref := w.last().Ref
					select {
					case <-lost:
					case <-ended(w, ref): // it has fewer commits
					}
					w.restart()
					if w.shown(ref).State == "waiting" {
						w.text(wang, "AGAIN")
					}
					w.until("the end", func() bool { return w.shown(ref).State == "done" })
					w.agrees(map[string]*bookBank{"icbc": icbc, "boc": boc})
					switch w.shown(ref).Outcome {
					case "paid":
						w.wantBooks("499.50", "50.00", "-50.00", "0.00", "0.50", icbc, boc)
					case "returned":
						w.wantBooks("550.00", "50.00", "0.00", "0.00", "0.00", icbc, boc)
					default:
						w.wantBooks("500.00", "0.00", "0.00", "0.00", "0.00", icbc, boc)
					}
				})
			}
		}
	}
}

// ended is closed once a payment is done.
func ended(w *world, ref string) <-chan struct{} {
	done := make(chan struct{})
	admin := w.e.Admin() // of this life: the next one is begun while it may still look
	go func() {
		defer close(done)
		for w.t.Context().Err() == nil {
			if p, err := admin.Payment(w.t.Context(), ref); err != nil || p.State == "done" {
				return
			}
			time.Sleep(2 * time.Millisecond)
		}
	}()
	return done
}

// TestPowerIsLostInARefund at each commit: the shop pays once, and its customer has the
// money once, at the bank or in the purse; the same command again pays nothing more.
func TestPowerIsLostInARefund(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 3; n++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("commit %d, after it %v", n, after), func(t *testing.T) {
				t.Parallel()
				w, b := bankWorld(t)
				b.undoes()
				first := w.payByBank()
				w.comes(first, "done", "answered")
				lost := w.losesPower(n, after)
				back, err := w.refund("r1", first, 2000)
				if n == 1 && err == nil {
					t.Error("a refund without power")
				}
				if err == nil {
					select {
					case <-lost:
					case <-ended(w, back.Ref):
					}
				}
				w.restart()
				if again, err := w.refund("r1", first, 2000); err != nil || again.Repeat != (n > 1 || after) || n > 1 && again.Ref != back.Ref {
					t.Errorf("the same command again: %+v %v", again, err)
				} else {
					back = again
				}
				w.until("the end", func() bool { return w.shown(back.Ref).State == "done" })
				w.balance("merchant:8001", "25.00", "25.00")
				w.agrees(map[string]*bookBank{"icbc": b})
				if p := w.shown(first); p.Returned != "20.00" {
					t.Errorf("%s is returned", p.Returned)
				}
				purse := map[string]string{"paid": "500.00", "returned": "520.00"}[w.shown(back.Ref).Outcome]
				w.balance("purse:"+wang, purse, purse)
			})
		}
	}
}

// TestPowerIsLostInACapture: the same command captures once.
func TestPowerIsLostInACapture(t *testing.T) {
	t.Parallel()
	for _, after := range []bool{false, true} {
		t.Run(fmt.Sprintf("after it %v", after), func(t *testing.T) {
			t.Parallel()
			w, products, _, _ := relayWorld(t)
			ref := w.tank()
			w.losesPower(1, after)
			if _, err := products.Capture(context.Background(), admin.Command{Key: "c1"}, ref, 12000); err == nil {
				t.Error("a capture without power")
			}
			w.restart()
			if _, err := products.Capture(context.Background(), admin.Command{Key: "c1"}, ref, 12000); err != nil {
				t.Error(err)
			}
			w.balance("purse:"+wang, "378.80", "378.80")
			w.balance("merchant:8001", "120.00", "120.00")
			w.balance("fees", "1.20", "1.20")
		})
	}
}
