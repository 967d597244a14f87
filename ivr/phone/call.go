package phone

import (
	"errors"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Call is one call at a handset. Its methods may be used from any goroutine.
type Call struct {
	x         *Exchange
	number    string // digits only
	behaviour Behaviour
	invite    *invitation
	ear       *ear

	connected chan struct{} // closed when the ACK has arrived
	done      chan struct{} // closed when the call is over

	mu       sync.Mutex
	talk     *talk // nil until it is answered
	over     bool
	hungByUs bool
	declined bool
}

// codeDecline is what a handset that declines answers. RFC 3261 21.6.2
const codeDecline = 603

var errNotConnected = errors.New("the call is not connected")

func newCall(exchange *Exchange, number string, behaviour Behaviour, req *sip.Request, tx sip.ServerTransaction) *Call {
	c := &Call{
		x: exchange, number: number, behaviour: behaviour, invite: newInvitation(exchange, req, tx),
		done: make(chan struct{}), connected: make(chan struct{}),
	}
	c.ear = newEar(behaviour.Record, exchange.cfg.Quiet, func(speech bool) {
		kind := Fell
		if speech {
			kind = Began
		}
		exchange.tell(Event{Kind: kind, Call: c})
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
func (c *Call) Answer() { c.invite.settle(decision{200, "OK"}) }

// Reject declines a ringing call.
func (c *Call) Reject() { c.invite.settle(decision{codeDecline, "Decline"}) }

// connection returns the talk of an answered call; nil: there is none, or it has ended.
func (c *Call) connection() *talk {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return nil
	}
	return c.talk
}

// Press presses keys one after the other, as RFC 4733 events or by SIP INFO.
// Before the call is connected, and after it, nothing is sent; what is no key,
// and what follows it, is not sent either.
func (c *Call) Press(keys string) {
	answered := c.connection()
	if answered == nil {
		return
	}
	for _, key := range []byte(keys) {
		if answered.press(key, c.behaviour.Info) != nil {
			return
		}
		c.x.tell(Event{Kind: Pressed, Call: c, Key: key})
	}
}

// Hold puts the other side on hold, or resumes, by re-INVITE (RFC 3264 8.4).
// It returns once the other side has agreed.
func (c *Call) Hold(on bool) error {
	answered := c.connection()
	if answered == nil {
		return errNotConnected
	}
	return answered.hold(on)
}

// Hangup ends the call: a ringing one is declined, an answered one gets BYE.
func (c *Call) Hangup() {
	c.mu.Lock()
	answered := c.talk
	c.mu.Unlock()
	if answered == nil {
		c.Reject()
		return
	}
	if c.end(true) {
		answered.bye()
	}
}

// end closes the call once and reports whether this call did it.
func (c *Call) end(byUs bool) (first bool) {
	c.mu.Lock()
	if first = !c.over; first {
		c.over = true
		c.hungByUs = byUs && c.talk != nil
	}
	answered := c.talk
	c.mu.Unlock()
	if !first {
		return false
	}
	if answered != nil {
		answered.stream.Close()
	}
	c.x.leave(c)
	close(c.done)
	c.x.tell(Event{Kind: Ended, Call: c})
	return true
}

// pause waits; false: the call ended meanwhile.
func (c *Call) pause(wait time.Duration) bool {
	if wait <= 0 {
		select {
		case <-c.done:
			return false
		default:
			return true
		}
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.done:
		return false
	case <-c.x.stop:
		return false
	}
}
