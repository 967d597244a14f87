package product_test

import (
	"testing"

	"pgregory.net/rapid"

	"mpg/engine/lang"
	"mpg/engine/merchant"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/product"
	"mpg/engine/user"
	"mpg/store"
	"mpg/store/money"
)

const today = "2026-11-22"

func payer() *user.User {
	return &user.User{No: 1, Purse: 101, State: user.Active, AtBank: user.AtBank{Bank: "icbc", BankAccount: 1}}
}

func sides(u *user.User) product.Sides {
	return product.Sides{Payer: u, Shop: &merchant.Merchant{Code: "8001", Account: 801}, Payee: &user.User{No: 2, Purse: 102}, Date: today}
}

func settings() product.Settings {
	return product.Settings{PINAbove: 2000, PINFreeDay: 5000, PaymentLimit: 100000, DayLimit: 150000, Banks: map[string]store.AccountID{"icbc": 3}}
}

func TestPlans(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		order    order.Order
		product  payment.Product
		from, to store.AccountID
		bank     string
		free     bool
	}{
		{"purse to shop", order.Order{Intent: order.Pay, Amount: 12850}, payment.MPurse, 101, 801, "", false},
		{"small", order.Order{Intent: order.Pay, Amount: 2000, Source: order.FromPurse}, payment.MPurse, 101, 801, "", true},
		{"a fen above", order.Order{Intent: order.Pay, Amount: 2001}, payment.MPurse, 101, 801, "", false},
		{"bank to shop", order.Order{Intent: order.Pay, Amount: 1000, Source: order.FromBank}, payment.MDebit, 3, 801, "icbc", false},
		{"purse to person", order.Order{Intent: order.Send, Amount: 1000}, payment.MP2P, 101, 102, "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, refusal := product.Make(tt.order, sides(payer()), settings())
			if refusal != nil {
				t.Fatalf("refused: %+v", refusal)
			}
			if p.Product != tt.product || p.Bank() != tt.bank || p.PINExempt != tt.free || p.Notice != payment.NoticeVersion {
				t.Errorf("%+v", p)
			}
			if l := p.Legs; len(l) != 1 || l[0].From != tt.from || l[0].To != tt.to || l[0].Amount != tt.order.Amount || l[0].Code != payment.CodePay || l[0].Held != !p.PINExempt || p.Check() != nil {
				t.Errorf("legs %+v", l)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	spent := payer()
	spent.Spend(today, 100001, false)
	used := payer()
	used.Spend(today, 150000, false)
	unbanked := payer()
	unbanked.BankAccount = 0
	elsewhere := payer()
	elsewhere.Bank = "boc"
	self := sides(payer())
	self.Payee = payer()
	for _, tt := range []struct {
		name  string
		order order.Order
		sides product.Sides
		want  product.Refusal
	}{
		{"one payment too large", order.Order{Intent: order.Pay, Amount: 100001}, sides(payer()), product.Refusal{Text: lang.OverPayment, Limit: 100000}},
		{"the day's sum", order.Order{Intent: order.Pay, Amount: 50000}, sides(spent), product.Refusal{Text: lang.OverDayLeft, Limit: 150000, Left: 49999}},
		{"nothing left of the day", order.Order{Intent: order.Pay, Amount: 1}, sides(used), product.Refusal{Text: lang.OverDay, Limit: 150000}},
		{"no account at a bank", order.Order{Intent: order.Pay, Amount: 1, Source: order.FromBank}, sides(unbanked), product.Refusal{Text: lang.NoBankAccount}},
		{"a bank that is not linked", order.Order{Intent: order.Pay, Amount: 1, Source: order.FromBank}, sides(elsewhere), product.Refusal{Text: lang.NoBankAccount}},
		{"without a card", order.Order{Intent: order.Pay, Amount: 1, Source: order.FromCard}, sides(payer()), product.Refusal{Text: lang.NoCard}},
		{"by card to a person", order.Order{Intent: order.Send, Amount: 1, Source: order.FromCard}, sides(payer()), product.Refusal{Text: lang.NoSource}},
		{"to a person without an account", order.Order{Intent: order.Send, Amount: 1, Source: order.FromBank}, sides(unbanked), product.Refusal{Text: lang.NoBankAccount}},
		{"to a person from a bank that is not linked", order.Order{Intent: order.Send, Amount: 1, Source: order.FromBank}, sides(elsewhere), product.Refusal{Text: lang.NoBankAccount}},
		{"to oneself", order.Order{Intent: order.Send, Amount: 1}, self, product.Refusal{Text: lang.Yourself}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, refusal := product.Make(tt.order, tt.sides, settings())
			if refusal == nil || *refusal != tt.want {
				t.Errorf("%+v, want %+v", refusal, tt.want)
			}
		})
	}
}

// TestOff: what is switched off is not offered, and the others are.
func TestOff(t *testing.T) {
	t.Parallel()
	set := settings()
	set.Off = []payment.Product{payment.MDebit, payment.MP2P}
	for _, tt := range []struct {
		order   order.Order
		offered bool
	}{
		{order.Order{Intent: order.Pay, Amount: 1}, true},
		{order.Order{Intent: order.Pay, Amount: 1, Source: order.FromBank}, false},
		{order.Order{Intent: order.Send, Amount: 1}, false},
	} {
		_, refusal := product.Make(tt.order, sides(payer()), set)
		if product.Offered(tt.order, set) != tt.offered || (refusal == nil) != tt.offered || refusal != nil && refusal.Text != lang.NoSource {
			t.Errorf("%+v: %+v", tt.order, refusal)
		}
		if !product.Offered(tt.order, settings()) {
			t.Errorf("%+v is not offered", tt.order)
		}
	}
}

// TestFreeSums: whatever is ordered in a day, no more than the day's free sum
// leaves without a PIN call, and none at all by default.
func TestFreeSums(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		set := settings()
		set.PINAbove = money.Amount(rapid.Int64Range(0, 5000).Draw(t, "above"))
		set.PINFreeDay = money.Amount(rapid.Int64Range(0, 9000).Draw(t, "day"))
		set.PaymentLimit, set.DayLimit = 0, 0
		u := payer()
		var free money.Amount
		for range rapid.IntRange(1, 20).Draw(t, "orders") {
			amount := money.Amount(rapid.Int64Range(1, 6000).Draw(t, "amount"))
			p, refusal := product.Make(order.Order{Intent: order.Pay, Amount: amount}, sides(u), set)
			if refusal != nil {
				t.Fatalf("refused %+v", refusal)
			}
			if p.PINExempt {
				free += amount
			}
			if p.PINExempt && amount > set.PINAbove {
				t.Fatalf("%d without a PIN above %d", amount, set.PINAbove)
			}
			u.Spend(today, amount, p.PINExempt)
		}
		if free > set.PINFreeDay {
			t.Fatalf("%d free, at most %d a day", free, set.PINFreeDay)
		}
	})
}

// TestWhoPaid: a refund goes to the account that a bank has debited, and never to one that
// it was asked to pay into, which is the shop's.
func TestWhoPaid(t *testing.T) {
	t.Parallel()
	for want, asks := range map[string][]payment.Ask{
		"":     {{Bank: "boc", Account: 1, Amount: 100, Kind: payment.Credit}},
		"abc":  {{Bank: "abc", Account: 3, Amount: 100, Kind: payment.PreAuth}, {Bank: "abc", Account: 3, Amount: 100, Kind: payment.Completion}},
		"icbc": {{Bank: "icbc", Account: 2, Amount: 100, Kind: payment.Debit}, {Bank: "boc", Account: 1, Amount: 100, Kind: payment.Credit}},
	} {
		if got := product.PaidByBank(&payment.Payment{Plan: payment.Plan{Asks: asks}}); got != want {
			t.Errorf("%q paid, want %q", got, want)
		}
	}
	if got := product.PaidByBank(&payment.Payment{}); got != "" {
		t.Errorf("%q paid for what the purse paid", got)
	}
}
