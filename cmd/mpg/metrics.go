package main

import (
	"maps"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"mpg/engine"
	"mpg/engine/phone"
	"mpg/ivr"
)

// gauge is a figure that is read when somebody asks. No label holds a number,
// a name of a person or a text.
type gauge struct {
	name, help string
	labels     prometheus.Labels
	counter    bool
	read       func() float64
}

// metrics registers what the parts count; the names are those a NOC expects.
func (d *daemon) metrics() *prometheus.Registry {
	reg := prometheus.NewRegistry()
	for _, g := range slices.Concat(d.textGauges(), d.sendGauges(), d.callGauges(), d.voiceGauges(), d.moneyGauges(), d.queueGauges(), d.whyGauges()) {
		opts := prometheus.Opts{Name: g.name, Help: g.help, ConstLabels: g.labels}
		if g.counter {
			reg.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts(opts), g.read))
		} else {
			reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts(opts), g.read))
		}
	}
	reg.MustRegister(connectors{d.links})
	reg.MustRegister(bindCollector{d.binds})
	reg.MustRegister(d.measures().all()...)
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return reg
}

func (d *daemon) textGauges() []gauge {
	s := d.engine.Stats()
	list := []gauge{
		{"mpg_sms_mo_total", "Short messages taken in.", nil, true, count(s.Texts.Load)},
		{"mpg_orders_read_total", "Texts read as an order.", nil, true, count(s.Orders.Load)},
		{"mpg_orders_unread_total", "Texts not understood.", nil, true, count(s.Unread.Load)},
		{"mpg_sms_unusable_total", "Receipts, texts to other short codes, texts from senders that are not subscribers.", nil, true, count(s.Unusable.Load)},
		{"mpg_sms_unreadable_total", "Texts in an unsupported alphabet, or not plain text; they were answered.", nil, true, count(s.Unreadable.Load)},
		{"mpg_sms_parts_total", "Parts of long texts after the one that was answered.", nil, true, count(s.PartsPassed.Load)},
		{"mpg_sms_unusable_by_reason_total", "Unusable texts, by reason.", prometheus.Labels{"reason": "receipt"}, true, count(s.Receipts.Load)},
		{"mpg_sms_unusable_by_reason_total", "Unusable texts, by reason.", prometheus.Labels{"reason": "short_code"}, true, count(s.ForeignCodes.Load)},
		{"mpg_sms_unusable_by_reason_total", "Unusable texts, by reason.", prometheus.Labels{"reason": "sender"}, true,
			func() float64 { return float64(s.Unusable.Load() - s.Receipts.Load() - s.ForeignCodes.Load()) }},
		{"mpg_sms_redelivered_total", "Copies taken in silently.", nil, true, count(s.Redelivered.Load)},
		{"mpg_sms_words_proved_total", "Words such as AGAIN whose acknowledgement is known to have arrived.", nil, true, count(s.Proved.Load)},
		{"mpg_sms_pin_total", "Texts that looked like a PIN.", nil, true, count(s.PINTexts.Load)},
		{"mpg_sms_full_total", "Texts put off because a queue was full.", nil, true, count(s.Full.Load)},
	}
	for status, how := range map[string]engine.Sending{"accepted": engine.Accepted, "later": engine.Busy, "uncertain": engine.Uncertain, "unfit": engine.Unfit, "refused": engine.Never} {
		list = append(list, gauge{"mpg_sms_mt_total", "Texts handed to the SMSC, by outcome.", prometheus.Labels{"status": status}, true,
			func() float64 { return float64(s.Sent.Load(how)) }})
	}
	for _, why := range phone.SenderRefusals() {
		list = append(list, gauge{"mpg_sms_senders_refused_total", "Senders that are not subscribers, by reason.", prometheus.Labels{"reason": why.String()}, true,
			func() float64 { return float64(s.Senders.Load(why)) }})
	}
	for _, b := range d.binds {
		list = append(list, gauge{"mpg_smpp_bind_up", "Whether the bind is up.", prometheus.Labels{"bind": b.name}, false, flag(b.session.Bound)},
			gauge{"mpg_smpp_bind_working", "Whether the bind is up and its SMSC answers.", prometheus.Labels{"bind": b.name}, false,
				flag(func() bool { ok, _ := b.session.Working(); return ok })})
	}
	return list
}

