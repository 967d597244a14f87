package product_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/lang"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/product"
	"mpg/engine/tariff"
	"mpg/store"
	"mpg/store/money"
)

const feesAccount, taxAccount store.AccountID = 901, 902

// withTariff returns settings without limits, in which every product costs what keys say.
func withTariff(t interface{ Fatal(...any) }, keys string) product.Settings {
	set, cny := settings(), cny()
	set.PaymentLimit, set.DayLimit = 0, 0
	var err error
	set.Tariff, err = tariff.Load([]tariff.File{{Name: "t", Text: "[small]\nproduct = [\"mpurse\", \"mdebit\", \"mp2p\"]\nto = \"9.99\"\n" +
		"[row]\nproduct = [\"mpurse\", \"mdebit\", \"mp2p\"]\nfrom = \"10\"\n" + keys}}, tariff.Known{Products: []string{"mpurse", "mdebit", "mp2p"}, Currency: cny})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func cny() money.Currency {
	c, _ := money.Lookup("CNY")
	return c
}

// costing returns the sides of an order with its fee.
func costing(o order.Order, set product.Settings) product.Sides {
	s := sides(payer())
	if costs, ok := product.FeeOn(o, s, set); ok {
		s.Fee = &product.Fee{Fee: costs, Account: feesAccount, TaxAccount: taxAccount}
	}
	return s
}

// TestFeeLegs: the fee leaves the account that pays, beside the amount, and the bank is asked
// for both at once. A leg of zero is left out.
func TestFeeLegs(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		keys   string
		order  order.Order
		legs   string
		asked  money.Amount
		exempt bool
	}{
		"sent, the payer pays": {`flat = "1.50"`, order.Order{Intent: order.Send, Amount: 10000}, "101>102 10000/1 101>901 150/6", 0, false},
		"a shop pays":          {"flat = \"1.50\"\npayer_share = \"payee\"", order.Order{Intent: order.Pay, Amount: 10000}, "101>801 9850/1 101>901 150/6", 0, false},
		"both pay, with tax":   {"flat = \"1.06\"\npayer_share = \"50\"\ntax_rate = \"6\"", order.Order{Intent: order.Pay, Amount: 10000}, "101>801 9947/1 101>901 100/6 101>902 6/10", 0, false},
		"from the bank":        {"flat = \"1.06\"\npayer_share = \"50\"\ntax_rate = \"6\"", order.Order{Intent: order.Pay, Amount: 10000, Source: order.FromBank}, "3>801 9947/1 3>901 100/6 3>902 6/10", 10053, false},
		"all of it is tax":     {"flat = \"0.01\"\ntax_rate = \"100\"", order.Order{Intent: order.Send, Amount: 10000}, "101>102 10000/1 101>901 1/6", 0, false}, // half of 0.01 is even at 0
		"rounds to nothing":    {`percent = "0.00001"`, order.Order{Intent: order.Pay, Amount: 1000}, "101>801 1000/1", 0, true},
		"no PIN for a fee":     {`flat = "0.10"`, order.Order{Intent: order.Pay, Amount: 1000}, "101>801 1000/1 101>901 10/6", 0, false},
		"the shop's, no PIN":   {"flat = \"0.10\"\npayer_share = \"payee\"", order.Order{Intent: order.Pay, Amount: 1000}, "101>801 990/1 101>901 10/6", 0, true},
	} {
		tt.order.Currency = cny()
		set := withTariff(t, tt.keys)
		plan, refusal := product.Make(tt.order, costing(tt.order, set), set)
		if refusal != nil {
			t.Errorf("%s: %+v", name, refusal)
			continue
		}
		got, asked := "", money.Amount(0)
		for _, leg := range plan.Legs {
			got += fmt.Sprintf("%d>%d %d/%d ", leg.From, leg.To, leg.Amount, leg.Code)
			if leg.Held == plan.PINExempt {
				t.Errorf("%s: held %t", name, leg.Held)
			}
		}
		for _, ask := range plan.Asks {
			asked = ask.Amount
		}
		if got != tt.legs+" " || asked != tt.asked || plan.PINExempt != tt.exempt {
			t.Errorf("%s: %s, asked %d, exempt %t; want %s, %d, %t", name, got, asked, plan.PINExempt, tt.legs, tt.asked, tt.exempt)
		}
	}
}

