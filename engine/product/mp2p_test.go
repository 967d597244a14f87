package product_test

import (
	"testing"

	"pgregory.net/rapid"

	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/product"
	"mpg/engine/tariff"
	"mpg/engine/user"
	"mpg/store"
	"mpg/store/money"
)

const (
	payerPurse, payeePurse, icbc, boc, transit, fees, taxes store.AccountID = 101, 102, 3, 4, 31, 90, 91
)

// fourWays returns the order and the sides of a payment between two people.
func fourWays(t *rapid.T, amount money.Amount) (order.Order, product.Sides, product.Settings) {
	o := order.Order{Intent: order.Send, Amount: amount, Source: rapid.SampledFrom([]order.Source{"", order.FromPurse, order.FromBank}).Draw(t, "source")}
	s := product.Sides{Payer: payer(), Transit: transit, Date: today,
		Payee: &user.User{No: 2, Purse: payeePurse, AtBank: user.AtBank{Bank: rapid.SampledFrom([]string{"icbc", "boc", "gone"}).Draw(t, "bank"), BankAccount: 2, ReceiveAtBank: rapid.Bool().Draw(t, "at bank")}}}
	if rapid.Bool().Draw(t, "fee") {
		tax := money.Amount(rapid.Int64Range(0, 3).Draw(t, "tax"))
		s.Fee = &product.Fee{Fee: tariff.Fee{Parts: tariff.Parts{Payer: money.Amount(rapid.Int64Range(0, 9).Draw(t, "payer")), Payee: money.Amount(rapid.Int64Range(0, min(9, int64(amount)-1)).Draw(t, "payee"))}}, Account: fees, TaxAccount: taxes}
		s.Fee.Tax = min(tax, s.Fee.Sum())
	}
	set := settings()
	set.Banks = map[string]store.AccountID{"icbc": icbc, "boc": boc}
	set.PaymentLimit, set.DayLimit = 0, 0
	return o, s, set
}

// TestEachWayBetweenPeopleAddsUp: from the purse or the bank, to the purse or the bank. Each
// plan can be carried out, every bank is asked for what its legs move, the payer pays and the
// payee gets what they are told, and what the payer's bank has paid can go back to the purse.
func TestEachWayBetweenPeopleAddsUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o, s, set := fourWays(t, money.Amount(rapid.Int64Range(1, 100_000).Draw(t, "amount")))
		plan, refusal := product.Make(o, s, set)
		if refusal != nil {
			t.Fatalf("refused: %+v", refusal)
		}
		p := &payment.Payment{No: 1, Plan: plan, Amounts: product.Amounts(o.Amount, s.Fee)}
		p.Currency = "CNY"
		if err := p.Check(); err != nil {
			t.Fatal(err)
		}
		fromBank, toBank := o.Source == order.FromBank, s.Payee.ReceiveAtBank && s.Payee.Bank != "gone"
		if plan.FromBank() != fromBank || plan.ToBank() != toBank || product.Transits(o, s, set) != (fromBank && toBank) {
			t.Fatalf("from bank %v, to bank %v: %+v", plan.FromBank(), plan.ToBank(), plan)
		}
		moved := make(map[store.AccountID]money.Amount)
		for _, leg := range plan.Legs {
			if !leg.Held || leg.Amount <= 0 {
				t.Fatalf("leg %+v", leg)
			}
			moved[leg.From] -= leg.Amount
			moved[leg.To] += leg.Amount
		}
		pays, gets := payerPurse, payeePurse
		if fromBank {
			pays = icbc
		}
		if toBank {
			gets = set.Banks[s.Payee.Bank]
		}
		if pays == gets && moved[pays] != p.Received-p.Charged || pays != gets && (moved[pays] != -p.Charged || moved[gets] != p.Received) {
			t.Fatalf("moved %v, charged %d, received %d", moved, p.Charged, p.Received)
		}
		if moved[transit] != 0 || moved[fees]+moved[taxes] != p.Fee || fromBank && toBank && plan.Back != payerPurse {
			t.Fatalf("moved %v, fee %d, back to %d", moved, p.Fee, plan.Back)
		}
		for _, ask := range plan.Asks {
			want := map[payment.Kind]money.Amount{payment.Debit: p.Charged, payment.Credit: p.Received}[ask.Kind]
			if ask.Amount != want || want == 0 {
				t.Fatalf("asked for %+v", ask)
			}
		}
	})
}
