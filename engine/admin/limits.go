package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"mpg/engine/books"
	"mpg/engine/limit"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/product"
	"mpg/engine/tariff"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store/money"
)

// ErrTier says that there is no such tier.
var ErrTier = fmt.Errorf("want a tier from 0 to %d", limit.TierMax)

// Limits are the commands about what subscribers may pay. They are a part of a Service.
type Limits struct{ admin *Service }

// ErrReceive says that money can be received only in the purse or at the bank.
var ErrReceive = fmt.Errorf("want %s or %s", order.FromPurse, order.FromBank)

// UserSetting is what is to change about a subscriber.
type UserSetting struct {
	Tier    *int         // on which the fees and limits of later orders depend; nil: stays
	Receive order.Source // where what others send goes, FromPurse or FromBank; empty: stays
}

// Set changes what fees, limits and payments to a subscriber depend on. The error is ErrTier,
// ErrReceive, ErrNoUser, ErrNoAccount, or an error of the key or the store.
func (l *Limits) Set(ctx context.Context, by Command, phone string, to UserSetting) (json.RawMessage, error) {
	body := "set user " + phone
	if to.Tier != nil {
		if *to.Tier < 0 || *to.Tier > limit.TierMax {
			return nil, badArgument{ErrTier}
		}
		body += fmt.Sprintf(" tier %d", *to.Tier)
	}
	if to.Receive != "" {
		if to.Receive != order.FromPurse && to.Receive != order.FromBank {
			return nil, badArgument{ErrReceive}
		}
		body += fmt.Sprintf(" receive %s", to.Receive)
	}
	return l.admin.Once(ctx, by, &Action{Name: "user set", Object: phone}, body, func(t *tx.Tx) (any, error) {
		u, err := subscriber(t, phone)
		if err != nil {
			return nil, err
		}
		if to.Receive == order.FromBank && u.BankAccount == 0 {
			return nil, fmt.Errorf("%s %w", phone, ErrNoAccount)
		}
		if to.Tier != nil {
			u.Tier = *to.Tier
		}
		if to.Receive != "" {
			u.ReceiveAtBank = to.Receive == order.FromBank
		}
		t.SaveUser(u)
		return viewUser(u), nil
	})
}

// SetTier puts a subscriber into another tier, like Set.
func (l *Limits) SetTier(ctx context.Context, by Command, phone string, tier int) (json.RawMessage, error) {
	return l.Set(ctx, by, phone, UserSetting{Tier: &tier})
}

// LimitTest is a payment that is tried against the limits.
type LimitTest struct {
	Phone   string // of the payer, E.164
	Product string
	Shop    string // code of the shop that takes part; empty: none in particular
	Payee   string // number of the person who is paid, E.164; empty: nobody in particular
	Amount  money.Amount
}

// LimitTestView is how a payment compares with the limits of its payer.
type LimitTestView struct {
	Number  string      `json:"number"`
	Tier    int         `json:"tier"`
	Product string      `json:"product"`
	Date    string      `json:"date"`    // on which it would count
	Charged string      `json:"charged"` // the amount with its fee
	Allowed bool        `json:"allowed"` // by the limits, and as far as the payee is concerned
	Limits  []LimitView `json:"limits"`
	Payee   string      `json:"payee,omitempty"` // what applies to one that is not registered
}

// LimitView is one limit.
type LimitView struct {
	Row      string `json:"row"`
	Place    string `json:"place"`
	Kind     string `json:"kind"`
	PerPayee bool   `json:"per_payee,omitempty"`
	Rolling  bool   `json:"rolling,omitempty"`  // the last 7 or 30 days
	Incoming bool   `json:"incoming,omitempty"` // of what the payee receives
	Limit    string `json:"limit"`
	Used     string `json:"used"`
	Exceeded bool   `json:"exceeded"`
	Instead  string `json:"instead,omitempty"` // row that holds in its place; empty: it holds itself
}

