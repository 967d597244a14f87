package intent

import (
	"fmt"
	"time"

	"mpg/engine/books"
	"mpg/engine/lang"
	"mpg/engine/limit"
	"mpg/engine/merchant"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/process"
	"mpg/engine/product"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
	"mpg/store/money"
)

// payments are the handlers of what pays, and of what calls the payer.
type payments struct{ *Service }

// pay accepts an order for a payment, or answers why not.
func (s payments) pay(t *tx.Tx, req *Request) error {
	sides, declined, err := s.sides(t, req, req.Order)
	if err != nil {
		return err
	}
	if declined != nil {
		if req.Sender.SeeDate(sides.Date) {
			t.SaveUser(req.Sender)
		}
		return s.Reply(t, req, declined.text, declined.args)
	}
	if sides.Fee, err = s.fee(t, req, sides); err != nil {
		return err
	}
	if sides.Used, err = s.used(t, req); err != nil {
		return err
	}
	if req.Order.Source == order.FromCard {
		var declined *answer
		if sides.Card, declined, err = cardOf(t, s.cfg.Books, req, sides.Date); err != nil {
			return err
		}
		if declined != nil {
			return s.Reply(t, req, declined.text, declined.args)
		}
	}
	if product.Transits(req.Order, sides, req.Rules.Products) && sides.Payer.Bank != "" {
		if sides.Transit, err = s.cfg.Books.Account(t, books.TransitPrefix+sides.Payer.Bank, store.Liability, ""); err != nil {
			return err
		}
	}
	if err := receivers(s).openPurse(t, req, &sides); err != nil {
		return err
	}
	return s.Pay(t, req, sides, func() (payment.Plan, payment.Amounts, *product.Refusal) {
		plan, refusal := product.Make(req.Order, sides, req.Rules.Products)
		return plan, product.Amounts(req.Order.Amount, sides.Fee), refusal
	})
}

// used returns what the sender has ordered lately, or nil if there are no limits that need it.
func (s payments) used(t *tx.Tx, req *Request) (*limit.Usage, error) {
	if req.Rules.Products.Limits == nil {
		return nil, nil
	}
	used, err := tx.Read[limit.Usage](t, limit.Table, payment.Key(req.Sender.No))
	if err == nil && used == nil {
		used = new(limit.Usage)
	}
	return used, err
}

// fee returns what an order costs by the tariff of the moment, with the accounts that get it,
// or nil if no row is for it.
func (s payments) fee(t *tx.Tx, req *Request, sides product.Sides) (*product.Fee, error) {
	costs, ok := product.FeeOn(req.Order, sides, req.Rules.Products)
	if !ok {
		return nil, nil
	}
	fee := &product.Fee{Fee: costs}
	for _, part := range []struct {
		name   string
		amount money.Amount
		to     *store.AccountID
	}{{costs.Terms.Account, costs.Sum() - costs.Tax, &fee.Account}, {books.Tax, costs.Tax, &fee.TaxAccount}} {
		if part.amount == 0 {
			continue
		}
		var err error
		if *part.to, err = s.cfg.Books.Account(t, part.name, store.Liability, ""); err != nil {
			return nil, err
		}
	}
	return fee, nil
}

