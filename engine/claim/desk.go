package claim

import (
	"strings"
	"time"

	"mpg/engine/books"
	"mpg/engine/due"
	"mpg/engine/limit"
	"mpg/engine/local"
	"mpg/engine/payment"
	"mpg/engine/process"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
	"mpg/store/money"
)

// Rules are the operator's settings for claims.
type Rules struct {
	Expires   time.Duration // after which money goes back; 0: nothing is kept for anybody
	Open      int           // claims of one payer at once
	PerNumber int           // claims that may wait for one number
}

// kindName names the due work of claims.
const kindName = "claim"

// payeePrefix and the number of a subscriber name the due work of paying what waits for them and
// was more than their registration could pay.
const payeePrefix = "payee-"

// tryAgain is how long a claim that the purse of its payee cannot take waits for another try.
const tryAgain = time.Hour

// Config is what a Desk works with.
type Config struct {
	Books   *books.Books
	Store   store.Reader
	Process *process.Machine
	Place   local.Place
	Due     func() *due.Sweeper
	Limits  func() *limit.Set // of what purses hold and receive
}

// Desk begins and ends claims.
type Desk struct{ cfg Config }

// New returns a Desk.
func New(cfg Config) *Desk { return &Desk{cfg} }

// Kind returns the due work of claims.
func (d *Desk) Kind() due.Kind { return due.Kind{Name: kindName, Missed: due.All, Do: d.fallsDue} }

// Account returns the account of unclaimed money.
func (d *Desk) Account(t *tx.Tx) (store.AccountID, error) {
	return d.cfg.Books.Account(t, books.Unclaimed, store.Liability, "")
}

// MayOpen reports whether one more claim of payer, to a number, may wait.
func (d *Desk) MayOpen(t *tx.Tx, payer uint64, phone string, rules Rules) (bool, error) {
	from, err := listOf(t, fromKey(payer))
	if err != nil {
		return false, err
	}
	to, err := listOf(t, toKey(t, phone))
	return len(from.Claims) < rules.Open && len(to.Claims) < rules.PerNumber, err
}

// Waits counts p among the payments that wait for the number of its payee, from the step that
// takes it in; waits is false once it ends unpaid.
func (d *Desk) Waits(t *tx.Tx, p *payment.Payment, waits bool) error {
	if err := change(t, fromKey(p.Payer.User), p.No, waits); err != nil {
		return err
	}
	return change(t, toKey(t, p.Payee.Phone), p.No, waits)
}

// Begin records, in the step that posts p, that its money waits for the payee. If the number
// was registered since the order, that is found at the next minute.
func (d *Desk) Begin(t *tx.Tx, p *payment.Payment) error {
	c := &payment.Claim{Payment: p.No, Payer: p.Payer.User, Amount: p.Charged, Currency: p.Currency, Since: t.Now.UTC(), Until: t.Now.Add(p.Plan.Claim).UTC(), State: payment.ClaimOpen}
	owner, err := t.UserOf(p.Payee.Phone)
	if err != nil {
		return err
	}
	// Whoever registers meanwhile finds no claim to be paid, so this step has to find them.
	tx.Expect(t, user.AliasTable, tx.AliasKey(t, p.Payee.Phone))
	c.Due = c.Until
	if owner != nil {
		c.Due = t.Now.UTC()
	}
	return d.keepOpen(t, c, p.Payee.Phone)
}

// keepOpen saves an open claim with its row of due work and its lists.
func (d *Desk) keepOpen(t *tx.Tx, c *payment.Claim, phone string) error {
	tx.Save(t, payment.ClaimTable, payment.Key(c.Payment), c)
	if err := d.cfg.Due().Add(t, due.Item{Kind: kindName, ID: payment.Key(c.Payment), At: c.Due}); err != nil {
		return err
	}
	if err := change(t, fromKey(c.Payer), c.Payment, true); err != nil {
		return err
	}
	return change(t, toKey(t, phone), c.Payment, true) // an order of an older build was not counted
}

// Registered pays what waits for a new subscriber, whose purse this step opens, as far as the
// purse may hold and receive it. The rest waits.
func (d *Desk) Registered(t *tx.Tx, owner *user.User) error {
	return d.payOut(t, owner, store.Account{})
}

// atOnce is how many claims one step pays: each takes up to six of its transfers, and five of its
// writes.
const atOnce = 8

// payOut pays what waits for owner, as far as purse, which is theirs, may hold and receive it. What
// one step cannot pay is due a minute later.
func (d *Desk) payOut(t *tx.Tx, owner *user.User, purse store.Account) error {
	list, err := listOf(t, toKey(t, owner.Phone))
	if err != nil {
		return err
	}
	// Begin writes the list. If it commits before this step, it has found nobody who has the number,
	// so this step has to find the claim.
	tx.Expect(t, ListTable, toKey(t, owner.Phone))
	room, err := d.room(t, owner, purse)
	if err != nil {
		return err
	}
	tried := 0
	for _, no := range append([]uint64(nil), list.Claims...) { // paying one changes the list
		c, err := Of(t, no)
		switch {
		case err != nil:
			return err
		case c == nil, c.Due.Before(c.Until):
			continue // it is not confirmed yet: then Begin finds the owner; or it is due by itself
		case tried == atOnce:
			return d.cfg.Due().Add(t, due.Item{Kind: kindName, ID: payeePrefix + payment.Key(owner.No), At: t.Now.Add(time.Minute)})
		}
		tried++
		if room, err = d.payWithin(t, c, owner, room); err != nil {
			return err
		}
	}
	return nil
}

