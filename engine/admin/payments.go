package admin

import (
	"cmp"
	"context"
	"iter"

	"mpg/engine/call"
	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/product"
	"mpg/engine/refund"
	"mpg/engine/tx"
	"mpg/store/money"
)

// PaymentView is a payment.
type PaymentView struct {
	Repeated
	Ref      string `json:"ref"`
	Product  string `json:"product"`
	State    string `json:"state"`
	Outcome  string `json:"outcome,omitempty"` // "paid", "not paid", "returned" or "unclaimed" once it is done
	Payer    string `json:"payer"`
	Payee    string `json:"payee"`
	Amount   string `json:"amount"` // what the payer pays
	Currency string `json:"currency"`
	FeeView
	Reason string `json:"reason"`
	Memo   string `json:"memo,omitempty"`
	OriginView
	TimesView
	Steps []StepView `json:"steps"`
	// Increases are what the payee has asked for on top of what was ordered.
	Increases []IncreaseView `json:"increases,omitempty"`

	Request *RequestView   `json:"request,omitempty"` // to the bank that was asked last
	Earlier []*RequestView `json:"earlier,omitempty"` // earlier requests of the same payment
	Calls   []call.View    `json:"calls,omitempty"`   // those that have ended; shown with one payment, not in lists
}

// TimesView says when a payment was ordered, when it last changed, and how long it waits for a
// new payee, for the word of a shop, or for what the shop captures.
type TimesView struct {
	Created string `json:"created"`
	Updated string `json:"updated"`
	Until   string `json:"until,omitempty"` // empty: it has ended, or a call or a bank is awaited
}

// FeeView says what the payee gets of a payment, and what it costs whom.
type FeeView struct {
	Received string      `json:"received"`
	Fee      string      `json:"fee,omitempty"`       // of both sides, with its tax; empty: none
	PayerFee string      `json:"payer_fee,omitempty"` // which Amount contains
	PayeeFee string      `json:"payee_fee,omitempty"` // by which Received is less than what was ordered
	Tax      string      `json:"tax,omitempty"`       // which Fee contains
	Tariff   *TariffView `json:"tariff,omitempty"`    // by which it was worked out
	// ByCard and ByPurse are the parts of Amount where a card pays only one, or gets only one of
	// a refund.
	ByCard  string `json:"by_card,omitempty"`
	ByPurse string `json:"by_purse,omitempty"`
}

// TariffView is the row in force when a payment was ordered.
type TariffView struct {
	Row      string `json:"row"`
	Version  string `json:"version"`  // of the files
	Returned bool   `json:"returned"` // a refund returns the fee
}

// viewFee shows what p costs.
func viewFee(p *payment.Payment) FeeView {
	format := notice.Currency(p.Currency).Format
	v := FeeView{Received: format(p.Received)}
	if p.Fee > 0 {
		v.Fee, v.PayerFee, v.PayeeFee, v.Tax = format(p.Fee), format(p.PayerFee()), format(p.PayeeFee), format(p.Tax)
	}
	rest := p.Plan.FromPurse()
	if len(p.Plan.Asks) > 0 && !p.Passed(payment.Returned) { // otherwise the purse got everything
		rest += payment.ToPurse(p)
	}
	if rest > 0 {
		v.ByCard, v.ByPurse = format(p.Charged-rest), format(rest)
	}
	if by := p.Tariff; by != nil {
		v.Tariff = &TariffView{by.Row, by.Version, by.Terms.Returned}
	}
	return v
}

// OriginView says which other payments a payment belongs to, and who entered it.
type OriginView struct {
	Of       string     `json:"of,omitempty"`           // reference of the payment that it takes back, or whose bank did something late
	Why      string     `json:"why,omitempty"`          // the operator's reason
	Returned string     `json:"returned,omitempty"`     // how much of it later payments have given back
	Charged  string     `json:"charged_back,omitempty"` // how much of that its card issuer took back
	By       *ActorView `json:"by,omitempty"`           // who entered it; none: its payer
	Manager  string     `json:"manager,omitempty"`      // number of the person who ordered a refund for the shop, and confirms it

	ClaimOf string     `json:"claim_of,omitempty"` // reference of the payment whose money it gives to its payee, or back
	Claim   *ClaimView `json:"claim,omitempty"`    // what has become of money that was sent to a number that is not registered

	Refunds    []string `json:"refunds,omitempty"`    // references of what has given it back, or is about to
	Refundable string   `json:"refundable,omitempty"` // how much of it the shop may still refund
}

