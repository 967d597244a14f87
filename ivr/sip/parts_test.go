package sip

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"pgregory.net/rapid"
)

// The lifetime of an agent against a model: nothing begins that Close would not wait
// for, and Close is over exactly when nothing is busy.
func TestLifetime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := newLifetime()
		busy, closed, sealed := 0, false, false
		isClosed := func(c <-chan struct{}) bool {
			select {
			case <-c:
				return true
			default:
				return false
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"open": func(t *rapid.T) {
				if ok := l.open(); ok == closed {
					t.Fatalf("a call may begin: %v, closed: %v", ok, closed)
				} else if ok {
					busy++
				}
			},
			"begin": func(t *rapid.T) {
				if ok := l.begin(); ok == sealed {
					t.Fatalf("a request may begin: %v, sealed: %v", ok, sealed)
				} else if ok {
					busy++
				}
			},
			"finish": func(t *rapid.T) {
				if busy == 0 {
					t.Skip("nothing is busy")
				}
				l.finish()
				busy--
				sealed = closed && busy == 0
			},
			"close": func(t *rapid.T) {
				if first := l.close(); first == closed {
					t.Fatalf("close: first %v", first)
				} else if first {
					closed = true
					busy++ // Close's own
				}
			},
			"": func(t *rapid.T) {
				if l.isClosed() != closed || isClosed(l.closing) != closed {
					t.Fatal("closed:", closed)
				}
				if isClosed(l.idle) != sealed {
					t.Fatalf("idle with %d busy, closed %v", busy, closed)
				}
			},
		})
		l.kill()
	})
}

// Close waits for what has begun, and cuts it short when it takes too long.
func TestCloseCutsShort(t *testing.T) {
	t.Parallel()
	l := newLifetime()
	quick, cut := make(chan struct{}), make(chan error, 1)
	l.background(func(context.Context) { <-quick })
	l.background(func(ctx context.Context) {
		<-ctx.Done()
		cut <- ctx.Err()
	})
	if !l.close() || l.close() {
		t.Fatal("close is not once")
	}
	close(quick)
	l.settle()
	if err := <-cut; !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if l.background(func(context.Context) { t.Error("ran after Close") }) || l.begin() || l.open() {
		t.Error("something begins after Close")
	}
}

// The book of calls against a map.
func TestBookOfCalls(t *testing.T) {
	t.Parallel()
	ids := []string{"a", "b", "c", "d"}
	rapid.Check(t, func(t *rapid.T) {
		b := book{calls: map[string]*Session{}, ringing: map[string]*early{}}
		model := map[string]*Session{} // nil while it rings
		id := func(t *rapid.T) string { return rapid.SampledFrom(ids).Draw(t, "id") }
		t.Repeat(map[string]func(*rapid.T){
			"ring": func(t *rapid.T) {
				k := id(t)
				b.ring(k, &early{localTag: k})
				model[k] = nil
			},
			"answer": func(t *rapid.T) {
				k, s := id(t), &Session{}
				b.answer(k, s)
				model[k] = s
			},
			"forget": func(t *rapid.T) {
				k := id(t)
				b.forget(k)
				delete(model, k)
			},
			"": func(t *rapid.T) {
				talking := 0
				for _, k := range ids {
					want, known := model[k]
					if got, ok := b.find(k); got != want || ok != known || b.has(k) != known {
						t.Fatalf("%s: %v, %v", k, got, ok)
					}
					if want != nil {
						talking++
						if !slices.Contains(b.answered(), want) {
							t.Fatalf("%s does not talk", k)
						}
					}
					if rings := b.ringing[k] != nil; rings != (known && want == nil) {
						t.Fatalf("%s rings: %v", k, rings)
					}
				}
				if b.active() != len(model) || len(b.answered()) != talking {
					t.Fatalf("%d active, %d talk", b.active(), len(b.answered()))
				}
			},
		})
	})
}

