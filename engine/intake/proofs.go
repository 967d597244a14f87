package intake

import (
	"context"
	"sync"
	"time"

	"mpg/engine/tx"
	"mpg/engine/user"
)

// wordProof is a word whose acknowledgement is not yet known to have arrived.
type wordProof struct {
	user   uint64
	word   heardWord
	until  time.Time
	window time.Duration
	proved func() bool
}

// proofs holds the words that wait for their proof.
type proofs struct {
	mu      sync.Mutex
	waiting []wordProof
}

// keepProofsEvery is the interval at which proofs are stored.
const keepProofsEvery = 100 * time.Millisecond

// proofsMax bounds how many words wait for their proof.
const proofsMax = 100_000

func (p *proofs) add(proof wordProof) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.waiting) < proofsMax {
		p.waiting = append(p.waiting, proof)
	}
}

// take returns the words that are proved now. It forgets them, and those that
// have waited too long.
func (p *proofs) take(now time.Time) []wordProof {
	p.mu.Lock()
	defer p.mu.Unlock()
	var proved []wordProof
	kept := p.waiting[:0]
	for _, w := range p.waiting {
		switch {
		case w.proved():
			proved = append(proved, w)
		case !now.After(w.until):
			kept = append(kept, w)
		}
	}
	clear(p.waiting[len(kept):])
	p.waiting = kept
	return proved
}

// runProofs stores proofs until ctx ends.
func (in *Receiver) runProofs(ctx context.Context) {
	tick := time.NewTicker(keepProofsEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			in.KeepProofs(context.WithoutCancel(ctx)) // what was taken out is kept, even if ctx ends now
		case <-ctx.Done():
			return
		}
	}
}

// KeepProofs counts the words whose acknowledgement is known to have arrived,
// so that the same word counts as a new text even after a restart.
func (in *Receiver) KeepProofs(ctx context.Context) {
	cfg := &in.cfg
	for _, p := range in.proofs.take(cfg.Now()) {
		err := cfg.Run.Do(ctx, func(t *tx.Tx) error {
			u, err := t.User(p.user)
			since := t.Now.Add(-p.window)
			if err != nil || u.TimesHeard(p.word.key, since) != p.word.times {
				return err // it was said again since, and that was counted
			}
			u.Hear(user.Heard{Key: p.word.key, Times: p.word.times + 1, At: t.Now.Unix()}, since)
			t.SaveUser(u)
			return nil
		})
		if err == nil {
			cfg.Counts.Proved.Add(1)
		} else if !cfg.Closed() {
			cfg.Log.Error("proof of an acknowledgement failed", "err", err)
		}
	}
}
