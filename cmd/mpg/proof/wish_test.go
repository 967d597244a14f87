package proof

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"time"

	"mpg/smpp/pdu"
	"mpg/store/money"
)

// How people ask each other for money.
const (
	wishOneIn   = 12 // of what a subscriber does is asking
	silentOneIn = 4  // of what was asked is not answered
	refuseOneIn = 3  // of the answers is NO
)

// asks has p ask another person for money. Nobody waits for the answer.
func (c *crowd) asks(p person, rng *rand.Rand) {
	other := c.other(p, rng)
	o := c.orders.draw(c.w.journal.claim, func(amount money.Amount) *order { return c.w.order("mp2p", other, p.Number, amount) })
	if o != nil {
		c.w.say(p.Number, c.w.journal.wishes(p, o, c.w.currency))
	}
}

// wished is the order that p makes of what others have asked for; nil: none.
func (c *crowd) wished(p person, rng *rand.Rand) *order {
	for {
		select {
		case made := <-c.wishes[p.Number]:
			switch o, no := c.w.answers(p, made, rng); {
			case no != "":
				c.refuses(p, made, no)
			case o != nil:
				return o
			}
		default:
			return nil
		}
	}
}

// other is somebody else.
func (c *crowd) other(p person, rng *rand.Rand) person {
	for {
		if other := c.w.people[rng.IntN(len(c.w.people))]; other.Number != p.Number {
			return other
		}
	}
}

// wishes notes that p asks for what o would send, and returns the text that does.
func (j *journal) wishes(p person, o *order, c money.Currency) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.Wishes = append(j.Wishes, &wish{From: p.Number, To: o.From, Amount: o.Amount})
	return fmt.Sprintf(map[string]string{"en": "ASK %s %s", "zh": "收款 %s %s"}[p.Lang], c.Format(o.Amount), strings.TrimPrefix(o.From, "+86"))
}

// itemForm finds the number of a request in the text that tells of it.
var itemForm = regexp.MustCompile(`^(?:Request )?([0-9]+)[:号]`)

// heardWish is the request that number is told of, if it is the first time; nil: it is not.
func (j *journal) heardWish(number, words string) *wish {
	j.mu.Lock()
	defer j.mu.Unlock()
	c, _ := money.Lookup(currencyCode)
	i := slices.IndexFunc(j.Wishes, func(w *wish) bool { return w.To == number && names(words, c.Format(w.Amount)) })
	if i < 0 || j.Wishes[i].Heard != "" {
		return nil
	}
	j.Wishes[i].Heard = words
	return j.Wishes[i]
}

// answers is what p does about a request: YES, NO, or nothing. The order is what YES makes.
func (w *world) answers(p person, made *wish, rng *rand.Rand) (o *order, no string) {
	number, pad := itemForm.FindStringSubmatch(made.Heard), padding(made.Amount)
	if number == nil {
		w.t.Errorf("no number in %q", made.Heard)
		return nil, ""
	}
	switch {
	case rng.IntN(silentOneIn) == 0:
		return nil, ""
	case rng.IntN(refuseOneIn) == 0:
		return nil, map[string]string{"en": "NO ", "zh": "否 "}[p.Lang] + number[1] + pad
	}
	o = w.order("mp2p", p, made.From, made.Amount)
	o.Text = map[string]string{"en": "YES ", "zh": "是 "}[p.Lang] + number[1] + pad
	return o, ""
}

// padding is what an answer about an order of so much ends with: equal texts in a row may be taken
// for copies of one.
func padding(amount money.Amount) string { return strings.Repeat(" ", int(amount%97)) }

// refuses has p say NO to a request.
func (c *crowd) refuses(p person, made *wish, words string) {
	err := c.w.smsc.DeliverAsync(p.Number, shortCode, words, func(status pdu.Status) { c.w.journal.refusedWish(made, status) })
	if err != nil {
		c.w.t.Error(err)
	}
}

// refusedWish notes that NO was acknowledged.
func (j *journal) refusedWish(made *wish, status pdu.Status) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if status == pdu.ROK {
		made.Refused = time.Now()
	}
}
