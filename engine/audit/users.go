package audit

import (
	"mpg/engine/payment"
	"mpg/engine/user"
	"mpg/store/money"
)

// person is a subscriber, with the sum of their payments on each day.
type person struct {
	doc  *user.User
	days map[string]money.Amount // by the payments, for the days that count
}

func (a *auditor) person(no uint64) *person {
	p := a.users[no]
	if p == nil {
		p = &person{days: make(map[string]money.Amount)}
		a.users[no] = p
	}
	return p
}

// user takes in a subscriber's document. A day that the document has forgotten
// is forgotten here as well, since it may start anew.
func (a *auditor) user(u *user.User, _ bool) {
	p := a.person(u.No)
	p.doc = u
	for date := range p.days {
		if date != u.Day.Date && date != u.Ahead.Date {
			delete(p.days, date)
		}
	}
}

// count brings what p uses of its payer's limits from the sums before to those of now.
func (a *auditor) count(p *payment.Payment, before, now []payment.DaySum) {
	if p.Payer.User == 0 || p.Plan.Product == payment.Correction || p.Claim != 0 || !p.Plan.Product.Spends() {
		return // no subscriber ordered it now, or it is not spent
	}
	days := a.person(p.Payer.User).days
	for date, amount := range payment.DayChanges(before, now) {
		if _, kept := days[date]; kept || amount > 0 {
			days[date] += amount
		}
	}
}

// compareUsers compares each subscriber's open order and daily sums with the
// payments.
func (a *auditor) compareUsers() {
	for _, p := range sorted(a.users) {
		u := p.doc
		if u == nil {
			a.fault("a payment's subscriber has no record")
			continue
		}
		if open := a.payments[u.Open]; u.Open != 0 && (open == nil || open.Orderer().User != u.No) {
			a.fault("subscriber %d has payment %d open, which is done or another's", u.No, u.Open)
		}
		for _, day := range []user.Day{u.Day, u.Ahead} {
			if sum := p.days[day.Date]; day.Sum != sum {
				a.fault("subscriber %d: the sum of %s is %d, but their payments add up to %d", u.No, day.Date, day.Sum, sum)
			}
		}
	}
	for _, p := range sorted(a.payments) {
		orderer := a.users[p.Orderer().User]
		if holdsOrder(p) && (orderer == nil || orderer.doc == nil || orderer.doc.Open != p.No) {
			a.fault("payment %s is %s and not the open order of whoever ordered it", p.Ref, p.State)
		}
	}
}

// holdsOrder reports whether p must be the open order of whoever ordered it. A refund by the
// operator is nobody's. A payer whose bank was silent may order again, even after people have
// said that the bank has paid and the next bank is asked.
func holdsOrder(p *payment.Payment) bool {
	switch p.State {
	case payment.Cooling, payment.Calling, payment.Waiting, payment.Sent:
		return p.Orderer().User != 0 && !p.Passed(payment.Unknown)
	}
	return false
}
