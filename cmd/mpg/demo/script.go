package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// The pace of a script. All waits are for a condition and end with an error.
const (
	playMax    = 120 * time.Second       // of a whole script
	stepMax    = 40 * time.Second        // of one wait
	promptOver = 1200 * time.Millisecond // of silence after speech; a pause between sentences is shorter
	saidMin    = 400 * time.Millisecond  // of speech before somebody barges in
	listenPace = 100 * time.Millisecond  // between two looks at what was heard
)

// Florist is the name of the script that Play knows.
const Florist = "florist"

// ErrScript says that there is no script of that name.
var ErrScript = errors.New("the only script is " + Florist)

// Play plays a script on the handsets against the attached ledger, within 60 s,
// and prints the conversation to out. The first call is written to wav as it was
// heard (8 kHz, 16 bits, one channel), if wav is not empty. It returns nil only
// if every balance, every receipt and the trial balance came out right.
func (w *World) Play(ctx context.Context, script string, out io.Writer, wav string) error {
	if script != Florist {
		return ErrScript
	}
	ctx, cancel := context.WithTimeoutCause(ctx, playMax, fmt.Errorf("the script took more than %s", playMax))
	defer cancel()
	p := &play{world: w, out: out, wav: wav, told: newTranscript(true)}
	stop := p.tell(ctx)
	err := p.florist(ctx)
	stop()
	return errors.Join(err, p.report())
}

// play is a script under way.
type play struct {
	world  *World
	wav    string
	checks []check

	mu   sync.Mutex // of what follows: the conversation is told as it goes
	out  io.Writer
	told *transcript
	seen uint64
}

// tell prints the conversation as it goes, until the returned function is
// called, which prints the rest.
func (p *play) tell(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	for _, h := range p.world.phones {
		p.told.skip(h.view())
	}
	var done sync.WaitGroup
	done.Go(func() {
		for {
			select {
			case <-p.print(""):
			case <-ctx.Done():
				return
			}
		}
	})
	return func() {
		cancel()
		done.Wait()
		p.print("")
	}
}

// print tells what has happened since the last print, then the heading, and
// returns a channel that is closed when more has happened.
func (p *play) print(heading string) (more <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	list, more := p.world.hub.since(p.seen)
	for _, u := range list {
		p.seen = u.Version
		if s, ok := u.Value.(screen); ok {
			for _, line := range p.told.lines(s) {
				fmt.Fprintln(p.out, line)
			}
		}
	}
	fmt.Fprint(p.out, heading)
	return more
}

// ready waits until the gateway is bound to the SMSC, where there is one.
func (p *play) ready(ctx context.Context) error {
	if p.world.exchange == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, stepMax)
	defer cancel()
	if err := p.world.exchange.bound(ctx); err != nil {
		return fmt.Errorf("the gateway's bind: %w", err)
	}
	return nil
}

// until waits for a condition on handsets or the ledger.
func (p *play) until(ctx context.Context, what string, cond func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, stepMax)
	defer cancel()
	if err := p.world.hub.wait(ctx, cond); err != nil {
		return fmt.Errorf("%s: waited for it in vain: %w", what, context.Cause(ctx))
	}
	return nil
}

// listen waits until what is heard from offset on satisfies cond.
func (p *play) listen(ctx context.Context, what string, r *recording, offset int, cond func(spoken, silent time.Duration) bool) error {
	ctx, cancel := context.WithTimeout(ctx, stepMax)
	defer cancel()
	for !cond(r.speech(offset)) {
		if _, over, _ := r.from(offset); over {
			return fmt.Errorf("%s: the call ended before it", what)
		}
		if !sleep(ctx, listenPace) {
			return fmt.Errorf("%s: listened for it in vain: %w", what, context.Cause(ctx))
		}
	}
	return nil
}

// ended is a prompt heard to its end.
func ended(spoken, silent time.Duration) bool { return spoken >= saidMin && silent >= promptOver }

// begun is a prompt that somebody may barge into.
func begun(spoken, _ time.Duration) bool { return spoken >= saidMin }
