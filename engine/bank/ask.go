package bank

import (
	"context"
	"fmt"

	"mpg/engine/bank/iso8583"
	"mpg/store/money"
)

// Authorize sends the request in packed once, as it was packed. Its errors are
// ErrDown and ErrUnknown, wrapped with their cause; after ErrUnknown the
// request must be reversed and never sent again. Authorize returns within
// Config.Timeout, or when ctx ends, which is ErrUnknown if the request was
// sent.
func (l *Link) Authorize(ctx context.Context, packed Packed) (Reply, error) {
	request, err := packed.open(l.dialect, undoable...)
	if err != nil {
		return Reply{}, l.failed(seriesRequests, nil, err)
	}
	return l.decide(ctx, seriesRequests, request)
}

// Advise sends the Completion in packed, which it may do any number of times: the bank takes
// the money once, and answers each time. repeat says that it was sent before, and tells the
// bank so. Its errors are those of Authorize; after ErrUnknown the advice must be sent
// again, and never reversed. A Reply that is not approved means that the bank refuses what
// it had authorized; if its reason is Unavailable, send the advice again later.
func (l *Link) Advise(ctx context.Context, packed Packed, repeat bool) (Reply, error) {
	request, err := packed.open(l.dialect, iso8583.FinancialAdvice)
	if err != nil {
		return Reply{}, l.failed(seriesAdvices, nil, err)
	}
	if !repeat {
		return l.decide(ctx, seriesAdvices, request)
	}
	again, err := request.as(iso8583.Repeat(request.message))
	if err != nil {
		return Reply{}, l.failed(seriesAdvices, request.message, err)
	}
	return l.decide(ctx, seriesAdvices, again)
}

// decide sends a request and reads what the bank decides.
func (l *Link) decide(ctx context.Context, series series, asked *opened) (Reply, error) {
	request, start := asked.message, l.cfg.Now()
	answer, err := l.ask(ctx, asked)
	var reply Reply
	if err == nil {
		if l.cfg.OnAnswer != nil {
			l.cfg.OnAnswer(l.cfg.Now().Sub(start))
		}
		reply, err = decision(l.cfg.Peer.Compare, answer, request)
	}
	if err != nil {
		return Reply{}, l.failed(series, request, err)
	}
	l.counters.add(series, string(reply.Reason))
	return reply, nil
}

// Reverse undoes the request in packed, whatever became of it; repeat says that this was
// tried before, and tells the bank so. The 0420 is built from packed alone and carries
// every element as it was sent, whatever the configuration says today. If the bank
// answered, there is no error, and Undo says what its code means. With an error the outcome
// is UndoAgain, or UndoOperator for ErrInvalid, which means that packed is damaged.
func (l *Link) Reverse(ctx context.Context, packed Packed, repeat bool) (Undo, error) {
	request, err := packed.open(l.dialect, undoable...)
	if err != nil {
		return Undo{Outcome: UndoOperator}, l.failed(seriesReversals, nil, err)
	}
	reversal, err := request.as(iso8583.Reversal(request.message, l.cfg.Now(), repeat, iso8583.TooLate))
	if err != nil {
		return Undo{Outcome: UndoOperator}, l.failed(seriesReversals, request.message, err)
	}
	answer, err := l.ask(ctx, reversal)
	var undo Undo
	if err == nil {
		undo, err = l.undone(answer, reversal.message)
	}
	if err != nil {
		return Undo{Outcome: UndoAgain}, l.failed(seriesReversals, request.message, err)
	}
	l.counters.add(seriesReversals, string(undo.Outcome))
	return undo, nil
}

// ask sends asked once, with a MAC if its type needs one, over the first line that takes
// it: a line that has ended has taken nothing.
func (l *Link) ask(ctx context.Context, asked *opened) (*iso8583.Message, error) {
	octets, err := l.guard.authenticate(asked.dialect, asked.message.MTI, asked.octets)
	if err != nil {
		return nil, err
	}
	err = down(causeDown, "not signed on", nil)
	for _, one := range l.lines {
		s := one.current.Load()
		if s == nil {
			continue
		}
		var answer *iso8583.Message
		if answer, err = s.ask(ctx, asked.message, octets, l.cfg.Timeout); err == nil {
			l.oddities.note(l, oddness(asked.message, answer))
			return answer, nil
		}
		if Cause(err) != causeDown {
			break
		}
	}
	return nil, err
}

