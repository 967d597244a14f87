package daemon

import (
	"github.com/prometheus/client_golang/prometheus"

	"mpg/engine"
	"mpg/engine/payment"
	"mpg/engine/refusal"
)

// whyGauges returns the counts of refused orders and of ended payments, by reason. The
// reasons are named as in the records.
func whyGauges(of *engine.Engine) []gauge {
	list := []gauge{{"mpg_orders_refused_dropped_total", "Refused orders that were not kept because their sender was over the hourly quota.", nil, true,
		count(of.Stats().RefusalsDropped.Load)}}
	for _, reason := range refusal.Reasons() {
		list = append(list, gauge{"mpg_orders_refused_total", "Orders that were not taken on, by reason.", prometheus.Labels{"reason": string(reason)}, true,
			func() float64 { return float64(of.Orders().Refused.Load(reason)) }})
	}
	for _, reason := range payment.Ends() {
		list = append(list, gauge{"mpg_payments_ended_total", "Payments that have ended, by reason.", prometheus.Labels{"reason": reason.Label()}, true,
			func() float64 { return float64(of.Stats().EndedBy.Load(reason)) }})
	}
	return list
}
