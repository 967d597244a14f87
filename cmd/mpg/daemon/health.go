package daemon

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"mpg/engine"
	"mpg/engine/acquirer"
	"mpg/engine/lang"
	"mpg/engine/view"
)

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

// health reports the state of the parts of an open daemon.
type health struct {
	language lang.Lang // without which no call can be made
	well     func() bool
	engine   *engine.Engine
	calls    *Calls
	banks    *banks
	binds    *binds
	view     *view.View // nil: none is kept
}

// needs are the parts without which no order can be confirmed. A bank that is down
// stops only its own orders, and of several binds one in each direction is enough.
func (h *health) needs() []probe {
	return []probe{
		{"voice " + string(h.language), h.calls.speaks(h.language), ""},
		{"sip trunk", h.calls.trunkUp(), map[bool]string{false: "does not answer; no order can be confirmed by a call"}[h.calls.trunkUp()]},
		{"store", h.well(), ""},
	}
}

// probes are the parts whose failure stops payments, some or all.
func (h *health) probes() []probe {
	var list []probe
	for _, b := range h.binds.all {
		ok, why := b.session.Working()
		list = append(list, probe{"smsc " + b.name, ok, why}, b.sendProbe())
	}
	for _, one := range h.engine.Banks().States() {
		list = append(list, bankProbe(&one))
	}
	return slices.Concat(list, h.needs(), h.calls.voiceProbes(), h.queueProbes(), h.viewProbes(), h.staffProbes())
}

// bankProbe reports whether orders for a bank are taken.
func bankProbe(one *acquirer.State) probe {
	p := probe{"bank " + one.Bank, one.Up && !one.Broken, ""}
	down := 0
	for _, line := range one.Lines {
		if !line.Up {
			down++
		}
	}
	switch {
	case one.Broken:
		p.why = "it is failing; orders for it are refused"
	case one.Up && down > 0:
		p.why = fmt.Sprintf("%d of %d lines are down", down, len(one.Lines))
	}
	return p
}

// longQueue is the longest wait of a healthy queue: a receipt that is later than this
// is of little use.
const longQueue = 15 * time.Minute

// queueProbes report what is waiting, and since when.
func (h *health) queueProbes() []probe {
	var list []probe
	add := func(name string, count int, oldest time.Duration) {
		list = append(list, probe{"queue " + name, oldest < longQueue, fmt.Sprintf("%d, oldest %s", count, oldest.Round(time.Second))})
	}
	for _, s := range h.engine.Outbox().States() {
		add("texts "+s.Channel, s.Rows, s.Oldest)
	}
	n, oldest := h.engine.Calls().Waiting()
	add("calls", n, oldest)
	return list
}

// viewProbes report how far the view is behind. Payments do not need it.
func (h *health) viewProbes() []probe {
	if h.view == nil {
		return nil
	}
	age := h.view.Age()
	return []probe{{"view", age < viewOld, fmt.Sprintf("behind for %s, records left %d", age.Round(time.Second), h.view.Lag())}}
}

// staffProbes report whether there are two people for what takes two. Payments do not need
// them.
func (h *health) staffProbes() []probe {
	now, err := h.engine.Admin().Approvals.TwoPeople(context.Background())
	switch {
	case err != nil:
		return []probe{{"two people", false, err.Error()}}
	case !now.InForce:
		return []probe{{"two people", true, "not needed until there is staff"}}
	case !now.Possible:
		return []probe{{"two people", false, "no two people can give and approve " + strings.Join(now.Lacking, ", ")}}
	}
	return []probe{{"two people", true, ""}}
}

// readyz answers 200 if texts can be taken in and answered, and calls made. Otherwise
// it names what is missing.
func (h *health) readyz(reply http.ResponseWriter, req *http.Request) {
	var missing []string
	if !h.binds.bound() {
		missing = append(missing, "smsc")
	}
	for _, p := range h.needs() {
		if !p.well {
			missing = append(missing, p.name)
		}
	}
	if len(missing) > 0 {
		reply.WriteHeader(http.StatusServiceUnavailable)
	}
	if req.URL.Query().Has("verbose") {
		for _, p := range h.probes() {
			_, _ = fmt.Fprintln(reply, p)
		}
		for _, u := range h.engine.Banks().Unsettled() {
			_, _ = fmt.Fprintf(reply, "%s reversals %s: %d open, oldest %s; %d in doubt, oldest %s\n", map[bool]string{true: "+", false: "-"}[u.Doubt == 0],
				u.Bank, u.Reversing, u.Oldest.Round(time.Second), u.Doubt, u.OldDoubt.Round(time.Second))
		}
	}
	if len(missing) > 0 {
		_, _ = fmt.Fprintln(reply, "not ready: "+strings.Join(missing, ", "))
		return
	}
	_, _ = fmt.Fprintln(reply, "ready")
}
