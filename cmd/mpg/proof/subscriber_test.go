package proof

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"mpg/engine/bank/host"
	"mpg/engine/bank/iso8583"
	"mpg/store/money"
)

// How long a subscriber waits.
const (
	patience  = 12 * time.Second // for the end of an order; then they order again
	thinkMax  = 300 * time.Millisecond
	firstCent = 101 // the first amount of a run; each order has its own
	lastCent  = 99_999
)

// orders gives out orders until there are enough.
type orders struct {
	mu    sync.Mutex
	next  money.Amount
	until func(given int) bool // reports that no more are wanted
	given int
}

// amount is that of the next order; false: there are enough.
func (o *orders) amount() (money.Amount, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.next == 0 {
		o.next = firstCent
	}
	if o.next > lastCent || o.until(o.given) {
		return 0, false
	}
	o.given++
	o.next++
	return o.next - 1, true
}

// crowd is all subscribers of a world, ordering side by side.
type crowd struct {
	w      *world
	orders *orders
	moods  []mood
	inbox  map[string]chan string
	all    sync.WaitGroup

	mu   sync.Mutex
	open int // orders under way
}

// newCrowd readies the people of w; begin starts them.
func newCrowd(w *world, o *orders, m []mood) *crowd {
	c := &crowd{w: w, orders: o, moods: m, inbox: map[string]chan string{}}
	for _, p := range w.people {
		c.inbox[p.Number] = make(chan string, 1000)
	}
	return c
}

// hear takes a text to one of the people.
func (c *crowd) hear(to, words string) {
	if in := c.inbox[to]; in != nil {
		select {
		case in <- words:
		default: // nobody listens any more
		}
	}
}

// begin lets every subscriber order on a goroutine of their own.
func (c *crowd) begin(rng *rand.Rand) {
	for _, p := range c.w.people {
		own := rand.New(rand.NewPCG(rng.Uint64(), rng.Uint64()))
		c.all.Go(func() { c.live(p, own) })
	}
}

// live orders until there are enough orders. Who is locked or blocked orders on in
// vain until the operator helps.
func (c *crowd) live(p person, rng *rand.Rand) {
	replies := 0
	for {
		amount, more := c.orders.amount()
		if !more {
			return
		}
		o := c.choose(p, amount, rng)
		c.w.behave(p, draw(rng, c.moods))
		switch o.Product {
		case "mdebit", "charge":
			c.w.misfortune(p.Account, iso8583.PurchaseFromAccount, rng)
		case "relay":
			c.w.misfortune(p.Account, iso8583.PurchaseFromAccount, rng)
			c.w.misfortune(c.w.accountOf(o.Payee), iso8583.DepositToAccount, rng)
		}
		c.count(1)
		c.w.send(o)
		barred := c.follow(p, o, rng, &replies)
		c.count(-1)
		if barred && rng.IntN(2) == 0 {
			// A daemon that was killed just now cannot be told; the next refusal is
			// another chance.
			_, _ = c.w.op.run("", "user", "unblock", p.Number)
		}
		time.Sleep(rand.N(thinkMax))
	}
}

func (c *crowd) count(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open += n
}

// underway is the number of orders that have not ended for who sent them.
func (c *crowd) underway() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open
}

// choose makes an order of one of the products, in either language.
func (c *crowd) choose(p person, amount money.Amount, rng *rand.Rand) *order {
	shop := c.w.shops[rng.IntN(len(c.w.shops))]
	other := p
	for other.Number == p.Number {
		other = c.w.people[rng.IntN(len(c.w.people))]
	}
	kinds := 8
	if c.w.set.products {
		kinds = 14
	}
	switch kind := rng.IntN(kinds); {
	case kind < 2:
		return c.w.order("mpurse", p, shop.Code, amount)
	case kind < 6:
		return c.w.order("mdebit", p, shop.Code, amount)
	case kind < 8:
		return c.w.order("mp2p", p, other.Number, amount)
	case kind < 11:
		return c.w.order("relay", p, other.Number, amount)
	case kind < 13:
		return c.w.order("charge", p, shop.Code, amount)
	}
	return c.w.order("tank", p, shop.Code, amount)
}

// accountOf is the account at the bank of who has that number.
func (w *world) accountOf(number string) string {
	return w.people[slices.IndexFunc(w.people, func(p person) bool { return p.Number == number })].Account
}

// relayMore is added to the amount of an order on which a fee is due: what its payer is
// charged must not be the amount of another order.
const relayMore = lastCent + 1

