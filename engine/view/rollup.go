package view

import (
	"time"

	"mpg/engine/payment"
	"mpg/store/money"
)

// rollups are sums over payments that have ended and orders that were refused. Each payment
// is counted once, when it is done: a done payment never changes. What is given back later
// is a payment of its own. So is what pays out money that waited for its payee: it is counted
// as paid then, and only then.
type rollups struct {
	hours  map[hourKey]hourSum
	shops  map[shopKey]shopSum
	stages map[stageKey]stageSum
}

type hourKey struct {
	day                      int64
	hour                     int // of the local clock
	product, channel, reason string
}

type hourSum struct{ count, sum, ms int64 }

type shopKey struct {
	day            int64
	shop, currency string
}

type shopSum struct{ count, sum, refunds int64 }

type stageKey struct {
	day      int64
	product  string
	from, to payment.State
	bucket   int
}

type stageSum struct{ count, least, most int64 } // of milliseconds

// noticeKey is what notices that were sent or dropped are counted by.
type noticeKey struct {
	day                      int64
	medium, class, fate, why string
}

func newRollups() rollups {
	return rollups{make(map[hourKey]hourSum), make(map[shopKey]shopSum), make(map[stageKey]stageSum)}
}

// Operator is the channel of what the operator's people entered.
const Operator = "operator"

// channelOf returns where an order came from.
func channelOf(p *payment.Payment) string {
	if p.By != nil {
		return Operator
	}
	return p.Via
}

// done counts a payment that is done, at the local day and hour of its end.
func (r *rollups) done(p *payment.Payment, day int64, clockHour int) {
	took := p.Updated().Sub(p.Created())
	reason := string(p.Reason)
	if outcomeOf(p) == Unclaimed {
		reason = Unclaimed
	}
	hour := hourKey{day, clockHour, string(p.Plan.Product), channelOf(p), reason}
	sum := r.hours[hour]
	sum.count, sum.sum, sum.ms = sum.count+1, sum.sum+int64(p.Charged), sum.ms+max(0, took.Milliseconds())
	r.hours[hour] = sum
	r.stage(stageKey{day: day, product: string(p.Plan.Product), from: payment.None, to: payment.Done}, took)
	for i := 1; i < len(p.Steps); i++ {
		from, to := p.Steps[i-1], p.Steps[i]
		r.stage(stageKey{day: day, product: string(p.Plan.Product), from: from.State, to: to.State}, to.At.Sub(from.At))
	}
	paid := p.Passed(payment.Posted)
	switch {
	case paid && p.Payee.Code != "":
		r.shop(day, p.Payee.Code, p.Currency, 1, p.Received, 0)
	case p.Plan.Product == payment.PaidBack && (paid || p.Passed(payment.Returned)): // what a bank did not accept went to the customer's purse
		r.shop(day, p.Payer.Code, p.Currency, 0, 0, p.Charged)
	}
}

func (r *rollups) shop(day int64, code, currency string, count int64, received, refunded money.Amount) {
	key := shopKey{day, code, currency}
	sum := r.shops[key]
	r.shops[key] = shopSum{sum.count + count, sum.sum + int64(received), sum.refunds + int64(refunded)}
}

// stage counts how long a payment took between two states.
func (r *rollups) stage(key stageKey, took time.Duration) {
	key.bucket = bucketOf(took)
	millis := max(0, took.Milliseconds())
	sum, known := r.stages[key]
	if !known {
		sum = stageSum{least: millis, most: millis}
	}
	r.stages[key] = stageSum{sum.count + 1, min(sum.least, millis), max(sum.most, millis)}
}

// refused counts an order that was refused, at the local day and hour of that.
func (r *rollups) refused(d refusalDoc, day int64, clockHour int) {
	key := hourKey{day: day, hour: clockHour, channel: d.Via, reason: "refusal:" + string(d.Reason)}
	sum := r.hours[key]
	sum.count, sum.sum = sum.count+1, sum.sum+int64(d.Amount)
	r.hours[key] = sum
}
