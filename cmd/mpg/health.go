package main

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
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

// needs are the parts without which no order can be confirmed. A bank that is down
// stops only its own orders, and of several binds one in each direction is enough.
func (d *daemon) needs() []probe {
	def, _ := lang.Parse(d.conf.Language)
	return []probe{
		{"voice " + string(def), d.speaks(def), ""},
		{"sip trunk", d.trunkUp(), map[bool]string{false: "does not answer; no order can be confirmed by a call"}[d.trunkUp()]},
		{"store", d.well(), ""},
	}
}

// trunkUp reports whether the trunk answers.
func (d *daemon) trunkUp() bool { return d.caller != nil && d.caller.Stats().TrunkUp }

// probes are the parts whose failure stops payments, some or all.
func (d *daemon) probes() []probe {
	var list []probe
	for _, b := range d.binds {
		ok, why := b.session.Working()
		list = append(list, probe{"smsc " + b.name, ok, why}, b.sendProbe())
	}
	for _, name := range slices.Sorted(maps.Keys(d.links)) {
		list = append(list, probe{"bank " + name, d.links[name].Up(), ""})
	}
	return append(append(list, d.needs()...), d.queueProbes()...)
}

// longQueue is the longest wait of a healthy queue: a receipt that is later than this
// is of little use.
const longQueue = 15 * time.Minute

// queueProbes report what is waiting, and since when.
func (d *daemon) queueProbes() []probe {
	var list []probe
	add := func(name string, n int, oldest time.Duration) {
		list = append(list, probe{"queue " + name, oldest < longQueue, fmt.Sprintf("%d, oldest %s", n, oldest.Round(time.Second))})
	}
	for _, s := range d.engine.Waiting() {
		add("texts "+s.Channel, s.Rows, s.Oldest)
	}
	n, oldest := d.engine.CallsWaiting()
	add("calls", n, oldest)
	return list
}

// readyz answers 200 if texts can be taken in and answered, and calls made. Otherwise
// it names what is missing.
func (d *daemon) readyz(w http.ResponseWriter, r *http.Request) {
	var missing []string
	if !d.bound() {
		missing = append(missing, "smsc")
	}
	for _, p := range d.needs() {
		if !p.well {
			missing = append(missing, p.name)
		}
	}
	if len(missing) > 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	if r.URL.Query().Has("verbose") {
		for _, p := range d.probes() {
			_, _ = fmt.Fprintln(w, p)
		}
		for _, u := range d.engine.Banks().Unsettled() {
			_, _ = fmt.Fprintf(w, "%s reversals %s: %d open, oldest %s; %d in doubt, oldest %s\n", map[bool]string{true: "+", false: "-"}[u.Doubt == 0],
				u.Bank, u.Reversing, u.Oldest.Round(time.Second), u.Doubt, u.OldDoubt.Round(time.Second))
		}
	}
	if len(missing) > 0 {
		_, _ = fmt.Fprintln(w, "not ready: "+strings.Join(missing, ", "))
		return
	}
	_, _ = fmt.Fprintln(w, "ready")
}

// well reports whether the store can be trusted.
func (d *daemon) well() bool { return d.store != nil && len(d.broken) == 0 }

// status is one line for systemctl status.
func (d *daemon) status() string {
	s := d.engine.Stats()
	return fmt.Sprintf("%d texts, %d calls, %d paid, %d not paid", s.Texts.Load(), s.Calls.Load(), s.Ended.Paid.Load(), s.Ended.Unpaid.Load())
}