// order is a text of p in their language.
func (w *world) order(product string, p person, payee string, amount money.Amount) *order {
	var fee money.Amount
	if product == "relay" || product == "tank" || product == "charge" {
		amount += relayMore
		fee = amount / 100
	}
	sum := w.currency.Format(amount)
	var words string
	switch product {
	case "mpurse":
		words = fmt.Sprintf(map[string]string{"en": "PAY %s %s", "zh": "付 %s %s"}[p.Lang], payee, sum)
	case "mdebit":
		words = fmt.Sprintf(map[string]string{"en": "pay %s %s bank", "zh": "付%s %s元 银行"}[p.Lang], payee, sum)
	case "relay":
		words = fmt.Sprintf("Relay %s %s", sum, strings.TrimPrefix(payee, "+86"))
	case "tank", "charge":
		words = fmt.Sprintf("%s %s %s", strings.ToUpper(product), sum, payee)
	case "mp2p":
		words = fmt.Sprintf(map[string]string{"en": "Send %s %s", "zh": "转 %s %s"}[p.Lang], sum, strings.TrimPrefix(payee, "+86"))
	}
	return &order{From: p.Number, Text: words, Product: product, Payee: payee, Amount: amount, Fee: fee}
}

// follow reads p's texts until the order has ended, and answers a lost call with
// AGAIN, NO, or nothing at all. It reports whether p is locked or blocked now.
func (c *crowd) follow(p person, o *order, rng *rand.Rand, replies *int) (barred bool) {
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		select {
		case words := <-c.inbox[p.Number]:
			switch says, ref := read(words); says {
			case saidPaid, saidUnpaid, saidReturned, saidRefused, saidChecking, saidNothing:
				return false
			case saidSetAside:
				c.w.shopSays(ref, c.w.journal.named(p.Number, words), rng)
				if names(words, c.w.currency.Format(o.charged())) {
					return false
				} // else it is about an order before
			case saidBarred:
				return true
			case saidCallLost:
				*replies++
				c.answer(p, rng, *replies)
			case saidOther, saidReceived, saidNotPaid, saidBusy, saidRepeat, saidTooLate:
			}
		case <-late.C:
			return false
		}
	}
}

// named is the order of number whose charge a text names; nil: none.
func (j *journal) named(number, words string) *order {
	j.mu.Lock()
	defer j.mu.Unlock()
	c, _ := money.Lookup(currencyCode)
	for _, o := range j.Orders {
		if o.From == number && names(words, c.Format(o.charged())) {
			return o
		}
	}
	return nil
}

// shopSays charges what is set aside, lets it go, or does neither. A daemon that was
// killed just now does not hear of it, and then lets it go when its time has come.
func (w *world) shopSays(ref string, o *order, rng *rand.Rand) {
	switch kind := rng.IntN(8); {
	case kind == 0 || o == nil:
	case kind < 3:
		_, _ = w.op.run("", "moduletest", "release", ref)
	default:
		_, _ = w.op.run("", "moduletest", "capture", ref, w.currency.Format(o.Amount))
	}
}

// answer is what p does about a call that was lost, their nth reply. After a
// restart an equal text may be taken for a copy of one that was not known to be
// acknowledged, so each is written a little differently.
func (c *crowd) answer(p person, rng *rand.Rand, n int) {
	c.w.behave(p, draw(rng, c.moods))
	pad := strings.Repeat(" ", n%120)
	switch again, no := "again"+pad, "no"+pad; rng.IntN(12) {
	case 0:
		c.w.say(p.Number, no)
	case 1: // waits for the order to expire
	default:
		c.w.say(p.Number, again)
	}
}

// misfortune lets the bank fail the next payment from or to an account now and then, and
// the reversal or the completion after it.
func (w *world) misfortune(account, processing string, rng *rand.Rand) {
	fault := func(k host.Kind, on host.Class) {
		w.bank.Fault(host.Fault{Kind: k, On: on, Account: account, Processing: processing, Delay: time.Duration(rng.IntN(1200)) * time.Millisecond, Code: "51", Times: 1})
	}
	requests := []host.Kind{host.Decline, host.Ignore, host.Silence, host.Slow, host.LateAnswer, host.Duplicate, host.DropBefore,
		host.DropAfter, host.Garbage, host.HalfFrame, host.WrongSTAN, host.WrongRRN, host.WrongSum}
	reversals := []host.Kind{host.Ignore, host.Silence, host.Slow, host.LateAnswer, host.DropBefore, host.DropAfter, host.Duplicate}
	if rng.IntN(2) == 0 {
		fault(requests[rng.IntN(len(requests))], host.Requests)
	}
	if rng.IntN(3) == 0 {
		fault(reversals[rng.IntN(len(reversals))], host.Reversals)
	}
	if rng.IntN(3) == 0 {
		fault(requests[rng.IntN(len(requests))], host.Advices)
	}
}
