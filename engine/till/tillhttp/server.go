// Package tillhttp is what the cash registers of shops talk to: HTTP with JSON, and
// server-sent events.
//
//	server.go   Server: the routes, and who may use them      limits.go   bounds on connections
//	events.go   GET /v1/events                                orders.go   what a till does with a payment
//	problem.go  errors, as RFC 9457 says
//
// A till shows its key as a bearer token (RFC 6750). The routes are:
//
//	GET  /v1/events                  the payments of the shop as they are committed
//	GET  /v1/payments/{ref}          one of them
//	POST /v1/orders/{ref}/capture    {"amount": "183.20"}, of what is held
//	POST /v1/orders/{ref}/increase   {"amount": "50.00"}, on top of what is held
//	POST /v1/orders/{ref}/release    all of what is held
//	POST /v1/orders/{ref}/redeem     the ticket whose number is the reference
//	POST /v1/orders/{ref}/accept     an order that waits for the word of the shop; or refuse
//
// What changes something may carry an Idempotency-Key; a repeat under it is answered as the
// request was at first.
//
// The package imports engine/till, engine/pan for card numbers in keys, engine/admin for
// captures and releases, engine/auth to say who gave them, engine/quota and store/money.
// golang.org/x/sys has the kernel end connections to tills that are gone.
package tillhttp

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"mpg/engine/admin"
	"mpg/engine/quota"
	"mpg/engine/till"
	"mpg/store/money"
)

// Operator is what a till's requests lead to; it is an admin.Service.
type Operator interface {
	Capture(ctx context.Context, by admin.Command, ref string, amount money.Amount) (json.RawMessage, error)
	Increase(ctx context.Context, by admin.Command, ref string, amount money.Amount) (json.RawMessage, error)
	Release(ctx context.Context, by admin.Command, ref string) (json.RawMessage, error)
	ParseAmount(written string) (money.Amount, error)
}

// Config is what a Server works with.
type Config struct {
	Feed     *till.Feed
	Desk     till.Desk
	Operator Operator
	// Till returns the till whose key that is, or till.ErrKey or till.ErrBlocked.
	Till func(ctx context.Context, key string) (*till.Till, error)
	// Decide takes the word of a shop about an order that waits for it; the same word again is
	// no error. The error is till.ErrNotOffered, till.ErrDecided, till.ErrTooLate, or one of the
	// store. If nil, no order waits for a shop, and there are no routes for it.
	Decide          func(ctx context.Context, shop, ref string, accept bool) error
	Streams         int // at once, of one till
	RequestsPerHour int // of one till
	Heartbeat       time.Duration
	WriteWait       time.Duration // how long a till may take to read what it is sent; 0: writeWait
	Now             func() time.Time
	Log             *slog.Logger
}

// Counts are counters since the start.
type Counts struct {
	Unknown   atomic.Int64 // requests with a key that is not known, or none
	Blocked   atomic.Int64 // with a key that is blocked
	Throttled atomic.Int64 // more than a till, or an address without a key, may make
	Slow      atomic.Int64 // streams that were cut off because their till did not read
	Full      atomic.Int64 // connections beyond the greatest number
}

// Server answers tills.
type Server struct {
	Counts Counts

	cfg    Config
	mux    *http.ServeMux
	calls  quota.Fixed // requests by till
	misses quota.Fixed // requests without a key that is known, by address
}

// Bounds of one request.
const (
	headerWait     = 10 * time.Second // for TLS and the header
	bodyWait       = 10 * time.Second
	idleWait       = time.Minute
	writeWait      = 10 * time.Second
	headerBytesMax = 8 << 10
	bodyBytesMax   = 4 << 10
	keyBytesMax    = 64 // of an Idempotency-Key
)

// missesMax is how many requests without a key that is known an address is told about in an
// hour. Beyond that it only hears that they are too many.
const missesMax = 60

