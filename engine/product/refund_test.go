package product_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/product"
	"mpg/store"
	"mpg/store/money"
)

// TestRefundMax: what a shop may pay back is what its customer paid for the goods. The
// customer's own part of the fee stays with the operator, tax and all; the shop's part does
// not lessen what the customer gets.
func TestRefundMax(t *testing.T) {
	t.Parallel()
	const amount = 10000
	for name, keys := range map[string]string{
		"no fee":                 ``,
		"the payer's":            `flat = "1.50"`,
		"the payer's, with tax":  "flat = \"1.06\"\ntax_rate = \"6\"",
		"the shop's":             "flat = \"1.50\"\npayer_share = \"payee\"",
		"the shop's, with tax":   "flat = \"1.06\"\npayer_share = \"payee\"\ntax_rate = \"6\"",
		"of both, with tax":      "flat = \"1.07\"\npayer_share = \"50\"\ntax_rate = \"6\"",
		"nearly all is the shop": "flat = \"9.98\"\npayer_share = \"0.00001\"",
	} {
		for _, source := range []order.Source{"", order.FromPurse, order.FromBank} {
			o := order.Order{Intent: order.Pay, Amount: amount, Currency: cny(), Source: source}
			set := withTariff(t, keys)
			s := costing(o, set)
			plan, refusal := product.Make(o, s, set)
			if refusal != nil {
				t.Errorf("%s: %+v", name, refusal)
				continue
			}
			p := &payment.Payment{Plan: plan, Amounts: product.Amounts(amount, s.Fee)}
			if got := product.RefundMax(p); got != amount {
				t.Errorf("%s from %q: %d, want %d of %+v", name, source, got, amount, p.Amounts)
			}
		}
	}
}

// TestRefundMaxOfAnyTariff: whatever the row says, what was paid for the goods may come back,
// with the fee if the row says that it is returned, and never more than the payer paid.
func TestRefundMaxOfAnyTariff(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		set := withTariff(t, fmt.Sprintf("percent = \"%d.%02d\"\ntax_rate = \"%d\"\npayer_share = %q\nreturned = %q\n", rapid.IntRange(0, 50).Draw(t, "percent"),
			rapid.IntRange(0, 99).Draw(t, "hundredths"), rapid.IntRange(0, 100).Draw(t, "tax"), rapid.SampledFrom([]string{"payer", "payee", "33.3"}).Draw(t, "share"),
			rapid.SampledFrom([]string{"yes", "no"}).Draw(t, "returned")))
		o := order.Order{Intent: order.Pay, Amount: money.Amount(rapid.Int64Range(1, 1_000_000).Draw(t, "amount")), Currency: cny()}
		s := costing(o, set)
		plan, refusal := product.Make(o, s, set)
		if refusal != nil {
			t.Fatalf("refused: %+v", refusal)
		}
		p := &payment.Payment{Plan: plan, Amounts: product.Amounts(o.Amount, s.Fee), Tariff: &s.Fee.Applied}
		want := o.Amount
		if s.Fee.Terms.Returned {
			want = p.Charged
		}
		if most := product.RefundMax(p); most != want || most > p.Charged {
			t.Fatalf("%d may be refunded of %+v", most, p.Amounts)
		}
	})
}

// TestRefundable: a shop pays back what a subscriber has paid it, and nothing else.
func TestRefundable(t *testing.T) {
	t.Parallel()
	paid := func() *payment.Payment {
		return &payment.Payment{State: payment.Done, Payer: payment.Party{User: 1}, Payee: payment.Party{Code: "8001"},
			Steps: []payment.Step{{State: payment.Confirmed}, {State: payment.Posted}, {State: payment.Done}}}
	}
	if !product.Refundable(paid()) {
		t.Error("what was paid cannot be refunded")
	}
	for name, spoil := range map[string]func(p *payment.Payment){
		"not over yet":       func(p *payment.Payment) { p.State = payment.Posted },
		"never posted":       func(p *payment.Payment) { p.Steps = p.Steps[:1] },
		"no steps":           func(p *payment.Payment) { p.Steps = nil },
		"paid to a person":   func(p *payment.Payment) { p.Payee = payment.Party{User: 2} },
		"a refund itself":    func(p *payment.Payment) { p.Payer, p.Payee = payment.Party{Code: "8001"}, payment.Party{User: 1} },
		"paid by nobody":     func(p *payment.Payment) { p.Payer = payment.Party{} },
		"paid from a shop":   func(p *payment.Payment) { p.Payer = payment.Party{Code: "8002"} },
		"waits for its call": func(p *payment.Payment) { p.State, p.Steps = payment.Calling, nil },
	} {
		p := paid()
		if spoil(p); product.Refundable(p) {
			t.Errorf("%s: it can be refunded", name)
		}
	}
}

// The accounts of the refunds below.
const (
	ofShop, heldBack, ofPurse, inTransit, ofBank, unclaimed store.AccountID = 801, 802, 101, 31, 3, 90
)

