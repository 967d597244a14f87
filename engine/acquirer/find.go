package acquirer

import (
	"context"
	"errors"
	"iter"

	"mpg/engine/bank"
	"mpg/engine/payment"
	"mpg/engine/tx"
)

// findReversed returns the number of the request that a host reversed, or 0, and the
// trace number used to find it. A reversal that cannot be read to its end may lack the
// original data; then our reference, which ends with the trace number, may identify the
// request.
func (l *requests) findReversed(ctx context.Context, bankName string, m bank.HostMessage) (no uint64, stan uint32, err error) {
	for _, stan = range []uint32{m.Original.STAN, m.STAN, bank.STANOf(m.RRN)} {
		if stan == 0 {
			continue
		}
		no, err = l.find(ctx, bankName, named{stan, m.RRN, m.Original.Transmitted, true})
		if no != 0 || err != nil || m.Original.STAN != 0 {
			break
		}
	}
	return no, stan, err
}

// named is how a bank refers to one of our requests.
type named struct {
	stan        uint32
	rrn         string // ISO 8583:1987 DE37; empty: not told
	transmitted string // ISO 8583:1987 DE7 of the request, or the host's own
	surely      bool   // at least one of the two must match ours
}

// layoutTransmitted is the layout of ISO 8583:1987 DE7.
const layoutTransmitted = "0102150405"

// errNamesakes says that more than one request has the trace number that a bank gave,
// and that the bank gave nothing else.
var errNamesakes = errors.New("engine: more than one request has this trace number")

// find returns the number of our newest request that n may name, or 0. A
// trace number repeats after 999,999 requests; a reference does not. A trace number
// alone identifies a request only if no other has it: an answer that belongs to one of
// several is evidence for none.
func (l *requests) find(ctx context.Context, bankName string, n named) (uint64, error) {
	only := uint64(0) // that the trace number alone names
	several := false
	for req, err := range l.namesakes(ctx, bankName, n.stan) {
		if err != nil {
			return 0, err
		}
		if n.rrn == req.RRN || n.transmitted == req.At.UTC().Format(layoutTransmitted) {
			return req.No, nil
		}
		only, several = req.No, only != 0
	}
	switch {
	case n.rrn != "" || n.surely:
		return 0, nil
	case several:
		return 0, errNamesakes
	}
	return only, nil
}

// namesakes walks the requests to a bank that have a trace number, newest first.
func (l *requests) namesakes(ctx context.Context, bankName string, stan uint32) iter.Seq2[*payment.Request, error] {
	return func(yield func(*payment.Request, error) bool) {
		for no := range payment.Namesakes(stan, l.cfg.Books.Requests.Load()) {
			req, err := tx.Read[payment.Request](l.cfg.Run.View(ctx), payment.BankTable, payment.Key(no))
			if err == nil && (req == nil || req.Bank != bankName) {
				continue
			}
			if !yield(req, err) || err != nil {
				return
			}
		}
	}
}
