package ivr

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mpg/ivr/flow"
	"mpg/ivr/media"
	"mpg/ivr/phone"
	mpgsip "mpg/ivr/sip"
)

const (
	subscriber = "+8613800000001"
	pin        = "582193"
	patience   = 2 * time.Minute
)

// clip is a prompt of the length asked for: noise of its own for each text, so
// that what was heard tells which it was.
func clip(text string, length time.Duration) *media.Clip {
	seed := fnv.New64a()
	seed.Write([]byte(text))
	rnd := rand.New(rand.NewPCG(seed.Sum64(), 1))
	n := int(length.Milliseconds()) * 8 / 160 * 160
	c := &media.Clip{ALaw: make([]byte, n), ULaw: make([]byte, n)}
	for i := range n {
		magnitude := byte(0x40 | rnd.UintN(0x40) | rnd.UintN(2)<<7) // loud: never silence
		c.ALaw[i], c.ULaw[i] = magnitude^0x55, magnitude^0xff
	}
	return c
}

// spoken is how long a text takes: longer texts take longer.
func spoken(text string) time.Duration {
	return 200*time.Millisecond + time.Duration(len(text))*10*time.Millisecond
}

func clips(_ context.Context, _, text string) (*media.Clip, error) {
	if strings.HasPrefix(text, "unspeakable") {
		return nil, errors.New("no voice for it")
	}
	return clip(text, spoken(text)), nil
}

// bench is a caller, an exchange of handsets and what they talk over.
type bench struct {
	t        *testing.T
	caller   *Caller
	exchange *phone.Exchange
	sound    [2]*media.Engine // of the handsets, and of the caller
	log      *lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newMedia(t testing.TB) *media.Engine {
	t.Helper()
	e, err := media.New(media.Config{IP: netip.MustParseAddr("127.0.0.1"), Shards: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("media: %v", err)
		}
	})
	return e
}

func newBench(t *testing.T, change ...func(*Config)) *bench {
	t.Helper()
	b := &bench{t: t, log: &lockedBuffer{}}
	log := slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	b.sound = [2]*media.Engine{newMedia(t), newMedia(t)}
	var err error
	b.exchange, err = phone.New(phone.Config{Listen: netip.MustParseAddrPort("127.0.0.1:0"), Media: b.sound[0], Quiet: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.exchange.Close() })
	cfg := Config{
		Listen: netip.MustParseAddrPort("127.0.0.1:0"), Trunk: "sip:" + b.exchange.Addr().String(), From: "8888",
		AllowPrefixes: []string{"+86"}, Ring: patience, Call: patience, Media: b.sound[1], Clips: clips, Log: log,
		Timing: flow.Timing{First: 700 * time.Millisecond, Inter: 500 * time.Millisecond},
	}
	for _, f := range change {
		f(&cfg)
	}
	if b.caller, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.caller.Close(); err != nil {
			t.Errorf("caller: %v", err)
		}
		if strings.Contains(b.log.String(), "13800000001") || strings.Contains(b.log.String(), pin) {
			t.Error("the log holds the number or the PIN")
		}
	})
	return b
}

// heldUp reports whether the machine kept one of the two ends from sending its sound in
// time, so that the other heard gaps.
func (b *bench) heldUp() bool {
	return slices.ContainsFunc(b.sound[:], func(e *media.Engine) bool {
		st := e.Stats()
		return st.Due != st.Sent
	})
}

// inTime repeats try until nothing was held up, and reports what was wrong then: comparing
// sound octet for octet says nothing on a machine that cannot keep up.
func inTime(t *testing.T, try func(b *bench) error, change ...func(*Config)) {
	t.Helper()
	for range 8 {
		b := newBench(t, change...)
		err := try(b)
		if err != nil && b.heldUp() {
			continue
		}
		if err != nil {
			t.Error(err)
		}
		return
	}
	t.Skip("the machine held up the sound of each call")
}