// A ringing call takes the requests that carry our tag, and no others (RFC 3261 12.1.2).
func TestRequestsOfARingingCall(t *testing.T) {
	t.Parallel()
	b := book{calls: map[string]*Session{}, ringing: map[string]*early{}}
	b.ring("id", &early{localTag: "ours"})
	b.ring("tagless", &early{})
	for name, c := range map[string]struct {
		id, tag string
		spoil   func(*sip.Request)
		want    bool
	}{
		"its own":           {"id", "ours", nil, true},
		"another tag":       {"id", "theirs", nil, false},
		"no tag":            {"id", "", nil, false},
		"another call":      {"other", "ours", nil, false},
		"a call of no tag":  {"tagless", "", nil, false},
		"without a Call-ID": {"id", "ours", func(r *sip.Request) { r.RemoveHeader("Call-ID") }, false},
		"without a CSeq":    {"id", "ours", func(r *sip.Request) { r.RemoveHeader("CSeq") }, false},
		"without a From":    {"id", "ours", func(r *sip.Request) { r.RemoveHeader("From") }, false},
		"without a To":      {"id", "ours", func(r *sip.Request) { r.RemoveHeader("To") }, false},
	} {
		req := requestOf(sip.UPDATE, c.id, "theirs", c.tag, 1)
		if c.spoil != nil {
			c.spoil(req)
		}
		if got := b.early(req) != nil; got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// requestOf builds a bare request.
func requestOf(method sip.RequestMethod, callID, fromTag, toTag string, seq uint32) *sip.Request {
	req := sip.NewRequest(method, sip.Uri{Scheme: "sip", User: "8888", Host: "127.0.0.1"})
	from, to, id := sip.FromHeader{Address: sip.Uri{Scheme: "sip", Host: "peer"}}, sip.ToHeader{Address: sip.Uri{Scheme: "sip", Host: "us"}}, sip.CallIDHeader(callID)
	if fromTag != "" {
		from.Params.Add("tag", fromTag)
	}
	if toTag != "" {
		to.Params.Add("tag", toTag)
	}
	req.AppendHeader(&from)
	req.AppendHeader(&to)
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: seq, MethodName: method})
	return req
}

// Numbers are sent in the form that the trunk wants; what is not a number is neither
// dialled nor shown.
func TestNumbersOfATrunk(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ to, digits, plus string }{
		{"+8613800000001", "8613800000001", "+8613800000001"},
		{"+123", "123", "+123"},
		{"+123456789012345", "123456789012345", "+123456789012345"},
		{"+1234567890123456", "", ""}, // above E.164 6
		{"+12", "", ""},
		{"8613800000001", "", ""},
		{"+86138 0000001", "", ""},
		{"+86138000000o1", "", ""},
		{"+", "", ""},
		{"", "", ""},
		{"+8613800000001;evil=1", "", ""},
	} {
		for format, want := range map[NumberFormat]string{Digits: c.digits, Plus: c.plus} {
			got, err := (&originator{number: format}).dialled(c.to)
			if got != want || (err == nil) != (want != "") {
				t.Errorf("%q as %d: %q, %v", c.to, format, got, err)
			}
			if err != nil && len(c.to) > 8 && strings.Contains(err.Error(), c.to) {
				t.Errorf("the error shows the number: %v", err)
			}
		}
	}
}

