package daemon

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mpg/engine"
	"mpg/engine/approval"
)

// approvalGauges returns how many commands wait for a second person, and how many have
// ended, by how.
func approvalGauges(of *engine.Engine, now func() time.Time) []gauge {
	counts := of.Admin().Approvals.Counts
	list := []gauge{{"mpg_approvals", "Commands that wait for a second person.", prometheus.Labels{"state": string(approval.Waiting)}, false,
		func() float64 { waiting, _ := counts.Waiting(); return float64(waiting) }},
		{"mpg_approvals_oldest_seconds", "How long the oldest command that waits for a second person has waited; 0: none waits.", nil, false, func() float64 {
			if _, since := counts.Waiting(); !since.IsZero() {
				return now().Sub(since).Seconds()
			}
			return 0
		}}}
	for _, state := range approval.States() {
		if state != approval.Waiting {
			list = append(list, gauge{"mpg_approvals_ended_total", "Commands that needed two people, by what became of them.", prometheus.Labels{"state": string(state)}, true,
				func() float64 { return float64(counts.Ended.Load(state)) }})
		}
	}
	return list
}
