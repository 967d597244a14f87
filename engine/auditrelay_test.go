package engine_test

import (
	"context"
	"slices"
	"testing"

	"mpg/engine/admin"
	"mpg/engine/audit"
	"mpg/engine/books"
	"mpg/engine/codec"
	"mpg/engine/module/moduletest"
	"mpg/engine/payment"
	"mpg/store"
	"mpg/store/money"
)

// relayHistory returns the journal of a world in which payments of several gates have
// ended in each way, and one stands with its money in transit.
func relayHistory(t *testing.T) entries {
	t.Helper()
	w, products, icbc, boc := relayWorld(t)
	order := func(text, state string) (ref string) {
		w.answers(wang, phone{keys: []string{pinOne}})
		before := w.last().Ref
		w.text(wang, text)
		w.until("the payment", func() bool { ref = w.last().Ref; return ref != before && w.shown(ref).State == state })
		return ref
	}
	order("RELAY 50 13800000003", "done")
	boc.says("14")
	order("RELAY 60 13800000003", "done")
	icbc.says("51")
	order("RELAY 70 13800000003", "done")
	if _, err := products.Capture(context.Background(), admin.Command{Key: "c1"}, order("TANK 200 8001", "authorized"), 12000); err != nil {
		t.Fatal(err)
	}
	if _, err := products.Release(context.Background(), admin.Command{Key: "c2"}, order("TANK 100 8001", "authorized")); err != nil {
		t.Fatal(err)
	}
	icbc.says("00")
	boc.silence(false)
	boc.answersReversals("25")
	order("RELAY 80 13800000003", "reversing")
	return w.entries()
}

// first returns the number of the first payment for which fits.
func (j entries) first(fits func(p *payment.Payment) bool) (no uint64) {
	for _, e := range j {
		for _, w := range e.Writes {
			p := new(payment.Payment)
			if w.Table == payment.Table && codec.Decode(w.Data, p) == nil && fits(p) {
				return p.No
			}
		}
	}
	return 0
}

// ended returns the number of the first payment of a product that passed a state.
func (j entries) ended(product payment.Product, state payment.State) uint64 {
	return j.first(func(p *payment.Payment) bool { return p.Plan.Product == product && p.Passed(state) })
}

// forge changes each document of a payment and each of its transfers, as one who forges
// both would; either func may be nil. It reports whether there was something to change.
func (j entries) forge(no uint64, document func(p *payment.Payment), transfer func(t *store.Transfer)) (forged bool) {
	for i := range j {
		for k := range j[i].Writes {
			w, p := &j[i].Writes[k], new(payment.Payment)
			if document == nil || w.Table != payment.Table || codec.Decode(w.Data, p) != nil || p.No != no {
				continue
			}
			document(p)
			w.Data, _ = codec.Encode(p)
			forged = true
		}
		for k := range j[i].Transfers {
			if t := &j[i].Transfers[k]; transfer != nil && t.Ref == no {
				transfer(t)
				forged = true
			}
		}
	}
	return forged
}

// drop removes the transfers of a payment for which fits.
func (j entries) drop(no uint64, fits func(t store.Transfer) bool) (dropped bool) {
	for i := range j {
		was := len(j[i].Transfers)
		j[i].Transfers = slices.DeleteFunc(j[i].Transfers, func(t store.Transfer) bool { return t.Ref == no && fits(t) })
		dropped = dropped || len(j[i].Transfers) < was
	}
	return dropped
}

// requests changes each document of the bank requests of a payment that are of a kind.
func (j entries) requests(no uint64, kind payment.Kind, change func(r *payment.Request)) (changed bool) {
	for i := range j {
		for k := range j[i].Writes {
			w, r := &j[i].Writes[k], new(payment.Request)
			if w.Table != payment.BankTable || codec.Decode(w.Data, r) != nil || r.Payment != no || r.Kind != kind {
				continue
			}
			change(r)
			w.Data, _ = codec.Encode(r)
			changed = true
		}
	}
	return changed
}

// swapNames gives the account of one name to the other.
func (j entries) swapNames(one, other string) bool {
	var of []*store.Write
	for i := range j {
		for k := range j[i].Writes {
			if w := &j[i].Writes[k]; w.Table == books.NamesTable && (w.Key == one || w.Key == other) {
				of = append(of, w)
			}
		}
	}
	if len(of) != 2 {
		return false
	}
	of[0].Data, of[1].Data = of[1].Data, of[0].Data
	return true
}

