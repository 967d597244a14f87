package sip

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// resolveWait is the time for a name in a Contact, a Record-Route or a c= line.
const resolveWait = 2 * time.Second

// resolver finds the addresses of names. RFC 3263 is not implemented: no SRV, no NAPTR.
type resolver struct {
	is4 bool // our own address family: a socket sends to no other
}

// resolve finds the address of a URI's host, or of its maddr (RFC 3261 19.1.1).
func (r resolver) resolve(ctx context.Context, uri sip.Uri) (netip.Addr, error) {
	host := strings.Trim(uri.Host, "[]")
	if maddr, ok := param(uri, "maddr"); ok && maddr != "" {
		host = strings.Trim(maddr, "[]")
	}
	return r.lookUp(ctx, host)
}

// lookUp turns an address or a name into an address of our own family.
func (r resolver) lookUp(ctx context.Context, host string) (netip.Addr, error) {
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
		if ip = ip.Unmap(); ip.Is4() == r.is4 {
			return ip, nil
		}
	}
	return netip.Addr{}, errors.New("the name has no address of our family")
}

// locate replaces the name in a c= line with its address (RFC 8866 5.7).
func (r resolver) locate(ctx context.Context, audio *Media) error {
	if audio.Host == "" {
		return nil
	}
	ip, err := r.lookUp(ctx, audio.Host)
	if err != nil || !usable(ip) {
		return ErrMedia
	}
	audio.Host, audio.Addr = "", netip.AddrPortFrom(ip, audio.Addr.Port())
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