// judge knows the PIN and writes down what it was asked.
type judge struct {
	mu    sync.Mutex
	asked []string
	hold  <-chan struct{} // where set, the PIN is judged when it closes
	began chan struct{}   // closed when the PIN is being judged
	wrong int
}

func newJudge() *judge { return &judge{began: make(chan struct{})} }

func (j *judge) judge(_ context.Context, step string, in flow.Input) flow.Verdict {
	keyed := ""
	for i := range in.Digits.Len() {
		keyed += string(in.Digits.At(i))
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.asked = append(j.asked, step+"="+keyed)
	switch {
	case in.NotMe:
		return flow.Verdict{Say: []string{"sorry"}}
	case step == "guard":
		return flow.Verdict{}
	}
	if j.hold != nil {
		close(j.began)
		<-j.hold
	}
	if keyed == pin {
		return flow.Verdict{Say: []string{"paid"}}
	}
	if j.wrong++; j.wrong == 3 {
		return flow.Verdict{Say: []string{"locked"}, Do: flow.End}
	}
	return flow.Verdict{Say: []string{"wrong"}, Do: flow.Repeat}
}

func (j *judge) seen() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.asked)
}

// payment is the script of all these calls.
func payment() flow.Script {
	return flow.Script{
		{Name: "guard", Say: []string{"press one"}, Want: flow.Key},
		{Name: "pin", Say: []string{"to florist", "key pin"}, Again: []string{"again"}, Want: flow.PIN},
	}
}

func (b *bench) call(ctx context.Context, j *judge) Answer { return b.callTo(ctx, subscriber, j) }

func (b *bench) callTo(ctx context.Context, to string, j *judge) Answer {
	return b.caller.Call(ctx, Call{To: to, Lang: "en", Ref: "REF12345", Script: payment(), Judge: j.judge})
}

func (b *bench) expect(a Answer, end End, code int, answered bool) {
	b.t.Helper()
	if a.End != end || a.SIPCode != code || a.Answered != answered {
		b.t.Errorf("answer %v, SIP %d, answered %v, %v; want %v, %d, %v", a.End, a.SIPCode, a.Answered, a.Err, end, code, answered)
	}
	b.quiet()
}

// quiet waits until no handset rings or talks.
func (b *bench) quiet() {
	b.t.Helper()
	select {
	case <-b.exchange.Idle():
	case <-time.After(patience):
		b.t.Error("a handset still rings or talks")
	}
	if n := b.caller.Stats().Active; n != 0 {
		b.t.Errorf("%d calls are left", n)
	}
}

func TestNotAnswered(t *testing.T) {
	t.Parallel()
	patient, n := newBench(t), 1
	hasty := newBench(t, func(cfg *Config) { cfg.Ring = 300 * time.Millisecond }) // for phones that are not picked up
	var calls sync.WaitGroup
	for name, c := range map[string]struct {
		does phone.Does
		end  End
		code int
	}{
		"busy":         {phone.IsBusy, Busy, 486},
		"rejected":     {phone.Rejects, Rejected, 603},
		"rings on":     {phone.NeverAnswers, NoAnswer, 487},
		"unreachable":  {phone.IsUnreachable, Unreachable, 404},
		"switched off": {phone.IsOff, Unreachable, 480},
		"forwarded":    {phone.IsForwarded, Unreachable, 487},
		"crossing":     {phone.Crosses, NoAnswer, 0},
	} {
		who, b := number(n), patient
		n++
		if c.end == NoAnswer {
			b = hasty
		}
		b.exchange.Set(who, phone.Behaviour{Does: c.does, Ring: 20 * time.Millisecond})
		calls.Go(func() {
			j := newJudge()
			a := b.callTo(t.Context(), who, j)
			if a.End != c.end || a.SIPCode != c.code || a.Answered {
				t.Errorf("%s: %+v", name, a)
			}
			if len(j.seen()) != 0 {
				t.Errorf("%s: the judge was asked %q", name, j.seen())
			}
		})
	}
	calls.Wait()
	patient.quiet()
	hasty.quiet()
}

