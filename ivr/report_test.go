package ivr

import (
	"sync"
	"testing"
	"time"

	"mpg/ivr/phone"
)

// TestTheEndOfACallTells who ended it, how long it rang and lasted, and what the peer
// said.
func TestTheEndOfACallTells(t *testing.T) {
	t.Parallel()
	b, n := newBench(t, func(cfg *Config) { cfg.Ring = patience }), 1
	const rings = 100 * time.Millisecond
	var calls sync.WaitGroup
	for name, c := range map[string]struct {
		does   phone.Behaviour
		end    End
		byPeer bool
		text   string
		rang   time.Duration // at least
	}{
		"rejected":    {phone.Behaviour{Does: phone.Rejects, Ring: rings}, Rejected, false, "Decline", rings},
		"busy":        {phone.Behaviour{Does: phone.IsBusy}, Busy, false, "Busy Here", 0},
		"heard":       {phone.Behaviour{Ring: rings, Acts: []phone.Act{{Wait: phone.Quiet, Keys: "1"}, {Wait: phone.Quiet, Keys: pin}}}, Finished, false, "", rings},
		"hung up":     {phone.Behaviour{Ring: rings, Acts: []phone.Act{{Wait: phone.Speech, HangUp: true}}}, HungUp, true, "", rings},
		"not me":      {phone.Behaviour{Acts: []phone.Act{{Wait: phone.Speech, Keys: "0"}}}, NotMe, false, "", 0},
		"no key ever": {phone.Behaviour{}, Silent, false, "", 0},
	} {
		who := number(n)
		n++
		b.exchange.Set(who, c.does)
		calls.Go(func() {
			a := b.callTo(t.Context(), who, newJudge())
			if a.End != c.end || a.ByPeer != c.byPeer || a.Text != c.text || a.Ring < c.rang || a.Answered != (a.Talk > 0) {
				t.Errorf("%s: %+v", name, a)
			}
		})
	}
	calls.Wait()
	b.quiet()
}
