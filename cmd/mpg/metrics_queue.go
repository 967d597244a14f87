package main

import (
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mpg/store/bolt"
)

// queueGauges returns the sizes and waits of the queues. Those of banks are in
// reversalGauges, those of each bind in sendGauges.
func (d *daemon) queueGauges() []gauge {
	s := d.engine.Stats()
	waiting := func(of func(n int, oldest time.Duration) float64) func() float64 {
		return func() float64 { return of(d.engine.CallsWaiting()) }
	}
	sms := prometheus.Labels{"medium": "sms"}
	list := []gauge{
		{"mpg_calls_waiting", "Calls that wait for a free line.", nil, false, waiting(func(n int, _ time.Duration) float64 { return float64(n) })},
		{"mpg_calls_waiting_oldest_seconds", "How long the oldest call has waited for a free line.", nil, false,
			waiting(func(_ int, oldest time.Duration) float64 { return oldest.Seconds() })},
		{"mpg_notify_queue_depth", "Notices in memory that have not been accepted, over all channels of the medium.", sms, false,
			func() float64 { n, _ := d.queued(); return float64(n) }},
		{"mpg_notify_oldest_seconds", "How long the oldest notice of the medium has waited.", sms, false,
			func() float64 { _, oldest := d.queued(); return oldest.Seconds() }},
		{"mpg_db_size_bytes", "Size of the ledger's file.", nil, false, d.ledgerBytes},
	}
	for _, state := range s.Open.Keys() {
		list = append(list, gauge{"mpg_orders_open", "Payments that have not ended, by state.", prometheus.Labels{"state": string(state)}, false,
			func() float64 { return float64(s.Open.Load(state)) }})
	}
	return list
}

// queued adds up the waiting texts of all binds.
func (d *daemon) queued() (n int, oldest time.Duration) {
	for _, s := range d.engine.Waiting() {
		n, oldest = n+s.Rows, max(oldest, s.Oldest)
	}
	return n, oldest
}

// ledgerBytes returns the size of the ledger's file, or 0 if it cannot be seen.
func (d *daemon) ledgerBytes() float64 {
	info, err := os.Stat(filepath.Join(d.conf.DataDir, bolt.FileName))
	if err != nil {
		return 0
	}
	return float64(info.Size())
}
