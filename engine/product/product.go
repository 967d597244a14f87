// Package product makes a plan of an order. It is pure: parties and settings
// come in, legs or a refusal go out, and no product is named anywhere else in
// the rules.
//
// One file holds one product, or two that are each other's opposite; the list in products is
// the whole register. A further product is a file and a line. fee.go has what an order costs,
// and the legs for it; limit.go has the limits. The package imports store/money and the pure
// packages of engine.
package product

import (
	"cmp"
	"slices"
	"time"

	"mpg/engine/lang"
	"mpg/engine/limit"
	"mpg/engine/merchant"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/tariff"
	"mpg/engine/user"
	"mpg/store"
	"mpg/store/money"
)

// Settings are the operator's rules. A zero amount means: no limit, or never
// without a PIN call.
type Settings struct {
	PINAbove     money.Amount // mPurse needs no PIN call up to this amount
	PINFreeDay   money.Amount // sum without a PIN call in one local day
	PaymentLimit money.Amount // greatest single payment
	DayLimit     money.Amount // greatest sum of a local day
	Tariff       *tariff.Set  // what payments cost; nil: nothing
	Limits       *limit.Set   // further limits, by tier and product; nil: none
	Banks        map[string]store.AccountID
	Cards        CardRules
	Off          []payment.Product // not offered
	Verticals    Verticals
}

// Verticals says how long a shop whose price is known later may take to capture it.
type Verticals struct {
	Fuel  time.Duration // from the order at a petrol station; 0: fuelFor
	Hotel time.Duration // at a hotel; 0: hotelFor
	// Increase is how far a shop may have an authorised amount increased, in percent of what
	// its payer confirmed; 0: not at all.
	Increase int64
}

// Verticals where the settings say nothing.
const (
	fuelFor  = 12 * time.Hour
	hotelFor = 7 * 24 * time.Hour
)

// CaptureFor returns how long after an order shop may capture its price; 0: the price is what
// was ordered, and is paid at once.
func (v Verticals) CaptureFor(shop *merchant.Merchant) time.Duration {
	switch shop.Kind() {
	case merchant.Fuel:
		return cmp.Or(v.Fuel, fuelFor)
	case merchant.Hotel:
		return cmp.Or(v.Hotel, hotelFor)
	}
	return 0
}

// Sides are the people of an order. Exactly one of Shop, Payee, Stranger and Own is set,
// except in CashIn: there Payer is the manager of Shop, which pays Payee.
type Sides struct {
	Payer    *user.User
	Shop     *merchant.Merchant
	Payee    *user.User
	Stranger *Stranger
	Own      lang.Own // the payer's own purse or bank account, which gets the money
	Date     string   // local day, 2006-01-02
	Fee      *Fee     // what the order costs; nil: nothing. See FeeOn
	// Card is the card that the order is paid with; nil: none was named, or found.
	Card *PayingCard
	// Transit is the account of what the payer's bank has paid and the payee's has not taken
	// yet. It is needed only where Transits says so.
	Transit store.AccountID
	// Number is what limits call the number of a person who is paid; see limit.Number.
	Number string
	// Used is what the payer has ordered lately. It is needed only where Settings has Limits.
	Used *limit.Usage
}

// Stranger is a payee who is not registered, and for whom money may wait.
type Stranger struct {
	Number string          // E.164
	Waits  store.AccountID // the account in which it waits
	For    time.Duration   // how long
}

// Refusal says which text answers an order that cannot be a payment.
type Refusal struct {
	Text  lang.Key
	Limit money.Amount
	Left  money.Amount // of it, in its period
	Count int          // of payments that are allowed in a period
}

// maker is one product: whether the order means it, and the plan.
type maker struct {
	name  payment.Product
	what  string // in a few words
	asks  bool   // asks a bank
	shop  shopIs
	means func(o order.Order) bool
	plan  func(o order.Order, s Sides, set Settings) (payment.Plan, *Refusal)
}

// shopIs says what part a shop has in the payments by a product.
type shopIs int

const (
	noSide shopIs = iota
	thePayee
	thePayer
)

// products is the register, asked in this order. It is never written to.
var products = []maker{
	{payment.MCredit, "from a card to a shop", true, thePayee, meansMCredit, planMCredit},
	{payment.MDebit, "from the bank account to a shop", true, thePayee, meansMDebit, planMDebit},
	{payment.MP2P, "from the purse or the bank account to a person", false, noSide, meansMP2P, planMP2P},
	{payment.CashIn, "from an agent, for cash, to a purse", false, thePayer, meansCashIn, planCashIn},
	{payment.CashOut, "from the purse to an agent, for cash", false, thePayee, meansCashOut, planCashOut},
	{payment.BankOut, "from the purse to one's own bank account", true, noSide, meansBankOut, planBankOut},
	{payment.BankIn, "from the bank account to one's own purse", true, noSide, meansBankIn, planBankIn},
	{payment.MPurse, "from the purse to a shop", false, thePayee, meansMPurse, planMPurse},
}

// Make returns the plan of o, or why there is none.
func Make(o order.Order, s Sides, set Settings) (payment.Plan, *Refusal) {
	for _, p := range products {
		if !p.means(o) || slices.Contains(set.Off, p.name) {
			continue
		}
		amounts := Amounts(o.Amount, s.Fee)
		if r := OverLimit(p.name, amounts.Charged, s, set); r != nil {
			return payment.Plan{}, r
		}
		if amounts.Received <= 0 {
			return payment.Plan{}, &Refusal{Text: lang.CannotDo}
		}
		plan, r := p.plan(o, s, set)
		plan.Notice = payment.NoticeVersion
		if s.Shop != nil && s.Shop.Kind() != merchant.Sale {
			plan.Vertical = string(s.Shop.Kind())
		}
		return plan, r
	}
	return payment.Plan{}, &Refusal{Text: lang.NoSource}
}

// Product describes one product in a few words.
type Product struct {
	Name   payment.Product
	What   string
	AtBank bool // works only where a bank is configured

	PaysShop bool // its payee is a shop; otherwise it is a person
	HasShop  bool // a shop takes part: it is the payee, or an agent that pays
	Own      bool // payer and payee are the same subscriber
}

// All returns every product that can be ordered.
func All() []Product {
	var all []Product
	for _, p := range slices.Backward(products) {
		all = append(all, Product{p.name, p.what, p.asks, p.shop == thePayee, p.shop != noSide, ownMoney(p.name)})
	}
	return all
}

// Named returns the product of that name, if one can be ordered.
func Named(name string) (Product, bool) {
	all := All()
	i := slices.IndexFunc(all, func(p Product) bool { return string(p.Name) == name })
	if i < 0 {
		return Product{}, false
	}
	return all[i], true
}

// Offered reports whether any product serves the order; the sides of one that
// none serves need not be looked up.
func Offered(o order.Order, set Settings) bool {
	return slices.ContainsFunc(products, func(p maker) bool { return p.means(o) && !slices.Contains(set.Off, p.name) })
}