// Pay accepts an order for a payment between sides, or answers why not. by makes the plan
// and says what the payer pays and the payee gets, or refuses. The checks are made in the
// order in which their answers help most.
func (s *Service) Pay(t *tx.Tx, req *Request, sides product.Sides, by func() (payment.Plan, payment.Amounts, *product.Refusal)) error {
	paying := payments{s}
	if req.Sender.SeeDate(sides.Date) {
		t.SaveUser(req.Sender)
	}
	declined, err := paying.mayOrder(t, req, sides)
	if err != nil {
		return err
	}
	if declined != nil {
		return s.Reply(t, req, declined.text, declined.args)
	}
	if sides.Used == nil {
		if sides.Used, err = paying.used(t, req); err != nil {
			return err
		}
	}
	plan, amounts, refusal := by()
	if refusal == nil { // the limits are for what the payer pays, whichever product it is, with its fees
		refusal = product.OverLimit(plan.Product, amounts.Charged, sides, req.Rules.Products)
	}
	if refusal != nil {
		return s.Reply(t, req, refusal.Text, lang.Args{Limit: refusal.Limit, Figures: lang.Figures{Left: refusal.Left, Count: refusal.Count}, Currency: req.Order.Currency, Party: payeeOf(sides).Shown()})
	}
	if asked, err := (firsts{s}).check(t, req, &sides, &plan, &amounts); err != nil {
		return err
	} else if asked != nil {
		return s.Reply(t, req, asked.text, asked.args)
	}
	if declined := paying.reachable(t, req, plan); declined != nil {
		return s.Reply(t, req, declined.text, declined.args)
	}
	if plan.Legs, err = (receivers{s}).counted(t, req, &sides, plan, amounts); err != nil {
		return err
	}
	return paying.open(t, req, sides, plan, amounts)
}

// sides looks up who pays whom.
func (s payments) sides(t *tx.Tx, req *Request, o order.Order) (product.Sides, *answer, error) {
	sides := product.Sides{Payer: req.Sender, Date: s.cfg.Place.Day(t.Now)}
	if !product.Offered(o, req.Rules.Products) {
		return sides, &answer{text: notOffered(o, req.Rules.Products)}, nil
	}
	switch {
	case o.Intent == order.TopUp:
		sides.Own = lang.OwnPurse
		return sides, nil, nil
	case o.Intent == order.Out && o.To == "":
		sides.Own = lang.OwnBank
		return sides, nil, nil
	}
	if o.Intent == order.In {
		return agents{s}.sidesOf(t, req, o, sides)
	}
	var err error
	if o.Intent == order.Pay || o.Intent == order.Out {
		if sides.Shop, err = t.Merchant(o.To); err != nil {
			return sides, nil, err
		}
		return sides, notPaid(o, sides.Shop), nil
	}
	sides.Number = limit.Number(tx.AliasKey(t, o.To))
	if sides.Payee, err = t.UserOf(o.To); err != nil {
		return sides, nil, err
	}
	if sides.Payee == nil {
		declined, err := strangerOf(s, t, req, o, &sides)
		return sides, declined, err
	}
	return sides, nil, nil
}

// notPaid returns the answer to an order for a shop that cannot be paid, or nil. Six digits after the
// amount of OUT that are no agent's code may be a PIN, as after that of TOPUP: the answer does not
// repeat them. In PAY the code comes first, where nobody texts a PIN.
func notPaid(o order.Order, shop *merchant.Merchant) *answer {
	switch {
	case shop == nil && o.Intent == order.Out && len(o.To) == pinDigits:
		return &answer{text: lang.AgentOrPIN}
	case shop == nil:
		return &answer{lang.UnknownShop, lang.Args{Code: o.To}}
	case shop.IsClosed():
		return &answer{lang.PayeeClosed, lang.Args{Party: partyOfShop(shop).Shown()}}
	}
	return nil
}

// notOffered is the answer to an order that is not offered, or not from where the money is to
// come. It names no order that would do something else, or is not offered either.
func notOffered(o order.Order, set product.Settings) lang.Key {
	o.Source = ""
	switch offered := product.Offered(o, set); {
	case offered && o.Intent == order.Pay:
		return lang.NoSource
	case offered && o.Intent == order.Send:
		return lang.NoSourceSend
	}
	return lang.NotOffered
}

// strangerOf sets the payee of an order who is not registered, or returns why nothing may wait
// for the number.
func strangerOf(s payments, t *tx.Tx, req *Request, o order.Order, sides *product.Sides) (*answer, error) {
	party, rules := lang.Args{Party: lang.Party{Number: o.To}}, req.Rules.Claim
	if rules.Expires == 0 || o.Source == order.FromBank || !s.cfg.Grammar.Domestic(o.To) { // the operator registers nobody abroad
		return &answer{lang.PayeeNotRegistered, party}, nil
	}
	if o.To == req.Sender.Phone {
		return &answer{text: lang.Yourself}, nil
	}
	room, err := s.cfg.Claims.MayOpen(t, req.Sender.No, o.To, rules)
	if err != nil || !room {
		return &answer{lang.ClaimsFull, party}, err
	}
	waits, err := s.cfg.Claims.Account(t)
	sides.Stranger = &product.Stranger{Number: o.To, Waits: waits, For: rules.Expires}
	return nil, err
}

