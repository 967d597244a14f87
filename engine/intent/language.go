package intent

import (
	"mpg/engine/lang"
	"mpg/engine/tx"
)

// language keeps the language that the sender has chosen, and answers in it.
func (s words) language(t *tx.Tx, req *Request) error {
	req.Sender.Lang = req.Order.Language
	t.SaveUser(req.Sender)
	req.mean(req.Order, s.cfg.Place)
	return s.Reply(t, req, lang.LanguageSet, lang.Args{})
}
