package daemon

import (
	"github.com/prometheus/client_golang/prometheus"

	"mpg/engine/bank"
)

// connectors collects the counters of the bank links. Each link is read once for all
// of its figures, so that they are consistent.
type connectors struct {
	links map[string]connector
}

// connectorSeries is one kind of counter of a link, by a word from a fixed list.
type connectorSeries struct {
	desc   *prometheus.Desc
	values func(bank.Stats) map[string]uint64
}

func connectorDesc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("mpg_connector_"+name, help, append([]string{"connector"}, labels...), nil)
}

func (connectors) series() []connectorSeries {
	return []connectorSeries{
		{connectorDesc("requests_total", "Requests to banks, by what the answer said or why there was none.", "result"),
			func(stats bank.Stats) map[string]uint64 { return stats.Requests }},
		{connectorDesc("advices_total", "Attempts to take what a bank holds, by what the answer said or why there was none.", "result"),
			func(stats bank.Stats) map[string]uint64 { return stats.Advices }},
		{connectorDesc("reversals_total", "Attempts to reverse a request, by what the answer said or why there was none.", "outcome"),
			func(stats bank.Stats) map[string]uint64 { return stats.Reversals }},
		{connectorDesc("unsure_total", "Requests and reversals that were not sent or have no certain answer, by cause.", "cause"),
			func(stats bank.Stats) map[string]uint64 { return stats.Unsure }},
		{connectorDesc("answers_total", "Answers that nothing was waiting for, by kind.", "kind"),
			func(stats bank.Stats) map[string]uint64 { return stats.Answers }},
		{connectorDesc("mac_failures_total", "Messages from banks that were treated as not received because of their MAC, by what is wrong with it.", "mac"),
			func(stats bank.Stats) map[string]uint64 { return stats.MAC }},
		{connectorDesc("keys_total", "Keys that banks sent, by whether they were accepted.", "result"),
			func(stats bank.Stats) map[string]uint64 { return stats.Keys }},
		{connectorDesc("host_messages_total", "Messages initiated by banks, by kind.", "kind"),
			func(stats bank.Stats) map[string]uint64 { return stats.Host }},
	}
}

func (connectors) up() *prometheus.Desc {
	return connectorDesc("up", "Whether the bank's link is signed on.")
}

func (connectors) lines() *prometheus.Desc {
	return connectorDesc("lines", "Lines to the addresses of the bank, by whether they are signed on.", "state")
}

func (connectors) outstanding() *prometheus.Desc {
	return connectorDesc("outstanding", "Requests and reversals waiting for an answer.")
}

// Describe implements prometheus.Collector.
func (c connectors) Describe(descs chan<- *prometheus.Desc) {
	for _, s := range c.series() {
		descs <- s.desc
	}
	descs <- c.up()
	descs <- c.lines()
	descs <- c.outstanding()
}

// Collect implements prometheus.Collector.
func (c connectors) Collect(metrics chan<- prometheus.Metric) {
	for name, l := range c.links {
		stats := l.Stats()
		for _, s := range c.series() {
			for word, n := range s.values(stats) {
				metrics <- prometheus.MustNewConstMetric(s.desc, prometheus.CounterValue, float64(n), name, word)
			}
		}
		metrics <- prometheus.MustNewConstMetric(c.up(), prometheus.GaugeValue, flag(l.Up)(), name)
		up := 0
		lines := l.State().Lines
		for _, line := range lines {
			if line.Up {
				up++
			}
		}
		metrics <- prometheus.MustNewConstMetric(c.lines(), prometheus.GaugeValue, float64(up), name, "up")
		metrics <- prometheus.MustNewConstMetric(c.lines(), prometheus.GaugeValue, float64(len(lines)-up), name, "down")
		metrics <- prometheus.MustNewConstMetric(c.outstanding(), prometheus.GaugeValue, float64(stats.Outstanding), name)
	}
}
