package sip

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// hopWait is how long a request within a call may go without a response before it is
// sent to the address that the peer answered from: some seven copies.
const hopWait = 6 * time.Second

// sender sends requests within calls to where they can be answered.
type sender struct {
	client *sipgo.Client
	names  resolver
	life   *lifetime
	log    *slog.Logger
}

// reach decides once where the requests of a dialog are sent: to the first route or
// the Contact; but if that is a name that does not resolve, a transport that we do not
// support, or an address of the peer's private network, to the address that the peer's
// answer came from, since an answered call must be ended.
func (o *sender) reach(ctx context.Context, dialog *Dialog, source string) {
	hop := o.hopOf(ctx, dialog.nextHop(), source)
	dialog.mu.Lock()
	defer dialog.mu.Unlock()
	dialog.hop, dialog.source = hop, source
}

func (o *sender) hopOf(ctx context.Context, next sip.Uri, source string) string {
	from, err := netip.ParseAddrPort(source)
	if err != nil {
		return "" // sipgo uses the route and the Contact
	}
	ip, err := o.names.resolve(ctx, next)
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
func (o *sender) retarget(dialog *Dialog, message sip.Message, source string) {
	dialog.mu.Lock()
	before := dialog.target
	dialog.target = contactOf(message, before)
	moved := dialog.target.String() != before.String()
	dialog.mu.Unlock()
	if moved {
		o.reach(o.life.over, dialog, source)
	}
}

// write sends a request that has no transaction, which is ACK, to the next hop. If
// that cannot be sent to, or seems not to have got an earlier ACK, it sends to the
// address that the peer answered from.
func (o *sender) write(dialog *Dialog, req *sip.Request, again bool) error {
	err := o.client.WriteRequest(req)
	if err == nil && !again {
		return nil
	}
	for _, hop := range dialog.hops() {
		if hop == req.Destination() {
			continue
		}
		second := req.Clone()
		second.SetDestination(hop)
		if failed := o.client.WriteRequest(second); failed != nil {
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
func (o *sender) ask(ctx context.Context, dialog *Dialog, auth *credentials, method sip.RequestMethod, fill func(*sip.Request)) (*sip.Response, error) {
	hops := dialog.hops()
	var res *sip.Response
	var err error
	next := func() *sip.Request {
		req := dialog.Request(method)
		if fill != nil {
			fill(req)
		}
		return req
	}
	for i, hop := range hops {
		res, err = o.askAt(ctx, auth, next, hop, i == len(hops)-1)
		if err == nil || ctx.Err() != nil {
			return res, err
		}
	}
	return res, err
}

func (o *sender) askAt(ctx context.Context, auth *credentials, next func() *sip.Request, hop string, last bool) (*sip.Response, error) {
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
		res, err := o.client.Do(ctx, req)
		if err == nil {
			auth.renew(res)
		}
		if err != nil || !isChallenge(res) || tries == authTriesMax || !auth.learn(req, res) {
			return res, err
		}
	}
}

// bye sends BYE and waits for its answer in the background; then is called when there is
// one, or when there will be none. Once the agent is closed, bye does not wait, does not
// call then, and reports false.
func (o *sender) bye(dialog *Dialog, auth *credentials, ref string, then func()) bool {
	return o.life.background(func(ctx context.Context) {
		defer then()
		res, err := o.ask(ctx, dialog, auth, sip.BYE, nil)
		switch {
		case err != nil:
			o.log.Warn("BYE was not answered: the call may still be up at the peer", "ref", ref)
		case isChallenge(res):
			o.log.Warn("BYE was refused: the call may still be up at the peer", "ref", ref, "code", res.StatusCode)
		}
	})
}

func isChallenge(res *sip.Response) bool {
	return res.StatusCode == sip.StatusUnauthorized || res.StatusCode == sip.StatusProxyAuthRequired
}
