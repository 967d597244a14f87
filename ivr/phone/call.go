package phone

import (
	"crypto/rand"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"mpg/ivr/media"
	mpgsip "mpg/ivr/sip"
)

// Call is one call at a handset. Its methods may be used from any goroutine.
type Call struct {
	x         *Exchange
	id        string // Call-ID
	number    string // digits only
	tag       string // ours
	behaviour Behaviour
	invite    *sip.Request
	tx        sip.ServerTransaction
	ear       *ear

	decide    chan decision // what the person, or the script, does while it rings
	cancelled chan struct{} // closed by CANCEL
	acks      chan *sip.Request
	done      chan struct{} // closed when the call is over

	mu        sync.Mutex
	crossed   bool
	over      bool
	stream    *media.Stream
	remote    mpgsip.Media
	said      mpgsip.Media // our last description
	dialog    *mpgsip.Dialog
	answered  bool
	hungByUs  bool
	declined  bool
	connected chan struct{} // closed when the ACK has come
}

// codeDecline is what a handset that declines answers. RFC 3261 21.6.2
const codeDecline = 603

// decision ends the ringing.
type decision struct {
	code   int // 200 or a failure
	reason string
}

func newCall(x *Exchange, number string, b Behaviour, req *sip.Request, tx sip.ServerTransaction) *Call {
	c := &Call{
		x: x, id: req.CallID().Value(), number: number, tag: rand.Text(), behaviour: b, invite: req, tx: tx,
		decide: make(chan decision, 4), cancelled: make(chan struct{}), acks: make(chan *sip.Request, 4),
		done: make(chan struct{}), connected: make(chan struct{}),
	}
	c.ear = newEar(b.Record, x.cfg.Quiet, func(speech bool) {
		kind := Fell
		if speech {
			kind = Began
		}
		x.tell(Event{Kind: kind, Call: c})
	})
	return c
}

// Number is the handset's number, with +.
func (c *Call) Number() string { return "+" + c.number }

// Done is closed when the call is over.
func (c *Call) Done() <-chan struct{} { return c.done }

// Connected is closed when the call was answered and the other side knows it.
func (c *Call) Connected() <-chan struct{} { return c.connected }

// HungUpHere reports whether the handset ended an answered call.
func (c *Call) HungUpHere() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hungByUs
}

// Declined reports whether the handset declined the call while it rang.
func (c *Call) Declined() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.declined
}

// Heard is what has been heard so far; empty unless Behaviour.Record.
func (c *Call) Heard() Heard { return c.ear.heard() }

// Answer picks up a ringing handset.
func (c *Call) Answer() { c.settle(decision{200, "OK"}) }

// Reject declines a ringing call.
func (c *Call) Reject() { c.settle(decision{codeDecline, "Decline"}) }

func (c *Call) settle(d decision) {
	select {
	case c.decide <- d:
	default: // decided already
	}
}

// cross answers when CANCEL comes, once.
func (c *Call) cross() (first bool) {
	c.mu.Lock()
	first, c.crossed = !c.crossed, true
	c.mu.Unlock()
	if first {
		c.Answer()
	}
	return first
}

// Press presses keys one after the other, as RFC 4733 events or by SIP INFO.
// Before the call is connected, and after it, nothing is sent; what is no key,
// and what follows it, is not sent either.
func (c *Call) Press(keys string) {
	c.mu.Lock()
	stream, dialog, pt, over := c.stream, c.dialog, c.remote.EventPT, c.over
	c.mu.Unlock()
	if stream == nil || over {
		return
	}
	for _, k := range []byte(keys) {
		var err error
		if c.behaviour.Info || pt == 0 {
			c.pressInfo(dialog, k)
		} else {
			err = stream.SendDigit(k, keyTime)
		}
		if err != nil {
			return
		}
		c.x.tell(Event{Kind: Pressed, Call: c, Key: k})
	}
}

// Hangup ends the call: a ringing one is declined, an answered one gets BYE.
func (c *Call) Hangup() {
	c.mu.Lock()
	answered := c.answered
	c.mu.Unlock()
	if !answered {
		c.Reject()
		return
	}
	if c.end(true) {
		c.bye()
	}
}

// end closes the call once and reports whether this call did it.
func (c *Call) end(byUs bool) (first bool) {
	c.mu.Lock()
	if first = !c.over; first {
		c.over = true
		c.hungByUs = byUs && c.answered
	}
	stream := c.stream
	c.mu.Unlock()
	if !first {
		return false
	}
	if stream != nil {
		stream.Close()
	}
	c.x.leave(c)
	close(c.done)
	c.x.tell(Event{Kind: Ended, Call: c})
	return true
}

// pause waits; false: the call ended meanwhile.
func (c *Call) pause(d time.Duration) bool {
	if d <= 0 {
		select {
		case <-c.done:
			return false
		default:
			return true
		}
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-c.done:
		return false
	case <-c.x.stop:
		return false
	}
}
