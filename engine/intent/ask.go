package intent

import (
	"strconv"

	"mpg/engine/ask"
	"mpg/engine/lang"
	"mpg/engine/notice"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/product"
	"mpg/engine/tx"
	"mpg/engine/user"
)

// boxOf returns the requests for money of a subscriber.
func boxOf(t *tx.Tx, person *user.User) (*ask.Box, error) {
	box, err := tx.Read[ask.Box](t, ask.Table, payment.Key(person.No))
	if err == nil && box == nil {
		box = &ask.Box{User: person.No}
	}
	return box, err
}

// saveBox keeps the requests of a subscriber.
func saveBox(t *tx.Tx, box *ask.Box) { tx.Save(t, ask.Table, payment.Key(box.User), box) }

// ask passes a request for money on to the subscriber with the number. Its sender is told the
// same whether there is one, and whether they want such requests: otherwise anybody could
// find out, number by number, who pays by phone.
func (s words) ask(t *tx.Tx, req *Request) error {
	asker, o := req.Sender, req.Order
	declined := s.mayAsk(req)
	if declined != nil {
		return s.Reply(t, req, declined.text, declined.args)
	}
	box, err := boxOf(t, asker)
	if err != nil {
		return err
	}
	to := tx.AliasKey(t, o.To)
	if !box.MayAsk(to, req.Rules.Ask, t.Now) {
		return s.Reply(t, req, lang.AskTooOften, lang.Args{})
	}
	box.Asked(to, t.Now)
	saveBox(t, box)
	asked, err := t.UserOf(o.To)
	if err != nil {
		return err
	}
	if asked != nil && asked.No == asker.No {
		return s.Reply(t, req, lang.AskYourself, lang.Args{})
	}
	if asked != nil && asked.MayPay() {
		if err := s.passOn(t, req, asked); err != nil {
			return err
		}
	}
	return s.Reply(t, req, lang.Asked, lang.Args{Amount: o.Amount, Currency: o.Currency, Party: lang.Party{Number: o.To}})
}

// mayAsk returns why the sender of req cannot ask for money, or nil. No limit of the other
// side is looked at: that would say something about them.
func (s words) mayAsk(req *Request) *answer {
	o := req.Order
	sends := order.Order{Intent: order.Send, Amount: o.Amount, Currency: o.Currency}
	switch {
	case !req.Sender.MayPay():
		return &answer{text: stateText(req.Sender.State)}
	case !product.Offered(sends, req.Rules.Products):
		return &answer{text: lang.NotOffered}
	case o.To == req.Sender.Phone:
		return &answer{text: lang.AskYourself}
	case o.Currency.Code != s.cfg.Place.Currency.Code:
		return &answer{lang.NotUnderstood, lang.Args{Reason: string(order.OtherMoney), Meant: string(o.Intent)}}
	}
	if most := req.Rules.Products.PaymentLimit; most > 0 && o.Amount > most {
		return &answer{lang.AskOver, lang.Args{Limit: most, Currency: o.Currency}}
	}
	return nil
}

// passOn tells asked of the request of req, if they take it.
func (s words) passOn(t *tx.Tx, req *Request, asked *user.User) error {
	box, err := boxOf(t, asked)
	if err != nil || !box.Takes(req.Sender.No, req.Rules.Ask, t.Now) {
		return err
	}
	o := req.Order
	no := box.Add(ask.Item{Asker: req.Sender.No, Amount: o.Amount, Currency: o.Currency.Code, Memo: o.Memo, At: t.Now.UTC(), Until: t.Now.Add(req.Rules.Ask.Expires).UTC()}, t.Now)
	saveBox(t, box)
	args := lang.Args{Amount: o.Amount, Currency: o.Currency, Party: shownAsker(req.Sender)}
	args.Count = no
	return t.Notify(notice.Notice{Via: req.Via, From: req.Code, To: asked.Phone, Lang: s.cfg.Place.LangOf(asked, ""), Text: lang.AskedFor, Args: args})
}

// shownAsker returns who asks as the other side is told: by number, and by as much of the
// name as tells whether it is who it seems to be.
func shownAsker(asker *user.User) lang.Party {
	return lang.Party{Number: asker.Phone, Name: lang.Masked(asker.Name)}
}

// askSwitch turns requests of others off, or on.
func (s words) askSwitch(t *tx.Tx, req *Request) error {
	box, err := boxOf(t, req.Sender)
	if err != nil {
		return err
	}
	on := req.Order.Intent == order.AskOn
	box.Switch(on)
	saveBox(t, box)
	if on {
		return s.Reply(t, req, lang.AskIsOn, lang.Args{})
	}
	return s.Reply(t, req, lang.AskIsOff, lang.Args{})
}

