package sip

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

const (
	resolveWait = 2 * time.Second // for a name in a Contact, a Record-Route or a c= line
	// hopWait is how long a request within a call may stay without a response
	// before it is sent to where the peer answered from: some seven copies.
	hopWait = 6 * time.Second
)

// reach decides where the requests of a dialog are sent, once: to the first
// route or the Contact, or, where that is a name that does not resolve, a
// transport we do not speak, or an address of the peer's private network, to
// where the peer's answer came from. A call that was answered must be ended.
func (a *Agent) reach(ctx context.Context, d *Dialog, source string) {
	d.source = source
	hop := d.nextHop()
	from, err := netip.ParseAddrPort(source)
	if err != nil {
		return // sipgo goes by the route and the Contact
	}
	ip, err := a.resolve(ctx, hop)
	switch {
	case err != nil, ip.IsUnspecified(), ip.IsMulticast(), hop.Scheme == "sips":
		d.hop = source
		return
	case isInner(ip) && !isInner(from.Addr().Unmap()):
		d.hop = source
		return
	}
	if transport, ok := param(hop, "transport"); ok && !strings.EqualFold(transport, "udp") {
		d.hop = source
		return
	}
	port := hop.Port
	if port == 0 {
		port = sip.DefaultUdpPort
	}
	d.hop = net.JoinHostPort(ip.String(), strconv.Itoa(port))
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

// locate puts an address in place of the name of a c= line (RFC 8866 5.7).
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

// isInner reports whether an address means something inside a network only.
func isInner(ip netip.Addr) bool {
	return ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast()
}

// param finds a parameter of a URI, in whatever case.
func param(uri sip.Uri, name string) (string, bool) {
	for _, p := range uri.UriParams {
		if strings.EqualFold(p.K, name) {
			return p.V, true
		}
	}
	return "", false
}

// write sends a request that has no transaction, which is ACK: to the next
// hop, and where that cannot be sent to, or did not get the ACK before, to
// where the peer answered from.
func (a *Agent) write(d *Dialog, req *sip.Request, again bool) error {
	err := a.ep.Client.WriteRequest(req)
	if err == nil && !again || d.source == "" || d.source == req.Destination() {
		return err
	}
	second := req.Clone()
	second.SetDestination(d.source)
	if failed := a.ep.Client.WriteRequest(second); failed != nil {
		return errors.Join(err, failed)
	}
	return nil
}

// ask sends a request within the dialog and waits for its final response. It
// answers challenges (RFC 3261 22.2), and where the next hop is mute or cannot
// be sent to it tries the address that the peer answered from.
func (a *Agent) ask(ctx context.Context, d *Dialog, auth *credentials, method sip.RequestMethod) (*sip.Response, error) {
	hops := slices.Compact([]string{d.hop, d.source})
	if len(hops) == 2 && hops[1] == "" {
		hops = hops[:1]
	}
	var res *sip.Response
	var err error
	for i, hop := range hops {
		res, err = a.askAt(ctx, d, auth, method, hop, i == len(hops)-1)
		if err == nil || ctx.Err() != nil {
			return res, err
		}
	}
	return res, err
}

func (a *Agent) askAt(ctx context.Context, d *Dialog, auth *credentials, method sip.RequestMethod, hop string, last bool) (*sip.Response, error) {
	if !last {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, hopWait)
		defer cancel()
	}
	for tries := 0; ; tries++ {
		req := d.Request(method)
		if hop != "" {
			req.SetDestination(hop)
		}
		auth.sign(req)
		res, err := a.ep.Client.Do(ctx, req)
		if err != nil || !isChallenge(res) || tries == authTriesMax || !auth.learn(req, res) {
			return res, err
		}
	}
}

func isChallenge(res *sip.Response) bool {
	return res.StatusCode == sip.StatusUnauthorized || res.StatusCode == sip.StatusProxyAuthRequired
}