// payWithin pays a claim if it fits into room, and returns what is left of that. Otherwise the
// claim waits for another try.
func (d *Desk) payWithin(t *tx.Tx, c *payment.Claim, owner *user.User, room money.Amount) (money.Amount, error) {
	first, err := t.Payment(c.Payment)
	if err != nil {
		return 0, err
	}
	if _, err := d.cfg.Due().Cancel(t, kindName, payment.Key(c.Payment), c.Due); err != nil {
		return 0, err
	}
	if first.Received > room {
		c.Due = nextTry(c, t.Now)
		return room, d.keepOpen(t, c, owner.Phone)
	}
	return room - first.Received, d.pay(t, c, first, owner)
}

// nextTry returns when a claim is looked at again: at its end at the latest.
func nextTry(c *payment.Claim, now time.Time) time.Time {
	if next := now.Add(tryAgain).UTC(); next.Before(c.Until) {
		return next
	}
	return c.Until
}

// payRest goes on with what waits for the subscriber with that key.
func (d *Desk) payRest(t *tx.Tx, key string) error {
	owner, err := tx.Read[user.User](t, user.Table, key)
	if err != nil || owner == nil {
		return err
	}
	purse, open, err := d.purse(t, owner)
	if err != nil || !open {
		return err
	}
	return d.payOut(t, owner, purse)
}

// fallsDue pays a claim whose payee has registered, or gives the money back once its time is
// over. The sweeper has dropped the row.
func (d *Desk) fallsDue(t *tx.Tx, item due.Item) error {
	if payee, rest := strings.CutPrefix(item.ID, payeePrefix); rest {
		return d.payRest(t, payee)
	}
	c, err := tx.Read[payment.Claim](t, payment.ClaimTable, item.ID)
	if err != nil || c == nil || c.State != payment.ClaimOpen {
		return err
	}
	first, err := t.Payment(c.Payment)
	if err != nil {
		return err
	}
	owner, err := t.UserOf(first.Payee.Phone)
	if err != nil {
		return err
	}
	if owner != nil && owner.No != c.Payer {
		fits, err := d.fits(t, owner, first.Received)
		if err != nil {
			return err
		}
		if fits {
			return d.pay(t, c, first, owner)
		}
	}
	if t.Now.Before(c.Until) {
		c.Due = nextTry(c, t.Now)
		return d.keepOpen(t, c, first.Payee.Phone)
	}
	return d.giveBack(t, c, first)
}

// fits reports whether the purse of a subscriber can take an amount now.
func (d *Desk) fits(t *tx.Tx, owner *user.User, amount money.Amount) (bool, error) {
	purse, open, err := d.purse(t, owner)
	if err != nil || !open {
		return false, err
	}
	room, err := d.room(t, owner, purse)
	return amount <= room, err
}

// purse returns the purse of a subscriber, and whether it is open. It is given the ceiling of the
// moment, as for any other payment, in a step before this one.
func (d *Desk) purse(t *tx.Tx, owner *user.User) (purse store.Account, open bool, err error) {
	if err := d.cfg.Books.SetCeiling(t.Context(), owner.Purse, d.cfg.Limits().Ceiling(owner.Tier)); err != nil {
		return store.Account{}, false, err
	}
	purse, ok, err := d.cfg.Store.Account(t.Context(), owner.Purse)
	return purse, ok && !purse.Closed, err
}

// room returns how much more a subscriber may receive in the purse now, by what it may hold and
// by what may come in today and in the other periods.
func (d *Desk) room(t *tx.Tx, owner *user.User, purse store.Account) (money.Amount, error) {
	limits, room := d.cfg.Limits(), money.Max
	if ceiling := limits.Ceiling(owner.Tier); ceiling > 0 {
		room = ceiling - purse.Reach()
	}
	for _, most := range limits.Incoming(owner.Tier, d.cfg.Place.Day(t.Now)) {
		id, err := books.Counter(owner.No, string(most.Kind), most.Since)
		if err != nil {
			return 0, err
		}
		counter, _, err := d.cfg.Store.Account(t.Context(), id)
		if err != nil {
			return 0, err
		}
		room = min(room, most.Limit-counter.Reach())
	}
	return room, nil
}