// open begins the payment: its record, its hold, and what follows, in this
// commit.
func (s payments) open(t *tx.Tx, req *Request, sides product.Sides, plan payment.Plan, amounts payment.Amounts) error {
	if req.no == 0 {
		req.no = s.cfg.Books.Payments.Add(1)
	}
	u, o := sides.Payer, req.Order
	req.legs = plan.Legs
	amounts.Ordered, amounts.Currency = o.Amount, o.Currency.Code
	p := &payment.Payment{
		No: req.no, Ref: s.cfg.Books.Refs.Ref(req.no), Plan: plan,
		Payer: partyOf(u), Payee: payeeOf(sides),
		Amounts:  amounts,
		Route:    payment.Route{Lang: req.Lang, Via: req.Via, Code: req.Code},
		Memo:     o.Memo,
		Deadline: t.Now.Add(req.Rules.Expires),
	}
	if sides.Fee != nil {
		p.Tariff = &sides.Fee.Applied
	}
	if o.Intent == order.In { // the agent pays, and its manager is called
		p.Payer, p.Manager = partyOfShop(sides.Shop), partyOf(u)
	}
	s.cfg.Ordered(p.Ref, t.Now)
	if p.Date = u.Today(sides.Date).Date; plan.Product.Spends() {
		p.Date = u.Spend(sides.Date, p.Charged, plan.PINExempt)
	}
	if sides.Used != nil {
		sides.Used.Add(process.Use(t, p))
		tx.Save(t, limit.Table, payment.Key(u.No), sides.Used)
		p.Counted = true
	}
	if sides.Payee != nil && !u.MayHear(sides.Payee.No, p.Date) {
		p.Payee.Name = lang.Name{} // the call then says only the number
	}
	t.SetID(process.StepID(p))
	t.Fingerprint("order", req.Via, req.Phone, req.Body)
	u.Open, u.Latest, u.Question = p.No, p.No, nil
	u.Remember(user.Recent{Key: orderKey(o), At: t.Now.Unix(), Ref: p.Ref}, s.ordersSince(t.Now, req.Rules.Repeat))
	t.SaveUser(u)
	return s.cfg.Process.Advance(t, p, payment.Event{Kind: payment.Ordered, At: t.Now})
}

// ordersSince returns the time from which an equal order is asked about. If the clock
// may have been set recently or before this start, that is earlier than usual: a
// question moves no money, but a second payment does. The clocks were compared when the
// text came.
func (s payments) ordersSince(now time.Time, repeat time.Duration) time.Time {
	return now.Add(-repeat - s.cfg.Clock.Forward(repeat, true))
}

// orderKey is what makes two orders equal.
func orderKey(o order.Order) string {
	key := fmt.Sprintf("%s %s %d%s %s", o.Intent, o.To, o.Amount, o.Currency.Code, o.Source)
	if o.Card != "" {
		key += " " + o.Card
	}
	return key
}

func payeeOf(sides product.Sides) payment.Party {
	switch {
	case sides.Own != "":
		own := partyOf(sides.Payer)
		own.Own = sides.Own
		return own
	case sides.Payee != nil:
		return partyOf(sides.Payee)
	}
	if sides.Stranger != nil {
		return payment.Party{Phone: sides.Stranger.Number}
	}
	return partyOfShop(sides.Shop)
}

func partyOf(person *user.User) payment.Party {
	return payment.Party{User: person.No, Phone: person.Phone, Name: person.Name}
}

func partyOfShop(m *merchant.Merchant) payment.Party {
	return payment.Party{Code: m.Code, Phone: m.Phone, Name: m.Name, Class: m.Class}
}