// ClaimView is money that waits, or waited, for a number to be registered.
type ClaimView struct {
	State string `json:"state"` // open, paid, returned, or kept: the payer's purse is closed
	Until string `json:"until"`
	By    string `json:"by,omitempty"` // reference of the payment that ended it
}

// showClaim adds to v what has become of money that waits for a payee. ref returns the
// reference of a payment.
func showClaim(t *tx.Tx, p *payment.Payment, ref func(no uint64) string, v *PaymentView) error {
	if p.Claim != 0 {
		v.ClaimOf = ref(p.Claim)
	}
	if p.Plan.Claim == 0 {
		return nil
	}
	c, err := tx.Read[payment.Claim](t, payment.ClaimTable, payment.Key(p.No))
	if err != nil || c == nil {
		return err
	}
	v.Claim = &ClaimView{State: string(c.State), Until: rfc3339(c.Until)}
	switch c.State {
	case payment.ClaimPaidOut:
		v.Outcome = "paid"
	case payment.ClaimReturned:
		v.Outcome = "returned"
	case payment.ClaimKept:
		kept, err := tx.Read[payment.Unclaimed](t, payment.UnclaimedTable, payment.Key(p.No))
		if err != nil {
			return err
		}
		if kept != nil && kept.By != 0 {
			v.Outcome, v.Claim.By = "returned", ref(kept.By)
		}
	case payment.ClaimOpen:
	}
	if c.By != 0 {
		v.Claim.By = ref(c.By)
	}
	return nil
}

// ActorView shows who gave an operator's command.
type ActorView struct {
	UID    uint32 `json:"uid"`
	Key    string `json:"key,omitempty"`
	Person string `json:"person,omitempty"` // of staff; empty: nobody had logged in
}

// StepView is one state of a payment.
type StepView struct {
	At    string `json:"at"`
	State string `json:"state"`
}

func viewPayment(p *payment.Payment) PaymentView {
	v := PaymentView{Ref: p.Ref, Product: string(p.Plan.Product), State: string(p.State),
		Payer: p.Payer.Side(p.Plan.Product), Payee: p.Payee.Side(p.Plan.Product),
		Amount: notice.Currency(p.Currency).Format(p.Charged), Currency: p.Currency, FeeView: viewFee(p), Reason: string(p.Reason), Memo: p.Memo, OriginView: OriginView{Why: p.Why, Manager: p.Manager.Phone},
		TimesView: TimesView{Created: rfc3339(p.Created()), Updated: rfc3339(p.Updated())}}
	switch p.State {
	case payment.Done:
		v.Outcome = outcome(p)
	case payment.Cooling, payment.Offered, payment.Authorized:
		v.Until = rfc3339(p.Deadline)
	default: // a bank or a call, which ends by itself
	}
	if p.By != nil {
		v.By = &ActorView{UID: p.By.UID, Key: p.By.Key, Person: p.By.Name}
	}
	for _, more := range p.Increases {
		v.Increases = append(v.Increases, IncreaseView{notice.Currency(p.Currency).Format(more.Ordered), string(more.State), rfc3339(more.At)})
	}
	for _, s := range p.Steps {
		v.Steps = append(v.Steps, StepView{rfc3339(s.At), string(s.State)})
	}
	return v
}

// IncreaseView is what a payee has asked to have held in addition.
type IncreaseView struct {
	Amount string `json:"amount"` // without fees
	State  string `json:"state"`  // asked, approved, declined or dropped
	At     string `json:"at"`
}

// outcome returns in a word or two how a payment that is done has ended.
func outcome(p *payment.Payment) string {
	switch {
	case p.Passed(payment.Posted) && p.Plan.Claim != 0:
		return "unclaimed"
	case p.Passed(payment.Posted):
		return "paid"
	case p.Passed(payment.Returned):
		return "returned"
	}
	return "not paid"
}

// aboutPayment returns the number of the payment that a command with a reason is about, and the
// command as an Action. The error is ErrReason, or ErrArgument if ref cannot be a reference.
func aboutPayment(s *Service, name, ref, reason string) (uint64, *Action, error) {
	reason, err := checkReason(reason)
	if err != nil {
		return 0, nil, err
	}
	no, err := s.paymentNumber(ref)
	if err != nil {
		return 0, nil, err
	}
	return no, &Action{Name: name, Object: s.cfg.Books.Refs.Ref(no), Reason: reason}, nil
}

