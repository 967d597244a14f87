package filebank

import (
	"context"

	"mpg/engine/bank"
)

// Reverse undoes the request in packed, whatever became of it, by a line of its own that is
// the same in every try. It is written again only after the bank has answered that it does not
// know the request, which proves nothing, or has approved the request afterwards. It waits for
// the answer as Authorize does; its outcomes and errors are those of bank.Link.Reverse.
func (c *Connector) Reverse(ctx context.Context, packed bank.Packed, repeat bool) (bank.Undo, error) {
	undo, err := c.undo(ctx, packed, repeat)
	c.counters.Reversal(undo, err)
	return undo, err
}

func (c *Connector) undo(ctx context.Context, packed bank.Packed, repeat bool) (bank.Undo, error) {
	asked, err := open(packed)
	if err != nil {
		return bank.Undo{Outcome: bank.UndoOperator}, err
	}
	if ctx.Err() != nil {
		return bank.Undo{Outcome: bank.UndoAgain}, bank.Down(errStopped.Error(), ctx.Err())
	}
	line := asked.reversal()
	c.book.askAgain(line.key, repeat)
	e, err := c.enlist(line, true)
	if err != nil {
		return bank.Undo{Outcome: bank.UndoAgain}, err
	}
	said, err := c.await(ctx, e, c.cfg.Timeout)
	if err != nil {
		c.cfg.Log.Warn("bank reversal not answered", "key", line.key, "cause", bank.Cause(err), "err", err)
		return bank.Undo{Outcome: bank.UndoAgain}, err
	}
	undo := said.undone()
	if undo.Outcome != bank.UndoDone {
		c.cfg.Log.Warn("bank did not reverse", "key", line.key, "code", undo.Code, "outcome", string(undo.Outcome))
	}
	return undo, nil
}
