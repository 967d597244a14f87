package sip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Limits and protocol constants of a call.
const (
	maxForwards     = 70               // hops; RFC 3261 8.1.1.6
	DefaultRing     = 45 * time.Second // Config.Ring if it is zero
	inviteOctetsMax = 1300             // octets; RFC 3261 18.1.1, sipgo refuses more over UDP
	numberDigitsMax = 15               // E.164 6
	numberDigitsMin = 3                // the shortest number a trunk routes
	byeGrace        = 2 * time.Second  // how long Close waits for answers to the last BYEs
	straysMax       = 500              // answers to nothing of ours that are refused at once
	timeoutFactor   = 64               // in T1; RFC 3261 17.1.1.2 Timer B
	allowed         = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE"
)

// NumberFormat is how a subscriber's number is written before the @ of the trunk.
type NumberFormat uint8

// The two spellings of trunks.
const (
	Digits NumberFormat = iota // 8613800000001
	Plus                       // +8613800000001
)

// Config is how calls are placed. Listen, Trunk and From must be set.
type Config struct {
	Listen    netip.AddrPort // where SIP is spoken; port 0: any
	Advertise netip.Addr     // what peers are told; zero: Listen, else the address that reaches the trunk
	Trunk     string         // "sip:host:port"; the subscriber's number goes before the @
	// TrunkAddresses are further addresses from which the trunk sends requests
	// outside of calls. Within calls requests and responses may come from anywhere.
	TrunkAddresses []netip.Prefix
	From           string // user part of From, Contact and P-Asserted-Identity
	Number         NumberFormat
	Username       string        // for 401 and 407; empty: such a challenge is a failure
	Password       string        // never logged
	Ring           time.Duration // how long it may ring; 0: DefaultRing
	Log            *slog.Logger  // nil: none
}

// Agent places calls over one trunk and keeps those that were answered.
type Agent struct {
	cfg   Config
	ep    *Endpoint
	trunk sip.Uri
	log   *slog.Logger
	peers peers

	mu      sync.Mutex
	calls   map[string]*Session // by Call-ID; nil while it rings
	ringing map[string]*early   // those that ring
	busy    int                 // Dial, BYE and CANCEL under way
	closed  bool                // no more Dial
	sealed  bool                // no more requests at all; idle is closed

	strays atomic.Int32 // answers to nothing of ours that are being refused

	closing chan struct{} // closed first: calls that ring are taken back
	idle    chan struct{} // closed last: nothing is busy
	// life ends in between: what is still busy must end.
	life context.Context
	kill context.CancelFunc
}

// ErrClosed is the error of Dial after Close.
var ErrClosed = errors.New("sip agent is closed")

// Listen opens the agent's socket and starts to answer what comes in.
func Listen(cfg Config) (*Agent, error) {
	a := &Agent{
		cfg: cfg, log: cfg.Log, calls: map[string]*Session{}, ringing: map[string]*early{},
		closing: make(chan struct{}), idle: make(chan struct{}),
	}
	a.life, a.kill = context.WithCancel(context.Background())
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	if a.cfg.Ring <= 0 {
		a.cfg.Ring = DefaultRing
	}
	if err := a.readTrunk(); err != nil {
		return nil, err
	}
	if !a.cfg.Advertise.IsValid() && cfg.Listen.Addr().IsUnspecified() {
		ip, err := addrTowards(a.trunk)
		if err != nil {
			return nil, err
		}
		a.cfg.Advertise = ip
	}
	ep, err := Open(EndpointConfig{
		Listen: cfg.Listen, Advertise: a.cfg.Advertise, User: cfg.From,
		Filter: a.peers.filter, Stray: a.stray, Log: a.log,
	})
	if err != nil {
		return nil, err
	}
	a.ep = ep
	a.peers.open(ep.Addr(), cfg.TrunkAddresses, a.isCall, func(res *sip.Response) {
		a.background(func(context.Context) { a.stray(res) })
	})
	a.handle()
	ep.Serve()
	return a, nil
}

