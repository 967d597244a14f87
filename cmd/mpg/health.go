package main

import (
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"mpg/engine/lang"
)

// routes is what HTTP serves: health and metrics. Nothing here takes a text, a
// key or an order.
func (d *daemon) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", d.readyz)
	mux.Handle("GET /metrics", promhttp.HandlerFor(d.metrics(), promhttp.HandlerOpts{}))
	return mux
}

// probe is one thing that has to be well before orders can be served.
type probe struct {
	name string
	well bool
	why  string // why it is not well, if that is known
}

// String returns one line of /readyz?verbose.
func (p probe) String() string {
	line := map[bool]string{true: "+ ", false: "- "}[p.well] + p.name
	if p.why != "" {
		line += ": " + p.why
	}
	return line
}

// probes are the parts whose failure stops payments.
func (d *daemon) probes() []probe {
	var list []probe
	for _, b := range d.binds {
		ok, why := b.session.Working()
		list = append(list, probe{"smsc " + b.name, ok, why}, b.sendProbe())
	}
	for name, l := range d.links {
		list = append(list, probe{"bank " + name, l.Up(), ""})
	}
	def, _ := lang.Parse(d.conf.Language)
	return append(list,
		probe{"voice " + string(def), d.speaks(def), ""},
		probe{"sip trunk", d.caller != nil && d.caller.Stats().TrunkUp, ""},
		probe{"store", d.well(), ""})
}

// readyz answers 200 if texts can be taken in and answered, and calls made. A bank
// that is down stops only its own orders, and of several binds one in each
// direction is enough.
func (d *daemon) readyz(w http.ResponseWriter, r *http.Request) {
	ready := d.bound() && d.well() && d.speaks(lang.Lang(d.conf.Language))
	if !ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	if r.URL.Query().Has("verbose") {
		for _, p := range d.probes() {
			_, _ = fmt.Fprintln(w, p)
		}
		for _, u := range d.engine.Unsettled() {
			_, _ = fmt.Fprintf(w, "%s reversals %s: %d open, oldest %s; %d in doubt, oldest %s\n", map[bool]string{true: "+", false: "-"}[u.Doubt == 0],
				u.Bank, u.Reversing, u.Oldest.Round(time.Second), u.Doubt, u.OldDoubt.Round(time.Second))
		}
	}
	_, _ = fmt.Fprintln(w, map[bool]string{true: "ready", false: "not ready"}[ready])
}

// well reports whether the store can be trusted.
func (d *daemon) well() bool { return d.store != nil && len(d.broken) == 0 }

// status is one line for systemctl status.
func (d *daemon) status() string {
	s := d.engine.Stats()
	return fmt.Sprintf("%d texts, %d calls, %d paid, %d not paid", s.Texts.Load(), s.Calls.Load(), s.Ended.Paid.Load(), s.Ended.Unpaid.Load())
}
