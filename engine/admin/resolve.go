package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"mpg/engine/acquirer"
	"mpg/engine/auth"
	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/store/money"
)

// Resolve ends what a bank left open, on the word of people who have asked the
// bank. A payment in doubt, or one that has been reversing for an hour, is
// posted or voided, and payer and shop are told. A payment that has ended does
// not change; its request, if the bank has contradicted it, is closed as it
// stands.
func (s *Service) Resolve(ctx context.Context, by Command, ref, as, reason string) (json.RawMessage, error) {
	return AtBank{Service: s}.Resolve(ctx, by, ref, as, reason)
}

// AtBank resolves what one of the banks of a payment left open.
type AtBank struct {
	*Service
	acquirer.Found
}

// Resolve does what Service.Resolve does.
func (s AtBank) Resolve(ctx context.Context, by Command, ref, as, reason string) (json.RawMessage, error) {
	if as != acquirer.ResolvedPaid && as != acquirer.ResolvedReversed {
		return nil, badArgument{fmt.Errorf("%q: resolve a payment as %s or as %s", as, acquirer.ResolvedPaid, acquirer.ResolvedReversed)}
	}
	if s.Holds != 0 && as != acquirer.ResolvedPaid {
		return nil, badArgument{fmt.Errorf("an amount says how much the bank has authorised; resolve the payment as %s, or leave the amount out", acquirer.ResolvedPaid)}
	}
	no, action, err := aboutPayment(s.Service, "payment resolve", ref, reason)
	if err != nil {
		return nil, err
	}
	body := fmt.Sprintf("resolve %d %s %q", no, as, action.Reason)
	if s.Bank != "" {
		body += fmt.Sprintf(" at %q", s.Bank)
	}
	if s.Holds != 0 {
		body += fmt.Sprintf(" holding %d", s.Holds)
	}
	return Give(ctx, s.Approvals, by, action, body, resolution{no, as, action.Reason, s.Bank, s.Holds})
}

// resolution says how to end what a bank left open.
type resolution struct {
	Payment    uint64
	As, Reason string
	Bank       string       `json:",omitempty"` // see acquirer.Found
	Holds      money.Amount `json:",omitempty"`
}

// resolving is the command that ends what a bank left open.
type resolving struct{ *Service }

// command returns it as an Approvable.
func (r resolving) command() Approvable[resolution] {
	return Approvable[resolution]{Name: "payment resolve", Maker: auth.CorrectMoney, Checker: auth.ApproveMoney, Prepare: r.look, Do: r.resolve}
}

// look says what a resolution will change. What the bank has said is part of it, since
// another word of the bank may be a reason to resolve the payment otherwise; how often it
// was asked is not.
func (r resolving) look(t *tx.Tx, in resolution) (Change, error) {
	p, err := paymentOf(t, in.Payment)
	if err != nil {
		return Change{}, err
	}
	change := Change{
		Before: map[string]string{"payment": p.Ref, "amount": r.cfg.Place.Currency.Format(p.Charged) + " " + p.Currency, "state": string(p.State),
			"payer": p.Payer.Side(p.Plan.Product), "payee": p.Payee.Side(p.Plan.Product)},
		After:     map[string]string{"resolved as": in.As},
		Documents: []Document{{payment.Table, payment.Key(p.No)}},
	}
	if in.Bank != "" {
		change.After["at bank"] = in.Bank
	}
	if in.Holds != 0 {
		change.After["amount"] = r.cfg.Place.Currency.Format(in.Holds) + " " + p.Currency
	}
	for _, no := range payment.OwnFirst(p) {
		request, err := tx.Read[payment.Request](t, payment.BankTable, payment.Key(no))
		if err != nil {
			return Change{}, err
		}
		if request != nil {
			at := "bank " + request.Bank
			change.Before[at] = strings.TrimPrefix(change.Before[at]+"; "+bankSays(request), "; ") // it may have been asked twice
		}
	}
	return change, nil
}

// bankSays returns in a few words how far a request has come and what its bank has said.
func bankSays(request *payment.Request) string {
	words := []string{strings.TrimSpace(string(request.Kind) + " " + string(request.State))}
	if request.Code != "" {
		words = append(words, "answered "+request.Code)
	}
	if request.Granted != 0 {
		words = append(words, "approved only "+notice.Currency(request.Currency).Format(request.Granted))
	}
	for _, late := range request.Late {
		words = append(words, "later said "+strings.TrimSpace(string(late.What)+" "+late.Code))
	}
	return strings.Join(words, ", ")
}

// resolve ends what the bank left open.
func (r resolving) resolve(t *tx.Tx, by Command, action *Action, in resolution) (any, error) {
	p, err := paymentOf(t, in.Payment)
	if err != nil {
		return nil, err
	}
	action.Amount = p.Charged
	request, err := r.cfg.Acquirer.Resolve(t, p, acquirer.Found{Bank: in.Bank, Holds: in.Holds}, payment.Resolution{As: in.As, Reason: in.Reason, UID: by.UID, Person: by.Person.Name, At: t.Now.UTC()})
	if err != nil {
		return nil, err
	}
	if err := writtenOffByTwo(t, request, in.As); err != nil {
		return nil, err
	}
	view := r.viewPayment(p)
	view.Request = viewRequest(request)
	return view, nil
}

// writtenOffByTwo returns an error if a resolution writes a loss off and fewer than two people
// decide.
func writtenOffByTwo(t *tx.Tx, request *payment.Request, as string) error {
	if request.WrittenOff == 0 || as != acquirer.ResolvedPaid {
		return nil
	}
	return byTwo(t, fmt.Sprintf("writing off what bank %s has paid after the payer had the money back", request.Bank))
}