// keyTime is how long a call waits for a key that will come. A phone that has missed the end
// of a prompt hears it again after that.
const keyTime = 10 * time.Second

// All conversations run at once on one line each.
func TestConversations(t *testing.T) {
	t.Parallel()
	patient, n := newBench(t, func(cfg *Config) { cfg.Timing = flow.Timing{First: keyTime, Inter: keyTime} }), 1
	hasty := newBench(t) // for those who do not speak
	var calls sync.WaitGroup
	right := []string{"guard=", "pin=" + pin}
	for name, c := range map[string]struct {
		acts  []phone.Act
		end   End
		asked []string
	}{
		"heard to the end": {[]phone.Act{{Wait: phone.Quiet, Keys: "1"}, {Wait: phone.Quiet, Keys: pin}}, Finished, right},
		"barging in":       {[]phone.Act{{Wait: phone.Speech, Keys: "1"}, {Wait: phone.Speech, Delay: 200 * time.Millisecond, Keys: pin + "#"}}, Finished, right},
		"typing ahead":     {[]phone.Act{{Wait: phone.Speech, Keys: "1" + pin + "#"}}, Finished, right},
		"thinking again": {[]phone.Act{{Wait: phone.Speech, Keys: "1"}, {Wait: phone.Quiet, Keys: "58*"},
			{Wait: phone.Quiet, Keys: pin}}, Finished, right},
		"wrong, then right": {[]phone.Act{{Wait: phone.Speech, Keys: "1"}, {Wait: phone.Quiet, Keys: "111111"},
			{Wait: phone.Quiet, Keys: pin}}, Finished, []string{"guard=", "pin=111111", "pin=" + pin}},
		"wrong three times": {[]phone.Act{{Wait: phone.Speech, Keys: "1"}, {Wait: phone.Quiet, Keys: "111111"},
			{Wait: phone.Quiet, Keys: "222222"}, {Wait: phone.Quiet, Keys: "333333"}},
			Finished, []string{"guard=", "pin=111111", "pin=222222", "pin=333333"}},
		"not me at the guard":     {[]phone.Act{{Wait: phone.Speech, Keys: "0"}}, NotMe, []string{"guard="}},
		"not me at the PIN":       {[]phone.Act{{Wait: phone.Speech, Keys: "1"}, {Wait: phone.Speech, Keys: "0#"}}, NotMe, []string{"guard=", "pin="}},
		"nobody speaks":           {nil, Silent, nil},
		"hangs up at once":        {[]phone.Act{{HangUp: true}}, HungUp, nil},
		"hangs up at the guard":   {[]phone.Act{{Wait: phone.Speech, HangUp: true}}, HungUp, nil},
		"hangs up at the PIN":     {[]phone.Act{{Wait: phone.Speech, Keys: "1"}, {Wait: phone.Quiet, HangUp: true}}, HungUp, []string{"guard="}},
		"hangs up within the PIN": {[]phone.Act{{Wait: phone.Speech, Keys: "1"}, {Wait: phone.Quiet, Keys: "582", Delay: 0}, {Delay: 300 * time.Millisecond, HangUp: true}}, HungUp, []string{"guard="}},
	} {
		for _, info := range []bool{false, true} {
			who, b := number(n), patient
			n++
			if c.end == Silent {
				b = hasty
			}
			b.exchange.Set(who, phone.Behaviour{Acts: c.acts, Info: info, Ring: 50 * time.Millisecond})
			calls.Go(func() {
				j := newJudge()
				a := b.callTo(t.Context(), who, j)
				if a.End != c.end || a.SIPCode != 200 || !a.Answered {
					t.Errorf("%s, by INFO %v: %+v", name, info, a)
				}
				if got := j.seen(); !slices.Equal(got, c.asked) {
					t.Errorf("%s, by INFO %v: the judge was asked %q, want %q", name, info, got, c.asked)
				}
			})
		}
	}
	calls.Wait()
	patient.quiet()
	hasty.quiet()
}

