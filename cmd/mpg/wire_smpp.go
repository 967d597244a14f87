package main

import (
	"context"
	"errors"
	"fmt"

	"mpg/conf"
	"mpg/engine/intake"
	"mpg/engine/phone"
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

// makeBinds makes the sessions; none is dialled yet.
func (d *daemon) makeBinds() error {
	for _, c := range d.conf.SMSC {
		b := &bind{name: c.Name, conf: c, replies: d.conf.ReplyBind(c)}
		s, err := smpp.New(d.sessionConfig(c, b))
		if err != nil {
			return fmt.Errorf("smsc %s: %w", c.Name, err)
		}
		b.session = s
		b.sending.configure(c, callingCode(d.conf.Country))
		d.binds = append(d.binds, b)
	}
	return nil
}

func (d *daemon) sessionConfig(c conf.SMSC, b *bind) smpp.Config {
	alphabet, _ := text.ParseAlphabet(c.Alphabet) // conf has checked the name
	return smpp.Config{
		Name: c.Name, Addr: c.Addr, SystemID: c.SystemID, SystemType: c.SystemType, Password: c.Password.Reveal(),
		Mode: modeOf(c), InterfaceVersion: interfaceVersion(c.InterfaceVersion), LongCredentials: c.LongCredentials,
		AddressRange: c.AddressRange, AddrTON: byte(c.AddrTON), AddrNPI: byte(c.AddrNPI),
		Alphabet: alphabet,
		Window:   c.Window, Rate: c.Rate,
		Timeouts: smpp.Timeouts{Dial: c.Dial, Bind: c.Response, Write: c.Write, Response: c.Response, EnquireLink: c.EnquireLink},
		Backoff:  smpp.Backoff{Base: c.Backoff, Max: c.BackoffMax},
		Log:      d.log,
		Answered: observer(d.measures().submit, c.Name),
		Deliver:  func(m smpp.Message) bool { return d.engine.Receive(d.textOf(b, m)) },
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
func (d *daemon) textOf(b *bind, m smpp.Message) intake.Text {
	return intake.Text{
		Via: b.replies, By: b.name, From: m.From, FromType: addressType(m.FromTON), To: d.shortCode(b, m), Body: m.Text,
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
func addressType(t pdu.TON) phone.AddressType {
	switch t {
	case pdu.TONUnknown, pdu.TONSubscriberNumber:
		return phone.AddressUnknown
	case pdu.TONInternational:
		return phone.AddressInternational
	case pdu.TONNational:
		return phone.AddressNational
	case pdu.TONAlphanumeric:
		return phone.AddressName
	}
	return phone.AddressOther
}

// ambiguous returns the rule of a bind for senders that read as two people's
// numbers.
func (d *daemon) ambiguous(via string) phone.AmbiguousSender {
	for _, s := range d.conf.SMSC {
		if s.Name != via {
			continue
		}
		switch s.AmbiguousSender {
		case "national":
			return phone.AmbiguousNational
		case "international":
			return phone.AmbiguousInternational
		}
	}
	return phone.AmbiguousRefused
}

func kindOf(k smpp.Kind) intake.Kind {
	switch k {
	case smpp.Text:
		return intake.Plain
	case smpp.Long:
		return intake.Long
	case smpp.Unreadable:
		return intake.Unreadable
	}
	return intake.Unusable
}

// openBinds binds to the SMSCs and keeps bound from now on.
func (d *daemon) openBinds() error {
	for _, b := range d.binds {
		d.serves.Go(func() { d.sendOnceBound(b) })
		d.serves.Go(func() {
			if err := b.session.Run(d.ctx); err != nil && d.ctx.Err() == nil {
				d.log.Error("bind ended", "smsc", b.name, "err", err)
			}
		})
	}
	return nil
}

// closeBinds waits for the windows and unbinds.
func (d *daemon) closeBinds(ctx context.Context) error {
	var errs []error
	for _, b := range d.binds {
		errs = append(errs, b.session.Drain(ctx))
	}
	return errors.Join(errs...)
}

// awaitBound waits until orders can be taken in and answered. It reports false if
// ctx ends first.
func (d *daemon) awaitBound(ctx context.Context) bool {
	for {
		change, stop := d.anyChange(ctx)
		if d.bound() {
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
func (d *daemon) anyChange(ctx context.Context) (change <-chan struct{}, stop func()) {
	watch, stop := context.WithCancel(ctx)
	any := make(chan struct{}, len(d.binds))
	for _, b := range d.binds {
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
func (d *daemon) bound() bool {
	receives, sends := false, false
	for _, b := range d.binds {
		if ok, _ := b.session.Working(); ok {
			receives = receives || b.conf.Receives()
			sends = sends || b.conf.Sends()
		}
	}
	return receives && sends
}

// bindNames returns the names of the binds that send, in the order of the file.
func (d *daemon) bindNames() []string {
	var names []string
	for _, c := range d.conf.SMSC {
		if c.Sends() {
			names = append(names, c.Name)
		}
	}
	return names
}

// firstCode returns the sender of texts that answer no text: the first short code of
// the first bind that sends.
func (d *daemon) firstCode() string {
	for _, c := range d.conf.SMSC {
		if c.Sends() {
			return c.ShortCodes[0]
		}
	}
	return d.conf.SMSC[0].ShortCodes[0]
}
