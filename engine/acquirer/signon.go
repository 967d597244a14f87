package acquirer

import (
	"time"

	"mpg/engine/bank"
	"mpg/engine/payment"
)

const (
	// signOnTime is how long after a start banks may take to sign on.
	signOnTime = time.Minute
	// signOnPoll is how often a request that waits checks whether its bank has signed on.
	signOnPoll = 50 * time.Millisecond
)

// onSignOn sends requests to banks that may not have signed on yet.
type onSignOn struct{ *Banks }

// until returns how long a request of p may wait for its bank to sign on; the zero time means not
// at all. Work that is due at a start comes before the banks have signed on, and nobody would
// order it again. Whoever has keyed in a PIN is told at once that the bank is down.
func (b onSignOn) until(p *payment.Payment) time.Time {
	until := b.began.Add(signOnTime)
	switch {
	case !p.Plan.PINExempt:
		return time.Time{}
	case p.Deadline.Before(until):
		return p.Deadline
	}
	return until
}

// send sends a request once its bank has signed on. If it does not do so by then, or mpg stops,
// the request goes to the link all the same, which then reports that nothing was sent. It returns
// at once.
func (b onSignOn) send(until time.Time, req payment.Request, packed bank.Packed, ref string, partial bool) {
	waits := func() bool {
		link, now := b.cfg.Banks[req.Bank], b.cfg.Now()
		// A clock that was set back makes nobody wait longer.
		return link != nil && packed != nil && !link.Up() && b.cfg.Context.Err() == nil && now.Before(until) && !now.Before(b.began)
	}
	if !waits() {
		b.Banks.send(req, packed, ref, partial)
		return
	}
	b.cfg.Log.Info("bank request waits until the bank has signed on", "ref", ref, "bank", req.Bank, "stan", req.STAN, "rrn", req.RRN, "until", until)
	b.asks.Go(func() {
		tick := time.NewTicker(signOnPoll)
		defer tick.Stop()
		for waits() {
			select {
			case <-tick.C:
			case <-b.cfg.Context.Done():
			}
		}
		b.Banks.send(req, packed, ref, partial)
	})
}
