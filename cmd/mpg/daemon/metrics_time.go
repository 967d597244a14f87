package daemon

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mpg/engine/meter"
)

// Buckets of durations, in seconds. The bounds are chosen for decisions: the time that
// a disk, a network, a bank or a person usually takes, and several times that.
func diskBuckets() []float64 {
	return []float64{.0005, .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2.5}
}

func answerBuckets() []float64 {
	return []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 15, 30}
}

func orderBuckets() []float64 {
	return []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 20, 30, 45, 60, 90, 120, 180, 300, 600}
}

func callBuckets() []float64 {
	return []float64{1, 2, 3, 5, 8, 12, 15, 20, 30, 45, 60, 90, 120, 180, 300}
}

// meters are the durations that the parts measure. Observing is done on hot paths and
// never blocks.
type meters struct {
	commit      prometheus.Histogram
	submit      *prometheus.HistogramVec // by bind
	bank        *prometheus.HistogramVec // by connector
	order       *prometheus.HistogramVec // by step
	answer, len prometheus.Histogram     // of calls
}

func newMeters() *meters {
	one := func(name, help string, buckets []float64) prometheus.HistogramOpts {
		return prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}
	}
	return &meters{
		commit: prometheus.NewHistogram(one("mpg_db_fsync_seconds", "Time that a commit takes to reach the disk.", diskBuckets())),
		submit: prometheus.NewHistogramVec(one("mpg_smpp_submit_duration_seconds", "Time from a submit_sm to its response.", answerBuckets()), []string{"bind"}),
		bank:   prometheus.NewHistogramVec(one("mpg_connector_duration_seconds", "Time from a request to its answer.", answerBuckets()), []string{"connector"}),
		order: prometheus.NewHistogramVec(one("mpg_order_duration_seconds",
			"Time from an order to its first call, and to the SMSC's acceptance of its receipt.", orderBuckets()), []string{"step"}),
		answer: prometheus.NewHistogram(one("mpg_call_answer_seconds", "Time from placing a call until it is answered.", callBuckets())),
		len:    prometheus.NewHistogram(one("mpg_call_duration_seconds", "Time from the answer of a call to its end.", callBuckets())),
	}
}

// observer returns the function that records the durations of one bind or bank. It
// makes the series, so that the series exists before the first duration.
func observer(of *prometheus.HistogramVec, name string) func(time.Duration) {
	series := of.WithLabelValues(name)
	return func(lasting time.Duration) { series.Observe(lasting.Seconds()) }
}

// observe records a duration of the engine.
func (m *meters) observe() func(meter.Measure, time.Duration) {
	by := map[meter.Measure]prometheus.Observer{
		meter.OrderToCall:    m.order.WithLabelValues("call"),
		meter.OrderToReceipt: m.order.WithLabelValues("receipt"),
		meter.CallToAnswer:   m.answer,
		meter.CallLength:     m.len,
	}
	return func(of meter.Measure, lasting time.Duration) { by[of].Observe(lasting.Seconds()) }
}

// all lists the collectors.
func (m *meters) all() []prometheus.Collector {
	return []prometheus.Collector{m.commit, m.submit, m.bank, m.order, m.answer, m.len}
}
