package engine_test

import (
	"cmp"
	"errors"
	"strings"
	"testing"
	"time"

	"mpg/engine/acquirer"
	"mpg/engine/admin"
	"mpg/engine/bank"
	"mpg/engine/books"
	"mpg/engine/call"
	"mpg/engine/merchant"
	"mpg/engine/payment"
	"mpg/store"
	"mpg/store/money"
)

// splitWorld is a cardWorld in which the purse pays what the issuer does not: it approves 18.00
// of anything.
func splitWorld(t *testing.T) (*world, *bookBank) {
	t.Helper()
	w, issuer := cardWorld(t)
	w.splits(true)
	issuer.approvesPart(1800)
	return w, issuer
}

// splits says whether a purse pays what an issuer does not.
func (w *world) splits(on bool) {
	w.rules.Products.Cards.Split = on
	w.e.SetRules(w.rules)
}

// approvesPart holds that much of what is asked for.
func (b *bookBank) approvesPart(granted money.Amount) {
	b.set(func() {
		b.request = func(m message) (bank.Reply, error) {
			if b.book(m); m.Kind != bank.PreAuth {
				return bank.Reply{Approved: true, Code: "00", Reason: bank.Approved, AuthID: "A00001"}, nil
			}
			b.set(func() { b.held[m.STAN] = granted })
			return bank.Reply{Approved: true, Granted: granted, Code: "10", Reason: bank.Approved, AuthID: "A00001", Settlement: "1123"}, nil
		}
	})
}

// holdsPart holds that much of what it is asked to hold, and does not say so, or says that it holds
// another part.
func (b *bookBank) holdsPart(held, says money.Amount) {
	b.set(func() {
		b.request = func(m message) (bank.Reply, error) {
			b.book(m)
			b.set(func() { b.held[m.STAN] = held })
			if says == 0 {
				return bank.Reply{}, bank.ErrUnknown
			}
			return bank.Reply{Approved: true, Granted: says, Code: "10", Reason: bank.Approved, AuthID: "A00001"}, nil
		}
	})
	b.does(func(m message, _ int) (bank.Reply, error) { // it may not have told us how it names what it holds
		m.AuthID = "A00001"
		code := b.complete(m)
		return bank.Reply{Approved: code == "00", Code: code, Reason: bank.ReasonOf(code)}, nil
	})
}

// answersAfter does something before it approves what it is asked for next.
func (b *bookBank) answersAfter(do func()) {
	b.set(func() {
		b.request = func(m message) (bank.Reply, error) {
			do()
			b.book(m)
			return bank.Reply{Approved: true, Code: "00", Reason: bank.Approved, AuthID: "A00002"}, nil
		}
	})
}

// declinesOnce declines what it is asked for next, and then approves everything.
func (b *bookBank) declinesOnce() {
	declined := false
	b.set(func() {
		b.request = func(m message) (bank.Reply, error) {
			if !declined {
				declined = true
				return bank.Reply{Code: "14", Reason: bank.ReasonOf("14")}, nil
			}
			b.book(m)
			return bank.Reply{Approved: true, Code: "00", Reason: bank.Approved, AuthID: "A00002"}, nil
		}
	})
}

// wantSplit compares the purse, which had 500.00, what the issuer owes and has taken, and what the
// shop has with what they should be; nothing is held anywhere.
func (w *world) wantSplit(issuer *bookBank, purse, owes, merchant string) {
	w.t.Helper()
	w.until("the issuer to keep nothing aside", func() bool { return issuer.aside() == 0 })
	w.balance("purse:"+wang, purse, purse)
	w.balance("card:icbc", owes, owes)
	w.balance("merchant:8001", merchant, merchant)
	if cny, _ := money.Lookup("CNY"); cny.Format(money.Amount(issuer.taken())) != owes {
		w.t.Errorf("the issuer has taken %d, and owes %s", issuer.taken(), owes)
	}
	w.audited("at the end")
}

