package engine_test

import (
	"context"
	"fmt"
	"testing"

	"mpg/engine/acquirer"
	"mpg/engine/admin"
	"mpg/engine/bank"
)

// TestPowerIsLostInACharge at each commit, before and after it, however the bank answers the
// completion: once mpg runs again the bank has taken what is posted, once, and holds nothing;
// the command that is given again captures once.
func TestPowerIsLostInACharge(t *testing.T) {
	t.Parallel()
	for name, advice := range map[string]func(b *bookBank) func(m message, try int) (bank.Reply, error){
		"takes it": func(*bookBank) func(message, int) (bank.Reply, error) { return nil },
		"takes it and is silent at first": func(b *bookBank) func(message, int) (bank.Reply, error) {
			return func(m message, try int) (bank.Reply, error) {
				if try == 1 {
					b.complete(m)
					return bank.Reply{}, bank.ErrUnknown
				}
				return bank.Reply{}, nil
			}
		},
		"refuses it": func(*bookBank) func(message, int) (bank.Reply, error) {
			return func(message, int) (bank.Reply, error) { return bank.Reply{Code: "05", Reason: bank.Refused}, nil }
		},
	} {
		for n := 2; n <= 6; n++ { // the first takes the order in
			for _, after := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, commit %d, after it %v", name, n, after), func(t *testing.T) {
					t.Parallel()
					w, products, icbc, _ := relayWorld(t)
					icbc.undoes()
					icbc.does(advice(icbc))
					lost := w.losesPower(n, after)
					w.answers(wang, phone{keys: []string{pinOne}}, phone{keys: []string{pinOne}})
					w.text(wang, "CHARGE 200 8001")
					ref := w.last().Ref
					live := w.e.Admin()
					gone := func() bool {
						select {
						case <-lost:
							return true
						default:
							return false
						}
					}
					stands := func(states ...string) func() bool {
						return func() bool {
							p, err := live.Payment(t.Context(), ref)
							for _, state := range states {
								if err == nil && p.State == state {
									return true
								}
							}
							return gone()
						}
					}
					w.until("the authorization, or the end of the power", stands("authorized"))
					if !gone() {
						_ = takes(products, "c1", ref, 12000)
					}
					w.until("the answer, or the end of the power", stands("done", "doubt"))
					w.restart()
					if w.shown(ref).State == "waiting" {
						w.text(wang, "AGAIN")
					}
					w.until("the next step", func() bool { s := w.shown(ref).State; return s == "authorized" || s == "done" || s == "doubt" })
					if s := w.shown(ref); s.State == "authorized" {
						if err := takes(products, "c1", ref, 12000); err != nil {
							t.Fatal(err)
						}
					}
					w.until("the end, or the doubt", func() bool { s := w.shown(ref).State; return s == "done" || s == "doubt" })
					if w.shown(ref).State == "doubt" {
						if _, err := w.e.Admin().Resolve(context.Background(), admin.Command{Key: "r1"}, ref, acquirer.ResolvedReversed, "they say so"); err != nil {
							t.Fatal(err)
						}
					}
					w.until("the bank to hold nothing", func() bool { return icbc.aside() == 0 })
					purse, taken := "500.00", "0.00"
					if w.shown(ref).Outcome == "paid" {
						purse, taken = "498.80", "120.00"
					}
					w.wantCharge(icbc, purse, taken, 0)
				})
			}
		}
	}
}
