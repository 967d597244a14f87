package phone

import "mpg/ivr/media"

// act does what the behaviour says, until it is done or the call is over. On
// Close of the exchange it hangs up.
func (c *Call) act() {
	for _, a := range c.behaviour.Acts {
		if !c.await(a.Wait) || !c.pause(a.Delay) {
			break
		}
		c.ear.forget()
		c.Press(a.Keys)
		if a.HangUp {
			c.Hangup()
			return
		}
	}
	select {
	case <-c.done:
	case <-c.x.stop:
		c.Hangup()
	}
}

// await waits for what an act waits for; false: the call ended before.
func (c *Call) await(what Wait) bool {
	if what == Now {
		return true
	}
	reached := c.ear.speech
	if what == Quiet {
		reached = c.ear.ended
	}
	for {
		ok, changed := reached()
		if ok {
			return true
		}
		select {
		case <-changed:
		case <-c.done:
			return false
		case <-c.x.stop:
			return false
		}
	}
}

// hear takes 20 ms of audio on the media thread. What is said before the last key of
// an act is pressed is no answer to it, and the next act does not wait for that.
func (c *Call) hear(frame media.Frame) {
	c.ear.take(uint8(frame.Codec), frame.Timestamp, frame.Payload, c.keysWait())
	if c.behaviour.Audio != nil {
		c.behaviour.Audio(c, uint8(frame.Codec), frame.Payload)
	}
}

func (c *Call) keysWait() bool {
	c.mu.Lock()
	answered := c.talk
	c.mu.Unlock()
	return answered != nil && answered.stream.KeysWait()
}