// number is a subscriber of its own for each n.
func number(n int) string { return fmt.Sprintf("+86138000%05d", n) }

func TestHeardIsThePromptBitForBit(t *testing.T) {
	t.Parallel()
	for _, law := range []uint8{mpgsip.PCMA, mpgsip.PCMU} {
		t.Run(codecOf(mpgsip.Media{Formats: []uint8{law}}).String(), func(t *testing.T) {
			t.Parallel()
			inTime(t, func(b *bench) error {
				b.exchange.Set(subscriber, phone.Behaviour{
					Record: true, Codecs: []uint8{law}, Ring: 50 * time.Millisecond,
					Acts: []phone.Act{{Wait: phone.Quiet, Keys: "1"}, {Wait: phone.Quiet, Keys: pin}},
				})
				if a := b.call(t.Context(), newJudge()); a.End != Finished {
					return fmt.Errorf("%+v", a)
				}
				<-b.exchange.Idle()
				heard := b.exchange.Last(subscriber).Heard()
				if heard.PayloadType != law || heard.Lost != 0 {
					return fmt.Errorf("payload type %d of %d, %d packets lost", heard.PayloadType, law, heard.Lost)
				}
				return said(heard, "press one", "to florist", "key pin", "paid")
			})
		})
	}
}

// said looks for each prompt, octet for octet, one after the other.
func said(heard phone.Heard, texts ...string) error {
	rest := heard.Octets
	for i, text := range texts {
		want := clip(text, spoken(text)).Payload(codecOf(mpgsip.Media{Formats: []uint8{heard.PayloadType}}))
		at := bytes.Index(rest, want)
		if at < 0 {
			return fmt.Errorf("%q was not heard as it was meant", text)
		}
		if i == 0 && at < 3*160 {
			return fmt.Errorf("the first word came after %d ms; 60 ms of silence open the path", at/8)
		}
		rest = rest[at+len(want):]
	}
	return nil
}

func TestGuards(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(cfg *Config) { cfg.MaxCalls = 2 })
	b.exchange.Set(subscriber, phone.Behaviour{Does: phone.WaitsForHand})
	b.exchange.Set("+8613800000002", phone.Behaviour{Does: phone.WaitsForHand})
	try := func(to string) Answer {
		return b.caller.Call(t.Context(), Call{To: to, Ref: "R", Script: payment(), Judge: newJudge().judge})
	}
	if a := try("+4930123456"); a.End != Refused || !errors.Is(a.Err, ErrPrefix) {
		t.Errorf("foreign number: %+v", a)
	}
	var wg sync.WaitGroup
	for _, to := range []string{subscriber, "+8613800000002"} {
		wg.Go(func() { try(to) })
		waitFor(t, func() bool { return b.exchange.Call(to) != nil })
	}
	if a := try(subscriber); a.End != Refused || !errors.Is(a.Err, ErrInCall) {
		t.Errorf("second call of a number: %+v", a)
	}
	if a := try("+8613800000003"); a.End != Refused || !errors.Is(a.Err, ErrFull) {
		t.Errorf("third call of two: %+v", a)
	}
	b.exchange.Call(subscriber).Reject()
	b.exchange.Call("+8613800000002").Reject()
	wg.Wait()
	if st := b.caller.Stats(); st.Ends[Refused] != 3 || st.Ends[Rejected] != 2 || st.Placed != 2 {
		t.Errorf("stats %+v", st)
	}
	closed := newBench(t, func(cfg *Config) { cfg.AllowPrefixes = nil })
	if a := closed.call(t.Context(), newJudge()); a.End != Refused {
		t.Errorf("without prefixes: %+v", a)
	}
}

// waitFor waits until a condition holds that another goroutine brings about.
func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it never happens")
		}
	}
}

