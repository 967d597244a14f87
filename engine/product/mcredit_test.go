package product_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/card"
	"mpg/engine/merchant"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/product"
	"mpg/engine/tariff"
	"mpg/store"
	"mpg/store/money"
)

// byCard returns an order with a card, its sides, and settings by which the purse pays what an
// issuer does not.
func byCard(amount money.Amount) (order.Order, product.Sides, product.Settings) {
	set, s := settings(), sides(payer())
	set.PaymentLimit, set.DayLimit, set.Cards.Split = 0, 0, true
	s.Card = &product.PayingCard{Card: &card.Card{Issuer: "visa-bank", Token: 9}, Account: 4}
	return order.Order{Intent: order.Pay, Amount: amount, Currency: cny(), Source: order.FromCard}, s, set
}

// TestWhoseIssuerMayPayAPart: that of a payment whose amount is known, if the operator offers it.
func TestWhoseIssuerMayPayAPart(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(s *product.Sides, set *product.Settings)
		want   store.AccountID
	}{
		"known, and charged at once": {func(*product.Sides, *product.Settings) {}, 101},
		"asked at the till": {func(s *product.Sides, set *product.Settings) {
			s.Shop.Cards.Asked, set.Cards.Within = true, time.Second
		}, 101},
		"not offered":   {func(_ *product.Sides, set *product.Settings) { set.Cards.Split = false }, 0},
		"charged later": {func(s *product.Sides, _ *product.Settings) { s.Shop.Cards.Capture = merchant.Later }, 0},
		"a full tank":   {func(s *product.Sides, _ *product.Settings) { s.Shop.Vertical = merchant.Fuel }, 0},
	} {
		o, s, set := byCard(100)
		tt.change(&s, &set)
		plan, refusal := product.Make(o, s, set)
		if refusal != nil || plan.Split != tt.want || plan.Check() != nil {
			t.Errorf("%s: %d pays the rest, want %d: %+v %v", name, plan.Split, tt.want, refusal, plan.Check())
		}
	}
}

// TestASplitWithAnyFee: whatever the fee, and whoever pays it, the card pays what its issuer
// approves and the purse the rest of what is charged; payee and fee get theirs in full.
func TestASplitWithAnyFee(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.Map(rapid.Int64Range(0, 500), func(n int64) money.Amount { return money.Amount(n) })
		o, s, set := byCard(1000 + some.Draw(t, "amount"))
		parts := tariff.Parts{Payer: some.Draw(t, "payer"), Payee: some.Draw(t, "payee")}
		parts.Tax = min(some.Draw(t, "tax"), parts.Payer+parts.Payee)
		s.Fee = &product.Fee{Fee: tariff.Fee{Parts: parts}, Account: feesAccount, TaxAccount: taxAccount}
		plan, refusal := product.Make(o, s, set)
		if refusal != nil {
			t.Fatalf("%+v", refusal)
		}
		p := &payment.Payment{Plan: plan, Amounts: product.Amounts(o.Amount, s.Fee)}
		p.Currency = "CNY"
		granted := money.Amount(rapid.Int64Range(1, int64(p.Charged)-1).Draw(t, "granted"))
		at := time.Date(2026, 11, 26, 4, 0, 0, 0, time.UTC)
		for _, ev := range []payment.Event{{Kind: payment.Ordered}, {Kind: payment.PINRight}, {Kind: payment.Approval, Request: 1, Granted: granted}, {Kind: payment.Accepted, Request: 2}} {
			ev.At = at
			effects, err := payment.Next(p, ev)
			if err != nil {
				t.Fatal(err)
			}
			for _, effect := range effects {
				if effect == payment.Authorize {
					p.Requests = append(p.Requests, uint64(len(p.Requests)+1))
				}
			}
			if err := p.Check(); err != nil {
				t.Fatal(err)
			}
		}
		net := make(map[store.AccountID]money.Amount)
		for i, leg := range p.Plan.Legs {
			if p.Leg(i) != payment.LegPosted {
				t.Fatalf("leg %d is not posted", i)
			}
			net[leg.From] -= leg.Amount
			net[leg.To] += leg.Amount
		}
		if net[4] != -granted || net[101] != granted-p.Charged || net[801] != p.Received || net[feesAccount]+net[taxAccount] != p.Fee || p.AskAmount(1) != granted {
			t.Fatalf("%v of %+v", net, p.Amounts)
		}
		if product.RefundMax(p) != p.Charged-parts.Payer {
			t.Fatalf("%d of %d can be refunded, with a fee of %d", product.RefundMax(p), p.Charged, parts.Payer)
		}
	})
}
