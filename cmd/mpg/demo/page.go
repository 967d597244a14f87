package demo

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"time"
)

//go:embed assets
var assets embed.FS

// Limits of the page's server.
const (
	bodyMax       = 4 << 10         // octets of a POST
	headerMax     = 16 << 10        // octets
	headerTimeout = 5 * time.Second // to read a request's header
	readTimeout   = 10 * time.Second
	writeTimeout  = 10 * time.Second // of one write; streams set it anew each time
	idleTimeout   = 2 * time.Minute
	streamsMax    = 32 // events and calls listened to at once
	sendTimeout   = 30 * time.Second
)

// page serves the handsets to a browser, and to `mpg phone`.
type page struct {
	hub     *hub
	phones  map[string]*handset // by number
	faults  *faults
	tills   *tills
	guard   *guard
	streams chan struct{} // one place for each stream under way
	log     *slog.Logger
}

func newPage(all *hub, phones map[string]*handset, switches *faults, door *guard, log *slog.Logger) *page {
	return &page{hub: all, phones: phones, faults: switches, tills: newTills(all), guard: door, streams: make(chan struct{}, streamsMax), log: log}
}

// handler is the whole of the page behind its guard.
func (p *page) handler() http.Handler {
	mux := http.NewServeMux()
	files, err := fs.Sub(assets, "assets")
	if err != nil {
		panic(err) // the folder is part of the binary
	}
	mux.HandleFunc("GET /{$}", func(response http.ResponseWriter, request *http.Request) {
		http.ServeFileFS(response, request, files, "index.html")
	})
	mux.Handle("GET /assets/", http.StripPrefix("/assets/", http.FileServerFS(files)))
	mux.HandleFunc("GET /favicon.ico", func(response http.ResponseWriter, request *http.Request) {
		http.ServeFileFS(response, request, files, "favicon.svg")
	})
	mux.HandleFunc("GET /events", p.limited(p.events))
	mux.HandleFunc("GET /sound/{number}", p.limited(p.sound))
	mux.HandleFunc("POST /text", p.text)
	mux.HandleFunc("POST /answer", p.act(func(phone *handset, _ order) error { return phone.answer() }))
	mux.HandleFunc("POST /hangup", p.act(func(phone *handset, _ order) error { return phone.hangUp() }))
	mux.HandleFunc("POST /keys", p.act(func(phone *handset, wanted order) error { return phone.press(wanted.Keys) }))
	mux.HandleFunc("POST /fault", p.fault)
	mux.HandleFunc("POST /till", p.till)
	return p.guard.wrap(mux)
}

// order is what the page asks for; each path reads its own fields.
type order struct {
	Phone string `json:"phone"`
	To    string `json:"to"`
	Body  string `json:"body"`
	Keys  string `json:"keys"`
	Fault string `json:"fault"`
	On    bool   `json:"on"`

	Shop   string `json:"shop"` // whose till does something
	Ref    string `json:"ref"`
	Does   string `json:"does"`
	Amount string `json:"amount"`
}

func readOrder(response http.ResponseWriter, request *http.Request) (order, error) {
	var o order
	in := json.NewDecoder(http.MaxBytesReader(response, request.Body, bodyMax))
	in.DisallowUnknownFields()
	return o, in.Decode(&o)
}

// act answers a POST that does something with a handset. Neither the order nor
// an error that could quote it is logged: it may hold keys.
func (p *page) act(do func(*handset, order) error) http.HandlerFunc {
	return func(response http.ResponseWriter, request *http.Request) {
		o, err := readOrder(response, request)
		if err != nil {
			refuse(response, http.StatusBadRequest, errNoOrder)
			return
		}
		h, ok := p.phones[o.Phone]
		if !ok {
			refuse(response, http.StatusNotFound, errNoHandset)
			return
		}
		if err := do(h, o); err != nil {
			refuse(response, http.StatusConflict, err)
			return
		}
		response.WriteHeader(http.StatusNoContent)
	}
}

// text sends a message and does not wait for the gateway: the screen shows what
// becomes of it.
func (p *page) text(response http.ResponseWriter, request *http.Request) {
	p.act(func(phone *handset, wanted order) error {
		if err := checkText(wanted.To, wanted.Body); err != nil {
			return err
		}
		go func() {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(request.Context()), sendTimeout)
			defer cancel()
			if err := phone.text(ctx, wanted.To, wanted.Body); err != nil {
				p.log.Info("demo: a text was not delivered", "err", err)
			}
		}()
		return nil
	})(response, request)
}

func (p *page) fault(response http.ResponseWriter, request *http.Request) {
	o, err := readOrder(response, request)
	if err == nil {
		err = p.faults.set(o.Fault, o.On)
	}
	if err != nil {
		refuse(response, http.StatusBadRequest, err)
		return
	}
	response.WriteHeader(http.StatusNoContent)
}

// till has a shop's till do what was pressed on it.
func (p *page) till(response http.ResponseWriter, request *http.Request) {
	o, err := readOrder(response, request)
	if err != nil {
		refuse(response, http.StatusBadRequest, errNoOrder)
		return
	}
	if err := p.tills.act(request.Context(), o.Shop, o.Ref, o.Does, o.Amount); err != nil {
		refuse(response, http.StatusConflict, err)
		return
	}
	response.WriteHeader(http.StatusNoContent)
}

// serve answers on listener until ctx ends, then lets requests end.
func (p *page) serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler:           p.handler(),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    headerMax,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          slog.NewLogLogger(p.log.Handler(), slog.LevelDebug),
	}
	stop := context.AfterFunc(ctx, func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if server.Shutdown(end) != nil {
			_ = server.Close() // a stream that does not end in time is cut
		}
	})
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
