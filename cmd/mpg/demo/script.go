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
	playMax    = 10 * time.Minute        // of a whole script
	stepMax    = 40 * time.Second        // of one wait
	promptOver = 1200 * time.Millisecond // of silence after speech; a pause between sentences is shorter
	saidMin    = 400 * time.Millisecond  // of speech before somebody barges in
	listenPace = 100 * time.Millisecond  // between two looks at what was heard
	awaitPace  = 200 * time.Millisecond  // between two checks of what no topic reports
)

// The scripts that Play knows by name. Any other name is the path of a file.
const (
	Florist = "florist"
	magic   = "magic"
	allFour = "all-four"
)

// ErrScript says that a script cannot be played.
var ErrScript = errors.New("the script cannot be played")

// CheckScript reports what would keep Play from playing the script: a file that
// is missing or wrong, or a folder in which wav cannot be written. Call it before the
// demo is opened.
func CheckScript(script, wav string) error {
	if script != Florist {
		_, err := readStory(script)
		return err
	}
	return writable(wav)
}

// Play plays a script on the handsets against the attached ledger and prints the
// conversation to out. The script florist checks every balance and receipt, and, if
// wav is not empty, writes the sound of its first call to it (8 kHz, 16 bits, one
// channel); any other script is played line by line. Play returns nil only if
// everything was right.
func (w *World) Play(ctx context.Context, script string, out io.Writer, wav string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, playMax, fmt.Errorf("the script took more than %s", playMax))
	defer cancel()
	p := &play{world: w, out: out, wav: wav, told: newTranscript(true)}
	perform := p.florist
	if script != Florist {
		s, err := readStory(script)
		if err != nil {
			return err
		}
		perform = func(ctx context.Context) error { return p.story(ctx, s) }
	}
	stop := p.tell(ctx)
	err := perform(ctx)
	stop()
	return errors.Join(err, p.report())
}

// play is a script under way.
type play struct {
	world  *World
	wav    string
	checks []check
	brief  bool // what is right is told in sums and counted, not listed

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
	if err := p.await(ctx, cond); err != nil {
		return fmt.Errorf("%s: waited for it in vain: %w", what, context.Cause(ctx))
	}
	return nil
}

// await returns once cond holds. It calls cond after each change of a topic, and now and
// then because no topic reports the bank's own books.
func (p *play) await(ctx context.Context, cond func() bool) error {
	for {
		once, cancel := context.WithTimeout(ctx, awaitPace)
		err := p.world.hub.wait(once, cond)
		cancel()
		if err == nil || ctx.Err() != nil {
			return err
		}
	}
}

// listen waits until what is heard from offset on satisfies cond.
func (p *play) listen(ctx context.Context, what string, heard *recording, offset int, cond func(spoken, silent time.Duration) bool) error {
	ctx, cancel := context.WithTimeout(ctx, stepMax)
	defer cancel()
	for !cond(heard.speech(offset)) {
		if _, over, _ := heard.from(offset); over {
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