// open is what waits for a YES or a NO of the sender: at most one question, and requests of
// others.
type open struct {
	box      *ask.Box
	items    []ask.Item
	question bool
}

// openOf returns what waits for the sender of req.
func openOf(t *tx.Tx, person *user.User) (open, error) {
	box, err := boxOf(t, person)
	if err != nil {
		return open{}, err
	}
	return open{box, box.Waiting(t.Now), person.Question.Waits(t.Now)}, nil
}

// count returns how many things wait.
func (o *open) count() int {
	if o.question {
		return len(o.items) + 1
	}
	return len(o.items)
}

// meant returns the request that YES or NO, with or without a number, means, and whether it
// means the question instead. It returns neither if nothing waits, or nothing by that number,
// or if nobody can tell which is meant.
func (o *open) meant(said order.Order) (item *ask.Item, question bool) {
	switch {
	case said.HasItem && said.Item == 0:
		return nil, o.question
	case said.HasItem:
		for i := range o.items {
			if o.items[i].No == said.Item {
				return &o.items[i], false
			}
		}
		return nil, false
	case o.count() != 1:
		return nil, false
	case o.question:
		return nil, true
	}
	return &o.items[0], false
}

// noRequest answers a YES or NO with a number by which nothing waits. Whatever else waits or
// is on its way goes on: a number that is wrong says nothing about it.
func (s *Service) noRequest(t *tx.Tx, req *Request, waits open) error {
	if waits.count() > 0 {
		return s.replyOpen(t, req, lang.NoRequestWaits, waits)
	}
	text, args := lang.NoRequest, lang.Args{}
	if req.Sender.Open != 0 {
		is, err := openOrder(t, req.Sender)
		if err != nil {
			return err
		}
		if is.text == lang.OpenOrder {
			text, args = lang.NoRequestOpen, is.args
		}
	}
	args.Count = req.Order.Item
	return s.Reply(t, req, text, args)
}

// replyOpen lists what waits, by number, in a text.
func (s *Service) replyOpen(t *tx.Tx, req *Request, text lang.Key, waits open) error {
	args := lang.Args{Currency: s.cfg.Place.Currency}
	args.Count = req.Order.Item
	if asked := req.Sender.Question; waits.question {
		args.Items = append(args.Items, lang.Item{Ref: "0", Amount: asked.Amount, Party: asked.Party})
	}
	for _, item := range waits.items {
		asker, err := t.User(item.Asker)
		if err != nil {
			return err
		}
		args.Items = append(args.Items, lang.Item{Ref: strconv.Itoa(item.No), Amount: item.Amount, Party: lang.Party{Number: asker.Phone}})
	}
	return s.Reply(t, req, text, args)
}

// accept orders what item asks for, as SEND does. The request is over once the payment is on
// its way, and waits on if the order is refused.
func (s answers) accept(t *tx.Tx, req *Request, box *ask.Box, item *ask.Item) error {
	if err := s.meanItem(t, req, item); err != nil {
		return err
	}
	req.sure, req.warn = true, nil
	if !item.Warned {
		req.warn = func() {
			box.Warn(item.No)
			saveBox(t, box)
		}
	}
	if err := s.pay(t, req); err != nil || req.legs == nil {
		return err
	}
	box.Remove(item.No)
	saveBox(t, box)
	return nil
}

// meanItem has req mean the payment that a request asks for.
func (s payments) meanItem(t *tx.Tx, req *Request, item *ask.Item) error {
	asker, err := t.User(item.Asker)
	if err != nil {
		return err
	}
	req.mean(order.Order{Intent: order.Send, To: asker.Phone, Amount: item.Amount, Currency: notice.Currency(item.Currency), Memo: item.Memo,
		Written: req.read.Written}, s.cfg.Place)
	return nil
}

// declineAsk refuses a request, and all later ones of the same person if the text says so. The
// asker is told that it was refused.
func (s words) declineAsk(t *tx.Tx, req *Request, box *ask.Box, item ask.Item) error {
	asker, err := t.User(item.Asker)
	if err != nil {
		return err
	}
	text := lang.AskDeclined
	if req.Order.Always {
		text = lang.AskMuted
		box.Mute(item.Asker)
	}
	box.Remove(item.No)
	saveBox(t, box)
	args := lang.Args{Amount: item.Amount, Currency: notice.Currency(item.Currency), Party: lang.Party{Number: req.Phone}}
	if err := t.Notify(notice.Notice{Via: req.Via, From: req.Code, To: asker.Phone, Lang: s.cfg.Place.LangOf(asker, ""), Text: lang.AskRefused, Args: args}); err != nil {
		return err
	}
	args.Party = shownAsker(asker)
	args.Count = item.No
	return s.Reply(t, req, text, args)
}