// A name in a c= line or a Contact is looked up, in our own family alone.
func TestResolver(t *testing.T) {
	t.Parallel()
	four, six := resolver{is4: true}, resolver{}
	for _, c := range []struct {
		by         resolver
		host, want string // want empty: an error
	}{
		{four, "192.0.2.7", "192.0.2.7"},
		{four, "::ffff:192.0.2.7", "192.0.2.7"},
		{six, "2001:db8::1", "2001:db8::1"},
		{four, "localhost", "127.0.0.1"},
		{four, "gw.invalid", ""},
		{six, "gw.invalid", ""},
	} {
		ip, err := c.by.lookUp(t.Context(), c.host)
		if c.want == "" != (err != nil) || err == nil && ip.String() != c.want {
			t.Errorf("%s: %v, %v", c.host, ip, err)
		}
	}
	for host, want := range map[string]string{"": "192.0.2.1:4000", "localhost": "127.0.0.1:4000", "gw.invalid": ""} {
		m := Media{Host: host, Addr: netip.MustParseAddrPort("192.0.2.1:4000")}
		err := four.locate(t.Context(), &m)
		if want == "" {
			if !errors.Is(err, ErrMedia) {
				t.Errorf("%q: %v", host, err)
			}
			continue
		}
		if err != nil || m.Addr.String() != want || m.Host != "" {
			t.Errorf("%q: %v, host %q, %v", host, m.Addr, m.Host, err)
		}
	}
}

// transaction counts the responses that Final sends.
type transaction struct {
	sip.ServerTransaction
	sent   chan int
	count  int
	failAt int // the response that cannot be sent; 0: none
}

func (x *transaction) Respond(*sip.Response) error {
	x.count++
	if x.count == x.failAt {
		return errors.New("the socket is gone")
	}
	x.sent <- x.count
	return nil
}

// A 2xx is repeated until it is acknowledged, for 64*T1 (RFC 3261 13.3.1.4).
func TestFinalIsRepeated(t *testing.T) {
	t.Parallel()
	res := sip.NewResponse(200, "OK")
	final := func(x *transaction, acked <-chan *sip.Request, quit <-chan struct{}) <-chan bool {
		done := make(chan bool, 1)
		go func() { done <- Final(x, res, acked, quit) }()
		return done
	}
	t.Run("acknowledged after the third", func(t *testing.T) {
		t.Parallel()
		x, acks := &transaction{sent: make(chan int, 64)}, make(chan *sip.Request, 1)
		done := final(x, acks, nil)
		for range 3 {
			<-x.sent
		}
		acks <- nil
		if !<-done {
			t.Error("acknowledged, and not so reported")
		}
	})
	t.Run("the call is over", func(t *testing.T) {
		t.Parallel()
		x, quit := &transaction{sent: make(chan int, 64)}, make(chan struct{})
		done := final(x, nil, quit)
		<-x.sent
		close(quit)
		if !<-done {
			t.Error("a call that ended meanwhile needs no BYE")
		}
	})
	t.Run("cannot be sent", func(t *testing.T) {
		t.Parallel()
		for _, at := range []int{1, 2} {
			if <-final(&transaction{sent: make(chan int, 64), failAt: at}, nil, nil) {
				t.Errorf("the %d. response cannot be sent, and all is well", at)
			}
		}
	})
	t.Run("never acknowledged", func(t *testing.T) {
		t.Parallel()
		x := &transaction{sent: make(chan int, 256)}
		begun := time.Now()
		if <-final(x, nil, nil) {
			t.Error("reported as acknowledged")
		}
		if took := time.Since(begun); took < timeoutFactor*sip.T1 {
			t.Errorf("given up after %s", took)
		}
		if n := len(x.sent); n < 3 {
			t.Errorf("sent %d times", n)
		}
	})
}

