package daemon

import (
	"github.com/prometheus/client_golang/prometheus"

	"mpg/engine/outbox"
)

// gauges returns the state of the binds, how many texts wait, and why they wait.
func (bs *binds) gauges() []gauge {
	list := []gauge{
		{"mpg_sms_given_up_total", "Texts dropped after being refused for a day while others were taken.", nil, true, count(bs.engine.Outbox().GivenUp)},
		{"mpg_sms_replaced_total", "Texts not sent because a later one about the same payment replaced them.", nil, true, count(bs.engine.Outbox().Replaced)},
	}
	for _, b := range bs.all {
		on := prometheus.Labels{"bind": b.name}
		list = append(list,
			gauge{"mpg_smpp_bind_up", "Whether the bind is up.", on, false, flag(b.session.Bound)},
			gauge{"mpg_smpp_bind_working", "Whether the bind is up and its SMSC answers.", on, false,
				flag(func() bool { ok, _ := b.session.Working(); return ok })},
			gauge{"mpg_sms_waiting", "Texts in memory waiting to be taken by the SMSC.", on, false,
				func() float64 { return float64(bs.waiting(b.name).Rows) }},
			gauge{"mpg_sms_waiting_oldest_seconds", "How long the oldest waiting text has waited, since its commit or since mpg was started.", on, false,
				func() float64 { return bs.waiting(b.name).Oldest.Seconds() }},
			gauge{"mpg_sms_rate", "Greatest number of texts a second given to the SMSC; 0: no limit.", on, false,
				func() float64 { return b.session.Pace().Rate }},
			gauge{"mpg_sms_held", "Whether texts are held back because the SMSC refused a higher rate.", on, false,
				flag(func() bool { return b.session.Pace().Held })},
			gauge{"mpg_sms_bind_unfit", "Whether texts are refused because of the bind's settings.", on, false,
				flag(func() bool { _, refused := b.sending.fault(); return refused })})
	}
	return list
}

// waiting returns what waits for one bind.
func (bs *binds) waiting(name string) outbox.State {
	for _, s := range bs.engine.Outbox().States() {
		if s.Channel == name {
			return s
		}
	}
	return outbox.State{}
}
