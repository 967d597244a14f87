package bank

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"time"

	"mpg/engine/bank/iso8583"
)

// Defaults and limits of a Link.
const (
	DefaultTimeout     = 15 * time.Second
	DefaultEchoEvery   = time.Minute
	DefaultDialTimeout = 10 * time.Second
	DefaultBackoffMin  = 500 * time.Millisecond
	DefaultBackoffMax  = 30 * time.Second
	DefaultSignOffWait = 30 * time.Second
	DefaultWindow      = 10 // reversals outstanding

	writeTimeout = 5 * time.Second // of one message into the line
	signOffWait  = time.Second     // for the answer to a sign-off
	garbageMax   = 3               // unreadable messages in a row that end the line
	recentMax    = 4096            // ended exchanges by which late and second answers are known
)

// Config is what a Link is made of. Zero durations mean the defaults.
type Config struct {
	Name string // of the bank, for logs
	Addr string // host:port
	// Standby has other addresses of the same host, by which requests go while no line to
	// those before is signed on.
	Standby []string
	Dialect string // name of a dialect; empty: iso8583.ISO87

	Timeout   time.Duration // from the sending of a message to its answer
	EchoEvery time.Duration // of silence on our side, then an echo
	Reconnect Reconnect

	Identity Identity // ours, in every message
	MAC      MAC      // of messages; the zero MAC: none

	Dial func(ctx context.Context, network, addr string) (net.Conn, error) // nil: plain TCP
	Now  func() time.Time                                                  // nil: time.Now
	Rand func(n int64) int64                                               // 0 to n-1, for jitter; nil: math/rand
	Log  *slog.Logger                                                      // nil: none

	OnChange func(up bool) // at each change of Up, in order; must not block
	// OnAnswer is called with the time that each request waited for its answer. It must
	// not block.
	OnAnswer func(time.Duration)
	// OnLate receives an answer that nothing is waiting for. It must not block. It
	// may be called before the caller of Authorize has seen the first answer.
	OnLate func(Late)
	// OnHost receives a reversal that the host initiated and reports whether it
	// was recorded durably; only then is the host answered 00. If taken is
	// false, the reversal is about nothing that was asked, and the answer is 25.
	// After an error the host gets no answer and repeats the reversal. OnHost may
	// block. If nil, no such reversal is accepted.
	OnHost func(HostMessage) (taken bool, err error)

	Peer Peer // what is particular about the host
	// Reversals says what each code of a 0430 means at this host; a code that is
	// not listed means UndoOperator. If nil, DefaultReversal applies. Code 25 must
	// not mean UndoDone: a request that has not arrived may still arrive.
	Reversals map[string]UndoOutcome
	// Window is how many reversals may be outstanding at once; 0 means
	// DefaultWindow. The link itself allows any number; the reversal queue asks
	// Link.Window.
	Window int
}

// Peer says what is particular about a host, and who takes in what it initiates besides
// reversals. Each function may block, and what it took in is recorded durably when it
// returns; after an error the host gets no answer, and repeats what it said. Without the
// function the host is told that its message is not supported.
type Peer struct {
	// Compare lists the elements in which an answer must not differ from what was sent; if
	// one does, the outcome is unknown. Nil: DefaultCompare. ISO 8583:1987 DE4 and DE49 are
	// always among them.
	Compare []iso8583.DE
	// OnAdvice takes in an advice: the host tells what it has decided by itself.
	OnAdvice func(HostAdvice) error
	// OnCutOver takes in that the host has closed a business date, MMDD. It is empty if the
	// host does not say which.
	OnCutOver func(date string) error
	// OnTotals takes in the host's totals, and returns ours.
	OnTotals func(Reconciliation) (ours Totals, err error)
}

// Reconnect says how a line to the host is made, and made again.
type Reconnect struct {
	DialTimeout time.Duration
	BackoffMin  time.Duration // before the second try to connect; doubled from there
	BackoffMax  time.Duration
	SignOffWait time.Duration // after the host has signed off, before we sign on again
}

// complete fills in the defaults and refuses what no message could carry.
func (c Config) complete() (Config, *iso8583.Dialect, error) {
	if c.Addr == "" {
		return c, nil, errors.New("bank: no address")
	}
	if c.Dialect == "" {
		c.Dialect = iso8583.ISO87
	}
	d, err := iso8583.Named(c.Dialect)
	if err != nil {
		return c, nil, fmt.Errorf("bank %s: %w", c.Name, err)
	}
	if c.Reversals[codeNotLocated] == UndoDone {
		return c, nil, fmt.Errorf("bank %s: code %s to a reversal says that the request was not found; it cannot mean done", c.Name, codeNotLocated)
	}
	c.setTimes()
	c.setParts()
	if err := errors.Join(c.Identity.check(d), c.MAC.check(), checkCompare(c.Peer.Compare)); err != nil {
		return c, nil, fmt.Errorf("bank %s: %w", c.Name, err)
	}
	return c, d, nil
}

func (c *Config) setTimes() {
	for _, v := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&c.Timeout, DefaultTimeout},
		{&c.EchoEvery, DefaultEchoEvery},
		{&c.Reconnect.DialTimeout, DefaultDialTimeout},
		{&c.Reconnect.BackoffMin, DefaultBackoffMin},
		{&c.Reconnect.BackoffMax, DefaultBackoffMax},
		{&c.Reconnect.SignOffWait, DefaultSignOffWait},
	} {
		if *v.field <= 0 {
			*v.field = v.value
		}
	}
	c.Reconnect.BackoffMax = max(c.Reconnect.BackoffMax, c.Reconnect.BackoffMin)
}

func (c *Config) setParts() {
	c.Identity = c.Identity.complete()
	if c.Peer.Compare == nil {
		c.Peer.Compare = DefaultCompare()
	}
	if c.Window <= 0 {
		c.Window = DefaultWindow
	}
	if c.Dial == nil {
		c.Dial = new(net.Dialer).DialContext
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Int64N
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.Log = c.Log.With("bank", c.Name)
}

// silenceMax is how long a line may bring nothing: an echo is due within
// EchoEvery and answered within Timeout, and one may be lost in between.
func (c *Config) silenceMax() time.Duration { return c.EchoEvery + 2*c.Timeout }