// paymentNumber returns the number of the payment with a reference as people write it.
func (r *Reader) paymentNumber(written string) (uint64, error) {
	no, err := r.cfg.Books.Refs.Number(written)
	if err != nil {
		return 0, badArgument{err}
	}
	return no, nil
}

// paymentOf returns the payment with that number; if there is none, the error is
// ErrNoPayment.
func paymentOf(t *tx.Tx, no uint64) (*payment.Payment, error) {
	p, err := tx.Read[payment.Payment](t, payment.Table, payment.Key(no))
	if err == nil && p == nil {
		err = ErrNoPayment
	}
	return p, err
}

// viewPayment shows p, and names by its reference the payment that it takes back.
func (r *Reader) viewPayment(p *payment.Payment) PaymentView {
	v := viewPayment(p)
	if p.Of != 0 {
		v.Of = r.cfg.Books.Refs.Ref(p.Of)
	}
	return v
}

// showPayment returns p and its requests to banks as the caller may see them.
func (r *Reader) showPayment(ctx context.Context, p *payment.Payment) (PaymentView, error) {
	v, err := r.storyOf(ctx, p)
	return shown(ctx, v), err
}

// storyOf shows p, what has become of its money if that waits, and its requests to banks.
func (r *Reader) storyOf(ctx context.Context, p *payment.Payment) (PaymentView, error) {
	v := r.viewPayment(p)
	if err := showClaim(r.view(ctx), p, r.cfg.Books.Refs.Ref, &v); err != nil {
		return v, err
	}
	requests, err := r.cfg.Acquirer.Requests(ctx, p)
	for i, request := range requests {
		if i < len(requests)-1 {
			v.Earlier = append(v.Earlier, viewRequest(request))
			continue
		}
		v.Request = viewRequest(request)
	}
	if err == nil && p.OfRequest != 0 {
		var about *payment.Request
		if about, err = tx.Read[payment.Request](r.view(ctx), payment.BankTable, payment.Key(p.OfRequest)); about != nil {
			v.Of = r.cfg.Books.Refs.Ref(about.Payment)
		}
	}
	return v, err
}

// Payment returns the payment of a reference, with its calls. The error is ErrArgument
// if ref cannot be one, and ErrNoPayment if there is no such payment.
func (r *Reader) Payment(ctx context.Context, ref string) (PaymentView, error) {
	no, err := r.paymentNumber(ref)
	if err != nil {
		return PaymentView{}, err
	}
	p, err := paymentOf(r.view(ctx), no)
	if err != nil {
		return PaymentView{}, err
	}
	if !masked(ctx) {
		if err := r.looked(ctx, "payment show", cmp.Or(p.Payer.User, p.Payee.User), p.Ref); err != nil {
			return PaymentView{}, err
		}
	}
	v, err := r.storyOf(ctx, p)
	if err != nil {
		return shown(ctx, v), err
	}
	if err = showRefunds(r.view(ctx), p, r.cfg.Books.Refs.Ref, &v); err == nil {
		v.Calls, err = call.OfPayment(ctx, r.cfg.Store, no)
	}
	return shown(ctx, v), err
}

// showRefunds adds to v what was given back of p, and what may still be. ref returns the
// reference of a payment.
func showRefunds(t *tx.Tx, p *payment.Payment, ref func(no uint64) string, v *PaymentView) error {
	back, err := refund.Of(t, p.No)
	if err != nil {
		return err
	}
	format := notice.Currency(p.Currency).Format
	if back.Sum > 0 {
		v.Returned = format(back.Sum)
	}
	var charged money.Amount
	for _, no := range back.By {
		later, err := paymentOf(t, no)
		if err != nil {
			return err
		}
		if later.Plan.Product == payment.Chargeback {
			charged += later.Charged
		}
		v.Refunds = append(v.Refunds, ref(no))
	}
	if charged > 0 {
		v.Charged = format(charged)
	}
	if left := product.RefundMax(p) - back.Sum; product.Refundable(p) && left > 0 {
		v.Refundable = format(left)
	}
	return nil
}

// Payments walks all payments in the order of their numbers.
func (r *Reader) Payments(ctx context.Context) iter.Seq2[PaymentView, error] {
	return walk(ctx, r.cfg.Store, payment.Table, r.showPayment)
}

// ListPayments returns a page of the payments in the order of their numbers.
func (r *Reader) ListPayments(ctx context.Context, page Page) (List[PaymentView], error) {
	return listed(ctx, r.cfg.Store, payment.Table, page, r.showPayment)
}
