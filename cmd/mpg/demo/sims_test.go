package demo

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"mpg/ivr"
	"mpg/ivr/flow"
	"mpg/ivr/media"
	"mpg/smpp"
)

// bind is an ESME on the world's SMSC, in the daemon's place.
func bind(t *testing.T, w *World, take func(smpp.Message) bool) *smpp.Session {
	t.Helper()
	s, err := smpp.New(smpp.Config{Name: "test", Addr: w.exchange.addr, Account: smpp.Account{SystemID: smscUser, Password: smscLogin}, Deliver: take,
		Backoff: smpp.Backoff{Base: 10 * time.Millisecond, Max: 50 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var run sync.WaitGroup
	run.Go(func() { _ = s.Run(ctx) }) // it ends with ctx
	t.Cleanup(func() { cancel(); run.Wait() })
	return s
}

// TestTextsBothWays sends from a handset to an ESME and back, through a broken
// SMSC between.
func TestTextsBothWays(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	ctx, cancel := context.WithTimeout(t.Context(), testWait)
	defer cancel()
	got := make(chan smpp.Message, 4)
	s := bind(t, w, func(m smpp.Message) bool { got <- m; return true })
	acks := make(chan struct{})
	go func() {
		defer close(acks)
		for range 2 {
			m := <-got
			if !strings.HasSuffix(wangFang, strings.TrimPrefix(m.From, "+")) || m.To != ShortCode || m.Text != "付 8001 128.50" {
				t.Errorf("the gateway got %q from %q to %q", m.Text, m.From, m.To)
			}
			s.Ack(m.Delivery, 0)
		}
	}()
	h := w.phones[wangFang]
	if err := h.text(ctx, ShortCode, "付 8001 128.50"); err != nil {
		t.Fatal(err)
	}
	if err := w.page.faults.set(SMSCDown, true); err != nil {
		t.Fatal(err)
	}
	if err := h.text(ctx, ShortCode, "付 8001 128.50"); err == nil {
		t.Error("a text was sent while the SMSC was down")
	}
	if err := w.page.faults.set(SMSCDown, false); err != nil {
		t.Fatal(err)
	}
	if err := w.exchange.bound(ctx); err != nil {
		t.Fatal(err)
	}
	if err := h.text(ctx, ShortCode, "付 8001 128.50"); err != nil {
		t.Fatal(err)
	}
	<-acks
	for _, number := range []string{wangFang, florist, "+8613911112222"} {
		if out, err := s.Submit(ctx, smpp.Outgoing{From: ShortCode, To: number, Text: "收到 ¥128.50"}); err != nil {
			t.Errorf("to %s: %v, %v", number, out, err)
		}
	}
	for _, number := range []string{wangFang, florist} {
		if v := w.phones[number].view(); firstAfter(v, 0) != "收到 ¥128.50" {
			t.Errorf("%s shows %+v", number, v.Texts)
		}
	}
}

// caller is a daemon's telephone, whose prompts are three seconds of a tone.
func caller(t *testing.T, w *World) *ivr.Caller {
	t.Helper()
	rtp, err := freePorts()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = rtp.owned.Close() })
	local := netip.MustParseAddr("127.0.0.1")
	engine, err := media.New(media.Config{IP: local, PortMin: rtp.first, PortMax: rtp.first + rtpPorts - 1, Shards: 1})
	if err != nil {
		t.Fatal(err)
	}
	prompt := media.NewClip(tone(new([]byte), sampleRate/2))
	c, err := ivr.New(ivr.Config{Listen: netip.AddrPortFrom(local, 0), Trunk: "sip:" + w.lines.addr, From: ShortCode,
		AllowPrefixes: []string{"+86"}, Media: engine, Ring: 10 * time.Second,
		Clips: func(context.Context, string, string) (*media.Clip, error) { return prompt, nil }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// TestCallReachesTheHandset rings, is answered, is heard and takes keys, over
// real SIP and RTP.
func TestCallReachesTheHandset(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	ctx, cancel := context.WithTimeout(t.Context(), testWait)
	defer cancel()
	c, h := caller(t, w), w.phones[wangFang]
	keyed := ""
	answer := make(chan ivr.Answer, 1)
	go func() {
		answer <- c.Call(ctx, ivr.Call{To: wangFang, Lang: "en",
			Script: flow.Script{{Name: "guard", Say: []string{"Press 1."}, Want: flow.Key}, {Name: "pin", Say: []string{"Your PIN."}, Want: flow.PIN}},
			OnSay:  func(sentence string) { w.Caption(wangFang, sentence) },
			Judge: func(_ context.Context, step string, in flow.Input) flow.Verdict {
				if step == "pin" {
					for i := range in.Digits.Len() {
						keyed += string(in.Digits.At(i))
					}
				}
				return flow.Verdict{}
			}})
	}()
	wait := func(what string, cond func() bool) {
		t.Helper()
		if err := w.hub.wait(ctx, cond); err != nil {
			t.Fatalf("%s: %v; the screen shows %+v", what, err, h.view().Call)
		}
	}
	wait("ringing", func() bool { return inCall(h, callRinging) })
	if err := h.answer(); err != nil {
		t.Fatal(err)
	}
	wait("a caption", func() bool { return len(h.view().Call.Captions) > 0 })
	p := &play{world: w}
	if err := p.listen(ctx, "the tone", h.recording(), 0, begun); err != nil {
		t.Fatal(err)
	}
	if err := h.press("1"); err != nil {
		t.Fatal(err)
	}
	if err := h.press("582193"); err != nil {
		t.Fatal(err)
	}
	wait("the end", func() bool { return inCall(h, callOver) })
	if got := <-answer; got.End != ivr.Finished || keyed != "582193" {
		t.Errorf("the call ended %v, with %d digits keyed", got.End, len(keyed))
	}
	if why := h.view().Call.Why; why != "the caller hung up" {
		t.Errorf("the handset shows: %s", why)
	}
}

// TestCallsThatFail turns the switch, declines, and calls who has no handset.
func TestCallsThatFail(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	ctx, cancel := context.WithTimeout(t.Context(), testWait)
	defer cancel()
	c := caller(t, w)
	call := func(number string) ivr.End {
		return c.Call(ctx, ivr.Call{To: number, Lang: "en", Script: flow.Script{{Name: "guard", Say: []string{"Press 1."}, Want: flow.Key}},
			Judge: func(context.Context, string, flow.Input) flow.Verdict { return flow.Verdict{} }}).End
	}
	if err := w.page.faults.set(PhoneBusy, true); err != nil {
		t.Fatal(err)
	}
	if got := call(liLei); got != ivr.Busy {
		t.Errorf("a busy phone: %v", got)
	}
	if err := w.page.faults.set(PhoneBusy, false); err != nil {
		t.Fatal(err)
	}
	if got := call("+8613911112222"); got != ivr.Unreachable {
		t.Errorf("a number that nobody has: %v", got)
	}
	h := w.phones[liLei]
	ended := make(chan ivr.End, 1)
	go func() { ended <- call(liLei) }()
	if err := w.hub.wait(ctx, func() bool { return inCall(h, callRinging) }); err != nil {
		t.Fatal(err)
	}
	if err := h.hangUp(); err != nil {
		t.Fatal(err)
	}
	if got := <-ended; got != ivr.Rejected {
		t.Errorf("a declined call: %v", got)
	}
	if err := w.hub.wait(ctx, func() bool { return inCall(h, callOver) }); err != nil {
		t.Fatal(err)
	}
	if why := h.view().Call.Why; why != "declined" {
		t.Errorf("the handset shows: %s", why)
	}
}

// pressed returns how many keys were pressed in the call.
func (c *Call) pressed() int {
	n := 0
	for _, k := range c.Keys {
		n += k.Count
	}
	return n
}

// TestBlocksOfPortsHaveOneOwner: no two demos that start at once get the same ports.
func TestBlocksOfPortsHaveOneOwner(t *testing.T) {
	t.Parallel()
	got := make(chan ports, 16)
	for range cap(got) {
		go func() {
			block, err := freePorts()
			if err != nil {
				t.Error(err)
			}
			got <- block
		}()
	}
	owned := make(map[int]bool)
	for range cap(got) {
		block := <-got
		if block.owned == nil {
			continue
		}
		t.Cleanup(func() { _ = block.owned.Close() })
		if owned[block.first] {
			t.Errorf("ports from %d were given out twice", block.first)
		}
		owned[block.first] = true
	}
}
