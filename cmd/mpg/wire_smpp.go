package main

import (
	"context"
	"errors"
	"fmt"

	"mpg/conf"
	"mpg/engine"
	"mpg/smpp"
	"mpg/smpp/pdu"
)

// bind is one SMSC's session.
type bind struct {
	name    string
	session *smpp.Session
}

// makeBinds makes the sessions; none is dialled yet.
func (d *daemon) makeBinds() error {
	for _, c := range d.conf.SMSC {
		if c.Bind != "transceiver" {
			return fmt.Errorf("smsc %s: this build binds as transceiver only, not as %s", c.Name, c.Bind)
		}
		b := &bind{name: c.Name}
		s, err := smpp.New(d.sessionConfig(c, b))
		if err != nil {
			return fmt.Errorf("smsc %s: %w", c.Name, err)
		}
		b.session = s
		d.binds = append(d.binds, b)
	}
	return nil
}

func (d *daemon) sessionConfig(c conf.SMSC, b *bind) smpp.Config {
	return smpp.Config{
		Name: c.Name, Addr: c.Addr, SystemID: c.SystemID, SystemType: c.SystemType, Password: c.Password.Reveal(),
		Window:   c.Window,
		Timeouts: smpp.Timeouts{Dial: c.Dial, Bind: c.Response, Write: c.Write, Response: c.Response, EnquireLink: c.EnquireLink},
		Backoff:  smpp.Backoff{Base: c.Backoff, Max: c.BackoffMax},
		Log:      d.log,
		Deliver:  func(m smpp.Message) bool { return d.engine.Receive(textOf(b, m)) },
	}
}

// textOf is a message in the engine's words. Its acknowledgement goes out on
// the link that it came by.
func textOf(b *bind, m smpp.Message) engine.Text {
	return engine.Text{
		Via: b.name, From: m.From, FromType: addressType(m.FromTON), To: m.To, Body: m.Text, Kind: kindOf(m.Kind),
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

// addressType maps the type of number. SMPP 3.4 5.2.5
func addressType(t pdu.TON) engine.AddressType {
	switch t {
	case pdu.TONUnknown:
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

func kindOf(k smpp.Kind) engine.TextKind {
	switch k {
	case smpp.Text:
		return engine.Plain
	case smpp.Long:
		return engine.Long
	}
	return engine.Unusable
}

// openBinds binds to the SMSCs and keeps bound from now on.
func (d *daemon) openBinds() error {
	for _, b := range d.binds {
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

// awaitBound waits until every bind is up, or reports false where ctx ends.
func (d *daemon) awaitBound(ctx context.Context) bool {
	for _, b := range d.binds {
		if b.session.WaitBound(ctx) != nil {
			return false
		}
	}
	return true
}

func (d *daemon) bound() bool {
	for _, b := range d.binds {
		if !b.session.Bound() {
			return false
		}
	}
	return true
}

func (d *daemon) bindNames() []string {
	names := make([]string, len(d.conf.SMSC))
	for i, c := range d.conf.SMSC {
		names[i] = c.Name
	}
	return names
}

// sendSMS is the engine's port to the binds.
func (d *daemon) sendSMS(ctx context.Context, m engine.SMS, done func(engine.Sending)) error {
	for _, b := range d.binds {
		if b.name == m.Via {
			err := b.session.Send(ctx, smpp.Outgoing{From: m.From, To: m.To, Text: m.Text},
				func(o smpp.Outcome) { done(sendingOf(o)) })
			return d.sendError(ctx, b, m, done, err)
		}
	}
	return fmt.Errorf("no bind %s", m.Via)
}

// sendError tells what may go later from what never can. While the bind is down
// the sender waits for it: each text behind this one would fare the same.
func (d *daemon) sendError(ctx context.Context, b *bind, m engine.SMS, done func(engine.Sending), err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, smpp.ErrNotBound):
		if werr := b.session.WaitBound(ctx); werr != nil {
			return werr
		}
		return err
	case errors.Is(err, smpp.ErrDraining), ctx.Err() != nil:
		return err
	}
	d.log.Error("text that no SMSC takes", "ref", m.Ref, "err", err)
	done(engine.Never)
	return nil
}

func sendingOf(o smpp.Outcome) engine.Sending {
	switch {
	case o.Verdict == smpp.Accepted:
		return engine.Accepted
	case o.Verdict == smpp.Uncertain:
		return engine.Uncertain
	case o.Permanent():
		return engine.Never
	}
	return engine.Later
}
