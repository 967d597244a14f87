package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"mpg/conf"
	"mpg/engine/lang"
)

func (d *Daemon) openHTTP() error {
	l, err := listenHTTP(d.conf)
	if err != nil || l == nil {
		return err
	}
	d.web = &http.Server{Handler: d.Routes(), ReadHeaderTimeout: CloseWait}
	d.serve(d.web, l)
	return nil
}

// listenHTTP returns the listener of health and metrics, or nil if the file wants
// none.
func listenHTTP(file *conf.File) (net.Listener, error) {
	if !file.HTTP.Listen.IsValid() {
		return nil, nil
	}
	l, err := net.Listen("tcp", file.HTTP.Listen.String())
	if err != nil {
		return nil, portProblem(file, "http.listen", file.HTTP.Listen.String(), err)
	}
	return l, nil
}

// serve runs server on listener until it is shut down.
func (d *Daemon) serve(server *http.Server, listener net.Listener) {
	d.serves.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			d.log.Error("serving stopped", "addr", listener.Addr(), "err", err)
		}
	})
}

// Routes returns what HTTP serves of an open daemon: health and metrics. Nothing
// there takes a text, a key or an order.
func (d *Daemon) Routes() http.Handler {
	language, _ := lang.Parse(d.conf.Language)
	h := &health{language: language, well: d.well, engine: d.engine, calls: d.calls, banks: d.banks, binds: d.binds, view: d.reads.view}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(reply http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(reply, "ok") })
	mux.HandleFunc("GET /readyz", h.readyz)
	mux.Handle("GET /metrics", promhttp.HandlerFor(d.Metrics(), promhttp.HandlerOpts{}))
	return mux
}

func shutdown(ctx context.Context, server *http.Server) error {
	if server == nil {
		return nil
	}
	return server.Shutdown(ctx)
}