func TestPromptWithoutVoice(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for name, does := range map[string]phone.Does{"while it rings": phone.NeverAnswers, "after the answer": phone.Answers} {
		b.exchange.Set(subscriber, phone.Behaviour{Does: does})
		a := b.caller.Call(t.Context(), Call{To: subscriber, Ref: "R", Judge: newJudge().judge,
			Script: flow.Script{{Name: "guard", Say: []string{"unspeakable"}, Want: flow.Key}}})
		if a.End != Failed || a.Err == nil {
			t.Errorf("%s: %+v", name, a)
		}
		b.quiet()
	}
}

func TestCancelledWhileItRings(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.exchange.Set(subscriber, phone.Behaviour{Does: phone.NeverAnswers})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer cancel()
		waitFor(t, func() bool { return b.exchange.Call(subscriber) != nil })
	}()
	a := b.call(ctx, newJudge())
	b.expect(a, Cancelled, a.SIPCode, false)
}

func TestTheJudgeFinishesAfterTheHangUp(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.exchange.Set(subscriber, phone.Behaviour{Acts: []phone.Act{{Wait: phone.Speech, Keys: "1" + pin}}})
	hold, j := make(chan struct{}), newJudge()
	j.hold = hold
	done := make(chan Answer, 1)
	go func() { done <- b.call(t.Context(), j) }()
	<-j.began
	c := b.exchange.Call(subscriber)
	c.Hangup()
	<-c.Done()
	select {
	case a := <-done:
		t.Fatalf("the call returned %v before its judge", a.End)
	case <-time.After(50 * time.Millisecond):
	}
	close(hold)
	b.expect(<-done, Finished, 200, true)
}

func TestCallTimeIsLimited(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(cfg *Config) {
		cfg.Call = 300 * time.Millisecond
		cfg.Timing.First = patience
	})
	b.exchange.Set(subscriber, phone.Behaviour{})
	b.expect(b.call(t.Context(), newJudge()), Silent, 200, true)
}

// TestThePortIsFreeBeforeTheBYE: once it has the BYE, the peer may give its RTP port to
// the next call, which then has the remote address of this one.
func TestThePortIsFreeBeforeTheBYE(t *testing.T) {
	t.Parallel()
	var own *media.Engine
	b := newBench(t, func(cfg *Config) {
		cfg.Call = 100 * time.Millisecond
		cfg.Timing.First = patience
		own = cfg.Media
	})
	b.exchange.Set(subscriber, phone.Behaviour{})
	ended := make(chan Answer, 1)
	go func() { ended <- b.call(t.Context(), newJudge()) }()
	waitFor(t, func() bool { return b.exchange.Call(subscriber) != nil })
	<-b.exchange.Call(subscriber).Done()
	if open := own.Stats().Streams; open != 0 {
		t.Errorf("the peer has the BYE, and %d streams are open", open)
	}
	b.expect(<-ended, Silent, 200, true)
}

func TestCloseEndsCalls(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(cfg *Config) { cfg.Timing.First = patience })
	b.exchange.Set(subscriber, phone.Behaviour{})
	done := make(chan Answer, 1)
	go func() { done <- b.call(t.Context(), newJudge()) }()
	waitFor(t, func() bool {
		c := b.exchange.Call(subscriber)
		if c == nil {
			return false
		}
		select {
		case <-c.Connected():
			return true
		default:
			return false
		}
	})
	if err := b.caller.Close(); err != nil {
		t.Error(err)
	}
	if a := <-done; a.End != Failed || !a.Answered || !errors.Is(a.Err, mpgsip.ErrClosed) {
		t.Errorf("%+v", a)
	}
	b.quiet()
}

func TestNobodyListensOnTheTrunk(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(cfg *Config) { cfg.Trunk = "sip:127.0.0.1:9" })
	b.expect(b.call(t.Context(), newJudge()), Failed, 0, false)
}