// TestAPursePaysWhatACardDoesNot, in the commit of the issuer's approval; it has its money back
// whenever the payment comes to nothing, and is not touched if it cannot pay all of the rest.
func TestAPursePaysWhatACardDoesNot(t *testing.T) {
	t.Parallel()
	decided := func(accept bool) func(w *world, issuer *bookBank, ref string) {
		return func(w *world, _ *bookBank, ref string) {
			w.offered(ref)
			w.balance("purse:"+wang, "500.00", "488.00")
			w.must(w.decides(ref, accept))
		}
	}
	resolved := func(as string) func(w *world, issuer *bookBank, ref string) {
		return func(w *world, _ *bookBank, ref string) {
			w.until("the doubt", func() bool { return w.shown(ref).State == "doubt" })
			w.balance("purse:"+wang, "500.00", "488.00")
			_, err := w.resolve("r1", ref, as)
			w.must(err)
		}
	}
	for _, tt := range []struct {
		name    string
		before  func(w *world, issuer *bookBank)
		then    func(w *world, issuer *bookBank, ref string)
		outcome string
		purse   string
		owes    string
		told    []string
	}{
		{"at once", nil, nil, "paid", "488.00", "18.00", []string{"you paid CNY 30.00", "CNY 12.00 from your purse, the rest by Visa card ending 1111. Balance CNY 488.00"}},
		{"of a card that pays all", func(_ *world, issuer *bookBank) { issuer.says("00"); issuer.set(func() { issuer.request = nil }) }, nil, "paid", "500.00", "30.00", []string{"with your Visa card ending 1111"}},
		{"over a restart", func(_ *world, issuer *bookBank) { issuer.quiet(false) }, func(w *world, issuer *bookBank, ref string) {
			w.expect(wang, ref, "CNY 12.00 in your purse, the rest on your card")
			w.balance("purse:"+wang, "500.00", "488.00")
			w.restart()
			issuer.does(nil)
		}, "paid", "488.00", "18.00", []string{"CNY 12.00 from your purse"}},
		{"accepted by the shop", func(w *world, _ *bookBank) { w.shopTakes("s1", "", true, merchant.Refuses) }, decided(true), "paid", "488.00", "18.00", nil},
		{"turned down by the shop", func(w *world, _ *bookBank) { w.shopTakes("s1", "", true, merchant.Accepts) }, decided(false), "not paid", "500.00", "0.00", []string{"did not accept"}},
		{"that the shop does not confirm", func(w *world, _ *bookBank) { w.shopTakes("s1", "", true, merchant.Refuses) }, func(w *world, _ *bookBank, ref string) {
			w.offered(ref)
			w.restart()
			w.pass(10 * time.Second)
		}, "not paid", "500.00", "0.00", []string{"did not confirm"}},
		{"that the issuer does not take, says the operator", func(_ *world, issuer *bookBank) { issuer.refusing("05", false) }, resolved(acquirer.ResolvedReversed), "not paid", "500.00", "0.00", []string{"CNY 30.00 was set aside", "is free again"}},
		{"that the issuer has taken, says the operator", func(_ *world, issuer *bookBank) { issuer.refusing("05", true) }, resolved(acquirer.ResolvedPaid), "paid", "488.00", "18.00", []string{"you paid CNY 30.00"}},
		{"of a purse that is short by a fen", func(w *world, _ *bookBank) { w.moves(books.Purse(1), w.named(books.Float), 50000-1199) }, nil, "not paid", "11.99", "0.00", []string{"your card pays only part of CNY 30.00", "your purse cannot pay the rest"}},
		{"of a purse that has just that", func(w *world, _ *bookBank) { w.moves(books.Purse(1), w.named(books.Float), 50000-1200) }, nil, "paid", "0.00", "18.00", nil},
		{"of a purse that is closed", func(w *world, _ *bookBank) { w.closesPurse(9, store.Limit{Closed: true}) }, nil, "not paid", "500.00", "0.00", []string{"your purse cannot pay the rest"}},
		{"where the operator does not offer it", func(w *world, _ *bookBank) { w.splits(false) }, nil, "not paid", "500.00", "0.00", []string{"has been told to return it"}},
		{"of a shop that charges later", func(w *world, _ *bookBank) { w.shopTakes("s1", merchant.Later, false, "") }, nil, "not paid", "500.00", "0.00", []string{"has been told to return it"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, issuer := splitWorld(t)
			if tt.before != nil {
				tt.before(w, issuer)
			}
			ref := w.ordersByCard()
			if tt.then != nil {
				tt.then(w, issuer, ref)
			}
			w.until("the end", func() bool { return w.shown(ref).Outcome == tt.outcome })
			w.expect(wang, append([]string{ref}, tt.told...)...)
			got := "0.00"
			if tt.outcome == "paid" {
				got = "30.00"
				w.expect(shop, ref, "30.00")
			}
			w.wantSplit(issuer, tt.purse, tt.owes, got)
			p := w.shown(ref)
			if split := tt.owes == "18.00" && (p.ByCard != "18.00" || p.ByPurse != "12.00"); split || tt.owes == "30.00" && p.ByPurse != "" {
				t.Errorf("shown as %s by card and %s by purse", p.ByCard, p.ByPurse)
			}
		})
	}
}

