package demo

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"mpg/ivr/media"
	"mpg/ivr/phone"
)

// connectMax is how long picking up may take on loopback.
const connectMax = 5 * time.Second

var errGone = errors.New("the caller has hung up")

// lines joins the handsets to the simulated SIP trunk.
type lines struct {
	addr     string
	rtp      ports
	phones   map[string]*handset // by number; a shop's phone takes no calls
	pins     map[string]string   // by number, of the handsets that key it by themselves
	media    *media.Engine
	exchange *phone.Exchange
	busy     atomic.Bool // the switch

	mu    sync.Mutex
	calls map[*phone.Call]*callLine
}

// openLines starts the trunk on loopback.
func openLines(phones map[string]*handset, people []Person, log *slog.Logger) (*lines, error) {
	local := netip.MustParseAddr("127.0.0.1")
	rtp, err := freePorts()
	if err != nil {
		return nil, err
	}
	engine, err := media.New(media.Config{IP: local, PortMin: rtp.first, PortMax: rtp.first + rtpPorts - 1, Shards: 1, Log: log})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("sound of the handsets: %w", err), rtp.owned.Close())
	}
	l := &lines{rtp: rtp, phones: phones, pins: map[string]string{}, media: engine, calls: map[*phone.Call]*callLine{}}
	for _, p := range people {
		l.pins[p.Number] = p.PIN
	}
	l.exchange, err = phone.New(phone.Config{
		Listen: netip.AddrPortFrom(local, 0), Media: engine, Events: l.event, Log: log,
		Default: phone.Behaviour{Does: phone.IsUnreachable}, Behave: l.behave,
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the handsets: %w", err), engine.Close(), rtp.owned.Close())
	}
	l.addr = l.exchange.Addr().String()
	l.setBusy(false)
	return l, nil
}

// setBusy engages every handset, or frees it, from its next call on.
func (l *lines) setBusy(on bool) {
	b := phone.Behaviour{Does: phone.WaitsForHand, Audio: l.audio}
	if on {
		b = phone.Behaviour{Does: phone.IsBusy}
	}
	l.busy.Store(on)
	for number, p := range l.phones {
		if s := p.view(); s.Rings && s.Magic == "" {
			l.exchange.Set(number, b)
		}
	}
}

// behave returns what a number that nobody operates does: a magic number.
func (l *lines) behave(number string) (phone.Behaviour, bool) {
	m, ok := magicOf(number)
	if !ok {
		return phone.Behaviour{}, false
	}
	if l.busy.Load() {
		return phone.Behaviour{Does: phone.IsBusy}, true
	}
	b, ok := m.behaviour(l.pins[number])
	b.Audio = l.audio
	return b, ok
}

// event shows on the handset what happens to its call.
func (l *lines) event(event phone.Event) {
	p := l.phones[event.Call.Number()]
	if p == nil {
		return // a magic number that is not in this demo
	}
	switch event.Kind {
	case phone.Ringing:
		c := &callLine{call: event.Call, phone: p}
		l.mu.Lock() // whoever answers at once finds the line in the map
		c.heard = p.rings(ShortCode, c)
		l.calls[event.Call] = c
		l.mu.Unlock()
	case phone.Answered:
		if c := l.line(event.Call); c != nil {
			p.talks(c.heard)
		}
	case phone.Ended:
		if c := l.line(event.Call); c != nil {
			l.mu.Lock()
			delete(l.calls, event.Call)
			l.mu.Unlock()
			p.ended(c.heard, c.why())
		}
	case phone.Pressed:
		if c := l.line(event.Call); c != nil && !c.byHand() {
			p.keyed(c, 1)
		}
	case phone.Began, phone.Fell:
	}
}

func (l *lines) line(call *phone.Call) *callLine {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.calls[call]
}

// audio takes 20 ms of sound on the media thread.
func (l *lines) audio(call *phone.Call, payloadType uint8, payload []byte) {
	if line := l.line(call); line != nil {
		line.pcm = media.Codec(payloadType).Decode(line.pcm[:0], payload)
		line.heard.add(line.pcm)
	}
}

func (l *lines) close() error {
	return errors.Join(l.exchange.Close(), l.media.Close(), l.rtp.owned.Close())
}

// callLine is one call as the person with the handset has it in hand.
type callLine struct {
	call  *phone.Call
	phone *handset
	heard *recording
	pcm   []int16 // of the media thread
}

// answer returns when the line is open, so that keys pressed next are heard.
func (c *callLine) answer() error {
	c.call.Answer()
	late := time.NewTimer(connectMax)
	defer late.Stop()
	select {
	case <-c.call.Connected():
		c.phone.talks(c.heard)
		return nil
	case <-c.call.Done():
	case <-late.C:
	}
	return errGone
}

// byHand reports whether a person presses the keys of this handset; handset.press
// counts them then.
func (c *callLine) byHand() bool { return c.phone.view().Magic == "" }

func (c *callLine) press(keys string) error {
	c.call.Press(keys)
	return nil
}

func (c *callLine) hangUp() error {
	c.call.Hangup()
	return nil
}

// why returns how the call ended, in words.
func (c *callLine) why() string {
	select {
	case <-c.call.Connected():
	default:
		if c.call.Declined() {
			return "declined"
		}
		return "not answered"
	}
	if c.call.HungUpHere() {
		return "the subscriber hung up"
	}
	return "the caller hung up"
}
