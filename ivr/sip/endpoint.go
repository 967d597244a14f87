package sip

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

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
	pc, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(cfg.Listen))
	if err != nil {
		return nil, fmt.Errorf("sip listen: %w", err)
	}
	local := pc.LocalAddr().(*net.UDPAddr).AddrPort()
	e := &Endpoint{conn: &servedConn{PacketConn: pc, ready: make(chan struct{})}}
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
	e.ua, err = sipgo.NewUA(
		sipgo.WithUserAgent("mpg"),
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
func uriHost(a netip.Addr) string {
	if a.Is6() {
		return "[" + a.String() + "]"
	}
	return a.String()
}

// Serve starts reading and returns once requests can be sent.
func (e *Endpoint) Serve() {
	e.wg.Go(func() { _ = e.Server.ServeUDP(e.conn) })
	<-e.conn.ready
}

// Addr is the address that peers are told.
func (e *Endpoint) Addr() netip.AddrPort { return e.addr }

// Close ends all transactions and closes the socket. It must follow Serve.
func (e *Endpoint) Close() error {
	err := e.ua.Close()
	err = errors.Join(err, e.conn.Close())
	e.wg.Wait()
	return err
}

// servedConn tells when sipgo first reads. Its transport registers the socket
// just before; a request sent earlier would try to bind the port again.
type servedConn struct {
	net.PacketConn
	once  sync.Once
	ready chan struct{}
}

// ReadFrom reads a datagram.
func (c *servedConn) ReadFrom(b []byte) (int, net.Addr, error) {
	c.once.Do(func() { close(c.ready) })
	return c.PacketConn.ReadFrom(b)
}
