package engine

import (
	"fmt"
	"time"

	"mpg/engine/bank"
	"mpg/engine/lang"
	"mpg/engine/merchant"
	"mpg/engine/notice"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/pin"
	"mpg/engine/process"
	"mpg/engine/product"
	"mpg/engine/user"
)

// answerWith is a text instead of a payment.
type answerWith struct {
	text lang.Key
	args lang.Args
}

// pay takes an order for a payment in, or answers why not. The checks stand in
// the order in which their answers help most.
func (w *work) pay(in *inbound, o order.Order) error {
	sides, no, err := w.sides(in, o)
	if err != nil {
		return err
	}
	if in.sender.SeeDate(sides.Date) {
		w.SaveUser(in.sender)
	}
	if no == nil {
		no, err = w.mayOrder(in, o, sides)
		if err != nil {
			return err
		}
	}
	if no != nil {
		return w.reply(in, o, no.text, no.args)
	}
	plan, refusal := product.Make(o, sides, in.rules.Products)
	if refusal != nil {
		return w.reply(in, o, refusal.Text, lang.Args{Limit: refusal.Limit, Currency: o.Currency})
	}
	if no := w.reachable(in, o, plan); no != nil {
		return w.reply(in, o, no.text, no.args)
	}
	return w.open(in, o, sides, plan)
}

// sides looks up who pays whom.
func (w *work) sides(in *inbound, o order.Order) (product.Sides, *answerWith, error) {
	s := product.Sides{Payer: in.sender, Date: w.e.place.Day(w.Now)}
	if !product.Offered(o) {
		return s, &answerWith{text: lang.NoSource}, nil
	}
	var err error
	if o.Intent == order.Pay {
		if s.Shop, err = w.Merchant(o.To); err != nil {
			return s, nil, err
		}
		if s.Shop == nil {
			return s, &answerWith{lang.UnknownShop, lang.Args{Code: o.To}}, nil
		}
		return s, nil, nil
	}
	if s.Payee, err = w.UserOf(o.To); err != nil {
		return s, nil, err
	}
	if s.Payee == nil {
		return s, &answerWith{lang.PayeeNotRegistered, lang.Args{Party: lang.Party{Number: o.To}}}, nil
	}
	return s, nil, nil
}

// mayOrder checks the payer: state, one open order, and an equal one of the
// last day, which is asked about also below the PIN-free amount.
func (w *work) mayOrder(in *inbound, o order.Order, s product.Sides) (*answerWith, error) {
	u := s.Payer
	if !u.MayPay() {
		return &answerWith{text: stateText(u.State)}, nil
	}
	if o.Currency.Code != w.e.cfg.Currency.Code {
		return &answerWith{lang.NotUnderstood, lang.Args{Reason: string(order.OtherMoney), Meant: string(o.Intent), Code: codeOf(o)}}, nil
	}
	if u.Open != 0 {
		return w.openOrder(u)
	}
	if in.sure {
		return nil, nil
	}
	was, ok := u.Equal(orderKey(o), w.e.ordersSince(w.Now, in.rules.Repeat))
	if !ok {
		return nil, nil
	}
	u.Question = &user.Question{Text: in.Body, Until: w.Now.Add(user.QuestionFor), Unpaid: was.Unpaid}
	w.SaveUser(u)
	return &answerWith{questionText(was), w.askArgs(o, was, s)}, nil
}

// questionText is the question about an order that equals was.
func questionText(was user.Recent) lang.Key {
	if was.Unpaid {
		return lang.AskUnpaid
	}
	return lang.AskAgain
}

// askArgs returns the arguments of the question whether to pay once more.
func (w *work) askArgs(o order.Order, was user.Recent, s product.Sides) lang.Args {
	return lang.Args{Ref: was.Ref, Amount: o.Amount, Currency: o.Currency, Party: payeeOf(s).Shown(),
		At: time.Unix(was.At, 0).In(w.e.cfg.Zone)}
}

func stateText(s user.State) lang.Key {
	if s == user.Locked {
		return lang.Locked
	}
	return lang.Blocked
}

// orderKey is what makes two orders equal.
func orderKey(o order.Order) string {
	return fmt.Sprintf("%s %s %d%s %s", o.Intent, o.To, o.Amount, o.Currency.Code, o.Source)
}

// codeOf returns the code of the shop that o names, or "".
func codeOf(o order.Order) string {
	if o.Intent == order.Pay {
		return o.To
	}
	return ""
}

