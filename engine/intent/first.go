package intent

import (
	"time"

	"mpg/engine/lang"
	"mpg/engine/limit"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/product"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store/money"
)

// First says what happens before a large first payment to a payee: it waits before its call,
// or its payer is asked. A zero Above: nothing does.
type First struct {
	Above money.Amount
	Wait  time.Duration // before the call; 0: the payer is asked instead
}

// firsts applies it.
type firsts struct{ *Service }

// check has plan wait if it pays somebody for the first time, or returns the question whether
// to go on. One's own purse and bank account are no payees, nor is whom an agent serves.
func (s firsts) check(t *tx.Tx, req *Request, sides *product.Sides, plan *payment.Plan, amounts *payment.Amounts) (*answer, error) {
	first := req.Rules.First
	if first.Above == 0 || sides.Own != "" || req.Order.Intent == order.In {
		return nil, nil
	}
	known, err := tx.Read[user.Known](t, user.KnownTable, payment.Key(sides.Payer.No))
	if err != nil {
		return nil, err
	}
	payee := payeeOf(*sides)
	who, stranger := limit.Payee(payee.Code, payee.User), sides.Stranger != nil
	plan.NewPayee = !stranger && !known.Pays(who, t.Now, 0) // strangers are all alike, and never known
	if amounts.Charged <= first.Above || !stranger && known.Pays(who, t.Now, first.Wait) {
		return nil, nil
	}
	if first.Wait > 0 {
		plan.Wait, plan.PINExempt = first.Wait, false
		for i := range plan.Legs {
			plan.Legs[i].Held = true
		}
		return nil, nil
	}
	asked := &answer{lang.AskFirst, lang.Args{Amount: amounts.Charged, Currency: req.Order.Currency, Party: payee.Shown()}}
	if stranger {
		asked.text = lang.AskFirstUnknown
	}
	switch {
	case req.warn != nil: // whoever asks for money may be a cheat: YES counts when it is said again
		req.warn()
		return asked, nil
	case req.sure:
		return nil, nil
	}
	return asks(t, req, asked, true), nil
}
