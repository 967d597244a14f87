package daemon

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mpg/conf"
	"mpg/engine/follow"
	"mpg/engine/local"
	"mpg/engine/offer"
	"mpg/engine/payment"
	"mpg/engine/till"
	"mpg/engine/till/escpos"
	"mpg/engine/till/printer"
	"mpg/engine/till/tillhttp"
	"mpg/store"
)

// tills is what the cash registers and the printers of shops are served by.
type tills struct {
	conf *conf.File
	log  *slog.Logger

	certificate atomic.Pointer[tls.Certificate]
	feed        *till.Feed       // nil: no cash registers are served
	server      *tillhttp.Server // nil: the same
	http        *http.Server
	listener    net.Listener
	stop        context.CancelFunc // ends the streams
	printers    []*printer.Printer
}

// printerKeep is how often the position of a printer that prints nothing is kept.
const printerKeep = time.Minute

// open begins to serve cash registers, if the file has an address for them, and to print.
func (s *tills) open(d *Daemon) error {
	feed, ok := d.store.(store.Feed)
	if !ok {
		return nil
	}
	if err := s.loadCertificate(); err != nil {
		return err
	}
	listener, err := s.listen()
	if err != nil {
		return err
	}
	if listener != nil {
		s.serve(d, feed, listener)
	}
	return s.print(d, feed)
}

// listen returns the listener for cash registers, or nil if the file wants none.
func (s *tills) listen() (net.Listener, error) {
	t := &s.conf.Till
	if !t.Listen.IsValid() {
		return nil, nil
	}
	listener, err := net.Listen("tcp", t.Listen.String())
	if err != nil {
		return nil, portProblem(s.conf, "till.listen", t.Listen.String(), err)
	}
	return listener, nil
}

// loadCertificate reads the certificate and its key, if the file names them, for connections
// from now on.
func (s *tills) loadCertificate() error {
	if s.conf.Till.Certificate == "" {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(s.conf.Till.Certificate, s.conf.Till.KeyFile)
	if err != nil {
		return s.conf.Mistake("till.certificate", bare(err).Error())
	}
	s.certificate.Store(&pair)
	return nil
}

// reload reads the certificate again. If it cannot be used, the one before stays.
func (s *tills) reload() {
	if s.server == nil {
		return
	}
	if err := s.loadCertificate(); err != nil {
		s.log.Error("the certificate for tills cannot be read; the one before stays in use", "err", err)
	}
}

// serve serves cash registers on listener.
func (s *tills) serve(d *Daemon, feed store.Feed, listener net.Listener) {
	t, books, facts := &s.conf.Till, d.engine.Books(), factsOf(d.engine.Offers())
	s.feed = till.NewFeed(till.FeedConfig{Feed: feed, Identity: books.Identity, Ref: books.Refs.Ref, Facts: facts, Resume: uint64(t.Resume), Log: s.log})
	s.server = tillhttp.New(tillhttp.Config{Feed: s.feed, Operator: d.engine.Admin(), Decide: decides(d.engine.Offers()), Till: d.engine.Admin().Tills.Of,
		Desk:    till.Desk{Run: d.engine.Runner(), Number: books.Refs.Number, Ref: books.Refs.Ref, Facts: facts},
		Streams: t.Streams, RequestsPerHour: t.RequestsPerHour, Heartbeat: t.Heartbeat, Now: time.Now, Log: s.log})
	var streams context.Context
	streams, s.stop = context.WithCancel(d.ctx)
	s.http, s.listener = s.server.HTTP(streams), s.server.Limit(listener, t.Connections)
	if t.Certificate != "" {
		s.listener = tls.NewListener(s.listener, &tls.Config{MinVersion: tls.VersionTLS13, NextProtos: []string{"http/1.1"},
			GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return s.certificate.Load(), nil }})
	}
	d.serves.Go(func() { s.feed.Run(d.ctx) })
	d.serve(s.http, s.listener)
}

// decides returns what takes the word of a shop about a card order that waits for it.
func decides(desk *offer.Desk) func(ctx context.Context, shop, ref string, accept bool) error {
	return func(ctx context.Context, shop, ref string, accept bool) error {
		err := desk.Decide(ctx, ref, shop, accept)
		for _, known := range []struct{ desk, till error }{{offer.ErrUnknown, till.ErrNotOffered}, {offer.ErrDecided, till.ErrDecided}, {offer.ErrLate, till.ErrTooLate}} {
			if errors.Is(err, known.desk) {
				return known.till
			}
		}
		return err
	}
}