func TestOneSourceOfKeysForACall(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for name, c := range map[string]struct {
		first, second func(*line, byte)
	}{
		"event first": {byEvent, byInfo},
		"INFO first":  {byInfo, byEvent},
	} {
		l, err := b.caller.openLine(Call{})
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range []byte("12") {
			c.first(l, k)
			c.second(l, k)
		}
		if n := len(l.keys); n != 2 {
			t.Errorf("%s: two keys were heard as %d", name, n)
		}
		for range keysMax {
			c.first(l, '9')
		}
		l.close()
	}
	if n := b.caller.Stats().KeysDropped; n != 4 {
		t.Errorf("%d keys beyond the limit were dropped, want 4", n)
	}
}

func byEvent(l *line, k byte) { l.key(sourceRTP, k) }

func byInfo(l *line, k byte) { l.info("application/dtmf-relay", []byte("Signal="+string(k))) }

// TestHoldAndResume puts the caller on hold; the prompt and the keys survive.
func TestHoldAndResume(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.exchange.Set(subscriber, phone.Behaviour{Record: true})
	var captions []string
	answered := false
	j := newJudge()
	done := make(chan Answer, 1)
	go func() {
		done <- b.caller.Call(t.Context(), Call{
			To: subscriber, Lang: "en", Ref: "R", Script: payment(), Judge: j.judge,
			OnAnswer: func() { answered = true },
			OnSay:    func(text string) { captions = append(captions, text) },
		})
	}()
	waitFor(t, func() bool { return b.exchange.Call(subscriber) != nil })
	c := b.exchange.Call(subscriber)
	<-c.Connected()
	for _, on := range []bool{true, false} {
		if err := c.Hold(on); err != nil {
			t.Fatal(err)
		}
	}
	c.Press("1" + pin)
	b.expect(<-done, Finished, 200, true)
	if !answered || !slices.Equal(captions[:1], []string{"press one"}) || captions[len(captions)-1] != "paid" {
		t.Errorf("answered %v, captions %q", answered, captions)
	}
}

func TestLiveHandset(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var heard, loud int
	var mu sync.Mutex
	b.exchange.Set(subscriber, phone.Behaviour{Does: phone.WaitsForHand, Audio: func(_ *phone.Call, _ uint8, p []byte) {
		mu.Lock()
		defer mu.Unlock()
		heard++
		if p[0] != 0xd5 {
			loud++
		}
	}})
	done := make(chan Answer, 1)
	j := newJudge()
	go func() { done <- b.call(t.Context(), j) }()
	waitFor(t, func() bool { return b.exchange.Call(subscriber) != nil })
	c := b.exchange.Call(subscriber)
	c.Press("9") // nothing is sent before the answer
	c.Answer()
	<-c.Connected()
	c.Press("1")
	waitFor(t, func() bool { return len(j.seen()) == 1 })
	c.Press(pin)
	b.expect(<-done, Finished, 200, true)
	mu.Lock()
	defer mu.Unlock()
	if heard == 0 || loud == 0 {
		t.Errorf("%d packets heard, %d of speech", heard, loud)
	}
}

func TestRunWatchesTheTrunk(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); b.caller.Run(ctx) }()
	waitFor(t, func() bool { return b.caller.Stats().TrunkUp })
	cancel()
	<-done
}

func TestBadConfig(t *testing.T) {
	t.Parallel()
	good := Config{Trunk: "sip:127.0.0.1:5070", From: "8888", Media: newMedia(t), Clips: clips,
		Listen: netip.MustParseAddrPort("127.0.0.1:0")}
	for name, spoil := range map[string]func(*Config){
		"no media": func(c *Config) { c.Media = nil }, "no voice": func(c *Config) { c.Clips = nil },
		"prefix": func(c *Config) { c.AllowPrefixes = []string{"86"} }, "trunk": func(c *Config) { c.Trunk = "x" },
	} {
		cfg := good
		spoil(&cfg)
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