// resolvesPart is the word of people that a bank holds so much for a payment.
func (w *world) resolvesPart(key, ref string, held money.Amount) error {
	w.t.Helper()
	found := acquirer.Found{Bank: "icbc", Holds: held}
	_, err := admin.AtBank{Service: w.e.Admin(), Found: found}.Resolve(w.t.Context(), admin.Command{Key: key}, ref, acquirer.ResolvedPaid, "their statement")
	return err
}

// pursePays takes that much from the purse.
func (w *world) pursePays(amount money.Amount) { w.moves(books.Purse(1), w.named(books.Float), amount) }

// TestPeopleSayHowMuchACardHolds: what follows is what would have followed if the issuer had said so.
// What an order cannot go on with is released, however long that takes, and the order is over at
// once.
func TestPeopleSayHowMuchACardHolds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		before  func(w *world)
		says    money.Amount // the issuer, of what it holds; 0: nothing
		held    money.Amount // people; 0: what the issuer has said
		outcome string
		purse   string
		owes    string
	}{
		{"a part", nil, 0, 1800, "paid", "488.00", "18.00"},
		{"all of it", nil, 0, 3000, "paid", "500.00", "30.00"},
		{"a part, of a purse that is short", func(w *world) { w.pursePays(50000 - 1199) }, 0, 1800, "not paid", "11.99", "0.00"},
		{"a part, of a purse that is closed", func(w *world) { w.closesPurse(9, store.Limit{Closed: true}) }, 0, 1800, "not paid", "500.00", "0.00"},
		{"a part, which no purse adds to", func(w *world) { w.splits(false) }, 0, 1800, "not paid", "500.00", "0.00"},
		{"what the issuer has said, which will not do", func(w *world) { w.splits(false) }, 1800, 0, "not paid", "500.00", "0.00"},
		{"more than the issuer has said", func(w *world) { w.splits(false) }, 1800, 3000, "paid", "500.00", "30.00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, issuer := splitWorld(t)
			if tt.before != nil {
				tt.before(w)
			}
			issuer.holdsPart(cmp.Or(tt.held, tt.says), tt.says)
			issuer.answersReversals("12")
			ref := w.ordersByCard()
			w.until("the doubt", func() bool { return w.shown(ref).State == "doubt" })
			if err := w.resolvesPart("r0", ref, 3001); !errors.Is(err, acquirer.ErrOverAsked) {
				t.Errorf("resolved with more than was asked for: %v", err)
			}
			w.must(w.resolvesPart("r1", ref, tt.held))
			w.until("the end", func() bool { return w.shown(ref).Outcome == tt.outcome })
			if tt.outcome != "paid" {
				if p := w.shown(ref); p.Request.State != "reversing" || p.Request.Granted != "18.00" {
					t.Errorf("the issuer is not asked to release %+v", p.Request)
				}
				issuer.answersReversals("")
				w.comes(ref, "done", "reversed")
				w.wantSplit(issuer, tt.purse, tt.owes, "0.00")
				return
			}
			w.wantSplit(issuer, tt.purse, tt.owes, "30.00")
		})
	}
}

// TestThePayerAgreesToPayFromTheirPurse: the call says so before the PIN, and only where the purse
// may have to pay.
func TestThePayerAgreesToPayFromTheirPurse(t *testing.T) {
	t.Parallel()
	const note = "If the card pays only part of it, the rest is taken from your purse."
	for name, tt := range map[string]struct {
		split bool
		later merchant.Capture
		want  bool
	}{"offered": {true, "", true}, "not offered": {false, "", false}, "charged later": {true, merchant.Later, false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := cardWorld(t)
			w.splits(tt.split)
			w.shopTakes("s1", tt.later, false, "")
			ref := w.ordersByCard()
			w.until("the issuer to have been asked", func() bool { return w.shown(ref).Request != nil })
			before, _, asked := strings.Cut(strings.Join(w.heard(), " "), "key in your six-digit PIN")
			if !asked || strings.Contains(before, note) != tt.want {
				t.Errorf("heard %q", w.heard())
			}
		})
	}
}

