package intent

import (
	"time"

	"mpg/engine/ask"
	"mpg/engine/lang"
	"mpg/engine/limit"
	"mpg/engine/notice"
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
	asked := askFirst(amounts.Charged, req.Order.Currency, payee.Shown(), stranger)
	switch {
	case req.warn != nil: // whoever asks for money may be a cheat: YES counts when it is said again
		req.warn()
		return asked, nil
	case req.sure:
		return nil, nil
	}
	return asks(t, req, asked, true), nil
}

// askFirst returns the question whether to pay a payee for the first time.
func askFirst(charged money.Amount, currency money.Currency, payee lang.Party, stranger bool) *answer {
	text := lang.AskFirst
	if stranger {
		text = lang.AskFirstUnknown
	}
	return &answer{text, lang.Args{Amount: charged, Currency: currency, Party: payee}}
}

// askOnceMore returns the question that the sender was asked.
func (s firsts) askOnceMore(t *tx.Tx, asked *user.Question) (*answer, error) {
	stranger := false
	if number := asked.Party.Number; number != "" {
		payee, err := t.UserOf(number)
		if err != nil {
			return nil, err
		}
		stranger = payee == nil
	}
	return askFirst(asked.Amount, notice.Currency(asked.Currency), asked.Party, stranger), nil
}

// warnOnceMore returns the question that the sender was asked after the first YES to a request.
func (s firsts) warnOnceMore(t *tx.Tx, req *Request, item *ask.Item) (*answer, error) {
	if err := payments(s).meanItem(t, req, item); err != nil {
		return nil, err
	}
	sides, declined, err := payments(s).sides(t, req, req.Order)
	if err != nil || declined != nil {
		return nil, err
	}
	if sides.Fee, err = payments(s).fee(t, req, sides); err != nil {
		return nil, err
	}
	return askFirst(product.Amounts(item.Amount, sides.Fee).Charged, req.Order.Currency, payeeOf(sides).Shown(), false), nil
}