// Test shows how a payment would compare with each limit of its payer now. Nothing is
// ordered. The error is ErrNoUser, ErrNoMerchant or ErrArgument.
func (l *Limits) Test(ctx context.Context, test LimitTest) (LimitTestView, error) {
	r := l.admin.Reader
	t := r.view(ctx)
	u, err := subscriber(t, test.Phone)
	switch {
	case errors.Is(err, ErrNoUser):
		return LimitTestView{}, fmt.Errorf("%w: a number that is not registered can pay nothing, whatever the limits are", err)
	case err != nil:
		return LimitTestView{}, err
	}
	if err := r.looked(ctx, "limit test", u.No, ""); err != nil {
		return LimitTestView{}, err
	}
	used, err := tx.Read[limit.Usage](t, limit.Table, payment.Key(u.No))
	if err != nil {
		return LimitTestView{}, err
	}
	payee, err := payeeOf(t, test, u)
	if err != nil {
		return LimitTestView{}, err
	}
	rules, currency := r.cfg.Rules().Payments, r.cfg.Place.Currency
	date := r.cfg.Place.Day(r.cfg.Now())
	fee, _ := rules.Tariff.Fee(tariff.Order{Product: test.Product, Channel: tariff.ChannelSMS, Shop: payee.shop, Class: payee.class, Tier: u.Tier, Currency: currency.Code, Amount: test.Amount, Date: date})
	fee = product.OnTop(payment.Product(test.Product), fee)
	charged := test.Amount + fee.Payer
	today := u.Today(date)
	v := LimitTestView{Number: u.Phone, Tier: u.Tier, Product: test.Product, Date: today.Date, Charged: currency.Format(charged), Allowed: true}
	spends := payment.Product(test.Product).Spends()
	v.Limits = []LimitView{}
	if spends {
		v.Limits = l.usual(u, &today, charged)
	}
	order := limit.Order{Product: test.Product, Tier: u.Tier, Payee: payee.called, Before: payee.before, Class: payee.class, Apart: !spends, Amount: charged, Date: today.Date}
	for _, verdict := range rules.Limits.Explain(order, used) {
		format := func(n int64) string { return currency.Format(money.Amount(n)) }
		if verdict.Kind.Counts() {
			format = func(n int64) string { return fmt.Sprint(n) }
		}
		v.Limits = append(v.Limits, LimitView{Row: verdict.Row.ID, Place: verdict.Row.Place(), Kind: string(verdict.Kind), PerPayee: verdict.Row.PerPayee,
			Rolling: verdict.Row.Rolling, Limit: format(verdict.Limit), Used: format(verdict.Used), Exceeded: verdict.Exceeded, Instead: verdict.Instead})
	}
	if payee.user != nil {
		incoming, err := l.incoming(ctx, payee.user, test.Amount-fee.Payee, today.Date)
		if err != nil {
			return LimitTestView{}, err
		}
		v.Limits = append(v.Limits, incoming...)
	}
	if payee.stranger {
		v.Payee, v.Allowed = l.stranger(&test)
	}
	for _, one := range v.Limits {
		v.Allowed = v.Allowed && !one.Exceeded
	}
	return shown(ctx, v), nil
}

// usual returns the limits of mpg.toml itself.
func (l *Limits) usual(u *user.User, today *user.Day, charged money.Amount) []LimitView {
	rules, format := l.admin.cfg.Rules().Payments, l.admin.cfg.Place.Currency.Format
	views := []LimitView{}
	for _, one := range []struct {
		key        string
		kind       limit.Kind
		most, used money.Amount
	}{{"limit.payment", limit.Max, rules.PaymentLimit, 0}, {"limit.day", limit.Day, rules.DayLimit, today.Sum}} {
		if one.most == 0 {
			continue
		}
		view := LimitView{Row: one.key, Place: "mpg.toml", Kind: string(one.kind), Limit: format(one.most), Used: format(one.used)}
		if rules.Limits.Gives(u.Tier, one.kind) {
			view.Instead = "a row for all products"
		} else {
			view.Exceeded = one.used > one.most-charged
		}
		views = append(views, view)
	}
	return views
}