// TestARefundOfASplit goes back to the card until the card has back what it paid, and then to the
// purse; neither gets more than it paid.
func TestARefundOfASplit(t *testing.T) {
	t.Parallel()
	type part struct {
		amount  money.Amount // 0: all that is left
		outcome string
		told    string
	}
	whole := part{0, "paid", "refunded CNY 30.00 of REF: CNY 12.00 to your purse, the rest to your Visa card ending 1111"}
	for _, tt := range []struct {
		name      string
		before    func(w *world, issuer *bookBank)
		parts     []part
		purse     string
		owes      string
		unclaimed string
	}{
		{"all of it", nil, []part{whole}, "500.00", "0.00", ""},
		{"in parts", nil, []part{{1000, "paid", "refunded CNY 10.00 of REF to your Visa card"}, {1000, "paid", "CNY 2.00 to your purse, the rest to your"}, {0, "paid", "refunded CNY 10.00 of REF to your purse. Balance CNY 500.00"}}, "500.00", "0.00", ""},
		{"a part less than the card's", nil, []part{{1800, "paid", "to your Visa card"}}, "488.00", "0.00", ""},
		{"which the issuer declines", func(_ *world, issuer *bookBank) { issuer.says("14") }, []part{{0, "returned", "to your purse. Balance CNY 518.00"}}, "518.00", "18.00", ""},
		{"of which the issuer declines a part", func(_ *world, issuer *bookBank) { issuer.declinesOnce() }, []part{{1000, "returned", "to your purse. Balance CNY 498.00"}, {0, "paid", "CNY 2.00 to your purse, the rest to your Visa card ending 1111"}}, "500.00", "0.00", ""},
		{"which the issuer does not answer", func(_ *world, issuer *bookBank) { issuer.silence(true) }, []part{{0, "returned", "to your purse. Balance CNY 518.00"}}, "518.00", "18.00", ""},
		{"to a purse that is full", func(w *world, _ *bookBank) { w.closesPurse(9, store.Limit{Ceiling: 1}) }, []part{whole}, "500.00", "0.00", ""},
		{"to a purse that is closed", func(w *world, _ *bookBank) { w.closesPurse(9, store.Limit{Closed: true}) }, []part{{0, "paid", "to your card, except CNY 12.00, as your purse is closed"}}, "488.00", "0.00", "12.00"},
		{"to a purse that is closed meanwhile", func(w *world, issuer *bookBank) {
			issuer.answersAfter(func() { w.closesPurse(9, store.Limit{Closed: true}) })
		}, []part{{0, "paid", "to your card, except CNY 12.00, as your purse is closed"}}, "488.00", "0.00", "12.00"},
		{"to a purse that is closed, and no card", func(w *world, _ *bookBank) { w.closesPurse(9, store.Limit{Closed: true}) }, []part{{1800, "paid", "to your Visa card"}, {0, "paid", "Your purse is closed"}}, "488.00", "0.00", "12.00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, issuer := splitWorld(t)
			ref := w.ordersByCard()
			w.until("the payment", func() bool { return w.shown(ref).Outcome == "paid" })
			if tt.before != nil {
				tt.before(w, issuer)
			}
			left := money.Amount(3000)
			for i, one := range tt.parts {
				back, err := w.refund("r"+string(rune('1'+i)), ref, one.amount)
				if err != nil {
					t.Fatal(err)
				}
				w.until("the refund", func() bool { return w.shown(back.Ref).Outcome == one.outcome })
				w.expect(wang, back.Ref, strings.ReplaceAll(one.told, "REF", ref))
				if p := w.shown(back.Ref); one == whole && (p.ByCard != "18.00" || p.ByPurse != "12.00") || one.outcome == "returned" && p.ByCard != "" {
					t.Errorf("shown as %s to the card and %s to the purse", p.ByCard, p.ByPurse)
				}
				if left -= one.amount; one.amount == 0 {
					left = 0
				}
			}
			cny, _ := money.Lookup("CNY")
			w.wantSplit(issuer, tt.purse, tt.owes, cny.Format(left))
			w.balance("transit:icbc", "0.00", "0.00")
			if tt.unclaimed != "" {
				w.balance("unclaimed", tt.unclaimed, tt.unclaimed)
			}
			if _, err := w.refund("more", ref, left+1); !errors.Is(err, admin.ErrRefunded) && !errors.Is(err, admin.ErrOverRefund) {
				t.Errorf("refunded too much: %v", err)
			}
		})
	}
}

