package filebank

import (
	"context"
	"errors"
	"time"

	"mpg/engine/bank"
)

// errTooLate says that a request was not written in time.
var errTooLate = errors.New("its time was over before it could be written to a file")

// errStopped says that the caller has gone.
var errStopped = errors.New("the caller has gone")

// Authorize asks for what is in packed, and waits for the answer until Config.Timeout has
// passed since the request. A request that is in a file already is not written again. Its
// errors are those of bank.Link.Authorize.
func (c *Connector) Authorize(ctx context.Context, packed bank.Packed) (bank.Reply, error) {
	reply, err := c.authorize(ctx, packed)
	c.counters.Request(reply, err)
	return reply, err
}

func (c *Connector) authorize(ctx context.Context, packed bank.Packed) (bank.Reply, error) {
	asked, err := open(packed)
	if err != nil {
		return bank.Reply{}, err
	}
	switch {
	case ctx.Err() != nil && c.book.knows(asked.key): // an earlier process has asked, and the bank may have read it
		return bank.Reply{}, bank.Unknown(bank.CauseTimeout, errStopped.Error(), ctx.Err())
	case ctx.Err() != nil:
		return bank.Reply{}, bank.Down(errStopped.Error(), ctx.Err())
	}
	rest := asked.at.Add(c.cfg.Timeout).Sub(c.cfg.Now())
	e, err := c.enlist(asked, rest > 0)
	if err != nil {
		return bank.Reply{}, err
	}
	start := c.cfg.Now()
	said, err := c.await(ctx, e, rest)
	if err != nil {
		c.cfg.Log.Warn("bank request has no certain answer", "key", asked.key, "cause", bank.Cause(err), "err", err)
		return bank.Reply{}, err
	}
	if c.cfg.OnAnswer != nil {
		c.cfg.OnAnswer(c.cfg.Now().Sub(start))
	}
	return said.reply(), nil
}

// enlist returns the entry of a line, and has the line written if it never was. inTime says
// that there is time for that. The caller must release the entry by await.
func (c *Connector) enlist(asked *request, inTime bool) (*entry, error) {
	if !c.Up() {
		if !c.book.knows(asked.key) {
			return nil, bank.Down("the folders of the bank cannot be used", nil)
		}
	}
	e := c.book.enter(asked, inTime)
	if e == nil {
		return nil, bank.Down(errTooLate.Error(), nil)
	}
	return e, nil
}

// await waits for the answer to e, and releases e.
func (c *Connector) await(ctx context.Context, e *entry, rest time.Duration) (*answer, error) {
	timer := time.NewTimer(rest)
	defer timer.Stop()
	err := c.wait(ctx, e, timer.C)
	return c.book.leaves(e, err)
}

// wait returns once e is answered or can no longer be, the time is over, or ctx ends. What
// an earlier process has asked may have been answered while there was none, so its time is
// not over before the files that have come are read.
func (c *Connector) wait(ctx context.Context, e *entry, over <-chan time.Time) error {
	left := e.left
	for {
		select {
		case <-e.ended:
			return nil
		case <-left:
			if left = nil; c.book.failed(e) {
				return nil
			}
		case <-over:
			select {
			case <-c.in.looked:
			case <-e.ended:
			case <-ctx.Done():
			}
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