// openOrder tells the sender which order is open, and whether NO still stops
// it.
func (w *work) openOrder(u *user.User) (*answerWith, error) {
	p, err := w.Payment(u.Open)
	if err != nil {
		return nil, err
	}
	w.AsOf(p)
	if p.State != payment.Calling && p.State != payment.Waiting {
		return &answerWith{lang.AtBank, notice.About(p)}, nil
	}
	return &answerWith{lang.OpenOrder, notice.About(p)}, nil
}

// reachable checks what the plan needs of the world: a PIN, a voice, a call
// left in the hour, a bank that is up.
func (w *work) reachable(in *inbound, o order.Order, plan payment.Plan) *answerWith {
	if plan.Bank() != "" {
		if o.Amount > bank.AmountMax {
			return &answerWith{lang.OverPayment, lang.Args{Limit: bank.AmountMax, Currency: o.Currency}}
		}
		if !w.bankUp(plan) {
			return &answerWith{text: lang.BankClosed}
		}
	}
	if plan.Free {
		return nil
	}
	if !in.sender.PIN.Set() {
		return &answerWith{text: lang.NoPIN}
	}
	return w.callable(in, o)
}

// bankUp reports whether the plan's bank, if it has one, can be asked now.
func (w *work) bankUp(plan payment.Plan) bool {
	link := w.e.cfg.Ports.Banks[plan.Bank()]
	return plan.Bank() == "" || link != nil && link.Up()
}

// callable checks that a call can be made to the sender now.
func (w *work) callable(in *inbound, o order.Order) *answerWith {
	if !w.e.cfg.Ports.Speaks(w.e.place.LangOf(in.sender, o.Written)) {
		return &answerWith{text: lang.TryLater}
	}
	if in.sender.CallsLeft(w.Now, in.rules.CallsPerHour) == 0 {
		return &answerWith{lang.CallsSpent, lang.Args{Minutes: minutes(in.sender.CallAgainIn(w.Now))}}
	}
	return nil
}

// minutes rounds up, so that what is promised has come.
func minutes(d time.Duration) int { return int((d + time.Minute - 1) / time.Minute) }

// open begins the payment: its record, its hold, and what follows, in this
// commit.
func (w *work) open(in *inbound, o order.Order, s product.Sides, plan payment.Plan) error {
	if in.no == 0 {
		in.no = w.e.books.Payments.Add(1)
	}
	u := s.Payer
	p := &payment.Payment{
		No: in.no, Ref: w.e.books.Refs.Ref(in.no), Plan: plan,
		Payer: payment.Party{User: u.No, Phone: u.Phone, Name: u.Name}, Payee: payeeOf(s),
		Ordered: o.Amount, Charged: o.Amount, Currency: o.Currency.Code, Memo: o.Memo,
		Lang: w.e.place.LangOf(u, o.Written), Via: in.Via, Code: in.To,
		Deadline: w.Now.Add(in.rules.Expires),
	}
	w.e.ordered.begin(p.Ref, w.Now)
	p.Date = u.Spend(s.Date, p.Charged, plan.Free)
	if s.Payee != nil && !u.MayHear(s.Payee.No, p.Date) {
		p.Payee.Name = lang.Name{} // the call then says only the number
	}
	w.SetID(process.StepID(p))
	w.Fingerprint("order", in.Via, in.phone, in.Body)
	u.Open, u.Latest, u.Question = p.No, p.No, nil
	u.Remember(user.Recent{Key: orderKey(o), At: w.Now.Unix(), Ref: p.Ref}, w.e.ordersSince(w.Now, in.rules.Repeat))
	w.SaveUser(u)
	return w.e.process.Advance(w.Tx, p, payment.Event{Kind: payment.Ordered, At: w.Now})
}

func payeeOf(s product.Sides) payment.Party {
	if s.Shop != nil {
		return partyOfShop(s.Shop)
	}
	return payment.Party{User: s.Payee.No, Phone: s.Payee.Phone, Name: s.Payee.Name}
}

func partyOfShop(m *merchant.Merchant) payment.Party {
	return payment.Party{Code: m.Code, Phone: m.Phone, Name: m.Name}
}

// triesLeft is how many wrong PINs are left.
func triesLeft(u *user.User) int { return max(0, pin.TriesMax-u.Tries) }
