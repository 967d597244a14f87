package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"mpg/conf"
	"mpg/ivr/voice"
)

// TryOpen opens what Open opens besides the books, by the same functions, and closes
// it again. It returns why Open would fail, one error for each part, and separately
// what went wrong in closing. The ports of a running daemon are in use by that
// daemon, and are not tried.
func TryOpen(file *conf.File, running bool) (fails []error, closing error) {
	c := Config{File: file, Log: slog.New(slog.DiscardHandler), Voices: voice.CacheConfig{Voice: voice.First()}}
	d := New(c)
	d.calls.clips = voice.NewCache(c.Voices)
	parts := []func() error{func() error { return socketProblem(file) }, d.banks.prepare, d.binds.prepare, d.tills.loadCertificate}
	if !running {
		parts = append(parts, d.calls.openSIP, func() error { return tryHTTP(file) }, d.tills.try)
	}
	for _, open := range parts {
		if err := open(); err != nil {
			fails = append(fails, err)
		}
	}
	return fails, errors.Join(d.calls.Close(), d.banks.close())
}

func tryHTTP(file *conf.File) error {
	l, err := listenHTTP(file)
	if err != nil || l == nil {
		return err
	}
	return l.Close()
}

// try opens what cash registers connect to, and closes it again.
func (s *tills) try() error {
	listener, err := s.listen()
	if err != nil || listener == nil {
		return err
	}
	return listener.Close()
}

// Peers are the SMSCs and the banks of a file, to be tried one by one.
type Peers struct {
	binds *binds
	banks *banks
}

// NewPeers returns the peers of a file; none is dialled yet.
func NewPeers(file *conf.File) (*Peers, error) {
	d := New(Config{File: file, Log: slog.New(slog.DiscardHandler)})
	if err := errors.Join(d.binds.prepare(), d.banks.prepare()); err != nil {
		return nil, err
	}
	return &Peers{binds: d.binds, banks: d.banks}, nil
}

// TryBind binds to the SMSC of that name, and unbinds.
func (p *Peers) TryBind(ctx context.Context, name string) error {
	b := p.binds.named(name)
	if b == nil {
		return fmt.Errorf("no bind %s", name)
	}
	return b.session.Try(ctx)
}

// TryBank exchanges a sign-on, an echo and a sign-off with the bank of that name. Beside a
// running daemon it only asks for the echo: a sign-off would reach the daemon's line, too.
func (p *Peers) TryBank(ctx context.Context, name string, running bool) error {
	link := p.banks.links[name]
	if link == nil {
		return fmt.Errorf("no bank %s", name)
	}
	return link.Try(ctx, running)
}