// incoming returns the limits of what a subscriber receives, of which amount comes now.
func (l *Limits) incoming(ctx context.Context, receiver *user.User, amount money.Amount, date string) ([]LimitView, error) {
	rules, format, kept := l.admin.cfg.Rules().Payments.Limits, l.admin.cfg.Place.Currency.Format, l.admin.cfg.Store
	if err := l.admin.looked(ctx, "limit test", receiver.No, ""); err != nil {
		return nil, err
	}
	var views []LimitView
	if row := rules.CeilingRow(receiver.Tier); row != nil && rules.Ceiling(receiver.Tier) > 0 {
		ceiling := rules.Ceiling(receiver.Tier)
		purse, _, err := kept.Account(ctx, receiver.Purse)
		if err != nil {
			return nil, err
		}
		views = append(views, LimitView{Row: row.ID, Place: row.Place(), Kind: string(limit.Balance), Incoming: true, Limit: format(ceiling),
			Used: format(purse.Reach()), Exceeded: purse.Reach()+amount > ceiling})
	}
	for _, most := range rules.Incoming(receiver.Tier, date) {
		id, err := books.Counter(receiver.No, string(most.Kind), most.Since)
		if err != nil {
			return nil, err
		}
		counter, _, err := kept.Account(ctx, id)
		if err != nil {
			return nil, err
		}
		views = append(views, LimitView{Row: most.Row.ID, Place: most.Row.Place(), Kind: string(most.Kind), Incoming: true, Limit: format(most.Limit),
			Used: format(counter.Reach()), Exceeded: counter.Reach()+amount > most.Limit})
	}
	return views, nil
}

// payee is who would be paid.
type payee struct {
	called   string     // in limits
	before   string     // what a person's number was called there before it was registered
	shop     string     // code of the shop that takes part; empty: none in particular
	class    string     // of a shop, or limit.Person
	user     *user.User // whose purse gets the money; nil: none, or nobody in particular
	stranger bool       // a number that is not registered
}

// payeeOf returns who would be paid by payer.
func payeeOf(t *tx.Tx, test LimitTest, payer *user.User) (payee, error) {
	by, ok := product.Named(test.Product)
	switch {
	case !ok:
		return payee{}, badArgument{fmt.Errorf("there is no product %q", test.Product)}
	case test.Shop != "" && !by.HasShop:
		return payee{}, badArgument{fmt.Errorf("no shop takes part in a payment by %s", test.Product)}
	case test.Payee != "" && (by.PaysShop || by.Own):
		return payee{}, badArgument{fmt.Errorf("no payment by %s goes to another person", test.Product)}
	}
	to := payee{shop: test.Shop}
	if !by.PaysShop {
		to.class = limit.Person
	}
	if test.Shop != "" {
		shop, err := t.Merchant(test.Shop)
		if err == nil && shop == nil {
			err = ErrNoMerchant
		}
		if err != nil {
			return payee{}, err
		}
		if by.PaysShop {
			to.called, to.class = test.Shop, shop.Class
		}
	}
	switch {
	case by.Own:
		to.called = limit.Payee("", payer.No)
		if by.Name == payment.BankIn {
			to.user = payer
		}
	case test.Payee != "":
		return personOf(t, to, test.Payee)
	}
	return to, nil
}

// personOf makes the person with that number the payee.
func personOf(t *tx.Tx, to payee, number string) (payee, error) {
	called := limit.Number(tx.AliasKey(t, number))
	u, err := t.UserOf(number)
	if u == nil {
		to.called, to.stranger = called, true
		return to, err
	}
	to.called, to.before, to.user = limit.Payee("", u.No), called, u
	return to, err
}

// stranger returns what applies to a payee who is not registered, and whether the money may be
// sent.
func (l *Limits) stranger(test *LimitTest) (what string, allowed bool) {
	waits := l.admin.cfg.Rules().Waits
	switch {
	case test.Product != string(payment.MP2P):
		return "is not registered; an order to pay this number is refused", false
	case waits == 0:
		return "is not registered; an order to pay this number is refused, since [claim] is not enabled", false
	case !l.admin.cfg.Numbers.Domestic(test.Payee):
		return "is not registered; an order to pay this number is refused, since it is a foreign one", false
	}
	return "is not registered; the money would wait " + hours(waits) + " for its owner to register, and the limits on what a purse may hold and receive apply then", true
}
