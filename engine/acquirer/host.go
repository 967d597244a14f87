package acquirer

import (
	"errors"

	"mpg/engine/bank"
	"mpg/engine/payment"
	"mpg/engine/tx"
)

// errPart says that the host may not have reversed the amount asked for.
var errPart = errors.New("engine: the host may have reversed another amount")

// HostReversal takes in a reversal that the host initiated, and reports whether
// it was recorded durably. If taken is false without an error, the reversal is
// about nothing that we asked. A reversal advice tells what its sender has
// already done, ISO 8583:1987 MTI 0420: it ends the reversal of a request whose
// outcome is unknown; for one that stands paid it is a dispute, which people
// decide.
func (b *Banks) HostReversal(bankName string, m bank.HostMessage) (taken bool, err error) {
	if err := b.cfg.Context.Err(); err != nil {
		return false, err
	}
	no, stan, err := b.requests.findReversed(b.cfg.Context, bankName, m)
	if err != nil {
		if b.cfg.matters(err) {
			b.cfg.Log.Error("recording a host reversal failed", "err", err)
		}
		return false, err
	}
	if no == 0 {
		b.Counters.StrayAnswers.Add(1)
		b.cfg.Log.Error("host reversed a request that is not ours", "bank", bankName, "stan", stan, "rrn", m.RRN, "doubtful", m.Doubtful)
		return false, nil
	}
	b.Counters.HostReversals.Add(1)
	err = b.requests.change(b.cfg.Context, no, func(t *tx.Tx, req *payment.Request, p *payment.Payment) error {
		if (m.Doubtful != "" || partial(m.Amount, req.Amount) || otherKind(m.Processing, req)) && req.Reversing() {
			return errPart
		}
		return b.reversals.hear(t, req, p, payment.SaysReversed, m.MTI)
	})
	if errors.Is(err, errPart) {
		b.cfg.Log.Error("host may have reversed another amount than the request; our reversal goes on",
			"bank", bankName, "stan", stan, "rrn", m.RRN, "doubtful", m.Doubtful)
		return true, nil
	}
	if b.cfg.matters(err) {
		b.cfg.Log.Error("recording a host reversal failed", "err", err)
	}
	return err == nil, err
}