// factsOf returns what tells tills of the card that pays.
func factsOf(desk *offer.Desk) till.Facts {
	return func(ctx context.Context, p *payment.Payment) (till.CardFacts, error) {
		authID, holder, err := desk.CardFacts(ctx, p)
		return till.CardFacts{AuthID: authID, Holder: holder}, err
	}
}

// print has the printers of the file follow the journal.
func (s *tills) print(d *Daemon, feed store.Feed) error {
	place := local.Place{Zone: s.conf.TimeZone}
	var followers []follow.Follower
	for _, p := range s.conf.Till.Printer {
		one := printer.New(printer.Config{Name: p.Name, Shop: p.Shop, Addr: p.Addr, Paper: escpos.Paper{Width: p.Width, Page: escpos.Page(p.Page)}, Keep: p.Keep,
			Run: d.engine.Runner(), Ref: d.engine.Books().Refs.Ref, Place: place, Now: time.Now, Log: s.log})
		s.printers = append(s.printers, one)
		followers = append(followers, one.Follower(feed))
	}
	if len(followers) == 0 {
		return nil
	}
	runner, err := follow.New(follow.Config{Feed: feed, Followers: followers, Log: s.log, Every: printerKeep})
	if err != nil {
		return err
	}
	d.serves.Go(func() { runner.Run(d.ctx) })
	return nil
}

// close ends the streams, and lets other requests end.
func (s *tills) close(ctx context.Context) error {
	if s.http == nil {
		return nil
	}
	s.stop()
	return s.http.Shutdown(ctx)
}

// addr returns the address that cash registers connect to; empty: none.
func (s *tills) addr() string {
	if s.listener == nil {
		return ""
	}
	return s.listener.Addr().String()
}

// TillAddr returns the address of an open daemon that cash registers connect to; empty: none.
func (d *Daemon) TillAddr() string { return d.tills.addr() }

// gauges returns the figures of cash registers and printers.
func (s *tills) gauges() []gauge {
	var all []gauge
	if s.server != nil {
		counts := &s.server.Counts
		const refused, help = "mpg_till_refused_total", "Requests and connections of tills that were refused, by reason."
		all = append(all,
			gauge{"mpg_till_streams", "Event streams that tills have open.", nil, false, func() float64 { return float64(s.feed.Streams()) }},
			gauge{"mpg_till_events_total", "Events sent to tills.", nil, true, count(s.feed.Sent.Load)},
			gauge{"mpg_till_slow_total", "Event streams cut off because their till did not read.", nil, true, count(counts.Slow.Load)},
			gauge{refused, help, prometheus.Labels{"reason": "unknown_key"}, true, count(counts.Unknown.Load)},
			gauge{refused, help, prometheus.Labels{"reason": "blocked_key"}, true, count(counts.Blocked.Load)},
			gauge{refused, help, prometheus.Labels{"reason": "throttled"}, true, count(counts.Throttled.Load)},
			gauge{refused, help, prometheus.Labels{"reason": "full"}, true, count(counts.Full.Load)})
	}
	for _, p := range s.printers {
		name := prometheus.Labels{"printer": p.Name()}
		all = append(all,
			gauge{"mpg_printer_oldest_seconds", "How long the oldest slip has been waiting for its printer; 0: none is waiting.", name, false, func() float64 { return p.Age().Seconds() }},
			gauge{"mpg_printer_slips_total", "Slips that a printer took.", name, true, count(p.Printed.Load)},
			gauge{"mpg_printer_reprints_total", "Slips that may have been printed before, and say so.", name, true, count(p.Reprinted.Load)},
			gauge{"mpg_printer_dropped_total", "Slips that waited too long and were not printed.", name, true, count(p.Dropped.Load)})
	}
	return all
}

// servers are what a daemon serves commands, figures and shops by.
type servers struct {
	socket *http.Server
	web    *http.Server
	tills  *tills
}

// close ends them.
func (s *servers) close(ctx context.Context) error {
	return errors.Join(s.tills.close(ctx), shutdown(ctx, s.web), shutdown(ctx, s.socket))
}
