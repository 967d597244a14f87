package sip

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

const (
	resolveWait = 2 * time.Second // for a name in a Contact, a Record-Route or a c= line
	// hopWait is how long a request within a call may go without a response before
	// it is sent to the address that the peer answered from: some seven copies.
	hopWait = 6 * time.Second
)

// reach decides once where the requests of a dialog are sent: to the first route or
// the Contact; but if that is a name that does not resolve, a transport that we do not
// support, or an address of the peer's private network, to the address that the peer's
// answer came from, since an answered call must be ended.
func (a *Agent) reach(ctx context.Context, d *Dialog, source string) {
	hop := a.hopOf(ctx, d.nextHop(), source)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hop, d.source = hop, source
}

func (a *Agent) hopOf(ctx context.Context, next sip.Uri, source string) string {
	from, err := netip.ParseAddrPort(source)
	if err != nil {
		return "" // sipgo uses the route and the Contact
	}
	ip, err := a.resolve(ctx, next)
	switch {
	case err != nil, ip.IsUnspecified(), ip.IsMulticast(), next.Scheme == "sips":
		return source
	case isInner(ip) && !isInner(from.Addr().Unmap()):
		return source
	}
	if transport, ok := param(next, "transport"); ok && !strings.EqualFold(transport, "udp") {
		return source
	}
	port := next.Port
	if port == 0 {
		port = sip.DefaultUdpPort
	}
	return net.JoinHostPort(ip.String(), strconv.Itoa(port))
}

// retarget follows a peer whose re-INVITE, UPDATE, or answer to one of ours names a new
// address for further requests (RFC 3261 12.2.1.2, 12.2.2). A message without a
// Contact changes nothing.
func (a *Agent) retarget(d *Dialog, m sip.Message, source string) {
	d.mu.Lock()
	before := d.target
	d.target = contactOf(m, before)
	moved := d.target.String() != before.String()
	d.mu.Unlock()
	if moved {
		a.reach(a.life, d, source)
	}
}

// resolve finds the address of a URI's host, or of its maddr (RFC 3261 19.1.1).
func (a *Agent) resolve(ctx context.Context, uri sip.Uri) (netip.Addr, error) {
	host := strings.Trim(uri.Host, "[]")
	if maddr, ok := param(uri, "maddr"); ok && maddr != "" {
		host = strings.Trim(maddr, "[]")
	}
	return a.lookUp(ctx, host)
}

// lookUp turns an address or a name into an address of our own family.
func (a *Agent) lookUp(ctx context.Context, host string) (netip.Addr, error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap(), nil
	}
	ctx, cancel := context.WithTimeout(ctx, resolveWait)
	defer cancel()
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return netip.Addr{}, err
	}
	for _, ip := range found {
		if ip = ip.Unmap(); ip.Is4() == a.ep.Addr().Addr().Unmap().Is4() {
			return ip, nil
		}
	}
	return netip.Addr{}, errors.New("the name has no address of our family")
}

// locate replaces the name in a c= line with its address (RFC 8866 5.7).
func (a *Agent) locate(ctx context.Context, m *Media) error {
	if m.Host == "" {
		return nil
	}
	ip, err := a.lookUp(ctx, m.Host)
	if err != nil || !usable(ip) {
		return ErrMedia
	}
	m.Host, m.Addr = "", netip.AddrPortFrom(ip, m.Addr.Port())
	return nil
}

// isInner reports whether an address is only meaningful inside a private network.
func isInner(ip netip.Addr) bool {
	return ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast()
}

// param finds a parameter of a URI, ignoring case.
func param(uri sip.Uri, name string) (string, bool) {
	for _, p := range uri.UriParams {
		if strings.EqualFold(p.K, name) {
			return p.V, true
		}
	}
	return "", false
}

// write sends a request that has no transaction, which is ACK, to the next hop. If
// that cannot be sent to, or seems not to have got an earlier ACK, it sends to the
// address that the peer answered from.
func (a *Agent) write(d *Dialog, req *sip.Request, again bool) error {
	err := a.ep.Client.WriteRequest(req)
	if err == nil && !again {
		return nil
	}
	for _, hop := range d.hops() {
		if hop == req.Destination() {
			continue
		}
		second := req.Clone()
		second.SetDestination(hop)
		if failed := a.ep.Client.WriteRequest(second); failed != nil {
			return errors.Join(err, failed)
		}
		return nil
	}
	return err
}

// ask sends a request within the dialog and waits for its final response. It answers
// challenges (RFC 3261 22.2), and if the next hop does not respond or cannot be sent
// to, it tries the address that the peer answered from. fill adds headers and a body
// to the request; nil: nothing.
func (a *Agent) ask(ctx context.Context, d *Dialog, auth *credentials, method sip.RequestMethod, fill func(*sip.Request)) (*sip.Response, error) {
	hops := d.hops()
	var res *sip.Response
	var err error
	next := func() *sip.Request {
		req := d.Request(method)
		if fill != nil {
			fill(req)
		}
		return req
	}
	for i, hop := range hops {
		res, err = a.askAt(ctx, auth, next, hop, i == len(hops)-1)
		if err == nil || ctx.Err() != nil {
			return res, err
		}
	}
	return res, err
}

func (a *Agent) askAt(ctx context.Context, auth *credentials, next func() *sip.Request, hop string, last bool) (*sip.Response, error) {
	if !last {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, hopWait)
		defer cancel()
	}
	for tries := 0; ; tries++ {
		req := next()
		if hop != "" {
			req.SetDestination(hop)
		}
		auth.sign(req)
		res, err := a.ep.Client.Do(ctx, req)
		if err == nil {
			auth.renew(res)
		}
		if err != nil || !isChallenge(res) || tries == authTriesMax || !auth.learn(req, res) {
			return res, err
		}
	}
}

func isChallenge(res *sip.Response) bool {
	return res.StatusCode == sip.StatusUnauthorized || res.StatusCode == sip.StatusProxyAuthRequired
}
