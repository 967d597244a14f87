package proof

import (
	"math/rand/v2"
	"strings"
	"time"

	"mpg/engine/admin"
	"mpg/engine/lang"
	"mpg/smpp/pdu"
	"mpg/store/money"
)

// asks has p ask another person for money.
func (d *mixedDay) asks(p person, other string) {
	i := d.indexOf(other)
	o := d.orders.draw(d.journal.claim, func(amount money.Amount) *order { return d.order("mp2p", d.people[i], p.Number, amount) })
	if o != nil {
		d.text(p.Number, d.journal.wishes(p, o, d.currency))
	}
}

// wished is the order that p makes of what others have asked for; nil: none.
func (d *mixedDay) wished(p person, rng *rand.Rand) *order {
	for {
		select {
		case made := <-d.wishes[p.Number]:
			switch o, no := d.answers(p, made, rng); {
			case no != "":
				d.journal.refusedWish(made, d.text(p.Number, no))
			case o != nil:
				return o
			}
		default:
			return nil
		}
	}
}

// register has the operator register some of those for whom money waits.
func (d *mixedDay) register(shut chan struct{}, rng *rand.Rand) {
	for {
		select {
		case <-shut:
			return
		case number := <-d.claims:
			if rng.IntN(registerOne) != 0 {
				continue
			}
			_, err := d.engine.Admin().AddUser(d.t.Context(), admin.Command{Key: "late " + number}, admin.NewUser{Phone: number, Name: lang.Name{EN: "Late Comer"}, Lang: lang.EN})
			if err != nil {
				d.t.Error(err)
				return
			}
			d.journal.registered(number)
		}
	}
}

// manage has who keeps managedShop refund, by text, some of what it is told that it got.
func (d *mixedDay) manage(shut chan struct{}, rng *rand.Rand) {
	p := d.manager()
	for again := 0; ; {
		select {
		case <-shut:
			return
		case words := <-d.inbox[p.Number]:
			says, ref := read(words)
			if says != saidReceived {
				continue
			}
			o := d.journal.got(p.Number, words)
			if o == nil || rng.IntN(refundOneIn) != 0 && o.ByCard == 0 {
				continue // or it was sent to the person
			}
			back := d.refundOf(o, ref, rng)
			if back == nil {
				continue
			}
			if back.ByText {
				d.refundByText(back, shut, rng, &again)
			} else {
				d.refund(o, back)
			}
		}
	}
}

// refundByText has the manager text a refund, and confirm it in the call. One that is not
// confirmed is given up.
func (d *mixedDay) refundByText(back *refund, shut chan struct{}, rng *rand.Rand, again *int) {
	p := d.manager()
	word := map[string]string{"en": "REFUND ", "zh": "退款 "}[p.Lang]
	d.pick(p, rng)
	if d.text(p.Number, word+back.Of+" "+d.currency.Format(back.Amount)) != pdu.ROK {
		return
	}
	late := time.NewTimer(rushExpires)
	defer late.Stop()
	for {
		select {
		case words := <-d.inbox[p.Number]:
			switch says, _ := read(words); says {
			case saidRefunded, saidUnpaid, saidRefused, saidBusy:
				if strings.Contains(words, back.Of) {
					return
				}
			case saidCallLost:
				d.pick(p, rng)
				*again++
				d.text(p.Number, "again"+strings.Repeat(" ", *again%100))
			default:
			}
		case <-late.C:
			return
		case <-shut:
			return
		}
	}
}
