package intent

import (
	"mpg/engine/lang"
	"mpg/engine/tx"
)

// answers are the handlers of YES.
type answers struct{ payments }

// yes answers the last "again?" question, for its five minutes, or a request of another for
// money. If several things wait, only a number says which.
func (s answers) yes(t *tx.Tx, req *Request) error {
	u := req.Sender
	waits, err := openOf(t, u)
	if err != nil {
		return err
	}
	switch item, question := waits.meant(req.Order); {
	case item != nil:
		return s.accept(t, req, waits.box, item)
	case question:
		return s.yesAgain(t, req)
	case req.Order.HasItem:
		return s.noRequest(t, req, waits)
	case waits.count() > 0 && u.Open == 0:
		return s.replyOpen(t, req, lang.AskWaiting, waits)
	}
	is, err := waiting(t, u)
	if err != nil {
		return err
	}
	return s.Reply(t, req, is.text, is.args)
}

// yesAgain takes on the order that the question was about.
func (s answers) yesAgain(t *tx.Tx, req *Request) error {
	u := req.Sender
	meant, refusal := s.cfg.Grammar.Parse(u.Question.Text)
	if refusal != nil { // the operator's grammar changed in between
		return s.Reply(t, req, lang.NothingOpen, lang.Args{})
	}
	req.mean(meant, s.cfg.Place)
	req.sure = true
	entry, ok := s.table[meant.Intent]
	if !ok {
		return s.Reply(t, req, lang.NothingOpen, lang.Args{})
	}
	return entry.Do(t, req)
}
