package daemon

import (
	"github.com/prometheus/client_golang/prometheus"

	"mpg/smpp"
)

// bindCollector collects the counters of the binds. Commands, statuses and reasons
// that have never occurred have no line.
type bindCollector struct{ binds []*bind }

// Describe sends nothing, which makes this an unchecked collector.
func (bindCollector) Describe(chan<- *prometheus.Desc) {}

// Collect reads each bind once.
func (c bindCollector) Collect(out chan<- prometheus.Metric) {
	for _, b := range c.binds {
		m := bindMetrics{bind: b.name, out: out}
		st := b.session.Stats()
		m.pdus(st)
		m.texts(st)
		m.links(st)
		if b.conf.Window > 0 {
			m.gauge("mpg_smpp_window_used_ratio", "Share of the window in use by requests waiting for a response.", float64(st.WindowUsed)/float64(b.conf.Window))
		}
	}
}

// bindMetrics writes the lines of one bind.
type bindMetrics struct {
	bind string
	out  chan<- prometheus.Metric
}

// label is the name and the value of a label. No value holds a phone number or a
// text.
type label struct{ name, value string }

func (m bindMetrics) write(kind prometheus.ValueType, name, help string, value float64, labels []label) {
	names, values := []string{"bind"}, []string{m.bind}
	for _, l := range labels {
		names, values = append(names, l.name), append(values, l.value)
	}
	m.out <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, names, nil), kind, value, values...)
}

func (m bindMetrics) count(name, help string, number uint64, labels ...label) {
	m.write(prometheus.CounterValue, name, help, float64(number), labels)
}

func (m bindMetrics) gauge(name, help string, value float64) {
	m.write(prometheus.GaugeValue, name, help, value, nil)
}

// pdus reports PDUs by direction, command and command_status.
func (m bindMetrics) pdus(st smpp.Stats) {
	const name, help = "mpg_smpp_pdus_total", "PDUs of the bind, by direction, command and command_status."
	for sent, commands := range map[bool]map[string]uint64{false: st.Received, true: st.Sent} {
		direction := label{"direction", map[bool]string{false: "received", true: "sent"}[sent]}
		for command, n := range commands {
			for pdu, other := range st.Statuses {
				if pdu.Sent == sent && pdu.Command == command {
					m.count(name, help, other, direction, label{"command", command}, label{"status", pdu.Status})
					n -= min(n, other) // the two counters are not read at the same instant
				}
			}
			m.count(name, help, n, direction, label{"command", command}, label{"status", "ESME_ROK"})
		}
	}
}

// texts reports what became of deliver_sm and submit_sm.
func (m bindMetrics) texts(st smpp.Stats) {
	for kind, n := range st.Messages {
		m.count("mpg_smpp_messages_total", "deliver_sm taken in, by kind.", n, label{"kind", kind})
	}
	for reason, n := range st.Unreadable {
		m.count("mpg_smpp_unreadable_total", "deliver_sm without a readable text, by reason.", n, label{"reason", reason})
	}
	for status, n := range st.Refusals {
		m.count("mpg_smpp_submit_refused_total", "submit_sm that the SMSC refused, by command_status.", n, label{"status", status})
	}
	m.count("mpg_smpp_submit_accepted_total", "submit_sm that the SMSC accepted.", st.Accepted)
	m.count("mpg_smpp_submit_unanswered_total", "submit_sm without an answer.", st.Uncertain)
	m.count("mpg_smpp_throttled_total", "Times that the rate was cut because the SMSC throttled.", st.Throttled)
	m.count("mpg_smpp_malformed_total", "deliver_sm refused because they cannot be decoded.", st.Malformed)
	m.count("mpg_smpp_inbox_full_total", "deliver_sm put off because too many were waiting.", st.InboxFull)
	m.count("mpg_smpp_acks_late_total", "Acknowledgements that left too late to tell a copy from a repeated order.", st.AcksLate)
	m.count("mpg_smpp_acks_dropped_total", "Acknowledgements whose link was gone.", st.AcksDropped)
}

// links reports how the links of the bind came and went.
func (m bindMetrics) links(st smpp.Stats) {
	m.count("mpg_smpp_binds_total", "Successful binds.", st.Binds)
	m.count("mpg_smpp_bind_failures_total", "Attempts to bind that failed.", st.BindFailures)
	m.count("mpg_smpp_links_lost_total", "Bound links that ended.", st.LinksLost)
	m.count("mpg_smpp_early_total", "PDUs that came before the answer to the bind.", st.Early)
	m.count("mpg_smpp_stray_total", "Responses that match no outstanding request.", st.Stray)
}