// Both ends of a dialog build requests that the other takes as its own, in order, over
// the same route (RFC 3261 12.1, 12.2).
func TestBothEndsOfADialog(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		inv := requestOf(sip.INVITE, "call", "caller", "", rapid.Uint32Range(1, 1000).Draw(t, "cseq"))
		inv.AppendHeader(&sip.ContactHeader{Address: sip.Uri{Scheme: "sip", User: "caller", Host: "192.0.2.1", Port: 5062}})
		proxies := rapid.IntRange(0, 3).Draw(t, "proxies")
		for i := range proxies {
			uri := sip.Uri{Scheme: "sip", Host: fmt.Sprintf("proxy%d", i), UriParams: sip.NewParams()}
			uri.UriParams.Add("lr", "")
			inv.AppendHeader(&sip.RecordRouteHeader{Address: uri})
		}
		res := sip.NewResponseFromRequest(inv, 200, "OK", nil)
		res.To().Params.Add("tag", "called")
		res.AppendHeader(&sip.ContactHeader{Address: sip.Uri{Scheme: "sip", User: "called", Host: "192.0.2.9", Port: 5064}})
		caller, err := DialogUAC(inv, res)
		if err != nil {
			t.Fatal(err)
		}
		called, err := DialogUAS(inv, res)
		if err != nil {
			t.Fatal(err)
		}
		if caller.CallID != called.CallID || caller.LocalTag != called.RemoteTag || caller.RemoteTag != called.LocalTag {
			t.Fatalf("%+v and %+v", caller, called)
		}
		for i := range rapid.IntRange(1, 6).Draw(t, "requests") {
			from, to, want := caller, called, "called"
			if rapid.Bool().Draw(t, "by the called") {
				from, to, want = called, caller, "caller"
			}
			req := from.Request(sip.INFO)
			if !to.Owns(req) || from.Owns(req) {
				t.Fatalf("request %d: the other owns it %v, we %v", i, to.Owns(req), from.Owns(req))
			}
			if !to.InOrder(req) || to.InOrder(req) {
				t.Fatalf("request %d is not in order exactly once", i)
			}
			if req.Recipient.User != want || len(req.GetHeaders("Route")) != proxies {
				t.Fatalf("to %s over %d proxies", req.Recipient.String(), len(req.GetHeaders("Route")))
			}
		}
		if proxies > 0 {
			there, back := caller.Request(sip.BYE).GetHeaders("Route"), called.Request(sip.BYE).GetHeaders("Route")
			slices.Reverse(back)
			for i := range there {
				if there[i].Value() != back[i].Value() {
					t.Fatalf("there over %s, back over %s", there[i].Value(), back[i].Value())
				}
			}
		}
		if ack := caller.ACK(inv.CSeq().SeqNo); ack.CSeq().SeqNo != inv.CSeq().SeqNo || ack.CSeq().MethodName != sip.ACK {
			t.Fatalf("ACK with CSeq %s", ack.CSeq().Value())
		}
	})
}

// A message that lacks a part of a dialog makes none (RFC 3261 12.1.1).
func TestNoDialogWithoutItsParts(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(inv *sip.Request, res *sip.Response){
		"no From":        func(inv *sip.Request, _ *sip.Response) { inv.RemoveHeader("From") },
		"no Call-ID":     func(inv *sip.Request, _ *sip.Response) { inv.RemoveHeader("Call-ID") },
		"no CSeq":        func(inv *sip.Request, _ *sip.Response) { inv.RemoveHeader("CSeq") },
		"no Contact":     func(inv *sip.Request, _ *sip.Response) { inv.RemoveHeader("Contact") },
		"no tag of ours": func(_ *sip.Request, res *sip.Response) { res.To().Params.Remove("tag") },
		"no tag of them": func(inv *sip.Request, _ *sip.Response) { inv.From().Params.Remove("tag") },
		"no To":          func(_ *sip.Request, res *sip.Response) { res.RemoveHeader("To") },
	} {
		inv := requestOf(sip.INVITE, "call", "caller", "", 1)
		inv.AppendHeader(&sip.ContactHeader{Address: sip.Uri{Scheme: "sip", User: "caller", Host: "192.0.2.1"}})
		res := sip.NewResponseFromRequest(inv, 200, "OK", nil)
		res.To().Params.Add("tag", "called")
		spoil(inv, res)
		if d, err := DialogUAS(inv, res); err == nil {
			t.Errorf("%s: %+v", name, d)
		}
	}
}
