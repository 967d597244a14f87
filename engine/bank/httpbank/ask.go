package httpbank

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"mpg/engine/bank"
)

// approvedCode is the code of an approval that has none.
const approvedCode = "00"

// firstPause is the default of Config.Pause.
const firstPause = 500 * time.Millisecond

// Authorize sends the request in packed. Its errors are those of bank.Link.Authorize: after
// bank.ErrUnknown the request must be reversed. It returns within Config.Timeout.
func (c *Connector) Authorize(ctx context.Context, packed bank.Packed) (bank.Reply, error) {
	reply, err := c.settle(ctx, packed, false)
	c.counters.Request(reply, err)
	return reply, err
}

// Advise sends the completion in packed, any number of times under the same key. Its errors
// are those of Authorize; after bank.ErrUnknown it must be sent again, and never reversed.
func (c *Connector) Advise(ctx context.Context, packed bank.Packed, repeat bool) (bank.Reply, error) {
	reply, err := c.settle(ctx, packed, repeat)
	c.counters.Advice(reply, err)
	return reply, err
}

// settle asks until the bank has decided or the time is over. repeat says that it may have been
// asked in an earlier call.
func (c *Connector) settle(ctx context.Context, packed bank.Packed, repeat bool) (bank.Reply, error) {
	p, body, err := open(packed)
	if err != nil {
		return bank.Reply{}, err
	}
	if ctx.Err() != nil {
		return bank.Reply{}, bank.Down("the caller has gone", ctx.Err())
	}
	c.asking.Add(1)
	defer c.asking.Add(-1)
	start := c.cfg.Now()
	reply, err := c.settleWithin(ctx, p, body, repeat)
	switch {
	case err != nil:
		c.cfg.Log.Warn("bank request has no certain answer", "key", p.Key, "cause", bank.Cause(err), "err", err)
	case c.cfg.OnAnswer != nil:
		c.cfg.OnAnswer(c.cfg.Now().Sub(start))
	}
	return reply, err
}

func (c *Connector) settleWithin(ctx context.Context, p *payment, body []byte, repeat bool) (bank.Reply, error) {
	within, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	reply, err := c.first(within, p, body, repeat)
	for pause := c.cfg.Pause; errors.Is(err, bank.ErrUnknown); pause *= 2 {
		if rest(within, pause); within.Err() != nil {
			return bank.Reply{}, err
		}
		if later, undecided := c.again(within, p, body); undecided == nil {
			return later, nil
		}
	}
	return reply, err
}

// first sends the request for the first time in a call.
func (c *Connector) first(ctx context.Context, p *payment, body []byte, repeat bool) (bank.Reply, error) {
	got, err := c.call(ctx, http.MethodPost, "payments", p.Key, body)
	if err != nil {
		return bank.Reply{}, err
	}
	if refused(got.status) && !got.twice {
		if repeat && c.cfg.Status { // it may have taken it before, and refuse only to take it twice
			if earlier, undecided := c.again(ctx, p, body); undecided == nil {
				return earlier, nil
			}
		}
		reply := bank.Reply{Code: fmt.Sprintf("H%d", got.status), Reason: bank.Refused}
		if got.status == http.StatusUnauthorized || got.status == http.StatusForbidden {
			reply.Reason = bank.Unavailable // the payer can do nothing about it
		}
		return reply, nil
	}
	return got.decides(p)
}

// refused reports whether a status says that a request was not accepted. A conflict, a
// time-out and a limit of the rate do not say so.
func refused(status int) bool {
	const clientErrors = 4
	return status/100 == clientErrors && status != http.StatusConflict && status != http.StatusRequestTimeout && status != http.StatusTooManyRequests
}

// again finds out what became of a request that may have been booked: only an answer about
// that request decides.
func (c *Connector) again(ctx context.Context, p *payment, body []byte) (bank.Reply, error) {
	method, path := http.MethodGet, "payments/"+p.Key
	if c.cfg.Status {
		body = nil
	} else {
		method, path = http.MethodPost, "payments"
	}
	got, err := c.call(ctx, method, path, p.Key, body)
	if err != nil {
		return bank.Reply{}, bank.Unknown(bank.Cause(err), "asked again", err)
	}
	return got.decides(p)
}

// decides reads an answer with a body.
func (g *came) decides(p *payment) (bank.Reply, error) {
	const good = 2
	switch {
	case g.status/100 != good:
		return bank.Reply{}, bank.Unknown(bank.CauseCode, fmt.Sprintf("HTTP status %d", g.status), nil)
	case !g.read:
		return bank.Reply{}, bank.Unknown(bank.CauseUnreadable, "the answer cannot be read", nil)
	}
	reply, cause, why := g.body.decision(p)
	if cause != "" {
		return bank.Reply{}, bank.Unknown(cause, why, nil)
	}
	return reply, nil
}