// New returns a Server.
func New(cfg Config) *Server {
	if cfg.WriteWait <= 0 {
		cfg.WriteWait = writeWait
	}
	s := &Server{cfg: cfg, mux: http.NewServeMux()}
	s.mux.HandleFunc("GET /v1/events", s.with(s.events))
	s.mux.HandleFunc("GET /v1/payments/{ref}", s.with(s.payment))
	s.mux.HandleFunc("POST /v1/orders/{ref}/capture", s.with(s.capture))
	s.mux.HandleFunc("POST /v1/orders/{ref}/increase", s.with(s.increase))
	s.mux.HandleFunc("POST /v1/orders/{ref}/release", s.with(s.release))
	s.mux.HandleFunc("POST /v1/orders/{ref}/redeem", s.with(s.redeem))
	if cfg.Decide != nil {
		s.mux.HandleFunc("POST /v1/orders/{ref}/accept", s.with(s.decide(true)))
		s.mux.HandleFunc("POST /v1/orders/{ref}/refuse", s.with(s.decide(false)))
	}
	s.mux.HandleFunc("/", func(reply http.ResponseWriter, req *http.Request) { s.problem(reply, errNoRoute) })
	return s
}

// HTTP returns a server for s whose streams end with ctx. It speaks HTTP/1.1 only, so that
// each stream has a connection of its own, which can be counted and cut off.
func (s *Server) HTTP(ctx context.Context) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Server{
		Handler: s, Protocols: protocols, BaseContext: func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: headerWait, IdleTimeout: idleWait, MaxHeaderBytes: headerBytesMax,
		ErrorLog: slog.NewLogLogger(s.cfg.Log.Handler(), slog.LevelDebug), // whatever strangers send must not fill the log
	}
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(reply http.ResponseWriter, req *http.Request) {
	reply.Header().Set("Cache-Control", "no-store")
	reply.Header().Set("X-Content-Type-Options", "nosniff")
	control := http.NewResponseController(reply)
	_ = control.SetReadDeadline(time.Now().Add(bodyWait)) // some doubles of tests have none
	_ = control.SetWriteDeadline(time.Now().Add(s.cfg.WriteWait))
	req.Body = http.MaxBytesReader(reply, req.Body, bodyBytesMax)
	s.mux.ServeHTTP(reply, req)
}

// handler answers a request of a till.
type handler func(reply http.ResponseWriter, req *http.Request, by *till.Till) error

// with returns a handler that serves only tills whose key is known.
func (s *Server) with(serve handler) http.HandlerFunc {
	return func(reply http.ResponseWriter, req *http.Request) {
		by, err := s.admit(req)
		if err == nil {
			err = serve(reply, req, by)
		}
		if err != nil {
			s.problem(reply, err)
		}
	}
}

// admit returns the till that makes a request, or why it is not answered.
func (s *Server) admit(req *http.Request) (*till.Till, error) {
	by, err := s.cfg.Till(req.Context(), bearer(req))
	now := s.cfg.Now()
	switch {
	case err == nil:
		if !s.calls.Allow(by.ID(), now, s.cfg.RequestsPerHour) {
			s.Counts.Throttled.Add(1)
			return nil, errThrottled
		}
		return by, nil
	case errors.Is(err, till.ErrBlocked):
		s.Counts.Blocked.Add(1)
	case errors.Is(err, till.ErrKey):
		s.Counts.Unknown.Add(1)
	default:
		return nil, err
	}
	host, _, _ := net.SplitHostPort(req.RemoteAddr)
	if !s.misses.Allow(host, now, missesMax) {
		s.Counts.Throttled.Add(1)
		return nil, errThrottled
	}
	s.cfg.Log.Warn("key of a till refused", "why", err, "addr", host)
	return nil, err
}

// bearer returns the key of a request, or "".
func bearer(req *http.Request) string {
	scheme, key, _ := strings.Cut(req.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(key)
}

// cut reports whether err says that the other side does not read.
func cut(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
