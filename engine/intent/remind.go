package intent

import (
	"strconv"
	"time"

	"mpg/engine/lang"
	"mpg/engine/notice"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/engine/user"
)

// Remind answers a word that is either a copy or was said once more; nobody can tell
// which. It does nothing that the word orders, and only tells the sender what the word
// would act on. about names that state, so that it is told once; it is "" where there is
// nothing to tell.
func (s *Service) Remind(t *tx.Tx, req *Request) (about string, err error) {
	if req.Sender == nil {
		return "", nil
	}
	req.begin(s.cfg.Place)
	u, said := req.Sender, req.Order.Intent
	if said == order.Yes {
		return payments{s}.askOnceMore(t, req)
	}
	if u.Open == 0 && said == order.No {
		return words{s}.requestsOnceMore(t, req)
	}
	if u.Open == 0 || said == order.PIN || said == order.Start {
		return "", nil
	}
	p, err := t.Payment(u.Open)
	if err != nil {
		return "", err
	}
	about = payment.Key(p.No) + " " + strconv.Itoa(len(p.Steps))
	switch {
	case said == order.Again && p.State == payment.Waiting:
		return about, s.cfg.Process.TellOutcome(t, p) // it ends with "reply AGAIN"
	case said != order.Again && (p.State == payment.Cooling || p.State == payment.Waiting || p.State == payment.Calling):
		is, err := openOrder(t, u)
		if err != nil {
			return "", err
		}
		return about, t.Notify(req.Notice(is.text, is.args))
	}
	return "", nil
}

// requestsOnceMore tells the sender of a NO which requests for money wait, since it may have been
// meant for one of them: the first one may have stopped a payment. A number then says which.
func (s words) requestsOnceMore(t *tx.Tx, req *Request) (about string, err error) {
	waits, err := openOf(t, req.Sender)
	if err != nil || len(waits.items) == 0 || req.Order.HasItem {
		return "", err
	}
	for _, item := range waits.items {
		about += "request " + strconv.Itoa(item.No) + " "
	}
	if waits.count() > 1 {
		return about, s.replyOpen(t, req, lang.AskWaiting, waits)
	}
	item := waits.items[0]
	asker, err := t.User(item.Asker)
	if err != nil {
		return "", err
	}
	args := lang.Args{Amount: item.Amount, Currency: notice.Currency(item.Currency), Party: shownAsker(asker)}
	args.Count = item.No
	return about, s.Reply(t, req, lang.AskedFor, args)
}

// askOnceMore repeats the question that waits for YES: about an order, or about the first payment
// to whoever requests money.
func (s payments) askOnceMore(t *tx.Tx, req *Request) (string, error) {
	waits, err := openOf(t, req.Sender)
	if err != nil {
		return "", err
	}
	var about string
	var asked *answer
	switch item, _ := waits.meant(req.Order); {
	case item != nil && item.Warned:
		about = "request " + strconv.Itoa(item.No) + " " + item.Until.Format(time.RFC3339Nano)
		asked, err = firsts(s).warnOnceMore(t, req, item)
	case item == nil && waits.question && req.Order.Item == 0:
		about = "question " + req.Sender.Question.Until.Format(time.RFC3339Nano)
		asked, err = s.askOrderOnceMore(t, req, req.Sender.Question)
	}
	if err != nil || asked == nil {
		return "", err
	}
	return about, t.Notify(req.Notice(asked.text, asked.args))
}

// askOrderOnceMore returns the question about an order, or nil if there is nothing left to ask.
func (s payments) askOrderOnceMore(t *tx.Tx, req *Request, q *user.Question) (*answer, error) {
	if q.First {
		return firsts(s).askOnceMore(t, q)
	}
	meant, refusal := s.cfg.Grammar.Parse(q.Text)
	switch {
	case refusal != nil:
		return nil, nil
	case meant.Intent == order.Refund:
		return s.askRefundOnceMore(t, req, meant)
	}
	return s.askPayment(t, req, meant)
}

// askPayment returns the question about an order that equals another, or nil.
func (s payments) askPayment(t *tx.Tx, req *Request, meant order.Order) (*answer, error) {
	sides, declined, err := s.sides(t, req, meant)
	if err != nil || declined != nil {
		return nil, err
	}
	was, ok := req.Sender.Equal(orderKey(meant), s.ordersSince(t.Now, req.Rules.Repeat))
	if !ok {
		return nil, nil
	}
	return &answer{questionText(was), s.askArgs(meant, was, sides)}, nil
}

// askRefundOnceMore returns the question about a refund that equals another, or nil.
func (s payments) askRefundOnceMore(t *tx.Tx, req *Request, meant order.Order) (*answer, error) {
	was, err := s.paidBefore(t, meant.Ref)
	if err != nil || was.first == nil {
		return nil, err
	}
	if was.left, err = s.cfg.Refunds.Left(t, was.first); err != nil {
		return nil, nil // nothing is left to ask about
	}
	return s.askRefund(t, req, meant, was), nil
}