// TestPlanRefund: where the money of a refund goes, leg by leg.
func TestPlanRefund(t *testing.T) {
	t.Parallel()
	byBank := &payment.Payment{Plan: payment.Plan{Asks: []payment.Ask{{Bank: "icbc", Account: 7, Amount: 100, Kind: payment.Debit}}}}
	shares := []product.Share{{Account: ofShop, Amount: 70}, {Account: heldBack, Amount: 30}}
	for name, tt := range map[string]struct {
		refund product.Refund
		legs   []string // from>to amount/code, h: held
		asked  money.Amount
		back   store.AccountID
	}{
		"to the purse":              {product.Refund{}, []string{"801>101 70/9", "802>101 30/9"}, 0, 0},
		"confirmed in a call":       {product.Refund{Call: true}, []string{"801>101 70/9h", "802>101 30/9h"}, 0, 0},
		"to a purse with a ceiling": {product.Refund{Ceiling: true}, []string{"801>90 70/9", "802>90 30/9", "90>101 100/8"}, 0, 0},
		"the same, in a call":       {product.Refund{Ceiling: true, Call: true}, []string{"801>90 70/9h", "802>90 30/9h", "90>101 100/8"}, 0, 0},
		"to a purse that is closed": {product.Refund{Closed: true, Ceiling: true}, []string{"801>90 70/9", "802>90 30/9"}, 0, 0},
		"closed, without a ceiling": {product.Refund{Closed: true}, []string{"801>90 70/9", "802>90 30/9"}, 0, 0},
		"to the bank":               {product.Refund{Of: byBank, Bank: ofBank}, []string{"801>31 70/9h", "802>31 30/9h", "31>3 100/9h"}, 100, ofPurse},
		"to the bank, in a call":    {product.Refund{Of: byBank, Bank: ofBank, Call: true}, []string{"801>31 70/9h", "802>31 30/9h", "31>3 100/9h"}, 100, ofPurse},
		"to a card and the purse":   {product.Refund{Of: byBank, Bank: ofBank, ToPurse: 40}, []string{"801>31 70/9h", "802>31 30/9h", "31>3 60/9h", "31>101 40/8"}, 60, ofPurse},
		"the same, a full purse":    {product.Refund{Of: byBank, Bank: ofBank, ToPurse: 40, Ceiling: true}, []string{"801>31 70/9h", "802>31 30/9h", "31>3 60/9h", "31>101 40/8"}, 60, ofPurse},
		"the same, purse closed":    {product.Refund{Of: byBank, Bank: ofBank, ToPurse: 40, Closed: true}, []string{"801>31 70/9h", "802>31 30/9h", "31>3 60/9h", "31>90 40/8"}, 60, ofPurse},
		"to the bank, purse closed": {product.Refund{Of: byBank, Bank: ofBank, Closed: true}, []string{"801>31 70/9h", "802>31 30/9h", "31>3 100/9h"}, 100, ofPurse},
	} {
		r := tt.refund
		r.From, r.Purse, r.Transit, r.Unclaimed = shares, ofPurse, inTransit, unclaimed
		plan := product.PlanRefund(r)
		var legs []string
		for _, leg := range plan.Legs {
			legs = append(legs, fmt.Sprintf("%d>%d %d/%d%s", leg.From, leg.To, leg.Amount, leg.Code, map[bool]string{true: "h"}[leg.Held]))
		}
		if !slices.Equal(legs, tt.legs) {
			t.Errorf("%s: %v, want %v", name, legs, tt.legs)
		}
		var asked money.Amount
		for _, ask := range plan.Asks {
			if asked += ask.Amount; ask.Kind != payment.Refund || ask.Bank != "icbc" || ask.Account != 7 {
				t.Errorf("%s: asks %+v", name, ask)
			}
		}
		if asked != tt.asked || plan.Back != tt.back || plan.PINExempt == r.Call || plan.Product != payment.PaidBack {
			t.Errorf("%s: asked for %d, back to %d, exempt %t, %s", name, asked, plan.Back, plan.PINExempt, plan.Product)
		}
	}
}

// TestAnyRefundIsAPlan: by whatever shares and whichever way, the plan is valid, and all that
// leaves the shop's accounts comes to one other account, or to a card and the purse.
func TestAnyRefundIsAPlan(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := product.Refund{Purse: ofPurse, Unclaimed: unclaimed, Transit: inTransit, Closed: rapid.Bool().Draw(t, "closed"), Ceiling: rapid.Bool().Draw(t, "ceiling"),
			Call: rapid.Bool().Draw(t, "call"), Of: &payment.Payment{Plan: payment.Plan{Asks: []payment.Ask{{Bank: "icbc", Account: 7, Amount: 1, Kind: payment.PreAuth}}}}}
		if rapid.Bool().Draw(t, "by bank") {
			r.Bank = ofBank
		}
		var sum money.Amount
		for i, n := range rapid.SliceOfN(rapid.Int64Range(1, 1_000_000), 1, 3).Draw(t, "shares") {
			r.From = append(r.From, product.Share{Account: ofShop + store.AccountID(i), Amount: money.Amount(n)})
			sum += money.Amount(n)
		}
		if r.Bank != 0 {
			r.ToPurse = money.Amount(rapid.Int64Range(0, int64(sum)-1).Draw(t, "to purse"))
		}
		p := &payment.Payment{Plan: product.PlanRefund(r), Amounts: payment.Amounts{Ordered: sum, Charged: sum, Received: sum, Currency: "CNY"}}
		if err := p.Check(); err != nil {
			t.Fatalf("%v: %+v", err, p.Plan)
		}
		net := make(map[store.AccountID]money.Amount)
		for _, leg := range p.Plan.Legs {
			net[leg.From] -= leg.Amount
			net[leg.To] += leg.Amount
		}
		to := ofPurse
		switch {
		case r.Bank != 0:
			to = ofBank
		case r.Closed:
			to = unclaimed
		}
		for account, moved := range net {
			want := money.Amount(0)
			if account == to {
				want = sum - r.ToPurse
			}
			if r.ToPurse > 0 && account == map[bool]store.AccountID{true: unclaimed, false: ofPurse}[r.Closed] {
				want = r.ToPurse
			}
			for _, share := range r.From {
				if share.Account == account {
					want = -share.Amount
				}
			}
			if moved != want {
				t.Fatalf("account %d: %d, want %d: %+v", account, moved, want, p.Plan.Legs)
			}
		}
	})
}