func (a *Agent) readTrunk() error {
	if err := sip.ParseUri(a.cfg.Trunk, &a.trunk); err != nil || a.trunk.Host == "" {
		return fmt.Errorf("sip trunk %q is not a SIP URI", a.cfg.Trunk)
	}
	if a.trunk.Scheme != "sip" || a.trunk.User != "" {
		return fmt.Errorf("sip trunk %q must be sip:host:port, without a user", a.cfg.Trunk)
	}
	if t, ok := a.trunk.UriParams.Get("transport"); ok && !strings.EqualFold(t, "udp") {
		return fmt.Errorf("sip trunk %q: only UDP is spoken", a.cfg.Trunk)
	}
	if a.cfg.From == "" {
		return errors.New("sip from is empty")
	}
	if ip, err := netip.ParseAddr(strings.Trim(a.trunk.Host, "[]")); err == nil {
		a.peers.trunk = ip.Unmap()
	}
	return nil
}

// addrTowards asks the routing table which of our addresses reaches the trunk. Nothing is sent.
func addrTowards(trunk sip.Uri) (netip.Addr, error) {
	port := trunk.Port
	if port == 0 {
		port = sip.DefaultUdpPort
	}
	c, err := net.Dial("udp", net.JoinHostPort(strings.Trim(trunk.Host, "[]"), strconv.Itoa(port)))
	if err != nil {
		return netip.Addr{}, fmt.Errorf("sip trunk: %w", err)
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap(), nil
}

// Addr is the address that peers are told, as in Via and Contact.
func (a *Agent) Addr() netip.AddrPort { return a.ep.Addr() }

// Active is the number of calls that ring or talk.
func (a *Agent) Active() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.calls)
}

// isCall reports whether a Call-ID is that of a ringing or answered call.
func (a *Agent) isCall(id string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, ok := a.calls[id]
	return ok
}

// Options asks the trunk whether it is there (RFC 3261 11). Any final response means yes.
func (a *Agent) Options(ctx context.Context) error {
	_, _, err := a.Ask(ctx)
	return err
}

// Ask sends OPTIONS, as Options does, and returns the trunk's answer.
func (a *Agent) Ask(ctx context.Context) (code int, reason string, err error) {
	req := sip.NewRequest(sip.OPTIONS, *a.trunk.Clone())
	a.identify(req, a.trunk, newToken())
	res, err := a.ep.Client.Do(ctx, req)
	if err != nil {
		return 0, "", err
	}
	return res.StatusCode, res.Reason, nil
}

// Close takes back what rings by CANCEL and ends what talks by BYE, waits a
// moment for the answers, and closes the socket.
func (a *Agent) Close() error {
	a.mu.Lock()
	if a.closed {
		a.mu.Unlock()
		return nil
	}
	a.closed = true
	a.busy++
	sessions := make([]*Session, 0, len(a.calls))
	for _, s := range a.calls {
		if s != nil {
			sessions = append(sessions, s)
		}
	}
	a.mu.Unlock()
	close(a.closing)
	for _, s := range sessions {
		s.Hangup()
	}
	a.finish()
	a.settle()
	return a.ep.Close()
}

// settle gives the last requests byeGrace to be answered, then ends them.
func (a *Agent) settle() {
	grace := time.NewTimer(byeGrace)
	defer grace.Stop()
	select {
	case <-a.idle:
	case <-grace.C:
	}
	a.kill()
	<-a.idle
}

// begin counts one more thing that Close must wait for; false: too late.
func (a *Agent) begin() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.sealed {
		return false
	}
	a.busy++
	return true
}

func (a *Agent) finish() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.busy--
	if a.closed && !a.sealed && a.busy == 0 {
		a.sealed = true
		close(a.idle)
	}
}

// background runs f with 64*T1 to end in; Close waits for it, and cuts it short. It
// reports false, and runs nothing, once the agent is closed.
func (a *Agent) background(f func(ctx context.Context)) bool {
	if !a.begin() {
		return false
	}
	go func() {
		defer a.finish()
		ctx, cancel := context.WithTimeout(a.life, timeoutFactor*sip.T1)
		defer cancel()
		f(ctx)
	}()
	return true
}
