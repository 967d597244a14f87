package intent

import (
	"errors"
	"slices"

	"mpg/engine/lang"
	"mpg/engine/names"
	"mpg/engine/order"
	"mpg/engine/tx"
)

// name keeps a number under a name. Whether the number is registered plays no part: that is
// found when something is sent to it.
func (s words) name(t *tx.Tx, req *Request) error {
	args := lang.Args{Party: lang.Party{Number: req.Order.To}} // and not the name, which nothing keeps unsealed
	if req.Order.To == req.Sender.Phone {
		return s.Reply(t, req, lang.NameYourself, lang.Args{})
	}
	former, err := s.cfg.Names.Keep(t, req.Sender.No, req.Order.Name, req.Order.To)
	switch {
	case errors.Is(err, names.ErrFull):
		args := lang.Args{}
		args.Count = names.Max
		return s.Reply(t, req, lang.NamesFull, args)
	case err != nil:
		return err
	}
	if former != "" && former != req.Order.To {
		args.Items = []lang.Item{{Party: lang.Party{Number: former}}}
		return s.Reply(t, req, lang.NameMoved, args)
	}
	return s.Reply(t, req, lang.NameKept, args)
}

// unname forgets a name.
func (s words) unname(t *tx.Tx, req *Request) error {
	known, err := s.cfg.Names.Forget(t, req.Sender.No, req.Order.Name)
	switch {
	case err != nil:
		return err
	case !known:
		return s.Reply(t, req, lang.NameUnknown, lang.Args{})
	}
	return s.Reply(t, req, lang.NameForgotten, lang.Args{})
}

// names tells the names, as many as one text holds, each with the masked number.
func (s words) names(t *tx.Tx, req *Request) error {
	kept, err := s.cfg.Names.Of(t, req.Sender.No)
	if err != nil {
		return err
	}
	if len(kept) == 0 {
		return s.Reply(t, req, lang.NamesNone, lang.Args{})
	}
	args := lang.Args{}
	args.Count = len(kept)
	for _, entry := range kept {
		args.Items = append(args.Items, lang.Item{Ref: entry.Name + " " + lang.Mask(entry.Number)})
	}
	return s.Reply(t, req, lang.NamesKept, args)
}

// named are the handlers of orders that may name somebody by a name of their sender's own.
type named struct{ *Service }

// byName returns the handler of an order that names no number, but perhaps somebody by a name
// of its sender's own. If it does not, it is answered as a text that was not understood.
func (s named) byName(refused *order.Refusal) Handler {
	return func(t *tx.Tx, req *Request) error {
		if req.Sender == nil {
			return s.notUnderstood(t, req, refused)
		}
		kept, err := s.cfg.Names.Of(t, req.Sender.No)
		if err != nil {
			return err
		}
		text, found := refused.WithNumber(func(name string) (string, bool) {
			at, ok := slices.BinarySearchFunc(kept, name, names.Entry.Compare)
			if !ok {
				return "", false
			}
			return kept[at].Number, true
		})
		if !found && refused.Named() != "" && (refused.Meant == order.Send || refused.Meant == order.Ask) {
			return s.noSuchName(t, req, refused)
		}
		if !found {
			return s.notUnderstood(t, req, refused)
		}
		meant, again := s.cfg.Grammar.Parse(text)
		if again != nil {
			return s.notUnderstood(t, req, again)
		}
		req.named = text
		req.mean(meant, s.cfg.Place)
		return s.obey(t, req)
	}
}

// noSuchName answers a text in which a name stands that is not saved. It counts as one that is
// no order.
func (s named) noSuchName(t *tx.Tx, req *Request, refused *order.Refusal) error {
	if req.Class != 0 {
		req.Class = 0
		s.cfg.Counts.Unread.Add(1)
		_, read := Misread(refused)
		s.decline(req, lang.NoSuchName, lang.Args{Meant: string(req.read.Intent), Reason: string(order.BadNumber),
			Amount: read.Amount, Currency: read.Currency}, req.read.Written) // without the name
		req.begin(s.cfg.Place)
	}
	return req.answer(t, req)
}

// notUnderstood answers a text that is no order after all. Whether it is answered is decided
// once, however often the step is tried.
func (s named) notUnderstood(t *tx.Tx, req *Request, refused *order.Refusal) error {
	if req.Class != 0 {
		req.Class = 0
		s.cfg.Counts.Unread.Add(1)
		s.declineUnread(req, refused)
		req.begin(s.cfg.Place)
	}
	return req.answer(t, req)
}
