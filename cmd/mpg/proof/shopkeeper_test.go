package proof

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"mpg/engine/bank/iso8583"
	"mpg/store/money"
)

// How shops refund.
const (
	managedShop  = "8004" // whose phone has a PIN, and refunds by text
	refundOneIn  = 3      // of what a shop is told that it got, and all that a card and a purse share
	refundTries  = 12     // of a command, while the daemon is killed again and again
	refundRetry  = 150 * time.Millisecond
	refundReason = "the goods came back"
)

// keepers are the shops of a crowd, which pay some of what they got back.
type keepers struct {
	w     *world
	crowd *crowd
	texts chan text // to the shops' phones
	all   sync.WaitGroup
}

// keepShops lets the shops refund until ctx ends.
func (c *crowd) keepShops(ctx context.Context, rng *rand.Rand) *keepers {
	k := &keepers{w: c.w, crowd: c, texts: make(chan text, 1000)}
	for range 2 {
		own := rand.New(rand.NewPCG(rng.Uint64(), rng.Uint64()))
		k.all.Go(func() { k.keep(ctx, own) })
	}
	return k
}

// hear takes a text to a shop.
func (k *keepers) hear(to, words string) {
	if says, _ := read(words); says == saidReceived {
		select {
		case k.texts <- text{To: to, Text: words}:
		default:
		}
	}
}

// keep refunds some of what the shops are told that they got.
func (k *keepers) keep(ctx context.Context, rng *rand.Rand) {
	seen := map[string]bool{}
	for {
		select {
		case <-ctx.Done():
			return
		case t := <-k.texts:
			_, ref := read(t.Text)
			o := k.w.journal.got(t.To, t.Text)
			if o == nil || o.Product == cashOut || seen[ref] || rng.IntN(refundOneIn) != 0 && o.ByCard == 0 {
				continue
			}
			seen[ref] = true
			if r := k.w.refundOf(o, ref, rng); r != nil {
				k.order(ctx, o, r, rng)
			}
		}
	}
}

// got is the order of which a text to a shop's phone says that it was paid; nil: none.
func (j *journal) got(phone, words string) *order {
	j.mu.Lock()
	defer j.mu.Unlock()
	c, _ := money.Lookup(currencyCode)
	for _, o := range slices.Backward(j.Orders) {
		if j.Shops[o.Payee] == phone && names(words, c.Format(o.received())) {
			return o
		}
	}
	return nil
}

// refundOf is a refund of o: of all of it now and then, or of a part; nil: it was refunded.
func (w *world) refundOf(o *order, ref string, rng *rand.Rand) *refund {
	most := o.refundable()
	r := &refund{Of: ref, Shop: o.Payee, To: o.From, Amount: most, ByText: o.Payee == managedShop && rng.IntN(3) != 0}
	if o.Product == cardAtOnce && w.set.whole && rng.IntN(2) == 0 {
		r.Issuer = w.journal.Banks[o.From]
		r.ByText = false
		most = cmp.Or(o.ByCard, most)
	}
	if most == o.bankTakes() || rng.IntN(4) != 0 { // what comes back must not look like what was taken
		for r.Amount = 1 + money.Amount(rng.Int64N(int64(most-1))); !distinct(r.sums(o)) || !w.journal.claim(r.sums(o)...); r.Amount-- {
			if r.Amount <= 1 {
				return nil
			}
		}
	}
	if !w.journal.refunds(r) {
		return nil
	}
	return r
}

// refundable is how much of o can be refunded: the payer's fee stays, where the tariff does not
// return it.
func (o *order) refundable() money.Amount {
	if o.Product == "mpurse" {
		return o.final()
	}
	most, _ := o.end()
	return most
}

// sums are the amounts by which texts, the ledger or a bank name r and, where a card and a purse
// share what comes back, the refund of what r leaves. o, which they pay back, has none of them.
func (r *refund) sums(o *order) []money.Amount {
	if o.ByCard == 0 {
		return []money.Amount{r.Amount}
	}
	return []money.Amount{r.Amount, max(r.Amount-o.ByCard, o.ByCard-r.Amount), o.refundable() - r.Amount}
}

// distinct reports whether no two amounts are equal.
func distinct(amounts []money.Amount) bool {
	sorted := slices.Sorted(slices.Values(amounts))
	return len(slices.Compact(sorted)) == len(amounts)
}

// inTwo is r and, if a card and a purse share what comes back and r is a part of it, a refund of
// what r leaves.
func (j *journal) inTwo(o *order, r *refund) []*refund {
	left := o.refundable() - r.Amount
	if o.ByCard == 0 || left == 0 || r.Issuer != "" {
		return []*refund{r}
	}
	second := &refund{Of: r.Of, Shop: r.Shop, To: r.To, Amount: left, Left: true}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.Refunds = append(j.Refunds, second)
	return []*refund{r, second}
}

// key is that of the command for r.
func (r *refund) key() string {
	if r.Left {
		return "left-" + r.Of
	}
	return "refund-" + r.Of
}

// order has the shop order r, by text or by the operator's command.
func (k *keepers) order(ctx context.Context, o *order, r *refund, rng *rand.Rand) {
	if bank := o.bankTakes() > 0; bank && rng.IntN(2) == 0 {
		k.w.misfortune(k.w.drawnOn(o), iso8583.ReturnToAccount, rng)
	}
	k.crowd.count(1)
	defer k.crowd.count(-1)
	if r.ByText {
		k.byText(r, rng)
		return
	}
	for _, one := range k.w.journal.inTwo(o, r) {
		k.command(ctx, one, rng)
	}
}

// command gives the operator's command for r, until it has been carried out or was tried often.
func (k *keepers) command(ctx context.Context, r *refund, rng *rand.Rand) {
	for range refundTries {
		if err := k.w.op.twice("payment", r.product(), r.Of, k.w.currency.Format(r.Amount), "--reason", refundReason, "--key", r.key()); err == nil {
			k.w.journal.refunded(r)
			return
		}
		if !pause(ctx, rng, refundRetry) {
			return
		}
	}
}

// byText has the manager text a refund and confirm it in the call.
func (k *keepers) byText(r *refund, rng *rand.Rand) {
	p := k.w.manager()
	word := map[string]string{"en": "REFUND ", "zh": "退款 "}[p.Lang]
	k.w.behave(p, draw(rng, k.crowd.moods))
	k.w.say(p.Number, word+r.Of+" "+k.w.currency.Format(r.Amount))
	late := time.NewTimer(patience)
	defer late.Stop()
	for replies := 1; ; replies++ {
		select {
		case words := <-k.crowd.inbox[p.Number]:
			says, _ := read(words)
			switch says {
			case saidRefunded, saidUnpaid, saidRefused, saidBusy:
				if strings.Contains(words, r.Of) {
					return
				}
			case saidBarred:
				_, _ = k.w.op.run("", "user", "unblock", p.Number)
				return
			case saidCallLost:
				k.crowd.answer(p, rng, replies)
			default:
			}
		case <-late.C:
			return
		}
	}
}

// manager is who keeps managedShop.
func (w *world) manager() person { return w.people[len(w.people)-1] }

// refunds notes a refund that is about to be ordered; false: its payment has one.
func (j *journal) refunds(r *refund) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, other := range j.Refunds {
		if other.Of == r.Of {
			return false
		}
	}
	j.Refunds = append(j.Refunds, r)
	return true
}

// refunded notes that a command has said that r is made.
func (j *journal) refunded(r *refund) {
	j.mu.Lock()
	defer j.mu.Unlock()
	r.Done = true
}
