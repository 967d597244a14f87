package bank

import (
	"context"
	"fmt"

	"mpg/engine/bank/iso8583"
)

// Authorize sends the request that p holds, once, as it was packed. Its errors
// are ErrDown and ErrUnknown, wrapped with their cause; after ErrUnknown the
// request must be reversed and never be asked again. It returns within
// Config.Timeout, or when ctx ends, which is ErrUnknown if the request was sent.
func (l *Link) Authorize(ctx context.Context, p Packed) (Reply, error) {
	request, err := p.open()
	if err != nil {
		return Reply{}, err
	}
	s := l.current.Load()
	if s == nil {
		return Reply{}, fmt.Errorf("%w: not signed on", ErrDown)
	}
	answer, err := s.ask(ctx, request.message, request.octets, l.cfg.Timeout)
	if err != nil {
		return Reply{}, err
	}
	return decision(answer, request.message)
}

// Reverse undoes the request that p holds, whatever became of it; repeat says
// that this was tried before, so that the bank may know it. The 0420 is made of
// p alone and carries every element as it was sent, whatever the configuration
// says today. Where the bank answered there is no error, and Undo says what its
// code means; with an error the outcome is UndoAgain, or UndoOperator for
// ErrInvalid, which says that p is damaged.
func (l *Link) Reverse(ctx context.Context, p Packed, repeat bool) (Undo, error) {
	request, err := p.open()
	if err != nil {
		return Undo{Outcome: UndoOperator}, err
	}
	s := l.current.Load()
	if s == nil {
		return Undo{Outcome: UndoAgain}, fmt.Errorf("%w: not signed on", ErrDown)
	}
	reversal := iso8583.Reversal(request.message, l.cfg.Now(), repeat, iso8583.TooLate)
	octets, err := request.dialect.Pack(reversal)
	if err != nil {
		return Undo{Outcome: UndoOperator}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	answer, err := s.ask(ctx, reversal, octets, l.cfg.Timeout)
	if err != nil {
		return Undo{Outcome: UndoAgain}, err
	}
	code := answer.Get(iso8583.DEResponse)
	return Undo{Outcome: l.meaning(code), Code: code}, nil
}

// Window is how many reversals may be outstanding at once.
func (l *Link) Window() int { return l.cfg.Window }

// meaning is what the code of a 0430 means at this host.
func (l *Link) meaning(code string) UndoOutcome {
	if o, listed := l.cfg.Reversals[code]; listed {
		return o
	}
	return DefaultReversal(code)
}

// decision reads a 0210. What does not decide the whole amount is ErrUnknown, so
// that it is reversed: a condition cannot be met and a part cannot be paid.
func decision(answer, request *iso8583.Message) (Reply, error) {
	code := answer.Get(iso8583.DEResponse)
	reason := ReasonOf(code)
	if reason == Unclear {
		return Reply{}, fmt.Errorf("%w that decides: code %q", ErrUnknown, code)
	}
	asked, _ := request.Amount()
	if amount, told := answer.Amount(); reason == Approved && told && amount != asked {
		return Reply{}, fmt.Errorf("%w that decides: another amount", ErrUnknown)
	}
	return Reply{
		Approved: reason == Approved, Code: code, Reason: reason,
		AuthID: answer.Get(iso8583.DEAuthID), Settlement: answer.Get(iso8583.DESettlementDate),
	}, nil
}
