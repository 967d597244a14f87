package httpbank

import (
	"context"
	"fmt"
	"net/http"

	"mpg/engine/bank"
)

// absentCode is the code of a bank that does not know the request.
const absentCode = "25"

// Reverse undoes the request in packed, whatever became of it, under a key of its own that is
// the same in every try. Its outcomes and errors are those of bank.Link.Reverse: that the
// bank does not know the request proves nothing.
func (c *Connector) Reverse(ctx context.Context, packed bank.Packed, _ bool) (bank.Undo, error) {
	undo, err := c.undo(ctx, packed)
	c.counters.Reversal(undo, err)
	return undo, err
}

func (c *Connector) undo(ctx context.Context, packed bank.Packed) (bank.Undo, error) {
	p, _, err := open(packed)
	if err != nil || p.Kind == bank.Completion.String() {
		if err == nil {
			err = bank.Invalid(errOther)
		}
		return bank.Undo{Outcome: bank.UndoOperator}, err
	}
	c.asking.Add(1)
	defer c.asking.Add(-1)
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	got, err := c.call(ctx, http.MethodPost, "payments/"+p.Key+"/reversal", p.Key+"-reversal", []byte("{}"))
	if err != nil {
		c.cfg.Log.Warn("bank reversal not answered", "key", p.Key, "cause", bank.Cause(err), "err", err)
		return bank.Undo{Outcome: bank.UndoAgain}, err
	}
	undo := got.undone(p)
	if undo.Outcome != bank.UndoDone {
		c.cfg.Log.Warn("bank did not reverse", "key", p.Key, "code", undo.Code, "outcome", string(undo.Outcome))
	}
	return undo, nil
}

// isAbout reports whether an answer is about p, as far as it says what it is about.
func (a *answer) isAbout(p *payment) bool {
	return (a.Key == "" || a.Key == p.Key) && (a.Currency == "" || a.Currency == p.Currency)
}

// hasWhole reports whether an answer is about the whole amount of p.
func (a *answer) hasWhole(p *payment) bool {
	_, whole, ok := a.granted(p)
	return whole && ok
}

// undone reads the answer to a reversal.
func (g *came) undone(p *payment) bank.Undo {
	const good, serverErrors = 2, 5
	code := word(g.body.Code, p)
	if code == "" {
		code = fmt.Sprintf("H%d", g.status)
	}
	switch {
	case g.status == http.StatusNotFound:
		return bank.Undo{Outcome: bank.UndoAbsent, Code: absentCode}
	case g.status == http.StatusConflict, g.status == http.StatusTooManyRequests, g.status == http.StatusRequestTimeout, g.status/100 == serverErrors:
		return bank.Undo{Outcome: bank.UndoAgain, Code: code}
	case g.status/100 != good:
		return bank.Undo{Outcome: bank.UndoOperator, Code: code}
	case !g.read || g.body.Status == isPending:
		return bank.Undo{Outcome: bank.UndoAgain, Code: code}
	case g.body.Status == isReversed && g.body.isAbout(p) && g.body.hasWhole(p):
		return bank.Undo{Outcome: bank.UndoDone, Code: approvedCode}
	}
	return bank.Undo{Outcome: bank.UndoOperator, Code: code}
}
