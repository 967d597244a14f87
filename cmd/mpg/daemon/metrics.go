package daemon

import (
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"mpg/store/bolt"
)

// gauge is a figure that is read when somebody asks. No label holds a number,
// a name of a person or a text.
type gauge struct {
	name, help string
	labels     prometheus.Labels
	counter    bool
	read       func() float64
}

// Metrics registers what the parts of an open daemon count; the names are those a NOC
// expects.
func (d *Daemon) Metrics() *prometheus.Registry {
	reg := prometheus.NewRegistry()
	for _, g := range slices.Concat(textGauges(d.engine.Stats()), d.binds.gauges(), d.calls.gauges(), d.calls.voiceGauges(),
		d.moneyGauges(), reversalGauges(d.engine, slices.Sorted(maps.Keys(d.banks.links))), queueGauges(d.engine), whyGauges(d.engine), d.reads.gauges(), d.tills.gauges(), staffGauges(d.engine), approvalGauges(d.engine, time.Now)) {
		opts := prometheus.Opts{Name: g.name, Help: g.help, ConstLabels: g.labels}
		if g.counter {
			reg.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts(opts), g.read))
		} else {
			reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts(opts), g.read))
		}
	}
	reg.MustRegister(connectors{d.banks.links})
	reg.MustRegister(bindCollector{d.binds.all})
	reg.MustRegister(d.meters.all()...)
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return reg
}

// moneyGauges returns the figures of PINs, payments and the ledger.
func (d *Daemon) moneyGauges() []gauge {
	s := d.engine.Stats()
	return []gauge{
		{"mpg_pin_attempts_total", "PINs keyed.", prometheus.Labels{"result": "right"}, true, count(s.PINRight.Load)},
		{"mpg_pin_attempts_total", "PINs keyed.", prometheus.Labels{"result": "wrong"}, true, count(s.PINWrong.Load)},
		{"mpg_pin_locked_total", "Subscribers locked by wrong PINs.", nil, true, count(s.Locked.Load)},
		{"mpg_orders_total", "Payments that have ended.", prometheus.Labels{"result": "paid"}, true, count(s.Ended.Paid.Load)},
		{"mpg_orders_total", "Payments that have ended.", prometheus.Labels{"result": "not_paid"}, true, count(s.Ended.Unpaid.Load)},
		{"mpg_ledger_imbalance_minor", "Debits less credits over all currencies; must be 0.", nil, false, d.imbalance},
		{"mpg_db_size_bytes", "Size of the ledger's file.", nil, false, d.ledgerBytes},
		{"mpg_audit_verified_timestamp_seconds", "When mpg ledger verify last found no fault; 0: not since the start.", nil, false, count(s.Verified.Load)},
		{"mpg_config_last_reload_successful", "Whether the configuration that was read last is in force; 0: it was refused, and the one before stays.", nil, false,
			flag(func() bool { return d.engine.Rules().Refused == nil })},
		{"mpg_build_info", "The running version.", prometheus.Labels{"version": d.version}, false, func() float64 { return 1 }},
	}
}

// imbalance sums the absolute differences, so that two cannot cancel each other out. If the
// balances cannot be read, it returns NaN, so that a failure does not look like 0.
func (d *Daemon) imbalance() float64 {
	trials, err := d.store.Trial(d.ctx)
	if err != nil {
		return math.NaN()
	}
	sum := 0.0
	for _, t := range trials {
		diff := float64(t.Debits - t.Credits)
		sum += max(diff, -diff)
	}
	return sum
}

// ledgerBytes returns the size of the ledger's file, or 0 if it cannot be seen.
func (d *Daemon) ledgerBytes() float64 {
	info, err := os.Stat(filepath.Join(d.conf.DataDir, bolt.FileName))
	if err != nil {
		return 0
	}
	return float64(info.Size())
}

func count(load func() int64) func() float64 {
	return func() float64 { return float64(load()) }
}

func flag(up func() bool) func() float64 {
	return func() float64 {
		if up() {
			return 1
		}
		return 0
	}
}
