package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"mpg/cmd/mpg/daemon"
	"mpg/cmd/mpg/rig"
	"mpg/engine/call"
	"mpg/engine/lang"
	"mpg/engine/pin"
	"mpg/ivr/media"
	"mpg/ivr/phone"
	"mpg/ivr/voice"
)

// Settings of the calls.
const (
	ivrCalls = 500 // at once
	ivrTrial = 50  // the same, in a trial
	ivrPIN   = "582193"
	ivrRing  = time.Second
	// ivrListen times the seconds of a figure is how long a prompt is listened
	// to, so that a call by default lasts 15 s; at most ivrListenMax, or it would
	// be said again.
	ivrListen    = 2
	ivrListenMax = 9 * time.Second
	// ivrQuiet is the silence that ends a prompt. It must be longer than the
	// gaps between two tones.
	ivrQuiet = 100 * time.Millisecond
)

// benchIVR measures PIN calls through the daemon's own caller, which rings
// simulated handsets on the same cores, and a ticker for each stream.
func benchIVR(ctx context.Context, seconds int) ([]Row, error) {
	calls, d := ivrCalls, time.Duration(seconds)*time.Second
	listen := min(ivrListen*d, ivrListenMax)
	if seconds == 1 { // a trial
		calls, listen = ivrTrial, d/4
	}
	ours, err := measureCalls(ctx, calls, listen)
	if err != nil {
		return nil, err
	}
	sound, err := measureSound(ctx, calls, d)
	if err != nil {
		return nil, err
	}
	theirs, err := measureTicker(ctx, calls, d)
	if err != nil {
		return nil, err
	}
	return append(ours.rows(calls, listen), ours.besideTicker(calls, d, sound, theirs)...), nil
}

// rows sets beside the calls what could be had at best, and a thread that does
// nothing but sleep.
func (r *callsRun) rows(calls int, listen time.Duration) []Row {
	setup := fmt.Sprintf("%d calls placed at once, both sides here; each hears two prompts for %s, keys 1 and a PIN, hears the end; %s of talk in all",
		calls, listen, r.talk.Round(time.Second))
	sent := float64(r.media.Sent) / float64(max(r.media.Due, 1))
	sleeper := fmt.Sprintf("a thread that sleeps %s at a time, beside the calls; p50 ours %s, its %s", sleeperNap,
		inUnit(r.media.Lateness.Quantile(0.5).Seconds(), "s"), inUnit(percentile(r.sleeper.late, 0.5), "s"))
	prompt := fmt.Sprintf("ACK to first sound heard, p50 %s: silence is sent first, to open the way; beside it a packet time",
		inUnit(percentile(r.prompt, 0.5), "s"))
	barge := fmt.Sprintf("first key of the PIN to silence heard, p50 %s: two packets, one each way; beside it a packet time",
		inUnit(percentile(r.barge, 0.5), "s"))
	packet := media.FrameDuration.Seconds()
	return []Row{
		moreIsBetter("ivr/calls", float64(r.right), "1", "placed", float64(calls), setup),
		moreIsBetter("ivr/packets-sent-of-due", sent, "1", "due", 1, fmt.Sprintf("%d packets of our side", r.media.Due)),
		lessIsBetter("ivr/lateness-p99", r.media.Lateness.Quantile(0.99).Seconds(), "sleeper", percentile(r.sleeper.late, 0.99), sleeper),
		lessIsBetter("ivr/answer-to-prompt-p99", percentile(r.prompt, 0.99), "packet", packet, prompt),
		lessIsBetter("ivr/barge-in-p99", percentile(r.barge, 0.99), "packet", packet, barge),
	}
}

// besideTicker sets what a call costs beside the sound of as many by tickers,
// which have no signalling to do: first all that we do, then our sound alone.
func (r *callsRun) besideTicker(calls int, lasting time.Duration, sound soundCost, theirs ticked) []Row {
	settings := fmt.Sprintf("no signalling, %d streams for %s; its: UDP socket, reader, goroutine with a time.Ticker each, sent %.4g of due, %s a packet sent and read, lateness p99 %s",
		2*calls, lasting, float64(theirs.packets)/float64(max(theirs.due, 1)), inUnit(theirs.perCallSecond()/packetsPerSecond, "s"), inUnit(percentile(theirs.late, 0.99), "s"))
	return []Row{
		lessIsBetter("ivr/cpu-per-call-second", r.cpu.Seconds()/max(r.talk.Seconds(), 1), "ticker", theirs.perCallSecond(),
			"of this process, so both sides; ours with SIP and keypad, the ticker's without"),
		lessIsBetter("ivr/sound-cpu-per-call-second", sound.perCallSecond(), "ticker", theirs.perCallSecond(), settings),
	}
}

// callsRun holds the results of calls placed at once.
type callsRun struct {
	right   int64 // calls that ended as they should, with the right PIN
	talk    time.Duration
	cpu     time.Duration // of both sides
	media   media.Stats   // of ours
	sleeper slept
	prompt  []time.Duration // sorted
	barge   []time.Duration // the same
}

