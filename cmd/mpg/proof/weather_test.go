package proof

import (
	"context"
	"math/rand/v2"
	"time"

	"mpg/smpp/pdu"
	"mpg/smpp/smsc"
)

// Times of the weather.
const (
	fairMax  = 1500 * time.Millisecond // between two troubles
	stormMax = 400 * time.Millisecond  // of one
)

// weather troubles the SMSC until ctx ends, and leaves it well.
func (w *world) weather(ctx context.Context, rng *rand.Rand) {
	defer w.smsc.DropLinks() // what was not acknowledged comes again
	defer w.smsc.SetFaults(smsc.Faults{})
	troubles := []func(){
		w.smsc.DropLinks,
		w.smsc.Unbind,
		w.smsc.Garbage,
		w.smsc.HalfFrame,
		w.bank.Drop,
		func() { w.smsc.SetFaults(smsc.Faults{Submit: pdu.RThrottled}) },
		func() { w.smsc.SetFaults(smsc.Faults{Submit: pdu.RMsgQFul}) },
		func() { w.smsc.SetFaults(smsc.Faults{Delay: 150 * time.Millisecond}) },
		func() { w.smsc.SetFaults(smsc.Faults{Mute: true}) },
		func() { w.smsc.SetFaults(smsc.Faults{Duplicate: true}) },
		func() { w.smsc.SetFaults(smsc.Faults{Down: true}) },
		func() { w.smsc.SetFaults(smsc.Faults{LoseAcks: true}) },
	}
	for pause(ctx, rng, fairMax) {
		troubles[rng.IntN(len(troubles))]()
		if !pause(ctx, rng, stormMax) {
			return
		}
		w.smsc.SetFaults(smsc.Faults{})
		if rng.IntN(4) == 0 {
			w.smsc.DropLinks()
		}
	}
}

// pause waits up to most; false: ctx has ended.
func pause(ctx context.Context, rng *rand.Rand, most time.Duration) bool {
	timer := time.NewTimer(time.Duration(rng.Int64N(int64(most))))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
