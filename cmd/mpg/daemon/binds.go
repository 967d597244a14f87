package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"mpg/conf"
	"mpg/engine"
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

// binds are the sessions with the SMSCs of the file, in its order.
type binds struct {
	conf   *conf.File
	log    *slog.Logger
	meters *meters
	all    []*bind
	engine *engine.Engine // set before the sessions run, and not at all for check
}

func newBinds(file *conf.File, log *slog.Logger, figures *meters) *binds {
	return &binds{conf: file, log: log, meters: figures}
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

func (bs *binds) sessionConfig(smsc conf.SMSC, via *bind) smpp.Config {
	alphabet, _ := text.ParseAlphabet(smsc.Alphabet) // conf has checked the name
	return smpp.Config{
		Name: smsc.Name, Addr: smsc.Addr,
		Account: smpp.Account{
			SystemID: smsc.SystemID, SystemType: smsc.SystemType, Password: smsc.Password.Reveal(),
			Mode: modeOf(smsc), InterfaceVersion: interfaceVersion(smsc.InterfaceVersion), LongCredentials: smsc.LongCredentials,
			AddressRange: smsc.AddressRange, AddrTON: byte(smsc.AddrTON), AddrNPI: byte(smsc.AddrNPI),
		},
		Alphabet: alphabet,
		Window:   smsc.Window, Rate: smsc.Rate,
		Timeouts: smpp.Timeouts{Dial: smsc.Dial, Bind: smsc.Response, Write: smsc.Write, Response: smsc.Response, EnquireLink: smsc.EnquireLink},
		Backoff:  smpp.Backoff{Base: smsc.Backoff, Max: smsc.BackoffMax},
		Log:      bs.log,
		Answered: observer(bs.meters.submit, smsc.Name),
		Deliver:  func(message smpp.Message) bool { return bs.engine.Receive(bs.textOf(via, message)) },
	}
}

func modeOf(smsc conf.SMSC) smpp.Mode {
	switch smsc.Bind {
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
func (bs *binds) textOf(via *bind, message smpp.Message) intake.Text {
	return intake.Text{
		Via: via.replies, By: via.name, From: message.From, FromType: addressType(message.FromTON), To: bs.shortCode(via, message), Body: message.Text,
		Kind: kindOf(message.Kind), Part: partOf(message),
		Ack: func(took bool) func() bool {
			status := pdu.ROK
			if !took {
				status = pdu.RxTAppn // temporary: deliver it again. SMPP 3.4 5.1.3
			}
			token := via.session.Ack(message.Delivery, status)
			return func() bool { return via.session.Acknowledged(token) }
		},
	}
}

// partOf returns a reference that all parts of a long text of one sender share, or
// "" for a text that is not a part.
func partOf(message smpp.Message) string {
	switch {
	case !message.Part.OfMany():
		return ""
	case message.Part.SAR:
		return fmt.Sprintf("sar %d/%d", message.Part.Ref, message.Part.Total)
	}
	return fmt.Sprintf("%d/%d", message.Part.Ref, message.Part.Total)
}

// addressType converts the type of number. SMPP 3.4 5.2.5
func addressType(ton pdu.TON) phone.AddressType {
	switch ton {
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
func (bs *binds) ambiguous(via string) phone.AmbiguousSender {
	for _, s := range bs.conf.SMSC {
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

func kindOf(kind smpp.Kind) intake.Kind {
	switch kind {
	case smpp.Text:
		return intake.Plain
	case smpp.Long:
		return intake.Long
	case smpp.Unreadable:
		return intake.Unreadable
	}
	return intake.Unusable
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
