package acquirer

import (
	"fmt"
	"strconv"

	"mpg/engine/payment"
)

// Resume continues the reversals and advices from before the stop, each of which may have
// been sent.
// It comes before ResumeSent: a request that is found sent has certainly not been reversed
// yet.
func (b *Banks) Resume() error {
	for doc, err := range b.cfg.Run.Books().Docs(b.cfg.Context, payment.OpenRequestTable, "", 0) {
		if err != nil {
			return err
		}
		no, err := strconv.ParseUint(doc.Key, 16, 64)
		if err != nil {
			return fmt.Errorf("engine: open request %q: %w", doc.Key, err)
		}
		req, err := readRequest(b.cfg.Run.View(b.cfg.Context), no)
		if err != nil {
			return fmt.Errorf("engine: request %d: %w", no, err)
		}
		if err := b.requests.keep(b.cfg.Context, no); err != nil {
			return fmt.Errorf("engine: request %d: %w", no, err)
		}
		if req.Reversing() || req.Repeats() {
			b.reversals.add(req, true)
		}
	}
	return b.resumeTotals()
}

// ResumeSent ends what the bank of p was asked when we stopped. A packed request may have
// left, so it is reversed, or sent again to a bank that takes it once; one that was never
// packed certainly did not leave. If p is authorized, that is the request of an increase, if
// there is one.
func (b *Banks) ResumeSent(p *payment.Payment) error {
	if p.State == payment.Authorized {
		return raises{b}.resume(p)
	}
	req, err := readRequest(b.cfg.Run.View(b.cfg.Context), p.Request())
	if err != nil {
		return err
	}
	if req.Packed != nil {
		if packed, err := b.cfg.openPacked(req); err == nil && asksAgain(b.cfg.Banks[req.Bank], packed) {
			b.send(*req, packed, p.Ref, p.Plan.TakesLess())
			return nil
		}
	}
	came := silent(causeRestart)
	if req.Packed == nil {
		came = unasked(req.Cause)
	}
	return b.fire(*req, came)
}
