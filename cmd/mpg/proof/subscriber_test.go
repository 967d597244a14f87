package proof

import (
	"cmp"
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
	largeCent = 10_000 // of orders whose fees are to be worth something
)

// orders gives out orders until there are enough.
type orders struct {
	mu    sync.Mutex
	next  money.Amount         // least amount of the next
	last  money.Amount         // 0: lastCent
	until func(given int) bool // reports that no more are wanted
	given int
}

// draw returns the order that of makes of the next amount with which it has no sum in common with
// another; nil: there are enough.
func (o *orders) draw(claim func(...money.Amount) bool, of func(money.Amount) *order) *order {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.until(o.given) {
		return nil
	}
	o.given++
	for o.next = max(o.next, firstCent); o.next <= cmp.Or(o.last, lastCent); {
		made := of(o.next)
		if o.next++; claim(made.sums()...) {
			return made
		}
	}
	return nil
}

// crowd is all subscribers of a world, ordering side by side.
type crowd struct {
	w      *world
	orders *orders
	moods  []mood
	shops  *keepers // nil: they refund nothing
	inbox  map[string]chan string
	wishes map[string]chan *wish // that they have heard of
	claims chan string           // numbers for which money waits
	all    sync.WaitGroup

	mu   sync.Mutex
	open int // orders under way
}

// newCrowd readies the people of w; begin starts them.
func newCrowd(w *world, o *orders, m []mood) *crowd {
	c := &crowd{w: w, orders: o, moods: m, inbox: map[string]chan string{}, wishes: map[string]chan *wish{}, claims: make(chan string, 1000)}
	for _, p := range w.people {
		c.inbox[p.Number] = make(chan string, 1000)
		c.wishes[p.Number] = make(chan *wish, 100)
	}
	return c
}

// hear takes a text to one of the people.
func (c *crowd) hear(to, words string) {
	if c.shops != nil {
		c.shops.hear(to, words)
	}
	says, _ := read(words)
	in := c.inbox[to]
	switch {
	case says == saidClaimFor:
		select {
		case c.claims <- to:
		default:
		}
	case says == saidAsked && c.wishes[to] != nil:
		if made := c.w.journal.heardWish(to, words); made != nil {
			select {
			case c.wishes[to] <- made:
			default:
			}
		}
	case in != nil:
		select {
		case in <- words:
		default: // nobody listens any more
		}
	}
}

// begin lets every subscriber order on a goroutine of their own.
func (c *crowd) begin(rng *rand.Rand) {
	for i, p := range c.w.people {
		if c.shops != nil && i == len(c.w.people)-1 {
			return // who keeps a shop orders nothing
		}
		own := rand.New(rand.NewPCG(rng.Uint64(), rng.Uint64()))
		c.all.Go(func() { c.live(p, own) })
	}
}

// live orders until there are enough orders. Who is locked or blocked orders on in
// vain until the operator helps.
func (c *crowd) live(p person, rng *rand.Rand) {
	replies := 0
	for {
		if c.w.set.whole && rng.IntN(wishOneIn) == 0 {
			c.asks(p, rng)
		}
		o := c.wished(p, rng)
		if o == nil {
			o = c.orders.draw(c.w.journal.claim, c.choose(p, rng))
		}
		if o == nil {
			return
		}
		if barred := c.place(p, o, rng, &replies); barred && rng.IntN(2) == 0 {
			// A daemon that was killed just now cannot be told; the next refusal is
			// another chance.
			_, _ = c.w.op.run("", "user", "unblock", p.Number)
		}
		time.Sleep(rand.N(thinkMax))
	}
}

// place sends o, with whatever goes wrong at the phone and the banks, and follows it to its end.
func (c *crowd) place(p person, o *order, rng *rand.Rand, replies *int) (barred bool) {
	c.w.behave(p, draw(rng, c.moods))
	if o.bankTakes() > 0 {
		c.w.misfortune(c.w.drawnOn(o), iso8583.PurchaseFromAccount, rng)
	}
	if o.bankGives() > 0 {
		c.w.misfortune(c.w.person(o.Payee).Account, iso8583.DepositToAccount, rng)
	}
	c.count(1)
	defer c.count(-1)
	c.w.send(o)
	return c.follow(p, o, rng, replies)
}

func (c *crowd) count(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open += n
}

// underway is the number of orders that have not ended for whoever sent them.
func (c *crowd) underway() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open
}

// choose chooses a product and a payee, and returns what makes such an order of an amount.
func (c *crowd) choose(p person, rng *rand.Rand) func(money.Amount) *order {
	shop, other := c.w.shops[rng.IntN(len(c.w.shops))], c.other(p, rng)
	kinds := 8
	if c.w.set.products {
		kinds = 14
	}
	if c.w.set.cards {
		kinds = 17
	}
	if c.w.set.whole {
		kinds = 24
	}
	product, payee := "tank", shop.Code
	switch kind := rng.IntN(kinds); {
	case c.w.set.whole && p.Number == c.w.agent().Number:
		product, payee = cashIn, other.Number
	case kind >= 17:
		product, payee = c.whole(p, kind-17)
	case shop.Code == laterShop || shop.Code == askedShop, kind > 13:
		product = cardAtOnce
	case kind < 2:
		product = "mpurse"
	case kind < 6:
		product = "mdebit"
	case kind < 8:
		product, payee = []string{"mp2p", sendFromBank}[rng.IntN(2)], other.Number
	case kind < 11:
		product, payee = "relay", other.Number
	case kind < 13:
		product = "charge"
	}
	product, payee = c.w.fitting(p, product, payee)
	product = c.w.sometimesInPart(product, rng)
	return func(amount money.Amount) *order { return c.w.order(product, p, payee, amount) }
}

