package sip

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// closeGrace is how long Close waits for datagrams that were read before it.
const closeGrace = 50 * time.Millisecond

// datagramMax is the longest message sent. sipgo stops at 1300 octets. RFC 3261 18.1.1
// limits only requests and wants longer ones on TCP, which is not supported here; since
// an answered call must be ended, the network may fragment them.
const datagramMax = 65507

// liftLimit lifts sipgo's limit, before anything is sent.
var liftLimit = sync.OnceFunc(func() { sip.UDPMTUSize = datagramMax + 200 })

// EndpointConfig says where an Endpoint listens and what it lets in.
type EndpointConfig struct {
	Listen    netip.AddrPort // port 0: any
	Advertise netip.Addr     // in Via, Contact; zero: the listen address
	User      string         // user part of Contact; may be empty
	// Filter sees each datagram before the parser; an empty result drops it.
	// It must not return an error: sipgo would stop reading.
	Filter sip.TransportReadFilter
	// Stray receives responses that match no transaction; nil drops them.
	Stray func(*sip.Response)
	Log   *slog.Logger
}

// Endpoint is one UDP socket that speaks SIP both ways: requests leave from
// the port it listens on, as trunks that know their peers by address and port want it.
type Endpoint struct {
	Client  *sipgo.Client
	Server  *sipgo.Server // set handlers, then call Serve
	Contact sip.ContactHeader

	ua   *sipgo.UserAgent
	conn *servedConn
	addr netip.AddrPort
	wg   sync.WaitGroup
}

// Open binds the socket. Nothing is read before Serve.
func Open(cfg EndpointConfig) (*Endpoint, error) {
	liftLimit()
	pc, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(cfg.Listen))
	if err != nil {
		return nil, fmt.Errorf("sip listen: %w", err)
	}
	local := pc.LocalAddr().(*net.UDPAddr).AddrPort()
	e := &Endpoint{conn: &servedConn{UDPConn: pc, ready: make(chan struct{}), release: make(chan struct{})}}
	host := local.Addr().Unmap()
	if cfg.Advertise.IsValid() {
		host = cfg.Advertise
	}
	e.addr = netip.AddrPortFrom(host, local.Port())
	if err := e.build(cfg, pc.LocalAddr().String()); err != nil {
		return nil, errors.Join(err, pc.Close())
	}
	return e, nil
}

func (e *Endpoint) build(cfg EndpointConfig, bound string) (err error) {
	log := newQuiet(cfg.Log)
	stray := cfg.Stray
	if stray == nil {
		stray = func(*sip.Response) {}
	}
	transport := []sip.TransportLayerOption{sip.WithTransportLayerLogger(log)}
	if cfg.Filter != nil {
		transport = append(transport, sip.WithTransportLayerReadFilter(cfg.Filter))
	}
	own := cfg.Log
	if own == nil {
		own = slog.New(slog.DiscardHandler)
	}
	reader := &lenient{log: own, warned: map[string]bool{}}
	e.ua, err = sipgo.NewUA(
		sipgo.WithUserAgent("mpg"),
		sipgo.WithUserAgentParser(sip.NewParser(sip.WithHeadersParsers(reader.parsers()))),
		sipgo.WithUserAgentTransportLayerOptions(transport...),
		sipgo.WithUserAgentTransactionLayerOptions(
			sip.WithTransactionLayerLogger(log),
			sip.WithTransactionLayerUnhandledResponseHandler(stray)))
	if err != nil {
		return err
	}
	if e.Server, err = sipgo.NewServer(e.ua, sipgo.WithServerLogger(log)); err != nil {
		return err
	}
	e.Contact = sip.ContactHeader{Address: sip.Uri{
		Scheme: "sip", User: cfg.User, Host: uriHost(e.addr.Addr()), Port: int(e.addr.Port()),
	}}
	e.Client, err = sipgo.NewClient(e.ua,
		sipgo.WithClientLogger(log),
		sipgo.WithClientHostname(uriHost(e.addr.Addr())),
		sipgo.WithClientPort(int(e.addr.Port())),
		// Without it the INVITE leaves from a port of its own.
		sipgo.WithClientConnectionAddr(bound),
		// RFC 3581: answers come back through address translation.
		sipgo.WithClientNAT())
	return err
}

// uriHost writes an address as the host of a URI (RFC 3261 25.1: IPv6 in brackets).
func uriHost(addr netip.Addr) string {
	if addr.Is6() {
		return "[" + addr.String() + "]"
	}
	return addr.String()
}

// Serve starts reading and returns once requests can be sent.
func (e *Endpoint) Serve() {
	e.wg.Go(func() { _ = e.Server.ServeUDP(e.conn) })
	<-e.conn.ready
}

// Addr is the address that peers are told.
func (e *Endpoint) Addr() netip.AddrPort { return e.addr }

// Close stops reading, lets what was read be dealt with, ends all transactions
// and closes the socket. It must follow Serve.
//
// sipgo hands each datagram to a goroutine of its own and does not say when
// it is done. One that finds the socket gone from sipgo's pool would open
// another, which nobody closes; so the socket stays in the pool for closeGrace.
func (e *Endpoint) Close() error {
	err := e.conn.stopReading()
	time.Sleep(closeGrace)
	e.ua.TransactionLayer().Close()
	close(e.conn.release)
	e.wg.Wait()
	return errors.Join(err, e.conn.Close(), e.ua.Close())
}

// servedConn tells when sipgo first reads: its transport registers the socket
// just before, and a request sent earlier would try to bind the port again.
// Once reading is stopped, it holds the reader back until release is closed.
type servedConn struct {
	*net.UDPConn
	once    sync.Once
	ready   chan struct{}
	stopped atomic.Bool
	release chan struct{}
}

func (c *servedConn) stopReading() error {
	c.stopped.Store(true)
	return c.SetReadDeadline(time.Now())
}

// ReadFrom reads a datagram.
func (c *servedConn) ReadFrom(datagram []byte) (int, net.Addr, error) {
	c.once.Do(func() { close(c.ready) })
	n, from, err := c.UDPConn.ReadFrom(datagram)
	if c.stopped.Load() {
		<-c.release
		return 0, nil, net.ErrClosed
	}
	return n, from, err
}
