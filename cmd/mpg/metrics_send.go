package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"mpg/engine/outbox"
)

// sendGauges returns the figures of the texts that wait, and why.
func (d *daemon) sendGauges() []gauge {
	list := []gauge{
		{"mpg_sms_given_up_total", "Texts dropped that were refused for a day while others were taken.", nil, true, count(d.engine.TextsGivenUp)},
		{"mpg_sms_replaced_total", "Texts not sent because a later one about the same payment replaced them.", nil, true, count(d.engine.TextsReplaced)},
	}
	for _, b := range d.binds {
		on := prometheus.Labels{"bind": b.name}
		list = append(list,
			gauge{"mpg_sms_waiting", "Texts in memory waiting to be taken by the SMSC.", on, false,
				func() float64 { return float64(d.waiting(b.name).Rows) }},
			gauge{"mpg_sms_waiting_oldest_seconds", "How long the oldest waiting text has waited, since its commit or since mpg was started.", on, false,
				func() float64 { return d.waiting(b.name).Oldest.Seconds() }},
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
func (d *daemon) waiting(bind string) outbox.State {
	for _, s := range d.engine.Waiting() {
		if s.Channel == bind {
			return s
		}
	}
	return outbox.State{}
}