// person is who has that number.
func (w *world) person(number string) *person {
	return &w.people[slices.IndexFunc(w.people, func(p person) bool { return p.Number == number })]
}

// drawnOn is the account at the bank, or the card, that o draws on.
func (w *world) drawnOn(o *order) string {
	if o.Product == cardAtOnce {
		return w.person(o.From).Token
	}
	return w.person(o.From).Account
}

// fuelShop is where what a customer orders is held, and what was filled is charged.
const fuelShop = "8005"

// The forms of mp2p: out of the payer's bank account, and to a number that is not registered.
const (
	sendFromBank = "mp2p bank"
	sendClaim    = "mp2p claim"
)

// receivesAtBank reports whether who has that number receives at the bank what others send.
func (w *world) receivesAtBank(number string) bool {
	return slices.ContainsFunc(w.people, func(p person) bool { return p.Number == number && p.AtBank })
}

// relayMore is added to the amount of an order on which a fee is due: what its payer is
// charged must not be the amount of another order.
const relayMore = lastCent + 1

// order is a text of p in their language.
func (w *world) order(product string, p person, payee string, amount money.Amount) *order {
	product, form, _ := strings.Cut(strings.TrimSuffix(product, toBank), " ")
	o := &order{From: p.Number, Product: product, Payee: payee, Amount: amount, FromBank: product == "mp2p" && form == "bank", ToBank: product == "mp2p" && w.receivesAtBank(payee), Claim: form == "claim"}
	ofModule := product == "relay" || product == "tank" || product == "charge"
	if ofModule {
		o.Amount += relayMore
		o.Fees.Payer = o.Amount / 100
	} else if w.set.tariff {
		o.Fees = price(product, payee, o.Amount)
	}
	if product == cardAtOnce && w.set.split {
		o.inPart(form)
	}
	if product == "tank" || product == "charge" || payee == fuelShop && product != cardAtOnce || payee == laterShop {
		if o.Part = o.Amount; o.Amount%2 == 1 { // otherwise the shop charges all of it
			o.Part -= o.Amount / 4
		}
		if o.PartFees.Payer = o.Fees.Payer * o.Part / o.Amount; !ofModule && w.set.tariff {
			o.PartFees = price(product, payee, o.Part)
		}
	}
	sum := w.currency.Format(o.Amount)
	var words string
	switch product {
	case "mpurse":
		words = fmt.Sprintf(map[string]string{"en": "PAY %s %s", "zh": "付 %s %s"}[p.Lang], payee, sum)
	case "mdebit":
		words = fmt.Sprintf(map[string]string{"en": "pay %s %s bank", "zh": "付%s %s元 银行"}[p.Lang], payee, sum)
	case cardAtOnce:
		words = fmt.Sprintf(map[string]string{"en": "Pay %s %s card", "zh": "付 %s %s 卡"}[p.Lang], payee, sum)
	case "relay":
		words = fmt.Sprintf("Relay %s %s", sum, strings.TrimPrefix(payee, "+86"))
	case "tank", "charge":
		words = fmt.Sprintf("%s %s %s", strings.ToUpper(product), sum, payee)
	case "mp2p":
		words = fmt.Sprintf(map[string]string{"en": "Send %s %s", "zh": "转 %s %s"}[p.Lang], sum, strings.TrimPrefix(payee, "+86"))
		if o.FromBank {
			words += map[string]string{"en": " bank", "zh": " 银行"}[p.Lang]
		}
	default:
		words = w.own(o, p)
	}
	o.Text = words
	return o
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
			case saidPaid, saidUnpaid, saidReturned, saidRefused, saidChecking, saidPartOnly, saidNothing:
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
			default:
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
	for _, o := range slices.Backward(j.Orders) {
		if o.From == number && names(words, c.Format(o.charged())) {
			return o
		}
	}
	return nil
}

// shopSays charges a part of what is held, lets it go, or does neither. A daemon that
// was killed just now does not hear of it, and then lets it go when its time has come.
func (w *world) shopSays(ref string, o *order, rng *rand.Rand) {
	switch kind := rng.IntN(8); {
	case kind == 0 || o == nil || w.set.whole && o.Payee == laterShop: // whose till does it
	case kind < 3:
		_, _ = w.op.run("", w.chargeWords("release", ref, o)...)
	default:
		_, _ = w.op.run("", w.chargeWords("capture", ref, o)...)
	}
}

// chargeWords are the words of a command that captures or releases what is held for o:
// those of the module that made the order if all of it is charged, otherwise the core's.
func (w *world) chargeWords(command, ref string, o *order) []string {
	whose := "payment"
	if o.Part == o.Amount && (o.Product == "tank" || o.Product == "charge") {
		whose = "moduletest"
	}
	words := []string{whose, command, ref}
	if command == "capture" {
		words = append(words, w.currency.Format(o.Part))
	}
	return words
}

// answer is what p does about a call that was lost, their nth reply. After a
// restart an equal text may be taken for a copy of one that was not known to be
// acknowledged, so each is written a little differently.
func (c *crowd) answer(p person, rng *rand.Rand, n int) {
	c.w.behave(p, draw(rng, c.moods))
	pad := strings.Repeat(" ", n%120)
	switch again, no := "again"+pad, "no"+pad; rng.IntN(12) {
	case 0:
		c.w.journal.saysNo(p.Number)
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