// TestAChargebackOfASplit takes back what the card paid, and not what the purse did. The rest is
// refunded to the purse, even while the issuer cannot be reached.
func TestAChargebackOfASplit(t *testing.T) {
	t.Parallel()
	w, issuer := splitWorld(t)
	ref := w.ordersByCard()
	w.until("the payment", func() bool { return w.shown(ref).Outcome == "paid" })
	w.twoPeople()
	w.must(w.chargesBack(ref))
	w.balance("card:icbc", "0.00", "0.00")
	w.balance("merchant:8001", "12.00", "12.00")
	issuer.set(func() { issuer.down = true })
	back, err := w.refund("r1", ref, 0)
	if err != nil {
		t.Fatal(err)
	}
	w.until("the refund", func() bool { return w.shown(back.Ref).Outcome == "paid" })
	w.expect(wang, back.Ref, "refunded CNY 12.00 of "+ref+" to your purse. Balance CNY 500.00")
	w.balance("merchant:8001", "0.00", "0.00")
	if err := w.chargesBack(ref); err != nil { // the same command again
		t.Error(err)
	}
	w.audited("at the end")
}

// TestAChargebackAfterADeclinedRefund: the purse got what the issuer did not take back, so that can
// still be charged back, up to what is left of the payment.
func TestAChargebackAfterADeclinedRefund(t *testing.T) {
	t.Parallel()
	w, issuer := splitWorld(t)
	ref := w.ordersByCard()
	w.until("the payment", func() bool { return w.shown(ref).Outcome == "paid" })
	issuer.declinesOnce()
	back, err := w.refund("r1", ref, 1000)
	w.must(err)
	w.until("the refund", func() bool { return w.shown(back.Ref).Outcome == "returned" })
	w.twoPeople()
	w.must(w.chargesBack(ref))
	w.balance("card:icbc", "0.00", "0.00")
	w.balance("merchant:8001", "2.00", "2.00")
	w.audited("at the end")
}

// TestAuditFindsWhatASplitLost: what the issuer owes is what it takes, and the purse gets back no
// more than is written down.
func TestAuditFindsWhatASplitLost(t *testing.T) {
	t.Parallel()
	w, issuer := splitWorld(t)
	ref := w.ordersByCard()
	w.until("the payment", func() bool { return w.shown(ref).Outcome == "paid" })
	back, err := w.refund("r1", ref, 0)
	w.must(err)
	w.until("the refund", func() bool { return w.shown(back.Ref).Outcome == "paid" })
	w.wantSplit(issuer, "500.00", "0.00", "0.00")
	whole := w.entries()
	paid := whole.ended(payment.MCredit, payment.Posted)
	for name, tt := range map[string]struct {
		spoil func(j entries) bool
		fault string
	}{
		"taken from the card in full": {func(j entries) bool {
			return j.requests(paid, payment.Completion, func(r *payment.Request) { r.Amount = 3000 })
		}, "differ in payment, kind"},
		"approved in full": {func(j entries) bool {
			return j.requests(paid, payment.PreAuth, func(r *payment.Request) { r.Granted = 0 })
		}, "differ in what the bank holds"},
		"less to the purse than it got": {func(j entries) bool {
			return rewrite(j, payment.RefundsTable, func(r *payment.Refunds) bool { r.Purse--; return true })
		}, "was given back to the purse, but"},
	} {
		whole.bites(t, name, tt.spoil, tt.fault)
	}
}

// TestTheCardsPartIsFreeAgain once the refund that was to give it back is stopped: what went to
// the purse meanwhile was the purse's.
func TestTheCardsPartIsFreeAgain(t *testing.T) {
	t.Parallel()
	w, issuer := splitWorld(t)
	w.manages()
	ref := w.ordersByCard()
	w.until("the payment", func() bool { return w.shown(ref).Outcome == "paid" })
	w.answers(shop, phone{end: call.EndBusy})
	w.text(shop, "REFUND "+ref+" 20")
	w.expect(shop, "line was busy", "CNY 20.00")
	stopped := w.last().Ref
	_, err := w.refund("r1", ref, 0) // with the 2.00 that are stopped, all that the purse paid
	w.must(err)
	w.balance("purse:"+wang, "498.00", "498.00")
	w.text(shop, "NO")
	w.until("the end", func() bool { return w.shown(stopped).State == "done" })
	back, err := w.refund("r2", ref, 0)
	w.must(err)
	w.until("the refund", func() bool { return w.shown(back.Ref).Outcome == "paid" })
	w.expect(wang, back.Ref, "CNY 2.00 to your purse, the rest to your Visa card ending 1111")
	w.wantSplit(issuer, "500.00", "0.00", "0.00")
}
