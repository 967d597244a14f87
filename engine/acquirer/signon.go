package acquirer

import (
	"time"

	"mpg/engine/bank"
	"mpg/engine/payment"
)

// signOnPoll is how often a request that waits for its bank looks whether it has signed on.
const signOnPoll = 50 * time.Millisecond

// signOnBy returns until when a request of p may wait for its bank to sign on; the zero time: not
// at all. Work that is due at a start comes before the banks have signed on, and nobody would
// order it again. Whoever has keyed in a PIN is told at once that the bank is down.
func signOnBy(p *payment.Payment) time.Time {
	if p.Plan.PINExempt {
		return p.Deadline
	}
	return time.Time{}
}

// onSignOn sends requests to banks that may not have signed on yet.
type onSignOn struct{ *Banks }

// send sends a request once its bank has signed on. If it does not do so by then, or mpg stops,
// the request is sent nevertheless: the link then says that nothing was. It returns at once.
func (b onSignOn) send(until time.Time, req payment.Request, packed bank.Packed, ref string, partial bool) {
	waits := func() bool {
		link := b.cfg.Banks[req.Bank]
		return link != nil && packed != nil && !link.Up() && b.cfg.Context.Err() == nil && b.cfg.Now().Before(until)
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
