package intent

import (
	"mpg/engine/lang"
	"mpg/engine/tx"
)

// yes answers the last "again?" question, for its five minutes.
func (s *Service) yes(t *tx.Tx, r *Request) error {
	u := r.Sender
	if !u.Question.Waits(t.Now) {
		waits, err := s.waiting(t, u)
		if err != nil {
			return err
		}
		return s.Reply(t, r, waits.text, waits.args)
	}
	meant, refusal := s.cfg.Grammar.Parse(u.Question.Text)
	if refusal != nil { // the operator's grammar changed in between
		return s.Reply(t, r, lang.NothingOpen, lang.Args{})
	}
	r.mean(meant, s.cfg.Place)
	r.sure = true
	return s.pay(t, r)
}