// measureCalls places the calls and waits for the last.
func measureCalls(ctx context.Context, calls int, listen time.Duration) (*callsRun, error) {
	ears := &handsets{calls: make(map[*phone.Call]*heardCall)}
	x, err := openHandsets(ears.take, phone.Behaviour{Ring: ivrRing, Acts: []phone.Act{
		{Wait: phone.Speech, Delay: listen, Keys: "1"},
		{Wait: phone.Speech, Delay: listen, Keys: ivrPIN},
	}})
	if err != nil {
		return nil, err
	}
	ours, err := openCaller(ctx, x.exchange.Addr(), calls)
	if err != nil {
		return nil, errors.Join(err, x.close())
	}
	r := &callsRun{}
	awake, before := sleeper(), processorTime(unix.RUSAGE_SELF)
	r.place(ctx, ours, calls)
	r.cpu, r.sleeper, r.media = processorTime(unix.RUSAGE_SELF)-before, awake(), ours.Stats()
	r.cpu -= r.sleeper.cpu
	err = errors.Join(ours.Close(), x.close())
	r.talk, r.prompt, r.barge = ears.sum()
	return r, err
}

// place makes the calls and counts those that went right.
func (r *callsRun) place(ctx context.Context, ours *daemon.Calls, calls int) {
	var all sync.WaitGroup
	var right atomic.Int64
	for i := range calls {
		all.Go(func() {
			keyed := false
			end := ours.Call(ctx, call.Call{
				To: rig.Number(i), Lang: lang.EN, Ref: fmt.Sprintf("BENCH%03d", i),
				Steps: []call.Step{
					{Name: "guard", Say: []string{ivrGuard}, Want: call.WantKey},
					{Name: "pin", Say: []string{ivrAsk}, Want: call.WantPIN},
				},
				OnInput: func(_ context.Context, step string, digits *pin.PIN) call.Verdict {
					return judgeBench(step, digits, &keyed)
				},
				OnAnswer: func() {},
			})
			if end.End == call.EndFinished && keyed {
				right.Add(1)
			}
		})
	}
	all.Wait()
	r.right = right.Load()
}

// The prompts. Tones take 90 ms for a character, so that the first two last longer than
// anybody listens.
const (
	ivrGuard = "This is your payment service with a question about an order that you have just sent us; press one to hear of it."
	ivrAsk   = "You pay one hundred and twenty eight yuan and fifty fen to Bluebird Flowers. To agree, key the six digits of your PIN."
	ivrBye   = "Paid. Good bye."
)

// judgeBench continues after the guard, and ends the call with its last words once
// the PIN is keyed; keyed is set if it was the right one.
func judgeBench(step string, digits *pin.PIN, keyed *bool) call.Verdict {
	if step != "pin" {
		return call.Verdict{Do: call.GoOn}
	}
	*keyed = digits != nil && string(digits[:]) == ivrPIN
	return call.Verdict{Say: []string{ivrBye}, Do: call.HangUp}
}

// openCaller opens the daemon's voices and its SIP, and nothing else of it.
func openCaller(ctx context.Context, trunk netip.AddrPort, calls int) (*daemon.Calls, error) {
	file := rig.Conf("", "")
	file.SIP.Trunk, file.SIP.Calls, file.SIP.AllowPrefixes = "sip:"+trunk.String(), calls, []string{"+86"}
	return daemon.OpenCalls(ctx, daemon.Config{File: file, Log: slog.New(slog.DiscardHandler), Voices: voice.CacheConfig{Voice: voice.Tones{}}})
}

// handsetsOpen are handsets and the engine that carries their sound.
type handsetsOpen struct {
	exchange *phone.Exchange
	media    *media.Engine
}

func (x handsetsOpen) close() error { return errors.Join(x.exchange.Close(), x.media.Close()) }

// openHandsets opens handsets that all answer calls in the same way; events may be nil.
func openHandsets(events func(phone.Event), behaviour phone.Behaviour) (handsetsOpen, error) {
	local := netip.MustParseAddr("127.0.0.1")
	m, err := media.New(media.Config{IP: local})
	if err != nil {
		return handsetsOpen{}, err
	}
	x, err := phone.New(phone.Config{Listen: netip.AddrPortFrom(local, 0), Media: m, Quiet: ivrQuiet, Events: events, Default: behaviour})
	if err != nil {
		return handsetsOpen{}, errors.Join(err, m.Close())
	}
	return handsetsOpen{x, m}, nil
}

// handsets note when things are heard at the other end.
type handsets struct {
	mu    sync.Mutex
	calls map[*phone.Call]*heardCall
}

// heardCall is one call at its handset; what did not happen is zero.
type heardCall struct {
	answered, began, keyed, silent, ended time.Time
	keys                                  int
}

// take is told of each event; some come on the media thread.
func (h *handsets) take(event phone.Event) {
	now := time.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.calls[event.Call]
	if c == nil {
		c = &heardCall{}
		h.calls[event.Call] = c
	}
	switch {
	case event.Kind == phone.Answered:
		c.answered = now
	case event.Kind == phone.Began && c.began.IsZero():
		c.began = now
	case event.Kind == phone.Pressed:
		if c.keys++; c.keys == 2 { // after the guard's
			c.keyed = now
		}
	case event.Kind == phone.Fell && !c.keyed.IsZero() && c.silent.IsZero():
		c.silent = now.Add(media.FrameDuration - ivrQuiet)
	case event.Kind == phone.Ended:
		c.ended = now
	}
}

// sum adds the calls up.
func (h *handsets) sum() (talk time.Duration, prompt, barge []time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.calls {
		if c.answered.IsZero() || c.ended.IsZero() {
			continue
		}
		talk += c.ended.Sub(c.answered)
		if !c.began.IsZero() {
			prompt = append(prompt, max(c.began.Sub(c.answered), 0)) // the first sound may overtake the ACK
		}
		if !c.silent.IsZero() {
			barge = append(barge, max(c.silent.Sub(c.keyed), 0))
		}
	}
	slices.Sort(prompt)
	slices.Sort(barge)
	return talk, prompt, barge
}
