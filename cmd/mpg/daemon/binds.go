package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"mpg/conf"
	"mpg/engine"
	"mpg/smpp"
	"mpg/smpp/pdu"
	"mpg/smpp/text"
)

// bind is one SMSC's session.
type bind struct {
	name    string
	conf    conf.SMSC
	replies string // name of the bind that answers what comes in by this one
	session *smpp.Session
	foreign foreignCodes
	sending sending
}

// binds are the sessions with the SMSCs of the file, in its order.
type binds struct {
	conf   *conf.File
	log    *slog.Logger
	meters *meters
	all    []*bind
	engine *engine.Engine // set before the sessions run, and not at all for check
}

func newBinds(f *conf.File, log *slog.Logger, m *meters) *binds {
	return &binds{conf: f, log: log, meters: m}
}

// prepare makes the sessions; none is dialled yet.
func (bs *binds) prepare() error {
	for _, c := range bs.conf.SMSC {
		b := &bind{name: c.Name, conf: c, replies: bs.conf.ReplyBind(c)}
		s, err := smpp.New(bs.sessionConfig(c, b))
		if err != nil {
			return fmt.Errorf("smsc %s: %w", c.Name, err)
		}
		b.session = s
		b.sending.configure(c, CallingCode(bs.conf.Country))
		bs.all = append(bs.all, b)
	}
	return nil
}

func (bs *binds) sessionConfig(c conf.SMSC, b *bind) smpp.Config {
	alphabet, _ := text.ParseAlphabet(c.Alphabet) // conf has checked the name
	return smpp.Config{
		Name: c.Name, Addr: c.Addr, SystemID: c.SystemID, SystemType: c.SystemType, Password: c.Password.Reveal(),
		Mode: modeOf(c), InterfaceVersion: interfaceVersion(c.InterfaceVersion), LongCredentials: c.LongCredentials,
		AddressRange: c.AddressRange, AddrTON: byte(c.AddrTON), AddrNPI: byte(c.AddrNPI),
		Alphabet: alphabet,
		Window:   c.Window, Rate: c.Rate,
		Timeouts: smpp.Timeouts{Dial: c.Dial, Bind: c.Response, Write: c.Write, Response: c.Response, EnquireLink: c.EnquireLink},
		Backoff:  smpp.Backoff{Base: c.Backoff, Max: c.BackoffMax},
		Log:      bs.log,
		Answered: observer(bs.meters.submit, c.Name),
		Deliver:  func(m smpp.Message) bool { return bs.engine.Receive(bs.textOf(b, m)) },
	}
}

func modeOf(c conf.SMSC) smpp.Mode {
	switch c.Bind {
	case "transmitter":
		return smpp.Transmitter
	case "receiver":
		return smpp.Receiver
	}
	return smpp.Transceiver
}

// interfaceVersion returns the version as a bind encodes it. SMPP 3.4 5.2.4
func interfaceVersion(version string) byte {
	switch version {
	case "3.3":
		return pdu.InterfaceVersion33
	case "5.0":
		return pdu.InterfaceVersion50
	}
	return pdu.InterfaceVersion
}

// textOf converts a message for the engine. Its acknowledgement goes out on the link
// that it came in by, and its answer by the bind that replies.
func (bs *binds) textOf(b *bind, m smpp.Message) engine.Text {
	return engine.Text{
		Via: b.replies, By: b.name, From: m.From, FromType: addressType(m.FromTON), To: bs.shortCode(b, m), Body: m.Text,
		Kind: kindOf(m.Kind), Part: partOf(m),
		Ack: func(took bool) func() bool {
			status := pdu.ROK
			if !took {
				status = pdu.RxTAppn // temporary: deliver it again. SMPP 3.4 5.1.3
			}
			token := b.session.Ack(m.Delivery, status)
			return func() bool { return b.session.Acknowledged(token) }
		},
	}
}