func (d *daemon) callGauges() []gauge {
	list := []gauge{
		{"mpg_sip_trunk_up", "Whether the SIP trunk answers.", nil, false, flag(d.trunkUp)},
		{"mpg_sip_calls_active", "Calls that ring or talk now.", nil, false, func() float64 { return float64(d.caller.Stats().Active) }},
		{"mpg_rtp_packets_due_total", "RTP packets that should have been sent.", nil, true, func() float64 { return float64(d.media.Stats().Due) }},
		{"mpg_rtp_packets_sent_total", "RTP packets sent.", nil, true, func() float64 { return float64(d.media.Stats().Sent) }},
	}
	for end := ivr.Finished; end <= ivr.Cancelled; end++ {
		list = append(list, gauge{"mpg_sip_calls_total", "Calls, by end.", prometheus.Labels{"result": end.String()}, true,
			func() float64 { return float64(d.caller.Stats().Ends[end]) }})
	}
	return list
}

func (d *daemon) moneyGauges() []gauge {
	s := d.engine.Stats()
	list := []gauge{
		{"mpg_pin_attempts_total", "PINs keyed.", prometheus.Labels{"result": "right"}, true, count(s.PINRight.Load)},
		{"mpg_pin_attempts_total", "PINs keyed.", prometheus.Labels{"result": "wrong"}, true, count(s.PINWrong.Load)},
		{"mpg_pin_locked_total", "Subscribers locked by wrong PINs.", nil, true, count(s.Locked.Load)},
		{"mpg_orders_total", "Payments that have ended.", prometheus.Labels{"result": "paid"}, true, count(s.Ended.Paid.Load)},
		{"mpg_orders_total", "Payments that have ended.", prometheus.Labels{"result": "not_paid"}, true, count(s.Ended.Unpaid.Load)},
		{"mpg_ledger_imbalance_minor", "Debits less credits over all currencies; must be 0.", nil, false, d.imbalance},
		{"mpg_audit_verified_timestamp_seconds", "When mpg ledger verify last found no fault; 0: not since the start.", nil, false, count(s.Verified.Load)},
		{"mpg_build_info", "The running version.", prometheus.Labels{"version": version}, false, func() float64 { return 1 }},
	}
	list = append(list, d.reversalGauges()...)
	return list
}

// reversalGauges returns the figures of what banks left open. A bank that is no
// longer configured counts under "others".
func (d *daemon) reversalGauges() []gauge {
	s := d.engine.Stats()
	list := []gauge{
		{"mpg_bank_late_approvals_total", "Approvals that came when nobody was waiting for them any more.", nil, true, count(s.LateApprovals.Load)},
		{"mpg_bank_disputes_total", "Times that a bank went back on a payment that stands paid.", nil, true, count(s.Disputes.Load)},
		{"mpg_bank_host_reversals_total", "Reversals initiated by banks.", nil, true, count(s.HostReversals.Load)},
		{"mpg_bank_stray_answers_total", "Answers of banks that match no request.", nil, true, count(s.StrayAnswers.Load)},
	}
	for _, name := range append(slices.Sorted(maps.Keys(d.links)), otherBanks) {
		at := prometheus.Labels{"connector": name}
		read := func(of func(engine.Unsettled) float64) func() float64 {
			return func() float64 { return of(d.unsettled(name)) }
		}
		list = append(list,
			gauge{"mpg_reversals_open", "Requests whose reversal the bank has not confirmed yet.", at, false, read(func(u engine.Unsettled) float64 { return float64(u.Reversing) })},
			gauge{"mpg_reversals_oldest_seconds", "Age of the oldest request whose reversal is not confirmed.", at, false, read(func(u engine.Unsettled) float64 { return u.Oldest.Seconds() })},
			gauge{"mpg_doubt_open", "Requests that people have to clear up with the bank.", at, false, read(func(u engine.Unsettled) float64 { return float64(u.Doubt) })},
			gauge{"mpg_doubt_oldest_seconds", "Age of the oldest request that people have to clear up.", at, false, read(func(u engine.Unsettled) float64 { return u.OldDoubt.Seconds() })})
	}
	return list
}

// otherBanks stands for banks that are no longer in the configuration.
const otherBanks = "others"

// unsettled returns what is open at the bank of that name, or at all the others.
func (d *daemon) unsettled(name string) engine.Unsettled {
	sum := engine.Unsettled{Bank: name}
	for _, u := range d.engine.Unsettled() {
		_, known := d.links[u.Bank]
		if u.Bank == name || name == otherBanks && !known {
			sum.Reversing += u.Reversing
			sum.Doubt += u.Doubt
			sum.Oldest, sum.OldDoubt = max(sum.Oldest, u.Oldest), max(sum.OldDoubt, u.OldDoubt)
		}
	}
	return sum
}

// imbalance sums the absolute differences, so that two do not hide each other.
func (d *daemon) imbalance() float64 {
	sum := 0.0
	for _, t := range d.store.Trial() {
		diff := float64(t.Debits - t.Credits)
		sum += max(diff, -diff)
	}
	return sum
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
