package check

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"mpg/cmd/mpg/daemon"
	"mpg/conf"
	"mpg/ivr/sip"
	"mpg/smpp"
)

// Dial says whether the SMSCs, the trunk and the banks are tried.
type Dial struct {
	Try   bool
	Force bool // also those that a running daemon is connected to
}

// Dialled is the result of trying one SMSC, trunk or bank.
type Dialled struct {
	What    string `json:"what"` // such as "smsc main"
	Addr    string `json:"addr"`
	Tried   string `json:"tried"`
	OK      bool   `json:"ok"`
	Skipped bool   `json:"skipped"` // not tried
	Took    string `json:"took,omitempty"`
	Said    string `json:"said"` // what the peer answered, or why it was not tried
}

// failed reports whether it was tried and did not work.
func (d Dialled) failed() bool { return !d.OK && !d.Skipped }

// Cells returns a line of the table.
func (d Dialled) Cells() []string {
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
func (t Dial) all(ctx context.Context, file *conf.File, running bool) []Dialled {
	peers, err := daemon.NewPeers(file)
	if err != nil {
		return nil // it is among the findings, and serve would not get this far
	}
	var done []Dialled
	for _, s := range file.SMSC {
		one := Dialled{What: "smsc " + s.Name, Addr: s.Addr, Tried: "bind_" + s.Bind}
		switch {
		case running && !t.Force:
			one.Skipped, one.Said = true, "a running daemon has this bind, and some SMSCs close it when another one comes; --force tries it anyway"
		case s.Password.Reveal() == "" && s.Password.Given():
			one.Skipped, one.Said = true, "its password is a credential, which only the unit can see"
		default:
			one.run(func() (string, error) { return tryBind(ctx, peers, s.Name) })
		}
		done = append(done, one)
	}
	trunk := Dialled{What: "sip trunk", Addr: file.SIP.Trunk, Tried: "OPTIONS"}
	trunk.run(func() (string, error) { return tryTrunk(ctx, file.SIP) })
	done = append(done, trunk)
	for _, b := range file.Bank {
		one := Dialled{What: "bank " + b.Name, Addr: cmp.Or(b.Addr, b.URL, b.Folder), Tried: "sign-on and echo"}
		switch {
		case b.Dialect == conf.Files:
			one.Tried = "folders"
		case running:
			one.Tried = "echo" // a sign-off would reach the daemon's line, too
		case b.Dialect == conf.HTTPJSON:
			one.Tried = "health"
		}
		if running && !t.Force && b.Dialect != conf.Files {
			one.Skipped, one.Said = true, "a running daemon is connected to it; --force tries an echo on another connection"
		} else {
			one.run(func() (string, error) { return tryBank(ctx, peers, &b, running) })
		}
		done = append(done, one)
	}
	return done
}

// run tries the peer and notes what it answered, and after how long.
func (d *Dialled) run(try func() (string, error)) {
	started := time.Now()
	said, err := try()
	d.Took = time.Since(started).Round(time.Millisecond).String()
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

func tryBind(ctx context.Context, peers *daemon.Peers, name string) (string, error) {
	err := peers.TryBind(ctx, name)
	var refused *smpp.BindError
	switch {
	case errors.As(err, &refused):
		return "", fmt.Errorf("the bind is refused with %s; see %s", refused.Status, daemon.SettingOf(refused.Status))
	case err != nil:
		return "", err
	}
	return "bound, and unbound again", nil
}

// tryTrunk sends OPTIONS from a port of its own, so that it works beside a running
// daemon. Whatever the trunk answers, it is there. RFC 3261 11
func tryTrunk(ctx context.Context, trunk conf.SIP) (string, error) {
	a, err := sip.Listen(sip.Config{Listen: netip.AddrPortFrom(trunk.Listen.Addr(), 0), Advertise: trunk.Advertise, Trunk: trunk.Trunk, From: trunk.From})
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

func tryBank(ctx context.Context, peers *daemon.Peers, bank *conf.Bank, running bool) (string, error) {
	if err := peers.TryBank(ctx, bank.Name, running); err != nil {
		return "", err
	}
	if bank.Dialect == conf.Files {
		return "files can be written and taken; none is missing, and none was refused", nil
	}
	if running {
		return "it answers an echo", nil
	}
	return "signed on, it answers an echo, and signed off again", nil
}
