package intent

import (
	"strconv"
	"time"

	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/tx"
)

// Remind answers a word that is either a copy or was said once more; nobody can tell
// which. It does nothing that the word orders, and only tells the sender what the word
// would act on. about names that state, so that it is told once; it is "" where there is
// nothing to tell.
func (s *Service) Remind(t *tx.Tx, r *Request) (about string, err error) {
	if r.Sender == nil {
		return "", nil
	}
	r.begin(s.cfg.Place)
	u, said := r.Sender, r.Order.Intent
	if said == order.Yes {
		return s.askOnceMore(t, r)
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
	case said != order.Again && (p.State == payment.Waiting || p.State == payment.Calling):
		is, err := openOrder(t, u)
		if err != nil {
			return "", err
		}
		return about, t.Notify(r.Notice(is.text, is.args))
	}
	return "", nil
}

// askOnceMore repeats the question that waits for YES.
func (s *Service) askOnceMore(t *tx.Tx, r *Request) (string, error) {
	q := r.Sender.Question
	if !q.Waits(t.Now) {
		return "", nil
	}
	meant, refusal := s.cfg.Grammar.Parse(q.Text)
	if refusal != nil {
		return "", nil
	}
	sides, declined, err := s.sides(t, r.Sender, meant)
	if err != nil || declined != nil {
		return "", err
	}
	was, ok := r.Sender.Equal(orderKey(meant), s.ordersSince(t.Now, r.Rules.Repeat))
	if !ok {
		return "", nil
	}
	return "question " + q.Until.Format(time.RFC3339Nano), t.Notify(r.Notice(questionText(was), s.askArgs(meant, was, sides)))
}