// counted returns the legs that count what owner receives, as those of any other payment do. The
// counters are opened in steps before this one.
func (d *Desk) counted(t *tx.Tx, owner *user.User, amount money.Amount) ([]payment.Leg, error) {
	var legs []payment.Leg
	for _, most := range d.cfg.Limits().Incoming(owner.Tier, d.cfg.Place.Day(t.Now)) {
		leg, err := d.cfg.Books.Counting(t, owner.No, string(most.Kind), most.Since, amount)
		if err != nil {
			return nil, err
		}
		if err := d.cfg.Books.OpenCounter(t.Context(), leg.To, most.Limit); err != nil {
			return nil, err
		}
		leg.PostedAt = payment.AtConfirm
		legs = append(legs, leg)
	}
	return legs, nil
}

// end closes a claim in this step.
func (d *Desk) end(t *tx.Tx, c *payment.Claim, phone string, as payment.ClaimState, by uint64) error {
	c.State, c.By, c.Ended, c.Due = as, by, t.Now.UTC(), time.Time{}
	tx.Save(t, payment.ClaimTable, payment.Key(c.Payment), c)
	if err := change(t, fromKey(c.Payer), c.Payment, false); err != nil {
		return err
	}
	return change(t, toKey(t, phone), c.Payment, false)
}

// pay ends a claim by paying its payee, and those who get the fee.
func (d *Desk) pay(t *tx.Tx, c *payment.Claim, first *payment.Payment, owner *user.User) error {
	from, err := d.Account(t)
	if err != nil {
		return err
	}
	legs := []payment.Leg{{From: from, To: owner.Purse, Amount: first.Received, Code: payment.CodeClaim, PostedAt: payment.AtConfirm}}
	if net := first.Fee - first.Tax; net > 0 {
		fees, err := d.cfg.Books.Account(t, first.Tariff.Terms.Account, store.Liability, "")
		if err != nil {
			return err
		}
		legs = append(legs, payment.Leg{From: from, To: fees, Amount: net, Code: payment.CodeFee, PostedAt: payment.AtConfirm})
	}
	if first.Tax > 0 {
		tax, err := d.cfg.Books.Account(t, books.Tax, store.Liability, "")
		if err != nil {
			return err
		}
		legs = append(legs, payment.Leg{From: from, To: tax, Amount: first.Tax, Code: payment.CodeTax, PostedAt: payment.AtConfirm})
	}
	counted, err := d.counted(t, owner, first.Received)
	if err != nil {
		return err
	}
	p := d.payment(t, first, payment.ClaimPaid, append(legs, counted...))
	p.Payer, p.Payee = first.Payer, payment.Party{User: owner.No, Phone: owner.Phone, Name: owner.Name}
	p.Amounts, p.Tariff = first.Amounts, first.Tariff
	if err := d.end(t, c, first.Payee.Phone, payment.ClaimPaidOut, p.No); err != nil {
		return err
	}
	return d.cfg.Process.Advance(t, p, payment.Event{Kind: payment.Ordered, At: t.Now})
}

// giveBack ends a claim whose time is over: all of it, with the fees, is in the payer's purse
// again, whatever that may hold, and no longer counts in the limits of a week or a month. If the
// purse is closed, the money stays where it is and is listed as the payer's.
func (d *Desk) giveBack(t *tx.Tx, c *payment.Claim, first *payment.Payment) error {
	if err := process.Uncount(t, first); err != nil {
		return err
	}
	payer, err := t.User(c.Payer)
	if err != nil {
		return err
	}
	from, err := d.Account(t)
	if err != nil {
		return err
	}
	purse, _, err := d.cfg.Store.Account(t.Context(), payer.Purse)
	if err != nil {
		return err
	}
	if purse.Closed {
		tx.Save(t, payment.UnclaimedTable, payment.Key(first.No), &payment.Unclaimed{Payment: first.No, User: payer.No, Amount: c.Amount, Currency: c.Currency, Since: t.Now.UTC()})
		return d.end(t, c, first.Payee.Phone, payment.ClaimKept, 0)
	}
	p := d.payment(t, first, payment.ClaimBack, []payment.Leg{{From: from, To: payer.Purse, Amount: c.Amount, Code: payment.CodeBack, PostedAt: payment.AtConfirm}})
	p.Payer, p.Payee = payment.Party{Phone: first.Payee.Phone}, payment.Party{User: payer.No, Phone: payer.Phone, Name: payer.Name}
	p.Amounts = payment.Amounts{Ordered: c.Amount, Charged: c.Amount, Received: c.Amount, Currency: c.Currency}
	if err := d.end(t, c, first.Payee.Phone, payment.ClaimReturned, p.No); err != nil {
		return err
	}
	return d.cfg.Process.Advance(t, p, payment.Event{Kind: payment.Ordered, At: t.Now})
}

// payment returns a payment that ends the claim of first.
func (d *Desk) payment(t *tx.Tx, first *payment.Payment, what payment.Product, legs []payment.Leg) *payment.Payment {
	no := d.cfg.Books.Payments.Add(1)
	return &payment.Payment{No: no, Ref: d.cfg.Books.Refs.Ref(no), Route: first.Route, Origin: payment.Origin{Claim: first.No},
		Plan: payment.Plan{Product: what, PINExempt: true, Legs: legs, Notice: payment.NoticeVersion}, Date: d.cfg.Place.Day(t.Now), Deadline: t.Now.UTC()}
}