// failed counts and logs a request or a reversal that was not sent or has no
// certain answer, and returns err. request is nil if it could not be read.
func (l *Link) failed(series series, request *iso8583.Message, err error) error {
	l.counters.add(seriesUnsure, Cause(err))
	result := resultOf(err)
	what := map[string]string{resultUnknown: "bank request has no certain answer", resultInvalid: "bank request cannot be read or written",
		resultDown: "bank request was not sent"}[result]
	l.counters.add(series, result)
	attrs := []any{"reversal", series == seriesReversals, "cause", Cause(err), "err", err}
	if request != nil {
		attrs = append(attrs, "stan", request.Get(iso8583.DESTAN), "rrn", request.Get(iso8583.DERRN))
	}
	if result == resultDown {
		l.limited.warn(l, what, attrs...)
	} else {
		l.cfg.Log.Warn(what, attrs...)
	}
	return err
}

// Window returns how many reversals may be outstanding at once.
func (l *Link) Window() int { return l.cfg.Window }

// meaning returns what the code of a 0430 means at this host.
func (l *Link) meaning(code string) UndoOutcome {
	if l.cfg.Reversals == nil {
		return DefaultReversal(code)
	}
	if o, listed := l.cfg.Reversals[code]; listed {
		return o
	}
	return UndoOperator
}

// undone reads a 0430. One that confirms the reversal counts only if it refers
// to the request that was to be reversed.
func (l *Link) undone(answer, reversal *iso8583.Message) (Undo, error) {
	code := answer.Get(iso8583.DEResponse)
	if code == "" {
		return Undo{}, unknown(causeNoCode, element(iso8583.DEResponse)+" is missing", nil)
	}
	undo := Undo{Outcome: l.meaning(code), Code: code, Settlement: answer.Get(iso8583.DESettlementDate)}
	if undo.Outcome != UndoDone {
		l.cfg.Log.Warn("bank did not reverse", "stan", answer.Get(iso8583.DESTAN), "rrn", reversal.Get(iso8583.DERRN),
			"code", code, "outcome", string(undo.Outcome))
		return undo, nil
	}
	if why := changed(l.cfg.Peer.Compare, reversal, answer); why != nil {
		return Undo{}, unknown(why.word, why.text, nil)
	}
	return undo, nil
}

// decision reads a 0110, 0210 or 0230. What does not decide the whole amount is ErrUnknown,
// so that it is reversed: a condition cannot be met and a part cannot be paid. Only a part
// that is held may do, if its amount is told. An answer counts only if it speaks of
// what was asked, in the elements of the list.
func decision(list []iso8583.DE, answer, request *iso8583.Message) (Reply, error) {
	code := answer.Get(iso8583.DEResponse)
	reason := ReasonOf(code)
	granted := part(answer, request)
	if granted > 0 {
		reason = Approved
	}
	switch {
	case code == "":
		return Reply{}, unknown(causeNoCode, element(iso8583.DEResponse)+" is missing", nil)
	case reason == Unclear:
		return Reply{}, unknown(CauseCode, fmt.Sprintf("code %q decides nothing", code), nil)
	}
	if why := changed(list, request, answer); why != nil {
		return Reply{}, unknown(why.word, why.text, nil)
	}
	return Reply{
		Approved: reason == Approved, Granted: granted, Code: code, Reason: reason,
		AuthID: answer.Get(iso8583.DEAuthID), Settlement: answer.Get(iso8583.DESettlementDate),
		Cause: oddness(request, answer),
	}, nil
}

// part returns how much of what request was to hold answer approves, if that is less than
// all of it, and otherwise 0. ISO 8583:1987 DE39 code 10
func part(answer, request *iso8583.Message) money.Amount {
	asked, _ := request.Amount()
	granted, told := answer.Amount()
	if request.MTI != iso8583.AuthorizationRequest || answer.Get(iso8583.DEResponse) != codePart || !told || granted <= 0 || granted >= asked {
		return 0
	}
	return granted
}
