package till_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"mpg/engine/merchant"
	"mpg/engine/payment"
	"mpg/engine/till"
	"mpg/store"
)

// TestWhatATillHears: the shop's states of a payment, each as it is committed, with what the
// list of View allows and nothing else; of orders that came to nothing a shop hears nothing.
func TestWhatATillHears(t *testing.T) {
	t.Parallel()
	later := func(p *payment.Payment) { p.Deadline = start.Add(time.Hour) }
	for name, tt := range map[string]struct {
		states []payment.State
		change func(p *payment.Payment)
		want   string // empty: nothing is heard
	}{
		"ordered":           {states: []payment.State{payment.Received, payment.Calling}},
		"not confirmed":     {states: []payment.State{payment.Received, payment.Calling, payment.Voided, payment.Done}},
		"declined":          {states: []payment.State{payment.Confirmed, payment.Sent, payment.Declined, payment.Voided, payment.Done}},
		"being checked":     {states: []payment.State{payment.Sent, payment.Unknown, payment.Reversing}},
		"undone":            {states: []payment.State{payment.Sent, payment.Unknown, payment.Reversing, payment.Undone, payment.Voided, payment.Done}},
		"paid":              {states: []payment.State{payment.Received, payment.Confirmed, payment.Posted, payment.Done}, want: "REF00007 paid mpurse 128.50 CNY 138****0001"},
		"set aside":         {states: []payment.State{payment.Confirmed, payment.Authorized}, change: later, want: "REF00007 authorized mpurse 128.50 CNY 138****0001 until 03:00"},
		"set aside in part": {states: []payment.State{payment.Approved, payment.Authorized}, change: func(p *payment.Payment) { later(p); p.Granted = 5000 }, want: "REF00007 authorized mpurse 50.00 CNY 138****0001 until 03:00"},
		"set aside at once": {states: []payment.State{payment.Confirmed, payment.Approved, payment.Advising}, want: "REF00007 authorized mpurse 128.50 CNY 138****0001"},
		"captured":          {states: []payment.State{payment.Authorized, payment.Captured, payment.Advising}, want: "REF00007 captured mpurse 128.50 CNY 138****0001"},
		"captured and paid": {states: []payment.State{payment.Authorized, payment.Captured, payment.Posted, payment.Done}, want: "REF00007 paid mpurse 128.50 CNY 138****0001"},
		"released":          {states: []payment.State{payment.Authorized, payment.Released, payment.Voided, payment.Done}, want: "REF00007 released mpurse 128.50 CNY 138****0001"},
		"not taken after all": {states: []payment.State{payment.Authorized, payment.Captured, payment.Advising, payment.Doubt, payment.Undone, payment.Voided, payment.Done},
			want: "REF00007 voided mpurse 128.50 CNY 138****0001"},
		"in doubt":              {states: []payment.State{payment.Unknown, payment.Reversing, payment.Doubt}, want: "REF00007 doubt mpurse 128.50 CNY 138****0001"},
		"in doubt, then undone": {states: []payment.State{payment.Doubt, payment.Undone, payment.Voided, payment.Done}, want: "REF00007 voided mpurse 128.50 CNY 138****0001"},
		"handed back":           {states: []payment.State{payment.Taken, payment.Advising, payment.Declined, payment.Returned, payment.Done}, want: "REF00007 returned mpurse 128.50 CNY 138****0001"},
		"a refund": {states: []payment.State{payment.Confirmed, payment.Posted, payment.Done}, change: refund,
			want: "REF00007 refunded refund 28.50 CNY 138****0001 of REF00003"},
		"a refund into the purse": {states: []payment.State{payment.Sent, payment.Declined, payment.Returned, payment.Done}, change: refund,
			want: "REF00007 refunded refund 28.50 CNY 138****0001 of REF00003"},
		"a chargeback": {states: []payment.State{payment.Confirmed, payment.Posted, payment.Done}, change: func(p *payment.Payment) {
			refund(p)
			p.Plan.Product, p.Payee = payment.Chargeback, payment.Party{}
		}, want: "REF00007 charged_back chargeback 28.50 CNY  of REF00003"},
		"what the shop pays out": {states: []payment.State{payment.Confirmed, payment.Posted, payment.Done}, change: func(p *payment.Payment) {
			p.Payer, p.Payee, p.Plan.Product = p.Payee, payment.Party{User: 1, Phone: "+8613800000001"}, "payout"
		}},
		"what the operator funds an agent with": {states: []payment.State{payment.Confirmed, payment.Posted, payment.Done}, change: func(p *payment.Payment) { p.Payer = payment.Party{} }},
		"a refund that was not confirmed":       {states: []payment.State{payment.Calling, payment.Voided, payment.Done}, change: refund},
		"a car": {states: []payment.State{payment.Posted, payment.Done}, change: func(p *payment.Payment) { p.Plan.Vertical, p.Memo = string(merchant.Parking), "沪A12345" },
			want: "REF00007 paid mpurse 128.50 CNY 138****0001 car 沪A12345"},
		"a phone number": {states: []payment.State{payment.Posted, payment.Done}, change: func(p *payment.Payment) { p.Plan.Vertical, p.Memo = string(merchant.Parking), "13800000009" },
			want: "REF00007 paid mpurse 128.50 CNY 138****0001 car 1380****0009"},
		"a message": {states: []payment.State{payment.Posted, payment.Done}, change: func(p *payment.Payment) { p.Memo = "call me" }, want: "REF00007 paid mpurse 128.50 CNY 138****0001"},
		"a card that waits for the shop": {states: []payment.State{payment.Approved, payment.Offered}, change: func(p *payment.Payment) {
			later(p)
			p.Plan.Card = &payment.Card{Nick: "my card", Scheme: "visa", Last4: "1111", Holder: true}
		}, want: "REF00007 offered mpurse 128.50 CNY 138****0001 card visa-1111 by 03:00"},
		"a card that the shop refused": {states: []payment.State{payment.Offered, payment.Released, payment.Voided, payment.Done}, want: "REF00007 released mpurse 128.50 CNY 138****0001"},
		"a person":                     {states: []payment.State{payment.Posted, payment.Done}, change: func(p *payment.Payment) { p.Payee = payment.Party{User: 2, Phone: "+8613800000002"} }},
		"written again": {states: []payment.State{payment.Posted, payment.Done}, change: func(p *payment.Payment) {
			for i := range p.Steps {
				p.Steps[i].At = p.Steps[i].At.Add(-time.Minute)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := newJournal()
			feed := j.feed(10)
			defer running(feed)()
			s, err := feed.Open(of("8001", "front"), feed.End(), 1)
			if err != nil {
				t.Fatal(err)
			}
			_, at := j.next()
			p := paid(7, "8001", at, tt.states...)
			if tt.change != nil {
				tt.change(p)
			}
			j.add(written(t, payment.Table, "7", p), store.Write{Table: payment.Table, Key: "gone", Mode: store.Delete}, store.Write{Table: till.Table, Key: "gone", Mode: store.Delete})
			j.pays(t, 8, "8001")
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			var heard []till.View
			for len(heard) == 0 || heard[len(heard)-1].Ref != ref(8) {
				events, err := s.Next(ctx, patience)
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range events {
					heard = append(heard, e.View)
				}
			}
			got := ""
			for _, v := range heard[:len(heard)-1] {
				got += told(v, at)
			}
			if got != tt.want {
				t.Errorf("heard %q, want %q", got, tt.want)
			}
		})
	}
}

// refund makes p a refund by its shop.
func refund(p *payment.Payment) {
	p.Payer, p.Payee = p.Payee, p.Payer
	p.Plan.Product, p.Of, p.Charged, p.Received = payment.PaidBack, 3, 2850, 2850
}

// told writes out what a till hears.
func told(v till.View, at time.Time) string {
	words := []string{v.Ref, string(v.State), v.Product, v.Amount, v.Currency, v.Payer}
	for _, more := range [][2]string{{"of", v.Of}, {"car", v.Note}} {
		if more[1] != "" {
			words = append(words, more[0], more[1])
		}
	}
	if v.Scheme != "" {
		words = append(words, "card", v.Scheme+"-"+v.Last4)
	}
	if v.Until != "" {
		words = append(words, "by", v.Until[11:16])
	}
	if v.Expires != "" {
		words = append(words, "until", v.Expires[11:16])
	}
	if v.At != at.Format(time.RFC3339Nano) {
		words = append(words, "at", v.At)
	}
	return strings.Join(words, " ")
}
