package bank

import (
	"context"
	"errors"
	"fmt"

	"mpg/engine/bank/iso8583"
)

// Authorize asks the bank to take r.Amount from r.Account, once. Its errors are
// ErrDown and ErrUnknown, wrapped with their cause; after ErrUnknown the request
// must be reversed and never be asked again. It returns within Config.Timeout,
// or when ctx ends, which is ErrUnknown if the request was sent.
func (l *Link) Authorize(ctx context.Context, r Request) (Reply, error) {
	s, t, err := l.prepare(&r)
	if err != nil {
		return Reply{}, err
	}
	answer, err := s.ask(ctx, t.Request(), l.cfg.Timeout)
	if err != nil {
		return Reply{}, err
	}
	return decision(answer, &r)
}

// Reverse undoes request r, whatever became of it; repeat says that it was tried
// before, so that the bank may know it. Done is the bank's word that the request
// is undone: 00. With done false there is an error; try again with repeat,
// whichever error it is. ErrNotLocated, 25, says that the request was never there;
// a request may still be on its way over a line that broke, so only to hear it
// once more some time later is sure. A request that is ErrInvalid was never sent,
// so there is nothing to undo: that is done, too, and no bank is asked.
func (l *Link) Reverse(ctx context.Context, r Request, repeat bool) (done bool, err error) {
	code, err := l.reverse(ctx, &r, repeat)
	switch {
	case errors.Is(err, ErrInvalid):
		l.cfg.Log.Warn("reversal of what was never sent", "request", r, "err", err)
		return true, nil
	case err != nil:
		return false, err
	case code == codeApproved:
		return true, nil
	case code == codeNotLocated:
		return false, fmt.Errorf("%w: STAN %06d", ErrNotLocated, r.STAN)
	}
	return false, fmt.Errorf("bank: reversal of STAN %06d answered %q", r.STAN, code)
}

// reverse returns the response code of a 0430.
func (l *Link) reverse(ctx context.Context, r *Request, repeat bool) (code string, err error) {
	s, t, err := l.prepare(r)
	if err != nil {
		return "", err
	}
	answer, err := s.ask(ctx, t.Reversal(l.cfg.Now(), repeat, iso8583.TooLate), l.cfg.Timeout)
	if err != nil {
		return "", err
	}
	return answer.Get(iso8583.DEResponse), nil
}

// prepare makes the transaction of r and finds the line for it. Its errors are
// ErrDown.
func (l *Link) prepare(r *Request) (*session, *iso8583.Transaction, error) {
	if err := r.check(); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	s := l.current.Load()
	if s == nil {
		return nil, nil, fmt.Errorf("%w: not signed on", ErrDown)
	}
	return s, &iso8583.Transaction{
		STAN: r.STAN, RRN: r.RRN, At: r.At.In(l.cfg.Zone),
		Account: r.Account, Amount: r.Amount, Currency: r.Currency.Number,
		Acquirer: l.cfg.Acquirer, Terminal: l.cfg.Terminal, Merchant: r.Merchant,
		MerchantType: l.cfg.MerchantType, Reference: r.Ref,
	}, nil
}

// decision reads a 0210. What does not decide the whole amount is ErrUnknown, so
// that it is reversed: a condition cannot be met and a part cannot be paid.
func decision(answer *iso8583.Message, r *Request) (Reply, error) {
	code := answer.Get(iso8583.DEResponse)
	reason := ReasonOf(code)
	if reason == Unclear {
		return Reply{}, fmt.Errorf("%w that decides: code %q", ErrUnknown, code)
	}
	if amount, told := answer.Amount(); reason == Approved && told && amount != r.Amount {
		return Reply{}, fmt.Errorf("%w that decides: another amount", ErrUnknown)
	}
	return Reply{Approved: reason == Approved, Code: code, Reason: reason, AuthID: answer.Get(iso8583.DEAuthID)}, nil
}
