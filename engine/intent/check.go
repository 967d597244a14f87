package intent

import (
	"cmp"
	"time"

	"mpg/engine/bank"
	"mpg/engine/lang"
	"mpg/engine/notice"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/product"
	"mpg/engine/tx"
	"mpg/engine/user"
)

// mayOrder checks the payer: state, one open order, and an equal one of the
// last day, which is asked about even below the PIN-free amount.
func (s payments) mayOrder(t *tx.Tx, req *Request, sides product.Sides) (*answer, error) {
	u, o := sides.Payer, req.Order
	if !u.MayPay() {
		return &answer{text: stateText(u.State)}, nil
	}
	if o.Currency.Code != s.cfg.Place.Currency.Code {
		return &answer{lang.NotUnderstood, lang.Args{Reason: string(order.OtherMoney), Meant: string(o.Intent), Code: codeOf(o)}}, nil
	}
	if u.Open != 0 {
		return openOrder(t, u)
	}
	if req.sure {
		return nil, nil
	}
	was, ok := u.Equal(orderKey(o), s.ordersSince(t.Now, req.Rules.Repeat))
	if !ok {
		return nil, nil
	}
	return asks(t, req, &answer{questionText(was), s.askArgs(o, was, sides)}, was.Unpaid), nil
}

// asks keeps the question with which the order of req is answered, so that YES takes the order on.
// unpaid says that nothing was taken for an order like it.
func asks(t *tx.Tx, req *Request, asked *answer, unpaid bool) *answer {
	req.Sender.Question = &user.Question{Text: cmp.Or(req.named, req.Body), Until: t.Now.Add(user.QuestionFor), Unpaid: unpaid,
		Amount: asked.args.Amount, Currency: asked.args.Currency.Code, Party: asked.args.Party, First: asked.text == lang.AskFirst || asked.text == lang.AskFirstUnknown}
	t.SaveUser(req.Sender)
	return asked
}

// questionText is the question about an order that equals was.
func questionText(was user.Recent) lang.Key {
	if was.Unpaid {
		return lang.AskUnpaid
	}
	return lang.AskAgain
}

// askArgs returns the arguments of the question whether to pay once more.
func (s payments) askArgs(ordered order.Order, was user.Recent, sides product.Sides) lang.Args {
	return lang.Args{Ref: was.Ref, Amount: ordered.Amount, Currency: ordered.Currency, Party: payeeOf(sides).Shown(),
		At: s.cfg.Place.Time(time.Unix(was.At, 0))}
}

func stateText(state user.State) lang.Key {
	if state == user.Locked {
		return lang.Locked
	}
	return lang.Blocked
}

// codeOf returns the code of the shop that an order names, or "".
func codeOf(ordered order.Order) string {
	if ordered.Intent == order.Pay || ordered.Intent == order.Out {
		return ordered.To
	}
	return ""
}

// openOrder returns what tells the sender which order is open, and whether NO still stops
// it.
func openOrder(t *tx.Tx, person *user.User) (*answer, error) {
	p, err := t.Payment(person.Open)
	if err != nil {
		return nil, err
	}
	t.AsOf(p)
	if p.State != payment.Cooling && p.State != payment.Calling && p.State != payment.Waiting {
		return &answer{lateText(p, lang.AtBank), notice.About(p)}, nil
	}
	return &answer{lang.OpenOrder, notice.About(p)}, nil
}

// waiting returns what tells the sender what waits for their word: a question, an order, or
// nothing.
func waiting(t *tx.Tx, person *user.User) (*answer, error) {
	switch {
	case person == nil:
		return &answer{text: lang.NotUnderstood}, nil
	case person.Question.Waits(t.Now):
		return &answer{text: lang.ReplyYes}, nil
	case person.Open != 0:
		return openOrder(t, person)
	}
	return &answer{text: lang.NothingOpen}, nil
}

// reachable checks what the plan needs of the world: a PIN, a voice, a call
// left in the hour, banks that are up.
func (s payments) reachable(t *tx.Tx, req *Request, plan payment.Plan) *answer {
	for _, ask := range plan.Asks {
		if ask.Amount > bank.AmountMax {
			return &answer{lang.OverPayment, lang.Args{Limit: bank.AmountMax, Currency: req.Order.Currency}}
		}
	}
	if down := s.downBank(plan); down != nil {
		switch {
		case plan.Product == payment.BankIn, plan.Product == payment.BankOut:
			return &answer{text: bankClosed(req.Order)}
		case plan.Card != nil:
			return &answer{text: lang.CardAway}
		case down.Kind == payment.Credit:
			return &answer{lang.PayeeBankClosed, lang.Args{Party: lang.Party{Number: req.Order.To}}}
		}
		return &answer{text: lang.BankClosed}
	}
	if plan.PINExempt {
		return nil
	}
	if !req.Sender.PIN.Set() {
		return &answer{text: lang.NoPIN}
	}
	return s.callable(t, req)
}

// bankClosed is the answer to an order whose bank cannot be asked. Those who order for
// themselves cannot pay from the purse instead.
func bankClosed(ordered order.Order) lang.Key {
	if ordered.Intent == order.TopUp || ordered.Intent == order.Out {
		return lang.BankClosedOwn
	}
	return lang.BankClosed
}

// downBank returns what would be asked of a bank that cannot be asked now, or nil: no bank is
// asked to pay what another bank could not accept.
func (s payments) downBank(plan payment.Plan) *payment.Ask {
	for i := range plan.Asks {
		if ask := &plan.Asks[i]; ask.Kind != payment.Notify && !s.cfg.BankUp(ask.Bank) {
			return ask
		}
	}
	return nil
}

// callable checks that a call can be made to the sender now.
func (s payments) callable(t *tx.Tx, req *Request) *answer {
	if !s.cfg.Speaks(req.Lang) {
		return &answer{text: lang.TryLater}
	}
	if req.Sender.CallsLeft(t.Now, req.Rules.CallsPerHour) == 0 {
		return &answer{lang.CallsSpent, lang.Args{Minutes: minutes(req.Sender.CallAgainIn(t.Now))}}
	}
	return nil
}

// minutes rounds up, so that what is promised has come.
func minutes(wait time.Duration) int { return int((wait + time.Minute - 1) / time.Minute) }
