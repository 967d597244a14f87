package intent

import (
	"slices"
	"strings"

	"mpg/engine/books"
	"mpg/engine/card"
	"mpg/engine/lang"
	"mpg/engine/merchant"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/product"
	"mpg/engine/tx"
	"mpg/store"
	"mpg/store/money"
)

// Instead returns the handler that answers req after the store has refused its step. It
// runs in a step of its own, since nothing of the refused one is kept. Instead returns nil
// for a refusal that would not happen again if the text were tried again, such as one
// caused by a race or by a number already drawn. All others are answered, or the SMSC would
// deliver the text again and again.
func (s *Service) Instead(req *Request, by tx.Refused) Handler {
	if !lasts(by.Refusal) {
		return nil
	}
	ordered := req.Order // as the refused step understood it: for YES, the order that it confirms
	by.Short += alsoNeeded(req.legs, by)
	return func(t *tx.Tx, req *Request) error {
		req.begin(s.cfg.Place)
		req.mean(ordered, s.cfg.Place)
		if req.Sender == nil && !s.mayAnswer(req, t.Now) {
			s.refuseUnheard(t, req, lang.CannotDo, "")
			return nil
		}
		is, err := s.explain(t, req, by)
		if err != nil {
			return err
		}
		return s.Reply(t, req, is.text, is.args)
	}
}

// lasts reports whether the same order would be refused again.
func lasts(refusal store.Refusal) bool {
	switch refusal {
	case store.RefusedFunds, store.RefusedCeiling, store.RefusedClosed, store.RefusedAccount, store.RefusedSameAccount,
		store.RefusedCurrency, store.RefusedAmount, store.RefusedOverflow, store.RefusedHoldExceeded, store.RefusedNotEmpty:
		return true
	}
	return refusal.Malformed()
}

// alsoNeeded returns how much the transfers after the one that was refused take from the same
// account, such as a fee: whoever tops up only what the one lacked would be refused again.
func alsoNeeded(legs []payment.Leg, by tx.Refused) money.Amount {
	atOrder := func(leg payment.Leg) bool { return leg.Held && leg.HeldAt == payment.AtOrder }
	if slices.ContainsFunc(legs, atOrder) { // otherwise all are posted at once
		legs = slices.DeleteFunc(slices.Clone(legs), func(leg payment.Leg) bool { return !atOrder(leg) })
	}
	var sum money.Amount
	for i, leg := range legs {
		if i > by.At && leg.From == by.Account {
			sum += leg.Amount
		}
	}
	return sum
}

// explain says why the books refuse what req orders. If the account is neither the sender's
// purse nor the payee's, it says only that nothing was done: whose account it is, and what
// it lacks, is not the sender's business.
func (s *Service) explain(t *tx.Tx, req *Request, by tx.Refused) (*answer, error) {
	args := lang.Args{Currency: s.cfg.Place.Currency}
	if by.Refusal == store.RefusedFunds && req.Sender != nil && by.Account == req.Sender.Purse {
		args.Short = by.Short
		return &answer{purseShort(req), args}, nil
	}
	if by.Refusal == store.RefusedCeiling {
		for name, account := range req.Rules.Products.Banks {
			if account == by.Account {
				s.cfg.BankFull(name)
				return &answer{text: bankClosed(req.Order)}, nil
			}
		}
	}
	if text := shortOf(req.Order.Intent); by.Refusal == store.RefusedFunds && text != "" {
		args.Short = by.Short
		return &answer{text, args}, nil
	}
	if by.Refusal == store.RefusedCeiling && req.Order.Intent == order.TopUp {
		return &answer{text: lang.PurseFull}, nil
	}
	payee, account, err := payeeAccount(t, req.Order)
	if err != nil {
		return nil, err
	}
	args.Party = payee
	switch {
	case by.Refusal == store.RefusedCeiling && books.IsCounter(by.Account):
		return &answer{lang.PayeeFull, args}, nil
	case by.Refusal == store.RefusedCeiling && by.Account != account && req.Order.Source == order.FromCard:
		return s.issuerFull(t, req)
	case by.Account == 0 || by.Account != account:
	case by.Refusal == store.RefusedClosed:
		return &answer{lang.PayeeClosed, args}, nil
	case by.Refusal == store.RefusedCeiling:
		return &answer{lang.PayeeFull, args}, nil
	}
	return &answer{text: lang.CannotDo}, nil
}

// purseShort is the answer to an order that the sender's purse lacks money for. It advises topping
// up from the bank account where that is possible, unless the money was to go there.
func purseShort(req *Request) lang.Key {
	switch {
	case req.Order.Intent == order.Out && req.Order.To == "":
		return lang.FundsOut
	case product.CanTopUp(req.Sender, req.Rules.Products):
		return lang.FundsTopUp
	}
	return lang.Funds
}

// issuerFull is the answer to an order whose card issuer would owe more than it may.
func (s *Service) issuerFull(t *tx.Tx, req *Request) (*answer, error) {
	wallet, err := tx.Read[card.Wallet](t, card.Table, payment.Key(req.Sender.No))
	if err != nil {
		return nil, err
	}
	if pays := wallet.Find(req.Order.Card); pays != nil {
		s.cfg.BankFull(pays.Issuer)
	}
	return &answer{text: lang.CardAway}, nil
}

// shortOf is the answer to an order of an intent whose money comes from a shop that has too
// little; empty: it comes from elsewhere.
func shortOf(intent order.Intent) lang.Key {
	switch intent {
	case order.Refund:
		return lang.RefundShort
	case order.In:
		return lang.AgentShort
	}
	return ""
}

// payeeAccount returns whom an order pays, also if it is a module's, and the account that
// gets the money; 0: it pays nobody.
func payeeAccount(t *tx.Tx, ordered order.Order) (lang.Party, store.AccountID, error) {
	switch {
	case merchant.ValidCode(ordered.To):
		shop, err := t.Merchant(ordered.To)
		if err != nil || shop == nil {
			return lang.Party{}, 0, err
		}
		return partyOfShop(shop).Shown(), shop.Account, nil
	case strings.HasPrefix(ordered.To, "+"):
		payee, err := t.UserOf(ordered.To)
		if err != nil || payee == nil {
			return lang.Party{}, 0, err
		}
		return lang.Party{Number: payee.Phone}, payee.Purse, nil
	}
	return lang.Party{}, 0, nil
}
