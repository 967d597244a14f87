package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"mpg/conf"
	"mpg/engine/bank"
	"mpg/ivr/sip"
	"mpg/smpp"
)

// checkDial says whether check tries the SMSCs, the trunk and the banks.
type checkDial struct {
	try   bool
	force bool // also those that a running daemon is connected to
}

// dialled is the result of trying one SMSC, trunk or bank.
type dialled struct {
	What    string `json:"what"` // such as "smsc main"
	Addr    string `json:"addr"`
	Tried   string `json:"tried"`
	OK      bool   `json:"ok"`
	Skipped bool   `json:"skipped"` // not tried
	Took    string `json:"took,omitempty"`
	Said    string `json:"said"` // what the peer answered, or why it was not tried
}

// failed reports whether it was tried and did not work.
func (d dialled) failed() bool { return !d.OK && !d.Skipped }

// cells returns a line of the table.
func (d dialled) cells() []string {
	how := "works"
	switch {
	case d.Skipped:
		how = "not tried"
	case !d.OK:
		how = "FAILED"
	}
	tried := d.Tried
	if d.Took != "" {
		tried += " in " + d.Took
	}
	return []string{how, d.What + " at " + d.Addr + ", " + tried + ": " + d.Said}
}

// optionsWait is how long the trunk may take to answer OPTIONS.
const optionsWait = 5 * time.Second

// all tries each SMSC, the trunk and each bank, one after the other. running says
// that a daemon may have the same binds and lines.
func (t checkDial) all(ctx context.Context, f *conf.File, running bool) []dialled {
	d := &daemon{conf: f, log: slog.New(slog.DiscardHandler)}
	if err := errors.Join(d.makeBinds(), d.makeLinks()); err != nil {
		return nil // it is among the findings, and serve would not get this far
	}
	var done []dialled
	for _, b := range d.binds {
		one := dialled{What: "smsc " + b.name, Addr: b.conf.Addr, Tried: "bind_" + b.conf.Bind}
		switch {
		case running && !t.force:
			one.Skipped, one.Said = true, "a running daemon has this bind, and some SMSCs close it when another one comes; --force tries it anyway"
		case b.conf.Password.Reveal() == "" && b.conf.Password.Given():
			one.Skipped, one.Said = true, "its password is a credential, which only the unit can see"
		default:
			one.run(func() (string, error) { return tryBind(ctx, b) })
		}
		done = append(done, one)
	}
	trunk := dialled{What: "sip trunk", Addr: f.SIP.Trunk, Tried: "OPTIONS"}
	trunk.run(func() (string, error) { return tryTrunk(ctx, f.SIP) })
	done = append(done, trunk)
	for _, b := range f.Bank {
		one := dialled{What: "bank " + b.Name, Addr: b.Addr, Tried: "sign-on and echo"}
		if running {
			one.Tried = "echo" // a sign-off would reach the daemon's line, too
		}
		if running && !t.force {
			one.Skipped, one.Said = true, "a running daemon is connected to it; --force tries an echo on another connection"
		} else {
			one.run(func() (string, error) { return tryBank(ctx, d.links[b.Name], running) })
		}
		done = append(done, one)
	}
	return done
}

// run tries it and notes what the peer answered, and after how long.
func (d *dialled) run(try func() (string, error)) {
	begun := time.Now()
	said, err := try()
	d.Took = time.Since(begun).Round(time.Millisecond).String()
	d.OK, d.Said = err == nil, said
	if err != nil {
		d.Said = inWords(err)
	}
}

// inWords shortens a network error to the part that an operator needs.
func inWords(err error) string {
	var op *net.OpError
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		return "the name cannot be resolved: " + dns.Err
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &op) && op.Timeout():
		return "no answer"
	case errors.As(err, &op):
		return op.Err.Error()
	}
	return err.Error()
}

func tryBind(ctx context.Context, b *bind) (string, error) {
	err := b.session.Try(ctx)
	var refused *smpp.BindError
	switch {
	case errors.As(err, &refused):
		return "", fmt.Errorf("the bind is refused with %s; see %s", refused.Status, settingOf(refused.Status))
	case err != nil:
		return "", err
	}
	return "bound, and unbound again", nil
}

// tryTrunk sends OPTIONS from a port of its own, so that it works beside a running
// daemon. Whatever the trunk answers, it is there. RFC 3261 11
func tryTrunk(ctx context.Context, c conf.SIP) (string, error) {
	a, err := sip.Listen(sip.Config{Listen: netip.AddrPortFrom(c.Listen.Addr(), 0), Advertise: c.Advertise, Trunk: c.Trunk, From: c.From})
	if err != nil {
		return "", err
	}
	defer func() { _ = a.Close() }() // nothing is under way
	wait, cancel := context.WithTimeout(ctx, optionsWait)
	defer cancel()
	code, reason, err := a.Ask(wait)
	if err != nil {
		return "", fmt.Errorf("no answer: %w", err)
	}
	said := fmt.Sprintf("%d %s", code, reason)
	switch {
	case code == 401 || code == 407:
		said += ": it is there, and asks for the password of sip.username"
	case code == 403:
		said += ": it is there, and refuses us; does it know this machine's address?"
	case code >= 300:
		said += ": it is there, and does not serve OPTIONS"
	}
	return said, nil
}

func tryBank(ctx context.Context, l *bank.Link, running bool) (string, error) {
	if err := l.Try(ctx, running); err != nil {
		return "", err
	}
	if running {
		return "it answers an echo", nil
	}
	return "signed on, it answers an echo, and signed off again", nil
}