// partOf returns a reference that all parts of a long text of one sender share, or
// "" for a text that is not a part.
func partOf(m smpp.Message) string {
	switch {
	case !m.Part.OfMany():
		return ""
	case m.Part.SAR:
		return fmt.Sprintf("sar %d/%d", m.Part.Ref, m.Part.Total)
	}
	return fmt.Sprintf("%d/%d", m.Part.Ref, m.Part.Total)
}

// addressType converts the type of number. SMPP 3.4 5.2.5
func addressType(t pdu.TON) engine.AddressType {
	switch t {
	case pdu.TONUnknown, pdu.TONSubscriberNumber:
		return engine.AddressUnknown
	case pdu.TONInternational:
		return engine.AddressInternational
	case pdu.TONNational:
		return engine.AddressNational
	case pdu.TONAlphanumeric:
		return engine.AddressName
	}
	return engine.AddressOther
}

// ambiguous returns the rule of a bind for senders that read as two people's
// numbers.
func (bs *binds) ambiguous(via string) engine.AmbiguousSender {
	for _, s := range bs.conf.SMSC {
		if s.Name != via {
			continue
		}
		switch s.AmbiguousSender {
		case "national":
			return engine.AmbiguousNational
		case "international":
			return engine.AmbiguousInternational
		}
	}
	return engine.AmbiguousRefused
}

func kindOf(k smpp.Kind) engine.TextKind {
	switch k {
	case smpp.Text:
		return engine.Plain
	case smpp.Long:
		return engine.Long
	case smpp.Unreadable:
		return engine.Unreadable
	}
	return engine.Unusable
}

// run binds to the SMSCs and keeps bound until ctx ends.
func (bs *binds) run(ctx context.Context, serves *sync.WaitGroup) error {
	for _, b := range bs.all {
		serves.Go(func() { bs.sendOnceBound(ctx, b) })
		serves.Go(func() {
			if err := b.session.Run(ctx); err != nil && ctx.Err() == nil {
				bs.log.Error("bind ended", "smsc", b.name, "err", err)
			}
		})
	}
	return nil
}

// close waits for the windows and unbinds.
func (bs *binds) close(ctx context.Context) error {
	var errs []error
	for _, b := range bs.all {
		errs = append(errs, b.session.Drain(ctx))
	}
	return errors.Join(errs...)
}

// awaitBound waits until orders can be taken in and answered. It reports false if
// ctx ends first.
func (bs *binds) awaitBound(ctx context.Context) bool {
	for {
		change, stop := bs.anyChange(ctx)
		if bs.bound() {
			stop()
			return true
		}
		select {
		case <-change:
			stop()
		case <-ctx.Done():
			stop()
			return false
		}
	}
}

// anyChange returns a channel that is closed when any bind comes up or goes down.
// stop ends the watch.
func (bs *binds) anyChange(ctx context.Context) (change <-chan struct{}, stop func()) {
	watch, stop := context.WithCancel(ctx)
	any := make(chan struct{}, len(bs.all))
	for _, b := range bs.all {
		changed := b.session.Changed()
		go func() {
			select {
			case <-changed:
				any <- struct{}{}
			case <-watch.Done():
			}
		}()
	}
	return any, stop
}

// bound reports whether a bind that takes texts in and one that sends are up; they
// may be the same. /readyz?verbose shows the others.
func (bs *binds) bound() bool {
	receives, sends := false, false
	for _, b := range bs.all {
		if ok, _ := b.session.Working(); ok {
			receives = receives || b.conf.Receives()
			sends = sends || b.conf.Sends()
		}
	}
	return receives && sends
}

// names returns the names of the binds that send, in the order of the file.
func (bs *binds) names() []string {
	var names []string
	for _, c := range bs.conf.SMSC {
		if c.Sends() {
			names = append(names, c.Name)
		}
	}
	return names
}

// firstCode returns the sender of texts that answer no text: the first short code of
// the first bind that sends.
func (bs *binds) firstCode() string {
	for _, c := range bs.conf.SMSC {
		if c.Sends() {
			return c.ShortCodes[0]
		}
	}
	return bs.conf.SMSC[0].ShortCodes[0]
}