// TestAuditBitesRelays: money between banks, and amounts that are known later. In the cases
// that forge both, documents and transfers agree with each other.
func TestAuditBitesRelays(t *testing.T) {
	t.Parallel()
	whole := relayHistory(t)
	if report, err := audit.Run(context.Background(), whole); err != nil || len(report.Faults) > 0 || report.Open != 1 || report.Requests != 7 || report.Unsolved != 1 {
		t.Fatalf("%+v %v", report, err)
	}
	paid, returned := whole.ended(moduletest.Relay, payment.Posted), whole.ended(moduletest.Relay, payment.Returned)
	under := whole.ended(moduletest.Relay, payment.Reversing)
	captured, released := whole.ended(moduletest.Tank, payment.Captured), whole.ended(moduletest.Tank, payment.Released)
	code := func(code uint16) func(t store.Transfer) bool {
		return func(t store.Transfer) bool { return t.Code == code }
	}
	for name, tt := range map[string]struct {
		spoil func(j entries) bool
		fault string
	}{
		"a bank's account that is another's": {func(j entries) bool {
			return j.swapNames(books.BankPrefix+"icbc", books.BankPrefix+"boc")
		}, "the account of bank icbc holds"},
		"a bank that owes more than it said, forged in both": {func(j entries) bool {
			return j.forge(paid, func(p *payment.Payment) { p.Plan.Legs[0].Amount++ }, func(t *store.Transfer) {
				if t.Code == payment.CodeBankIn {
					t.Amount++
				}
			})
		}, "the account of bank icbc holds"},
		"less paid out than the bank said, forged in both": {func(j entries) bool {
			return j.forge(paid, func(p *payment.Payment) { p.Plan.Legs[1].Amount-- }, func(t *store.Transfer) {
				if t.Code == payment.CodeBankOut {
					t.Amount--
				}
			})
		}, "is in transit from bank icbc"},
		"money in transit that goes nowhere": {func(j entries) bool {
			return j.drop(paid, func(t store.Transfer) bool { return t.Code == payment.CodeBankOut && t.Op == store.PostHold })
		}, "is in transit from bank icbc"},
		"money in transit of no payment": {func(j entries) bool {
			return j.drop(under, func(t store.Transfer) bool { return t.Code == payment.CodeBankIn && t.Op == store.PostHold })
		}, "is in transit from bank icbc"},
		"a returned payment whose money is nowhere": {func(j entries) bool {
			return j.drop(returned, code(payment.CodeBack))
		}, "the transfers add up to"},
		"a returned payment whose money is another's": {func(j entries) bool {
			return j.forge(returned, nil, func(t *store.Transfer) {
				if t.Code == payment.CodeBack {
					t.Credit++
				}
			})
		}, "the transfers add up to"},
		"a fee of a returned payment": {func(j entries) bool {
			return j.forge(returned, nil, func(t *store.Transfer) {
				if t.Code == payment.CodeFee || t.Op == store.VoidHold {
					t.Op = store.PostHold
				}
			})
		}, "the transfers add up to"},
		"a request before the last that does not stand": {func(j entries) bool {
			return j.requests(paid, payment.Debit, func(r *payment.Request) { r.Approved = false })
		}, "went on from its bank request"},
		"a last request that does not stand": {func(j entries) bool {
			return j.requests(paid, payment.Credit, func(r *payment.Request) { r.Approved = false })
		}, "went on from its bank request"},
		"returned from a request that does not stand": {func(j entries) bool {
			return j.requests(returned, payment.Debit, func(r *payment.Request) { r.Approved = false })
		}, "went on from its bank request"},
		"returned although the bank has paid": {func(j entries) bool {
			return j.requests(returned, payment.Credit, func(r *payment.Request) { r.Approved = r.State == payment.RequestAnswered })
		}, "did not go on from its bank request"},
		"a request of another kind": {func(j entries) bool {
			return j.requests(paid, payment.Credit, func(r *payment.Request) { r.Kind = payment.Refund })
		}, "differ in payment, kind"},
		"a debit that was a credit": {func(j entries) bool {
			return j.requests(returned, payment.Debit, func(r *payment.Request) { r.Kind = payment.Credit })
		}, "differ in payment, kind"},
		"a request of another bank": {func(j entries) bool {
			return j.requests(paid, payment.Credit, func(r *payment.Request) { r.Bank = "icbc" })
		}, "differ in payment, kind, bank"},
		"paid and the second bank never asked": {func(j entries) bool {
			return j.forge(paid, func(p *payment.Payment) { p.Requests = p.Requests[:min(1, len(p.Requests))] }, nil)
		}, "was never asked"},
		"a capture beyond what was set aside": {func(j entries) bool {
			return j.forge(captured, func(p *payment.Payment) { over(p, 30000) }, nil)
		}, "the transfers add up to"},
		"a capture beyond what was set aside, forged in both": {func(j entries) bool {
			return j.forge(captured, func(p *payment.Payment) { over(p, 30000) }, func(t *store.Transfer) {
				switch {
				case t.Op == store.PostHold && t.Code == payment.CodePay:
					t.Amount = 30000
				case t.Op == store.VoidHold && t.Code == payment.CodePay:
					t.Amount = -10000
				}
			})
		}, "captured more than was held"},
		"a capture without amounts for all legs": {func(j entries) bool {
			return j.forge(captured, func(p *payment.Payment) { p.Captured = p.Captured[:min(1, len(p.Captured))] }, nil)
		}, "does not say what was captured"},
		"a capture that left the rest set aside": {func(j entries) bool {
			return j.drop(captured, func(t store.Transfer) bool { return t.Op == store.VoidHold })
		}, "is open and payment"},
		"released and still set aside": {func(j entries) bool {
			return j.drop(released, func(t store.Transfer) bool { return t.Op == store.VoidHold })
		}, "is open and payment"},
		"released and taken": {func(j entries) bool {
			return j.forge(released, nil, func(t *store.Transfer) {
				if t.Op == store.VoidHold {
					t.Op = store.PostHold
				}
			})
		}, "the transfers add up to"},
		"both paid and returned": {func(j entries) bool {
			return j.forge(returned, func(p *payment.Payment) {
				if p.State == payment.Done {
					p.Steps = append(p.Steps, payment.Step{At: p.Updated(), State: payment.Posted})
				}
			}, nil)
		}, "was not either posted, voided or returned"},
	} {
		whole.bites(t, name, tt.spoil, tt.fault)
	}
}

// over lets the first leg of p have captured that amount.
func over(p *payment.Payment, amount money.Amount) {
	if p.Captured != nil {
		p.Captured[0] = amount
	}
}
