package intent

import (
	"mpg/engine/lang"
	"mpg/engine/tx"
)

// language keeps the language that the sender has chosen, and answers in it.
func (s *Service) language(t *tx.Tx, r *Request) error {
	r.Sender.Lang = r.Order.Language
	t.SaveUser(r.Sender)
	r.mean(r.Order, s.cfg.Place)
	return s.Reply(t, r, lang.LanguageSet, lang.Args{})
}
