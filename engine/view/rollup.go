package view

import (
	"time"

	"mpg/engine/payment"
	"mpg/store/money"
)

// rollups are sums over payments that have ended and orders that were refused. Each payment
// is counted once, when it is done: a done payment never changes. What is given back later
// is a payment of its own.
type rollups struct {
	hours  map[hourKey]hourSum
	shops  map[shopKey]shopSum
	stages map[stageKey]int64
}

type hourKey struct {
	hour                     int64
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

func newRollups() rollups {
	return rollups{make(map[hourKey]hourSum), make(map[shopKey]shopSum), make(map[stageKey]int64)}
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

// hourOf returns the hour of a time.
func hourOf(at time.Time) int64 { return at.Unix() / 3600 }

// done counts a payment that is done, on the local day of its end.
func (r *rollups) done(p *payment.Payment, day int64) {
	took := p.Updated().Sub(p.Created())
	hour := hourKey{hourOf(p.Updated()), string(p.Plan.Product), channelOf(p), string(p.Reason)}
	sum := r.hours[hour]
	sum.count, sum.sum, sum.ms = sum.count+1, sum.sum+int64(p.Charged), sum.ms+max(0, took.Milliseconds())
	r.hours[hour] = sum
	r.stages[stageKey{day, string(p.Plan.Product), payment.None, payment.Done, bucketOf(took)}]++
	for i := 1; i < len(p.Steps); i++ {
		from, to := p.Steps[i-1], p.Steps[i]
		r.stages[stageKey{day, string(p.Plan.Product), from.State, to.State, bucketOf(to.At.Sub(from.At))}]++
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

// refused counts an order that was refused.
func (r *rollups) refused(d refusalDoc) {
	key := hourKey{hour: hourOf(d.At), channel: d.Via, reason: "refusal:" + string(d.Reason)}
	sum := r.hours[key]
	sum.count, sum.sum = sum.count+1, sum.sum+int64(d.Amount)
	r.hours[key] = sum
}
