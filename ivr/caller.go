package ivr

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mpg/ivr/flow"
	"mpg/ivr/media"
	"mpg/ivr/sip"
)

// Defaults and limits.
const (
	DefaultCall     = 180 * time.Second      // Config.Call if it is zero
	DefaultMaxCalls = 500                    // Config.MaxCalls if it is zero
	healthEvery     = 30 * time.Second       // between OPTIONS to the trunk
	healthWait      = 5 * time.Second        // for their answer
	tail            = 200 * time.Millisecond // from the last word to BYE: jitter buffers drain
	freeWait        = time.Second            // from our BYE to its answer; then the line counts as free
	keysMax         = 512                    // keys that may wait in one call; more are dropped
)

// Config is how calls are placed. Listen, Trunk, From and Clips must be set;
// without AllowPrefixes no call is placed.
type Config struct {
	Listen    netip.AddrPort // SIP over UDP; port 0: any
	Advertise netip.Addr     // in SIP and SDP; zero: Listen, else the address that reaches the trunk
	Trunk     string         // "sip:host:port"
	// TrunkAddresses are further addresses from which the trunk sends requests.
	TrunkAddresses []netip.Prefix
	From           string // our number, in From and P-Asserted-Identity
	Number         sip.NumberFormat
	Username       string   // digest, where the trunk asks; may be empty
	Password       string   // never logged
	AllowPrefixes  []string // "+86"; a number must begin with one

	Ring        time.Duration // how long it may ring; 0: sip.DefaultRing
	Call        time.Duration // from answer to the last question; 0: DefaultCall
	Timing      flow.Timing   // of the keypad; zero fields have defaults
	MaxCalls    int           // at once; 0: DefaultMaxCalls
	StrictMedia bool          // take RTP from the SDP's address only

	// Media carries the RTP; it outlives the Caller.
	Media *media.Engine
	// Clips turns a finished sentence into speech. It may block for the
	// synthesiser and is expected to cache.
	Clips func(ctx context.Context, lang, text string) (*media.Clip, error)
	// Prepare makes the sentences of a call before it is placed; nil: Clips does.
	Prepare func(ctx context.Context, lang string, texts []string) error
	// Pause is the silence between the answer and the first word, while the phone
	// is put to the ear.
	Pause time.Duration
	Log   *slog.Logger // nil: none
}

// Errors of calls that a guard refused.
var (
	ErrPrefix = errors.New("number begins with no allowed prefix")
	ErrInCall = errors.New("number is in a call already")
	ErrFull   = errors.New("all lines are in use")
)

// Caller places calls. It is safe for concurrent use.
type Caller struct {
	cfg   Config
	agent *sip.Agent
	log   *slog.Logger
	pause *media.Clip // of Config.Pause

	mu     sync.Mutex
	busy   map[string]struct{} // numbers in a call
	active sync.WaitGroup

	trunkUp atomic.Bool
	heard   atomic.Int64 // Unix nanoseconds of the last final response to an INVITE
	placed  atomic.Uint64
	ends    [endCount]atomic.Uint64
	dropped atomic.Uint64
}

// New opens the SIP socket. Close frees it.
func New(cfg Config) (*Caller, error) {
	if cfg.Media == nil || cfg.Clips == nil {
		return nil, errors.New("ivr needs a media engine and a voice")
	}
	for _, p := range cfg.AllowPrefixes {
		if !strings.HasPrefix(p, "+") {
			return nil, fmt.Errorf("allowed prefix %q does not begin with +", p)
		}
	}
	if cfg.Call <= 0 {
		cfg.Call = DefaultCall
	}
	if cfg.MaxCalls <= 0 {
		cfg.MaxCalls = DefaultMaxCalls
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	agent, err := sip.Listen(sip.Config{
		Listen: cfg.Listen, Advertise: cfg.Advertise, Trunk: cfg.Trunk, TrunkAddresses: cfg.TrunkAddresses,
		From: cfg.From, Number: cfg.Number,
		Username: cfg.Username, Password: cfg.Password, Ring: cfg.Ring, Log: cfg.Log,
	})
	if err != nil {
		return nil, err
	}
	pause := make([]int16, cfg.Pause*media.SampleRate/time.Second)
	return &Caller{cfg: cfg, agent: agent, log: cfg.Log, pause: media.NewClip(pause), busy: map[string]struct{}{}}, nil
}

// Addr is the address on which SIP is spoken.
func (c *Caller) Addr() netip.AddrPort { return c.agent.Addr() }

// Run asks the trunk by OPTIONS every 30 s (RFC 3261 11) whether it is there, and logs when
// that changes, until ctx ends. Calls are placed even if Run is not running.
func (c *Caller) Run(ctx context.Context) {
	every := time.NewTicker(healthEvery)
	defer every.Stop()
	for first := true; ctx.Err() == nil; first = false {
		c.checkTrunk(ctx, first)
		select {
		case <-ctx.Done():
		case <-every.C:
		}
	}
}

func (c *Caller) checkTrunk(ctx context.Context, first bool) {
	wait, cancel := context.WithTimeout(ctx, healthWait)
	defer cancel()
	up := c.agent.Options(wait) == nil
	if ctx.Err() != nil || (c.trunkUp.Swap(up) == up && !first) {
		return
	}
	if up {
		c.log.Info("sip trunk answers")
	} else {
		c.log.Warn("sip trunk does not answer")
	}
}

// Stats are counts since New.
type Stats struct {
	Active      int              // calls that ring or talk now
	Placed      uint64           // calls that passed the guards
	Ends        [endCount]uint64 // by End
	KeysDropped uint64           // keys beyond 512 waiting in one call
	TrunkUp     bool             // the last OPTIONS was answered, or a call was a moment ago; see Run
}

// Stats reads the counts.
func (c *Caller) Stats() Stats {
	s := Stats{Placed: c.placed.Load(), KeysDropped: c.dropped.Load(), TrunkUp: c.trunkUp.Load() || c.heardLately()}
	for i := range c.ends {
		s.Ends[i] = c.ends[i].Load()
	}
	c.mu.Lock()
	s.Active = len(c.busy)
	c.mu.Unlock()
	return s
}

// heardLately reports whether the trunk has answered a call since the last OPTIONS but
// one: some trunks answer calls and nothing else.
func (c *Caller) heardLately() bool {
	return time.Since(time.Unix(0, c.heard.Load())) < 2*healthEvery
}

// Close ends all calls, waits for their Call to return, and closes the
// socket. To drain first, stop placing calls and wait for Stats().Active to
// be 0.
func (c *Caller) Close() error {
	err := c.agent.Close()
	c.active.Wait()
	return err
}

// enter takes the guards: it reserves the number and a line, or says why not.
func (c *Caller) enter(to string) error {
	allowed := false
	for _, p := range c.cfg.AllowPrefixes {
		allowed = allowed || strings.HasPrefix(to, p)
	}
	if !allowed {
		return ErrPrefix
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.busy[to]; ok {
		return ErrInCall
	}
	if len(c.busy) >= c.cfg.MaxCalls {
		return ErrFull
	}
	c.busy[to] = struct{}{}
	c.active.Add(1)
	return nil
}

func (c *Caller) leave(to string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.busy, to)
	c.active.Done()
}
