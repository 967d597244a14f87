package demo

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"syscall"
)

// openPage listens on the port. Only loopback is served, since anybody who can reach
// the page and knows the token controls every handset.
func (w *World) openPage() (err error) {
	if w.listen, err = listenPage(w.opt.Listen, DefaultListen); err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(w.listen.Addr().String())
	if err != nil {
		return err
	}
	w.page = newPage(w.hub, w.phones, newFaults(w.hub, map[string]func(bool){
		BankSilent:     w.bank.silent,
		IssuerSilent:   w.cards.silent,
		IssuerDeclines: w.cards.declines,
		BankRefuses:    w.other.refuses,
		SMSCDown:       w.exchange.setDown,
		PhoneBusy:      w.lines.setBusy,
	}), newGuard(port), w.opt.Log)
	w.meeting = meeting{URL: "http://" + w.listen.Addr().String(), Token: w.page.guard.token}
	return nil
}

// listenPage listens on the given address, or by default on the usual one or, if that
// is taken, on any free port.
func listenPage(addr, usual string) (net.Listener, error) {
	if addr == "" {
		l, err := net.Listen("tcp", usual)
		if errors.Is(err, syscall.EADDRINUSE) {
			return net.Listen("tcp", "127.0.0.1:0")
		}
		return l, err
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("%w: %q", ErrAddress, addr)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return nil, fmt.Errorf("%w: %q", ErrAddress, addr)
	}
	if !loopback(host) {
		return nil, fmt.Errorf("%w: %s is not on this machine, where the demo stays", ErrAddress, addr)
	}
	l, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%w: %s", ErrTaken, addr)
	}
	return l, err
}

// meet writes the file by which this demo is found: beside its mpg.toml, under its
// port, and, unless another running demo is there, where mpg phone looks first. If it
// has no folder for that, only `mpg phone -c` finds the demo.
func (w *World) meet() error {
	beside := filepath.Join(w.opt.Dir, meetingName)
	if err := w.meeting.write(beside); err != nil {
		return err
	}
	w.places = []string{beside}
	named := meetingOf(w.opt.Meeting, w.port())
	if err := w.meeting.write(named); err != nil {
		w.opt.Log.Warn("demo: mpg phone needs -c", "err", err)
		return nil
	}
	w.places = append(w.places, named)
	first, err := w.meeting.claim(w.ctx, w.opt.Meeting)
	if err != nil {
		return err
	}
	if w.first = first; first {
		w.places = append(w.places, w.opt.Meeting)
	}
	return nil
}

// port returns the port of the page.
func (w *World) port() string {
	_, port, _ := net.SplitHostPort(w.listen.Addr().String()) // always well formed
	return port
}
