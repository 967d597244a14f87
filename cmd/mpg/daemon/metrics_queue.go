package daemon

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mpg/engine"
	"mpg/engine/phone"
)

// queueGauges returns the sizes and waits of the queues. Those of banks are in
// reversalGauges, those of each bind in binds.gauges.
func queueGauges(running *engine.Engine) []gauge {
	waiting := func(of func(n int, oldest time.Duration) float64) func() float64 {
		return func() float64 { return of(running.Calls().Waiting()) }
	}
	sms := prometheus.Labels{"medium": "sms"}
	list := []gauge{
		{"mpg_calls_waiting", "Calls that wait for a free line.", nil, false, waiting(func(count int, _ time.Duration) float64 { return float64(count) })},
		{"mpg_calls_waiting_oldest_seconds", "How long the oldest call has waited for a free line.", nil, false,
			waiting(func(_ int, oldest time.Duration) float64 { return oldest.Seconds() })},
		{"mpg_notify_queue_depth", "Notices in memory that have not been accepted, over all channels of the medium.", sms, false,
			func() float64 { n, _ := queued(running); return float64(n) }},
		{"mpg_notify_oldest_seconds", "How long the oldest notice of the medium has waited.", sms, false,
			func() float64 { _, oldest := queued(running); return oldest.Seconds() }},
	}
	for _, state := range running.Stats().Open.Keys() {
		list = append(list, gauge{"mpg_orders_open", "Payments that have not ended, by state.", prometheus.Labels{"state": string(state)}, false,
			func() float64 { return float64(running.Stats().Open.Load(state)) }})
	}
	for name := range running.Modules().Lag() {
		list = append(list, gauge{"mpg_follower_lag_records", "Records of the journal that a module has not processed yet.", prometheus.Labels{"module": name}, false,
			func() float64 { return float64(running.Modules().Lag()[name]) }})
	}
	return list
}

// queued adds up the waiting texts of all binds.
func queued(running *engine.Engine) (n int, oldest time.Duration) {
	for _, s := range running.Outbox().States() {
		n, oldest = n+s.Rows, max(oldest, s.Oldest)
	}
	return n, oldest
}

// textGauges returns what became of texts, in and out.
func textGauges(stats *engine.Stats) []gauge {
	list := []gauge{
		{"mpg_sms_mo_total", "Short messages taken in.", nil, true, count(stats.Texts.Load)},
		{"mpg_orders_read_total", "Texts read as an order.", nil, true, count(stats.Orders.Load)},
		{"mpg_orders_unread_total", "Texts not understood.", nil, true, count(stats.Unread.Load)},
		{"mpg_sms_unusable_total", "Receipts, texts to other short codes, texts from senders that are not subscribers.", nil, true, count(stats.Unusable.Load)},
		{"mpg_sms_unreadable_total", "Texts in an unsupported alphabet, or not plain text; they were answered.", nil, true, count(stats.Unreadable.Load)},
		{"mpg_sms_parts_total", "Parts of long texts after the one that was answered.", nil, true, count(stats.PartsPassed.Load)},
		{"mpg_sms_unusable_by_reason_total", "Unusable texts, by reason.", prometheus.Labels{"reason": "receipt"}, true, count(stats.Receipts.Load)},
		{"mpg_sms_unusable_by_reason_total", "Unusable texts, by reason.", prometheus.Labels{"reason": "short_code"}, true, count(stats.ForeignCodes.Load)},
		{"mpg_sms_unusable_by_reason_total", "Unusable texts, by reason.", prometheus.Labels{"reason": "sender"}, true,
			func() float64 {
				return float64(stats.Unusable.Load() - stats.Receipts.Load() - stats.ForeignCodes.Load())
			}},
		{"mpg_sms_redelivered_total", "Copies taken in silently.", nil, true, count(stats.Redelivered.Load)},
		{"mpg_sms_words_proved_total", "Words such as AGAIN whose acknowledgement is known to have arrived.", nil, true, count(stats.Proved.Load)},
		{"mpg_sms_pin_total", "Texts that looked like a PIN.", nil, true, count(stats.PINTexts.Load)},
		{"mpg_sms_card_total", "Texts that contained a card number.", nil, true, count(stats.CardTexts.Load)},
		{"mpg_sms_full_total", "Texts put off because a queue was full.", nil, true, count(stats.Full.Load)},
	}
	for status, how := range map[string]engine.Sending{"accepted": engine.Accepted, "later": engine.Busy, "uncertain": engine.Uncertain, "unfit": engine.Unfit, "refused": engine.Never} {
		list = append(list, gauge{"mpg_sms_mt_total", "Texts handed to the SMSC, by outcome.", prometheus.Labels{"status": status}, true,
			func() float64 { return float64(stats.Sent.Load(how)) }})
	}
	for _, why := range phone.SenderRefusals() {
		list = append(list, gauge{"mpg_sms_senders_refused_total", "Senders that are not subscribers, by reason.", prometheus.Labels{"reason": why.String()}, true,
			func() float64 { return float64(stats.Senders.Load(why)) }})
	}
	return list
}
