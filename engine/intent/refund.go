package intent

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"mpg/engine/lang"
	"mpg/engine/merchant"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/refund"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
	"mpg/store/money"
)

// paidBefore is the payment that a REFUND names, and its shop, whose phone sent the text.
type paidBefore struct {
	first *payment.Payment
	shop  *merchant.Merchant
	left  money.Amount // that may still be refunded
}

// refund begins a refund that a shop has ordered, or answers why not. The manager is called
// before any money moves.
func (s payments) refund(t *tx.Tx, req *Request) error {
	was, err := s.paidBefore(t, req.Order.Ref)
	if err != nil {
		return err
	}
	if was.shop == nil || was.shop.Phone != req.Phone {
		return s.notTheirs(t, req, was.first)
	}
	declined, err := s.mayRefund(t, req, &was)
	if err == nil && declined == nil {
		declined, err = s.openRefund(t, req, was)
	}
	if err != nil {
		return err
	}
	if declined != nil {
		return s.Reply(t, req, declined.text, declined.args)
	}
	return nil
}

// paidBefore looks a reference up as it was typed.
func (s payments) paidBefore(t *tx.Tx, ref string) (paidBefore, error) {
	no, err := s.cfg.Books.Refs.Number(ref)
	if err != nil {
		return paidBefore{}, nil // no payment has such a reference
	}
	first, err := tx.Read[payment.Payment](t, payment.Table, payment.Key(no))
	if err != nil || first == nil || first.Payee.Code == "" {
		return paidBefore{first: first}, err
	}
	shop, err := t.Merchant(first.Payee.Code)
	return paidBefore{first: first, shop: shop}, err
}

// notTheirs answers a text that names no payment to a shop of its sender. Payers, too, text
// REFUND, and mean that a payment is to be stopped, or that they want their money back; a shop
// that mistyped a reference means neither. Nobody learns whether others have a payment with
// that reference.
func (s payments) notTheirs(t *tx.Tx, req *Request, named *payment.Payment) error {
	person := req.Sender
	req.Order.Refund = true // whatever a NO would end besides a payment has nothing to do with it
	switch {
	case person == nil:
		return s.replyStranger(t, req)
	case person.Open != 0, person.Question.Waits(t.Now) && !s.aboutRefund(person.Question):
		return words(s).no(t, req)
	case named != nil && named.Payer.User == person.No && named.Payee.Code != "":
		return s.Reply(t, req, lang.RefundByShop, lang.Args{Of: named.Ref, Party: named.Payee.Shown()})
	case !strings.ContainsAny(req.Order.Ref, "0123456789"): // a word of eight letters, as in REFUND PURCHASE
		return words(s).no(t, req)
	}
	return s.Reply(t, req, lang.RefundUnknown, lang.Args{})
}

// mayRefund checks the manager, the payment and the amount, and sets what is left to refund.
// The checks are made in the order in which their answers help most.
func (s payments) mayRefund(t *tx.Tx, req *Request, was *paidBefore) (*answer, error) {
	manager, first, currency := req.Sender, was.first, s.cfg.Place.Currency
	switch {
	case manager == nil:
		return &answer{text: lang.RefundNoPIN}, nil
	case !manager.MayPay():
		return &answer{text: stateText(manager.State)}, nil
	case manager.Open != 0:
		return openOrder(t, manager)
	}
	var err error
	was.left, err = s.cfg.Refunds.Left(t, first)
	switch {
	case errors.Is(err, refund.ErrNotRefundable):
		return &answer{lang.RefundUnpaid, lang.Args{Of: first.Ref}}, nil
	case errors.Is(err, refund.ErrRefunded):
		back, err := refund.Of(t, first.No)
		return &answer{lang.RefundDone, lang.Args{Of: first.Ref, Amount: back.Sum, Currency: currency}}, err
	case err != nil:
		return nil, err
	case req.Rules.RefundWithin > 0 && t.Now.Sub(first.Updated()) > req.Rules.RefundWithin:
		return &answer{lang.RefundOld, lang.Args{Of: first.Ref}}, nil
	case req.Order.Amount > was.left:
		return &answer{lang.RefundOver, lang.Args{Of: first.Ref, Limit: was.left, Currency: currency}}, nil
	case !manager.PIN.Set():
		return &answer{text: lang.NoPIN}, nil
	case req.sure:
		return s.callable(t, req), nil
	}
	if asked := s.askRefund(t, req, req.Order, *was); asked != nil {
		return asks(t, req, asked, asked.text == lang.AskRefundUnpaid), nil
	}
	return s.callable(t, req), nil
}

// askRefund returns the question about a refund that equals one of the last day, or nil.
func (s payments) askRefund(t *tx.Tx, req *Request, ordered order.Order, was paidBefore) *answer {
	before, ok := req.Sender.Equal(refundKey(ordered, was.first), s.ordersSince(t.Now, req.Rules.Repeat))
	if !ok {
		return nil
	}
	text := lang.AskRefund
	if before.Unpaid {
		text = lang.AskRefundUnpaid
	}
	return &answer{text, lang.Args{Ref: before.Ref, Of: was.first.Ref, Amount: cmp.Or(ordered.Amount, was.left), Currency: s.cfg.Place.Currency,
		At: s.cfg.Place.Time(time.Unix(before.At, 0))}}
}

// refundKey is what makes two orders of a refund equal.
func refundKey(ordered order.Order, first *payment.Payment) string {
	return fmt.Sprintf("%s %s %d", ordered.Intent, first.Ref, ordered.Amount)
}

// openRefund begins the refund in this commit, with a call to the manager, or returns why the
// books do not allow it.
func (s payments) openRefund(t *tx.Tx, req *Request, was paidBefore) (*answer, error) {
	if req.no == 0 {
		req.no = s.cfg.Books.Payments.Add(1)
	}
	manager := req.Sender
	p, err := s.cfg.Refunds.Make(t, refund.Order{Of: was.first, Amount: cmp.Or(req.Order.Amount, was.left), No: req.no, Expires: req.Rules.Expires,
		Route:  payment.Route{Lang: req.Lang, Via: req.Via, Code: req.Code},
		Origin: payment.Origin{Manager: payment.Party{User: manager.No, Phone: manager.Phone, Name: manager.Name}}})
	var lacking refund.Lacking
	switch {
	case errors.As(err, &lacking):
		return &answer{lang.RefundShort, lang.Args{Short: lacking.Amount, Currency: s.cfg.Place.Currency}}, nil
	case errors.Is(err, refund.ErrBankDown):
		return &answer{text: lang.RefundBankDown}, nil
	case errors.Is(err, refund.ErrShopClosed), errors.Is(err, refund.ErrDisputed):
		return &answer{text: lang.CannotDo}, nil
	case err != nil:
		return nil, err
	}
	s.cfg.Ordered(p.Ref, t.Now)
	t.SetID(store.IDOf(tx.IDPaymentStep, p.No, 1))
	t.Fingerprint("order", req.Via, req.Phone, req.Body)
	manager.Open, manager.Question = p.No, nil
	manager.Remember(user.Recent{Key: refundKey(req.Order, was.first), At: t.Now.Unix(), Ref: p.Ref}, s.ordersSince(t.Now, req.Rules.Repeat))
	t.SaveUser(manager)
	return nil, nil
}
