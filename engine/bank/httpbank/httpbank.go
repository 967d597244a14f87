// Package httpbank asks a bank over HTTP with JSON, where it offers no ISO 8583.
//
//	httpbank.go  Config, Connector: opening, and whether the bank answers
//	ask.go       authorizing and advising         undo.go  reversing
//	message.go   what is sent and what comes      call.go  one exchange
//
// The bank's interface has three requests. POST URL/payments asks for money, with a header
// Idempotency-Key; GET URL/payments/KEY says what became of it, where the bank has that;
// POST URL/payments/KEY/reversal undoes it. GET URL/health answers 2xx while the bank works.
// Amounts are texts in major units, as in "128.50".
//
// A Connector keeps to the contract of bank.Link, which engine/bank/banktest checks: nothing
// left is bank.ErrDown, and whatever is not certain is bank.ErrUnknown. Since a key makes a
// repeat harmless, silence is not the end here: within the time-out the connector asks what
// became of the request or, where the bank cannot say, sends it again under the same key. An
// answer 4xx to the first try is a decline. Later it decides nothing, since an earlier try
// may have been booked; nor does 409, which says that the key is in use.
//
// Library: net/http. It may send a request again by itself if a kept connection turns out to
// be closed; the key keeps the bank from booking it twice, and an answer 4xx is then not one
// to the first try. The package imports mpg/engine/bank and
// mpg/store/money and nothing else of ours.
package httpbank

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"mpg/engine/bank"
)

// Dialect names what a Connector speaks, in a configuration and in a bank.Packed.
const Dialect = "http-json"

// Config is what a Connector is made of. Zero durations mean the defaults of bank.
type Config struct {
	Name   string // of the bank, for logs
	URL    string // before /payments
	Token  string // sent as "Authorization: Bearer …"; empty: none
	Status bool   // the bank can say what became of a request

	Timeout time.Duration // from the sending of a request to a certain answer
	Pause   time.Duration // before the bank is asked again about a request; it doubles. 0: half a second
	Every   time.Duration // between two looks at whether the bank works
	Window  int           // reversals outstanding

	Transport http.RoundTripper // nil: one of its own
	Now       func() time.Time
	Log       *slog.Logger
	OnAnswer  func(time.Duration) // called with the time that each request waited; must not block
}

// Connector asks one bank. Its methods may be called from any goroutine.
type Connector struct {
	cfg      Config
	base     *url.URL
	client   *http.Client
	counters *bank.Counters
	up       atomic.Bool
	asking   atomic.Int64
	life     context.Context
	kill     context.CancelFunc
}

// Open checks config and returns a Connector that is down: Run looks whether the bank works.
func Open(config Config) (*Connector, error) {
	config.Timeout, config.Every = cmp.Or(config.Timeout, bank.DefaultTimeout), cmp.Or(config.Every, bank.DefaultEchoEvery)
	config.Pause = cmp.Or(config.Pause, firstPause)
	config.Window = cmp.Or(config.Window, bank.DefaultWindow)
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	if config.Transport == nil {
		config.Transport = new(http.Transport) // the default one is shared, and closed by others
	}
	config.Log = config.Log.With("bank", config.Name)
	base, err := url.Parse(strings.TrimRight(config.URL, "/"))
	if err != nil || base.Scheme != "https" && base.Scheme != "http" || base.Host == "" {
		return nil, fmt.Errorf("bank %s: %q is not an HTTP URL", config.Name, config.URL)
	}
	c := &Connector{cfg: config, base: base, counters: bank.NewCounters()}
	c.client = &http.Client{Transport: config.Transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // what was asked of one address is not sent to another
	}}
	c.life, c.kill = context.WithCancel(context.Background())
	return c, nil
}

// Close makes Run return; the connector stays down from then on.
func (c *Connector) Close() error {
	c.kill()
	return nil
}

// Up reports whether the bank answered when it was last looked at.
func (c *Connector) Up() bool { return c.up.Load() }

// Window returns how many reversals and advices may be outstanding at once.
func (c *Connector) Window() int { return c.cfg.Window }

// Stats returns the counters since Open.
func (c *Connector) Stats() bank.Stats {
	stats := c.counters.Stats()
	stats.Outstanding = int(c.asking.Load())
	return stats
}

// State returns whether the address answers.
func (c *Connector) State() bank.State {
	return bank.State{Lines: []bank.LineState{{Addr: c.base.Host, Up: c.Up()}}}
}

// Run looks from time to time whether the bank works, until ctx ends or Close is called.
func (c *Connector) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.life, cancel)()
	defer c.client.CloseIdleConnections()
	defer c.up.Store(false)
	const again = 20 // a bank that does not answer is looked at more often
	for looked := false; ctx.Err() == nil; looked = true {
		err := c.Probe(ctx)
		is := err == nil
		if changed := c.up.Swap(is) != is; (changed || !looked) && ctx.Err() == nil {
			c.tell(err)
		}
		pause := c.cfg.Every
		if err != nil {
			pause /= again
		}
		rest(ctx, pause)
	}
	return nil
}

// tell logs whether the bank answers; err is why it does not.
func (c *Connector) tell(err error) {
	if err != nil {
		c.cfg.Log.Warn("bank link is down", "addr", c.base.Host, "err", err)
		return
	}
	c.cfg.Log.Info("bank link is up", "addr", c.base.Host)
}

// rest waits, or returns when ctx ends.
func rest(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// errHealth says that the bank answers, but does not work.
var errHealth = errors.New("bank: it reports that it is not working")

// Probe returns nil if the bank says that it works.
func (c *Connector) Probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	came, err := c.call(ctx, http.MethodGet, "health", "", nil)
	if err == nil && came.status/100 != 2 {
		return fmt.Errorf("%w: HTTP status %d", errHealth, came.status)
	}
	return err
}

// Try finds out whether the bank answers. It disturbs nobody.
func (c *Connector) Try(ctx context.Context, _ bool) error { return c.Probe(ctx) }
