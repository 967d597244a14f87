package sip

import (
	"bytes"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// peers decides whose datagrams are read: those of the trunk, and those of others that
// belong to our calls. A response belongs by the branch that we gave the request
// (RFC 3261 17.1.3): it names us in its first Via, and otherwise no transaction takes
// it. A request belongs by its Call-ID, of 130 random bits, by which the dialog is
// found (12.2.2): the proxies of a call may be anywhere. If the trunk is given by name,
// all are read, since its addresses may change.
type peers struct {
	trunk  netip.Addr // zero: all are read
	more   []netip.Prefix
	sentBy []byte               // our address in Via, in brackets where it is IPv6, then the port
	isCall func(id string) bool // nil before open
	stray  func(*sip.Response)  // takes what no transaction would

	mu   sync.Mutex
	over map[string]past // calls that ended, by Call-ID
}

// past is a call that has ended, or was not answered.
type past struct {
	until      time.Time // when it is forgotten
	unanswered bool
}

// open completes the list before anything is read.
func (p *peers) open(own netip.AddrPort, more []netip.Prefix, isCall func(string) bool, stray func(*sip.Response)) {
	p.more, p.isCall, p.stray, p.over = more, isCall, stray, map[string]past{}
	p.sentBy = []byte(own.String())
}

// filter drops the datagrams of strangers, and from the others the lines that no parser
// would read.
func (p *peers) filter(from sip.TransportReadProps, data []byte) ([]byte, error) {
	udp, ok := from.RemoteAddr.(*net.UDPAddr)
	if ok && p.trunk.IsValid() && !p.admits(udp.AddrPort().Addr().Unmap(), data) {
		return nil, nil
	}
	data = readable(data)
	if bytes.HasPrefix(data, []byte("SIP/2.0 2")) && p.isLate(data) {
		if res, ok := read(data, from.RemoteAddr.String()); ok {
			p.stray(res)
			return nil, nil
		}
	}
	return data, nil
}

// isLate reports whether a 2xx belongs to a call that was given up as not answered: it
// comes from a phone other than the one that refused (RFC 3261 16.7 step 5). sipgo's
// transaction, which still waits for repeats of the refusal, drops it.
func (p *peers) isLate(data []byte) bool {
	id, ok := headerOf(data, "call-id", "i")
	if !ok {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.over[string(id)].unanswered
}

// read parses a response.
func read(data []byte, source string) (res *sip.Response, ok bool) {
	msg, err := sip.ParseMessage(bytes.Clone(data))
	if err != nil {
		return nil, false
	}
	if res, ok = msg.(*sip.Response); ok {
		res.SetSource(source)
	}
	return res, ok
}

func (p *peers) admits(ip netip.Addr, data []byte) bool {
	if p.isTrunk(ip) {
		return true
	}
	if bytes.HasPrefix(data, []byte("SIP/")) {
		via, ok := headerOf(data, "via", "v")
		return ok && bytes.Contains(via, p.sentBy)
	}
	id, ok := headerOf(data, "call-id", "i")
	return ok && p.isOurs(string(id))
}

func (p *peers) isTrunk(ip netip.Addr) bool {
	if ip == p.trunk {
		return true
	}
	for _, prefix := range p.more {
		if prefix.Contains(ip) {
			return true
		}
	}
	return false
}

// knows reports whether a source "address:port" is the trunk's.
func (p *peers) knows(source string) bool {
	from, err := netip.ParseAddrPort(source)
	return !p.trunk.IsValid() || err == nil && p.isTrunk(from.Addr().Unmap())
}

// isOurs reports whether a Call-ID belongs to a call, or did a moment ago.
func (p *peers) isOurs(id string) bool {
	if p.isCall(id) {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Now().Before(p.over[id].until)
}

// linger keeps the Call-ID of a call that has ended, or was not answered, for as
// long as the peer may repeat its last request (RFC 3261 17.1.2.2 Timer F) or
// another phone may answer.
func (p *peers) linger(id string, unanswered bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	for old, call := range p.over {
		if now.After(call.until) {
			delete(p.over, old)
		}
	}
	p.over[id] = past{now.Add(timeoutFactor * sip.T1), unanswered}
}

// headerOf finds the first header of a name, or of its compact form, without
// parsing the message.
func headerOf(data []byte, name, compact string) (value []byte, ok bool) {
	for line := range bytes.Lines(data) {
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			return nil, false
		}
		at := bytes.IndexByte(line, ':')
		if at < 0 || line[0] == ' ' || line[0] == '\t' {
			continue
		}
		if n := string(bytes.TrimSpace(line[:at])); strings.EqualFold(n, name) || strings.EqualFold(n, compact) {
			return bytes.TrimSpace(line[at+1:]), true
		}
	}
	return nil, false
}
