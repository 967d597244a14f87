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
	cfg Config
	ep  *Endpoint
	log *slog.Logger

	origin originator // the requests that begin outside calls
	peers  peers      // whose datagrams are read
	book   book       // the current calls
	life   *lifetime  // what Close waits for
	names  resolver
	out    sender  // requests within calls
	in     inbound // the peer's requests
	strays strays  // answers to no request of ours
}

// ErrClosed is the error of Dial after Close.
var ErrClosed = errors.New("sip agent is closed")

// Listen opens the agent's socket and starts to answer what comes in.
func Listen(cfg Config) (*Agent, error) {
	a := &Agent{
		cfg: cfg, log: cfg.Log, life: newLifetime(),
		book: book{calls: map[string]*Session{}, ringing: map[string]*early{}},
	}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	if a.cfg.Ring <= 0 {
		a.cfg.Ring = DefaultRing
	}
	trunk, err := readTrunk(cfg)
	if err != nil {
		return nil, err
	}
	if !a.cfg.Advertise.IsValid() && cfg.Listen.Addr().IsUnspecified() {
		ip, err := addrTowards(trunk)
		if err != nil {
			return nil, err
		}
		a.cfg.Advertise = ip
	}
	if ip, err := netip.ParseAddr(strings.Trim(trunk.Host, "[]")); err == nil {
		a.peers.trunk = ip.Unmap()
	}
	a.ep, err = Open(EndpointConfig{
		Listen: cfg.Listen, Advertise: a.cfg.Advertise, User: cfg.From,
		Filter: a.peers.filter, Stray: a.strays.take, Log: a.log,
	})
	if err != nil {
		return nil, err
	}
	a.wire(trunk)
	a.in.handle(a.ep.Server)
	a.ep.Serve()
	return a, nil
}

// wire connects the parts of the agent to each other. Nothing is read before that.
func (a *Agent) wire(trunk sip.Uri) {
	a.origin = originator{trunk: trunk, number: a.cfg.Number, contact: &a.ep.Contact}
	a.names = resolver{is4: a.ep.Addr().Addr().Unmap().Is4()}
	a.out = sender{client: a.ep.Client, names: a.names, life: a.life, log: a.log}
	a.in = inbound{contact: &a.ep.Contact, log: a.log, book: &a.book, names: a.names, out: &a.out, life: a.life}
	a.strays.book, a.strays.peers, a.strays.out = &a.book, &a.peers, &a.out
	a.strays.log, a.strays.credentials = a.log, a.newCredentials
	a.peers.open(a.ep.Addr(), a.cfg.TrunkAddresses, a.book.has, func(res *sip.Response) {
		a.life.background(func(context.Context) { a.strays.take(res) })
	})
}

func readTrunk(cfg Config) (trunk sip.Uri, err error) {
	if err := sip.ParseUri(cfg.Trunk, &trunk); err != nil || trunk.Host == "" {
		return trunk, fmt.Errorf("sip trunk %q is not a SIP URI", cfg.Trunk)
	}
	if trunk.Scheme != "sip" || trunk.User != "" {
		return trunk, fmt.Errorf("sip trunk %q must be sip:host:port, without a user", cfg.Trunk)
	}
	if transport, ok := trunk.UriParams.Get("transport"); ok && !strings.EqualFold(transport, "udp") {
		return trunk, fmt.Errorf("sip trunk %q: only UDP is supported", cfg.Trunk)
	}
	if cfg.From == "" {
		return trunk, errors.New("sip from is empty")
	}
	return trunk, nil
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
func (a *Agent) Active() int { return a.book.active() }

// Options asks the trunk whether it is there (RFC 3261 11). Any final response means yes.
func (a *Agent) Options(ctx context.Context) error {
	_, _, err := a.Ask(ctx)
	return err
}

// Ask sends OPTIONS, as Options does, and returns the trunk's answer.
func (a *Agent) Ask(ctx context.Context) (code int, reason string, err error) {
	req := a.origin.options()
	res, err := a.ep.Client.Do(ctx, req)
	if err != nil {
		return 0, "", err
	}
	return res.StatusCode, res.Reason, nil
}

// Close takes back what rings by CANCEL and ends what talks by BYE, waits a
// moment for the answers, and closes the socket.
func (a *Agent) Close() error {
	if !a.life.close() {
		return nil
	}
	for _, answered := range a.book.answered() {
		answered.Hangup()
	}
	a.life.settle()
	return a.ep.Close()
}
