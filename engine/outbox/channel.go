package outbox

import (
	"context"
	"time"

	"mpg/engine/notice"
)

// Outcome is how the sending of a text ended.
type Outcome uint8

// The ways in which a text ends.
const (
	Accepted  Outcome = iota + 1 // the other side has it
	Busy                         // not now: throttled, full, or not connected
	Uncertain                    // it may have it: sent again, as far as Retry allows; the reference makes a copy harmless
	Unfit                        // refused because of the channel's settings: kept until they are corrected
	Never                        // refused because of this text or its recipient: dropped
)

// String returns the outcome as one word.
func (o Outcome) String() string {
	switch o {
	case Accepted:
		return "accepted"
	case Busy:
		return "busy"
	case Uncertain:
		return "uncertain"
	case Unfit:
		return "unfit"
	case Never:
		return "refused"
	}
	return "unknown"
}

// Channel is one way out, such as a bind to an SMSC.
type Channel interface {
	// Name is the Via of the notices that go by it.
	Name() string

	// Medium is the Medium of those notices. Channels of two media may have the same Name.
	Medium() notice.Medium

	// Ready returns once the channel can take a text, or with ctx's error.
	Ready(ctx context.Context) error

	// Send hands n over and returns as soon as the next text may be handed over:
	// it waits for the channel's pace and window. It must not change n. done is
	// called exactly once, from any goroutine, perhaps before Send returns, and
	// does not block.
	Send(ctx context.Context, n *notice.Notice, done func(Outcome))

	// Retry is the channel's policy at this moment.
	Retry() Retry
}

// Retry says when a refused text is sent again.
type Retry struct {
	// First is the wait after an Uncertain or Unfit text. It doubles with each
	// further one, up to Max. A Busy text goes again as soon as the channel's
	// pace allows.
	First, Max time.Duration

	// Lasts is how long to try a text that is refused while others from the same
	// sender are taken. A text that is refused like all the others is kept.
	Lasts time.Duration

	// Tries marks a costly medium, such as a voice call or a fax: each try of a text is
	// written down before it begins, and one that may have been delivered, which is any
	// but those that ended in Busy or Unfit, is followed by at most Tries-1 others, over
	// all restarts. A try without an answer when mpg stopped counts as Uncertain. On
	// such a medium Busy waits as Uncertain does. 0: nothing is written down, and tries are not
	// limited.
	Tries int
}

// exhausted reports whether no try may follow after that many.
func (p Retry) exhausted(tries int) bool { return p.Tries > 0 && tries >= p.Tries }
