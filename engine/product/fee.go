package product

import (
	"slices"

	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/tariff"
	"mpg/store"
	"mpg/store/money"
)

// Fee is what an order costs, with the accounts that get it.
type Fee struct {
	tariff.Fee
	Account    store.AccountID // gets the fee without its tax
	TaxAccount store.AccountID // gets the tax
}

// FeeOn returns what an order costs by the tariff, or false if no row is for it.
func FeeOn(o order.Order, s Sides, set Settings) (tariff.Fee, bool) {
	i := slices.IndexFunc(products, func(p maker) bool { return p.means(o) })
	if i < 0 || o.Amount <= 0 {
		return tariff.Fee{}, false
	}
	costs := tariff.Order{Product: string(products[i].name), Channel: tariff.ChannelSMS, Tier: s.Payer.Tier, Currency: o.Currency.Code, Amount: o.Amount, Date: s.Date}
	costs.Class = s.class(products[i].name)
	if s.Shop != nil {
		costs.Shop = s.Shop.Code
	}
	fee, ok := set.Tariff.Fee(costs)
	return OnTop(products[i].name, fee), ok
}

// OnTop returns the fee of a payment by a product: where both sides are the same person, they
// pay all of it in addition to the amount, whatever the row says.
func OnTop(name payment.Product, fee tariff.Fee) tariff.Fee {
	if ownMoney(name) {
		fee.Parts.Payer, fee.Parts.Payee = fee.Sum(), 0
		fee.Terms.PayerShare = tariff.Whole
	}
	return fee
}

// ownMoney reports whether a product only moves a subscriber's own money.
func ownMoney(name payment.Product) bool { return name == payment.BankIn || name == payment.BankOut }

// Amounts returns who pays and gets how much of an order. fee may be nil.
func Amounts(ordered money.Amount, fee *Fee) payment.Amounts {
	a := payment.Amounts{Ordered: ordered, Charged: ordered, Received: ordered}
	if fee != nil {
		a.Charged, a.Received = ordered+fee.Payer, ordered-fee.Payee
		a.Fee, a.PayeeFee, a.Tax = fee.Sum(), fee.Payee, fee.Tax
	}
	return a
}

// legs returns the legs that move the ordered amount and its fee, held from the order until
// stage. All of them draw on what the payer pays from: the payee's part of the fee never
// reaches the payee, which may have nothing yet that could be held. A leg of zero is
// left out.
func legs(from, to store.AccountID, ordered money.Amount, fee *Fee, stage payment.Stage) []payment.Leg {
	a := Amounts(ordered, fee)
	all := []payment.Leg{{From: from, To: to, Amount: a.Received, Code: payment.CodePay, Held: true, PostedAt: stage}}
	if net := a.Fee - a.Tax; net > 0 {
		all = append(all, payment.Leg{From: from, To: fee.Account, Amount: net, Code: payment.CodeFee, Held: true, PostedAt: stage})
	}
	if a.Tax > 0 {
		all = append(all, payment.Leg{From: from, To: fee.TaxAccount, Amount: a.Tax, Code: payment.CodeTax, Held: true, PostedAt: stage})
	}
	return all
}