// TestLimitsCountTheFee: a payment that exceeds a limit only with its fee is refused.
func TestLimitsCountTheFee(t *testing.T) {
	t.Parallel()
	set := withTariff(t, `flat = "1.00"`)
	set.PaymentLimit = 10000
	for amount, want := range map[money.Amount]*product.Refusal{9900: nil, 9901: {Text: lang.OverPayment, Limit: 10000}} {
		o := order.Order{Intent: order.Pay, Amount: amount, Currency: cny()}
		if _, refusal := product.Make(o, costing(o, set), set); (refusal == nil) != (want == nil) || refusal != nil && *refusal != *want {
			t.Errorf("%d: %+v, want %+v", amount, refusal, want)
		}
	}
}

// TestFeesOfAnyTariff: whatever the row says, the legs of each product are a valid plan and
// add up to the amounts that people are told, at the order and at a capture of less.
func TestFeesOfAnyTariff(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		price := func(name string, most int64) string {
			n := rapid.Int64Range(0, most).Draw(t, name)
			return fmt.Sprintf("%d.%02d", n/100, n%100)
		}
		set := withTariff(t, fmt.Sprintf("flat = %q\npercent = %q\ntax_rate = %q\nrounding = %q\npayer_share = %q\nreturned = %q\n",
			price("flat", 400), price("percent", 5000), price("tax", 10000), rapid.SampledFrom([]string{"up", "down", "half_even"}).Draw(t, "rounding"),
			rapid.SampledFrom([]string{"payer", "payee", "33.3"}).Draw(t, "share"), rapid.SampledFrom([]string{"yes", "no"}).Draw(t, "returned")))
		o := rapid.SampledFrom([]order.Order{{Intent: order.Pay}, {Intent: order.Send}, {Intent: order.Pay, Source: order.FromBank}}).Draw(t, "order")
		o.Amount, o.Currency = money.Amount(rapid.Int64Range(1, 1_000_000).Draw(t, "amount")), cny()
		s := costing(o, set)
		plan, refusal := product.Make(o, s, set)
		if refusal != nil {
			t.Fatalf("refused: %+v", refusal)
		}
		p := &payment.Payment{Plan: plan, Amounts: product.Amounts(o.Amount, s.Fee), Tariff: &s.Fee.Applied}
		p.Currency = "CNY"
		if err := p.Check(); err != nil {
			t.Fatalf("%v: %+v", err, p)
		}
		if p.Charged != o.Amount+p.PayerFee() || p.Received != o.Amount-p.PayeeFee || p.Received <= 0 {
			t.Fatalf("%+v", p.Amounts)
		}
		refundable(t, p, o.Amount)
		part := money.Amount(rapid.Int64Range(1, int64(o.Amount)).Draw(t, "captured"))
		captures(t, p, part)
	})
}

// refundable checks that no more may be refunded of p than was ordered, with the payer's fee
// where the row says that it comes back.
func refundable(t *rapid.T, p *payment.Payment, ordered money.Amount) {
	most := ordered
	if p.Tariff.Terms.Returned {
		most += p.PayerFee()
	}
	if got := product.RefundMax(p); got != most {
		t.Fatalf("%d may be refunded, want %d: %+v", got, most, p.Amounts)
	}
}

// captures orders p again as a payment whose amount is known later, and captures part of it.
func captures(t *rapid.T, p *payment.Payment, part money.Amount) {
	if len(p.Plan.Asks) > 0 {
		return
	}
	later := *p
	later.Plan.Capture, later.Plan.PINExempt = time.Hour, true
	later.Plan.Legs = append([]payment.Leg(nil), p.Plan.Legs...)
	for i := range later.Plan.Legs {
		later.Plan.Legs[i].Held, later.Plan.Legs[i].PostedAt = true, payment.AtConfirm+1
	}
	if err := later.Check(); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)
	if _, err := payment.Next(&later, payment.Event{Kind: payment.Ordered, At: at}); err != nil {
		t.Fatal(err)
	}
	want := p.Tariff.Terms.Fee(part)
	now, err := later.CaptureOf(part)
	if want.Payee >= part { // of so little the payee would get nothing: the shop has to capture more
		if !errors.Is(err, payment.ErrCaptureFee) {
			t.Fatalf("captured %d, and the payee pays %d: %v", part, want.Payee, err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := later.CaptureOf(p.Ordered + 1); !errors.Is(err, payment.ErrCapture) {
		t.Fatalf("more than was ordered: %v", err)
	}
	if _, err := payment.Next(&later, payment.Event{Kind: payment.Capture, Amounts: now, At: at.Add(time.Minute)}); err != nil {
		t.Fatalf("%v: of %+v captured %+v", err, p.Amounts, now)
	}
	if later.Fee != want.Sum() || later.Charged != part+want.Payer || later.Tax != want.Tax {
		t.Fatalf("captured %d: %+v, and the fee is %+v", part, later.Amounts, want)
	}
	refundable(t, &later, part)
}
