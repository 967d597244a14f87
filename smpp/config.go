package smpp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"time"

	"mpg/smpp/pdu"
	"mpg/smpp/text"
)

// Limits and defaults.
const (
	WindowDefault = 100   // submit_sm without a response
	WindowMax     = 10000 // the same; no SMSC known to us grants more
	InboxDefault  = 10000 // deliver_sm taken and not yet acknowledged

	linksRemembered = 64                     // links whose acknowledgements can still be proved
	boundLongEnough = 30 * time.Second       // a link this old resets the back-off
	tickMax         = 100 * time.Millisecond // between two looks at the clock
	tickMin         = 5 * time.Millisecond

	// ackInTime is how soon after the arrival of its deliver_sm an
	// acknowledgement must leave to prove anything: after that the SMSC may have
	// stopped waiting and may deliver again. SMSCs wait for 5 s or longer.
	ackInTime = 2 * time.Second

	unansweredMax = 3 // consecutive submit_sm without an answer before the link is given up
)

// Timeouts are the most time each thing may take; 0 is the default in brackets.
type Timeouts struct {
	Dial        time.Duration // TCP connect [10s]
	Bind        time.Duration // bind_transceiver to its response [10s]
	Write       time.Duration // one Write to the connection [10s]
	Response    time.Duration // submit_sm or enquire_link to its response [30s]
	EnquireLink time.Duration // between two enquire_link, whatever else goes over the link [20s]
	Unbind      time.Duration // unbind to its response [5s]
}

// Config is what a Session needs; New copies it. Printing or logging it shows
// no password.
type Config struct {
	Name    string // of the bind, in logs
	Addr    string // host:port of the SMSC
	Account        // what the bind says

	Alphabet text.Alphabet // of data_coding 0, both ways; 0 is text.GSM

	Window   int // submit_sm without a response; 0 is WindowDefault
	Rate     int // submit_sm a second; 0 is as many as the SMSC takes without refusing
	InboxMax int // deliver_sm handed to Deliver and not yet acknowledged; 0 is InboxDefault
	PDUMax   int // octets of a PDU from the SMSC; 0 is pdu.SizeMax

	Timeouts Timeouts
	Backoff  Backoff

	Dial func(ctx context.Context, addr string) (net.Conn, error) // nil is TCP
	Now  func() time.Time                                         // nil is time.Now
	Rand func() float64                                           // in [0,1); nil is math/rand
	Log  *slog.Logger                                             // nil discards

	// Answered is called with the time that each submit_sm waited for its response; may
	// be nil. It must not block.
	Answered func(time.Duration)

	// Deliver takes in what the SMSC sends. It runs on the goroutine that reads
	// the link and must not block; false answers ESME_RMSGQFUL, and the SMSC
	// sends the message again later. After true, Ack is owed.
	Deliver func(Message) bool
}

// String is the bind's name and address.
func (c Config) String() string { return fmt.Sprintf("smpp %s at %s", c.Name, c.Addr) }

// GoString is String: %#v must not show the password either.
func (c Config) GoString() string { return c.String() }

// LogValue is String.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// withDefaults fills what was left out.
func (c Config) withDefaults() Config {
	c.InterfaceVersion = cmp.Or(c.InterfaceVersion, pdu.InterfaceVersion)
	c.Alphabet = cmp.Or(c.Alphabet, text.GSM)
	c.Window = cmp.Or(c.Window, WindowDefault)
	c.InboxMax = cmp.Or(c.InboxMax, InboxDefault)
	c.Timeouts.Dial = cmp.Or(c.Timeouts.Dial, 10*time.Second)
	c.Timeouts.Bind = cmp.Or(c.Timeouts.Bind, 10*time.Second)
	c.Timeouts.Write = cmp.Or(c.Timeouts.Write, 10*time.Second)
	c.Timeouts.Response = cmp.Or(c.Timeouts.Response, 30*time.Second)
	c.Timeouts.EnquireLink = cmp.Or(c.Timeouts.EnquireLink, 20*time.Second)
	c.Timeouts.Unbind = cmp.Or(c.Timeouts.Unbind, 5*time.Second)
	c.Backoff.Base = cmp.Or(c.Backoff.Base, 500*time.Millisecond)
	c.Backoff.Max = max(cmp.Or(c.Backoff.Max, time.Minute), c.Backoff.Base)
	if c.Dial == nil {
		c.Dial = func(ctx context.Context, addr string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", addr)
		}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Float64
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// check finds what cannot work before anything is dialled.
func (c Config) check() error {
	switch {
	case c.Addr == "":
		return errors.New("smpp: no address")
	case c.Deliver == nil && c.Mode.Receives():
		return errors.New("smpp: no Deliver")
	case c.Window < 0 || c.Window > WindowMax:
		return fmt.Errorf("smpp: window %d is not in 1..%d", c.Window, WindowMax)
	case c.InboxMax < 0:
		return fmt.Errorf("smpp: inbox of %d", c.InboxMax)
	}
	for _, d := range [...]time.Duration{c.Timeouts.Dial, c.Timeouts.Bind, c.Timeouts.Write, c.Timeouts.Response,
		c.Timeouts.EnquireLink, c.Timeouts.Unbind, c.Backoff.Base, c.Backoff.Max} {
		if d < 0 {
			return fmt.Errorf("smpp: a time of %s", d)
		}
	}
	_, err := c.bindPDU(1)
	return err
}
