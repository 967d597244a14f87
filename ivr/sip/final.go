package sip

import (
	"time"

	"github.com/emiago/sipgo/sip"
)

// Final sends a final 2xx to an INVITE and repeats it until acked delivers, at
// T1, 2*T1, … up to T2 (RFC 3261 13.3.1.4), or until quit is closed. It
// reports false if 64*T1 passed without ACK: the caller then says BYE.
func Final(tx sip.ServerTransaction, res *sip.Response, acked <-chan *sip.Request, quit <-chan struct{}) bool {
	interval := sip.T1
	again := time.NewTimer(interval)
	defer again.Stop()
	hopeless := time.NewTimer(timeoutFactor * sip.T1)
	defer hopeless.Stop()
	if tx.Respond(res) != nil {
		return false
	}
	for {
		select {
		case <-acked:
			return true
		case <-quit:
			return true
		case <-again.C:
			if tx.Respond(res) != nil {
				return false
			}
			interval = min(2*interval, sip.T2)
			again.Reset(interval)
		case <-hopeless.C:
			return false
		}
	}
}
