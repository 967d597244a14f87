package engine_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mpg/engine/admin"
	"mpg/engine/bank"
	"mpg/engine/books"
	"mpg/engine/card"
	"mpg/engine/lang"
	"mpg/engine/merchant"
	"mpg/engine/offer"
	"mpg/engine/product"
	"mpg/store/money"
)

const (
	visaToken  = "tok-8f21c0d7"
	visaHolder = "WANG FANG"
)

// cardWorld is a world whose bank is the issuer of a card of wang's, and whose shops have
// ten seconds to decide about an order.
func cardWorld(t *testing.T) (*world, *bookBank) {
	t.Helper()
	w, issuer := bankWorld(t)
	rules := w.rules
	rules.Products.Cards = product.CardRules{Within: 10 * time.Second}
	w.rules = rules
	w.e.SetRules(rules)
	if err := w.addCard("card1", admin.NewCard{Last4: "1111", Scheme: "visa", Named: true}); err != nil {
		t.Fatal(err)
	}
	return w, issuer
}

// addCard links a card to wang, with what a test does not say filled in.
func (w *world) addCard(key string, wanted admin.NewCard) error {
	wanted.Phone, wanted.Issuer = wang, "icbc"
	if wanted.Token == "" {
		wanted.Token = visaToken
	}
	if wanted.Expires == "" {
		wanted.Expires = "2029-08"
	}
	if wanted.Holder == "" {
		wanted.Holder = visaHolder
	}
	_, err := w.e.Admin().Cards.Add(context.Background(), admin.Command{Key: key}, wanted)
	return err
}

// shopTakes says how the shop takes cards.
func (w *world) shopTakes(key string, capture merchant.Capture, ask bool, silence merchant.Silence) {
	w.t.Helper()
	as, means := string(capture), string(silence)
	if _, err := w.e.Admin().Cards.SetShop(context.Background(), admin.Command{Key: key}, "8001", admin.ShopCards{Capture: &as, Ask: &ask, Silence: &means}); err != nil {
		w.t.Fatal(err)
	}
}

// ordersByCard orders 30.00 with the card, and confirms it.
func (w *world) ordersByCard() string {
	w.t.Helper()
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 30 CARD")
	return w.last().Ref
}

// offered waits for the offer of a payment.
func (w *world) offered(ref string) offer.Offer {
	w.t.Helper()
	var one offer.Offer
	w.until("the offer", func() bool {
		all, err := w.e.Offers().Pending(context.Background(), "8001")
		if err != nil {
			w.t.Fatal(err)
		}
		i := slices.IndexFunc(all, func(o offer.Offer) bool { return o.Ref == ref })
		if i >= 0 {
			one = all[i]
		}
		return i >= 0
	})
	return one
}

// decides is the word of a shop.
func (w *world) decides(ref string, accept bool) error {
	return w.e.Offers().Decide(context.Background(), ref, "8001", accept)
}

// TestACardPays at once: both sides hear that it is authorised, and that it is paid once the
// issuer has accepted the completion.
func TestACardPays(t *testing.T) {
	t.Parallel()
	w, issuer := cardWorld(t)
	issuer.quiet(false)
	ref := w.ordersByCard()
	w.expect(wang, ref, "authorised", "Visa card ending 1111")
	w.expect(shop, ref, "已获授权")
	if w.shown(ref).State != "advising" {
		t.Errorf("%+v", w.shown(ref))
	}
	w.balance("merchant:8001", "0.00", "0.00")
	issuer.does(nil)
	w.until("the end", func() bool { return w.shown(ref).Outcome == "paid" })
	w.expect(wang, ref, "you paid CNY 30.00", "with your Visa card ending 1111")
	w.expect(shop, ref, "30.00")
	w.balance("card:icbc", "30.00", "30.00")
	w.balance("merchant:8001", "30.00", "30.00")
	w.balance("bank:icbc", "0.00", "0.00")
	asked := issuer.requests()
	if m := asked[len(asked)-1]; m.Kind != bank.PreAuth || !m.Card || m.Account != visaToken {
		t.Errorf("asked %v, for a card %v", m.Request, m.Card)
	}
	if !slices.ContainsFunc(w.heard(), func(said string) bool { return strings.Contains(said, "Visa card, ending one, one, one, one") }) {
		t.Errorf("heard %q", w.heard())
	}
}

// TestTheShopDecides about a card order that is approved, or its silence does; the money is
// taken only if it accepts, and is released if it does not.
func TestTheShopDecides(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		silence merchant.Silence
		does    func(w *world, ref string) error
		outcome string
		taken   string
		told    string
	}{
		{"accepts", merchant.Refuses, func(w *world, ref string) error { return errors.Join(w.decides(ref, true), w.decides(ref, true)) }, "paid", "30.00", "you paid"},
		{"refuses", merchant.Accepts, func(w *world, ref string) error {
			err := errors.Join(w.decides(ref, false), w.decides(ref, false))
			w.hears("The shop did not accept your card.", "Nothing was taken.")
			return err
		}, "not paid", "0.00", "did not accept"},
		{"says nothing, and so refuses", merchant.Refuses, func(w *world, ref string) error {
			w.pass(10 * time.Second)
			w.hears("The shop did not confirm your card in time.", "Nothing was taken.")
			return nil
		}, "not paid", "0.00", "did not confirm"},
		{"says nothing, and so accepts", merchant.Accepts, func(w *world, ref string) error { w.pass(10 * time.Second); return nil }, "paid", "30.00", "you paid"},
		{"accepts after a restart", merchant.Refuses, func(w *world, ref string) error {
			w.restart()
			if one := w.offered(ref); one.Last4 != "1111" {
				return errors.New("the offer is gone")
			}
			return w.decides(ref, true)
		}, "paid", "30.00", "you paid"},
		{"says nothing over a restart", merchant.Refuses, func(w *world, ref string) error {
			w.pass(5 * time.Second)
			w.restart()
			w.pass(5 * time.Second)
			return nil
		}, "not paid", "0.00", "did not confirm"},
		{"of another shop refuses", merchant.Refuses, func(w *world, ref string) error {
			if err := w.e.Offers().Decide(context.Background(), ref, "8002", false); !errors.Is(err, offer.ErrUnknown) {
				return errors.Join(errors.New("another shop decided"), err)
			}
			if err := w.e.Offers().Decide(context.Background(), "WRONGREF", "8001", false); !errors.Is(err, offer.ErrUnknown) {
				return errors.Join(errors.New("a wrong reference"), err)
			}
			return w.decides(ref, true)
		}, "paid", "30.00", "you paid"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, issuer := cardWorld(t)
			w.shopTakes("s1", "", true, tt.silence)
			changed, stop := w.e.Offers().Subscribe("8001")
			defer stop()
			ref := w.ordersByCard()
			one := w.offered(ref)
			<-changed
			want := offer.Offer{Ref: ref, Merchant: "8001", Amount: "30.00", Currency: "CNY", At: one.At, Until: one.At.Add(10 * time.Second), AuthID: "A00001",
				Scheme: "visa", Last4: "1111", Holder: visaHolder, SilenceAccepts: tt.silence == merchant.Accepts}
			if one != want {
				t.Errorf("offered %+v, want %+v", one, want)
			}
			if err := tt.does(w, ref); err != nil {
				t.Error(err)
			}
			w.until("the end", func() bool { return w.shown(ref).Outcome == tt.outcome && issuer.aside() == 0 })
			w.expect(wang, ref, tt.told)
			w.balance("card:icbc", tt.taken, tt.taken)
			w.balance("merchant:8001", tt.taken, tt.taken)
			if err := w.decides(ref, tt.outcome != "paid"); !errors.Is(err, offer.ErrDecided) {
				t.Errorf("decided otherwise afterwards: %v", err)
			}
			if all, err := w.e.Offers().Pending(context.Background(), "8001"); err != nil || len(all) != 0 {
				t.Errorf("still offered: %+v %v", all, err)
			}
		})
	}
}

// TestWordsRace: of an acceptance, a refusal and the end of the time, at once, one counts.
func TestWordsRace(t *testing.T) {
	t.Parallel()
	w, issuer := cardWorld(t)
	w.shopTakes("s1", "", true, merchant.Refuses)
	ref := w.ordersByCard()
	w.offered(ref)
	var running sync.WaitGroup
	var mu sync.Mutex
	said := make(map[bool]int) // how often a word was taken, or is what counts
	for i := range 6 {
		running.Go(func() {
			accept := i%2 == 0
			err := w.decides(ref, accept)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				said[accept]++
			case !errors.Is(err, offer.ErrDecided) && !errors.Is(err, offer.ErrLate):
				t.Error(err)
			}
		})
	}
	w.pass(10 * time.Second)
	running.Wait()
	w.until("the end", func() bool { return w.shown(ref).State == "done" && issuer.aside() == 0 })
	paid := w.shown(ref).Outcome == "paid"
	if said[!paid] > 0 {
		t.Errorf("paid %v, and %d were told otherwise", paid, said[!paid])
	}
}

// TestCaptureLater takes what the shop charges, within the time that the issuer keeps it.
func TestCaptureLater(t *testing.T) {
	t.Parallel()
	w, issuer := cardWorld(t)
	w.shopTakes("s1", merchant.Later, false, "")
	ref := w.ordersByCard()
	w.until("the amount to be set aside", func() bool { return w.shown(ref).State == "authorized" })
	w.expect(wang, ref, "up to CNY 30.00 is set aside")
	w.hears("The amount is up to thirty yuan.", "Thank you, up to thirty yuan is set aside.")
	if err := w.captures("c1", ref, 3001); !errors.Is(err, admin.ErrOverCapture) {
		t.Errorf("captured too much: %v", err)
	}
	w.pass(6*24*time.Hour - time.Minute)
	if err := w.captures("c2", ref, 2000); err != nil {
		t.Fatal(err)
	}
	w.until("the end", func() bool { return w.shown(ref).Outcome == "paid" && issuer.aside() == 0 })
	w.balance("card:icbc", "20.00", "20.00")

	late := w.ordersByCardAgain()
	w.until("the amount to be set aside", func() bool { return w.shown(late).State == "authorized" })
	w.pass(6 * 24 * time.Hour)
	w.until("its release", func() bool { return w.shown(late).State == "done" && issuer.aside() == 0 })
	if err := w.captures("c3", late, 2000); !errors.Is(err, admin.ErrNotSetAside) {
		t.Errorf("captured after its release: %v", err)
	}
	w.balance("card:icbc", "20.00", "20.00")
}

// hears checks that each of the sentences was said in a call.
func (w *world) hears(sentences ...string) {
	w.t.Helper()
	for _, want := range sentences {
		w.until("to hear "+want, func() bool { // the text may come before the end of the call
			return slices.ContainsFunc(w.spoken, func(said string) bool { return strings.Contains(said, want) })
		})
	}
}

// ordersByCardAgain is ordersByCard for another amount, which no question is asked about.
func (w *world) ordersByCardAgain() string {
	w.t.Helper()
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 31 CARD VISA1")
	return w.last().Ref
}

// TestARefundToACard lessens what the issuer owes for cards, like what it charges back.
func TestARefundToACard(t *testing.T) {
	t.Parallel()
	w, issuer := cardWorld(t)
	ref := w.ordersByCard()
	w.until("the end", func() bool { return w.shown(ref).Outcome == "paid" })
	back, err := w.refund("r1", ref, 1000)
	if err != nil {
		t.Fatal(err)
	}
	w.until("the refund", func() bool { return w.shown(back.Ref).Outcome == "paid" })
	w.expect(wang, back.Ref, "10.00", "to your Visa card ending 1111")
	w.balance("card:icbc", "20.00", "20.00")
	w.balance("bank:icbc", "0.00", "0.00")
	if issuer.taken() != 2000 {
		t.Errorf("the issuer has moved %d", issuer.taken())
	}
	if _, err := w.e.Admin().ChargeBack(context.Background(), admin.Command{Key: "cb1"}, admin.Chargeback{Ref: ref, Reason: "case 7"}); !errors.Is(err, admin.ErrTwoNeeded) {
		t.Errorf("one person recorded a chargeback: %v", err)
	}
}

// TestAChargeback is paid by the shop, which owes what it no longer has; what was refunded
// before is not charged back as well.
func TestAChargeback(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name           string
		refunded       money.Amount
		settled        money.Amount // that the shop was paid out
		amount         money.Amount
		merchant, owes string
		issuer         string
		refused        error
	}{
		{"all of it", 0, 0, 0, "0.00", "", "0.00", nil},
		{"a part", 0, 0, 1200, "18.00", "", "18.00", nil},
		{"of a shop that has little left", 0, 2500, 0, "0.00", "25.00", "0.00", nil},
		{"after a refund", 1000, 0, 0, "0.00", "", "0.00", nil},
		{"more than a refund has left", 1000, 0, 2001, "20.00", "", "20.00", admin.ErrOverCharged},
		{"of what was refunded", 3000, 0, 0, "0.00", "", "0.00", admin.ErrRefunded},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, _ := cardWorld(t)
			ref := w.ordersByCard()
			w.until("the end", func() bool { return w.shown(ref).Outcome == "paid" })
			if tt.refunded > 0 {
				back, err := w.refund("r1", ref, tt.refunded)
				if err != nil {
					t.Fatal(err)
				}
				w.until("the refund", func() bool { return w.shown(back.Ref).Outcome == "paid" })
			}
			if tt.settled > 0 {
				w.moves(books.Merchant("8001"), w.named(books.Float), tt.settled)
			}
			w.twoPeople()
			give := func(by admin.Command) (json.RawMessage, error) {
				return w.e.Admin().ChargeBack(context.Background(), by, admin.Chargeback{Ref: ref, Amount: tt.amount, Reason: "case 7"})
			}
			if tt.refused != nil {
				if _, err := give(member("lin", "cb")); !errors.Is(err, tt.refused) {
					t.Errorf("%v, want %v", err, tt.refused)
				}
			} else {
				w.approved("cb", give)
				owed := ""
				if tt.owes != "" {
					owed = "其中" + tt.owes + "元记为贵店欠款"
				}
				w.expect(shop, "发卡行追回", ref, owed)
				first, back, taken := w.shown(ref), w.last(), cmp.Or(tt.amount, 3000-tt.refunded)
				if back.Payer != "8001" || back.Payee != "card:icbc" || first.Charged != cny().Format(taken) || first.Returned != cny().Format(tt.refunded+taken) {
					t.Errorf("%s charged back %s of %s to %s, of %s", back.Payer, first.Charged, back.Amount, back.Payee, first.Returned)
				}
			}
			w.balance("merchant:8001", tt.merchant, tt.merchant)
			w.balance("card:icbc", tt.issuer, tt.issuer)
			if tt.owes != "" {
				w.balance("receivable:8001", tt.owes, tt.owes)
				w.paysFromAccount()
			}
		})
	}
}

// paysFromAccount has the shop of the tests, which owes 25.00 and holds nothing, take 30.00 in.
// That pays no debt by itself; 20.00 of it are then taken from its account.
func (w *world) paysFromAccount() {
	w.t.Helper()
	w.moves(w.named(books.Float), books.Merchant("8001"), 3000)
	w.balance("receivable:8001", "25.00", "25.00")
	w.approved("debt", func(by admin.Command) (json.RawMessage, error) {
		return admin.Debts{Service: w.e.Admin()}.Paid(w.t.Context(), by, admin.Clearing{Code: "8001", Amount: 2000, Reason: "case 7", FromAccount: true})
	})
	w.expect(shop, "已从您的商家账户扣还欠款20.00元，尚欠5.00元")
	w.balance("receivable:8001", "5.00", "5.00")
	w.balance("merchant:8001", "10.00", "10.00")
}

// taken returns what the bank has taken from its customers, less what it has given back.
func (b *bookBank) taken() int64 { b.mu.Lock(); defer b.mu.Unlock(); return int64(-b.moved) }

// TestCardsThatCannotPay are refused before any call, in words that help.
func TestCardsThatCannotPay(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, from, text string
		before           func(w *world, issuer *bookBank) error
		told             string
	}{
		{"nobody's", li, "PAY 8001 30 CARD", nil, "No card is linked"},
		{"of no such name", wang, "PAY 8001 30 CARD VISA2", nil, "Your cards: visa1"},
		{"removed", wang, "PAY 8001 30 CARD", func(w *world, _ *bookBank) error {
			_, err := w.e.Admin().Cards.Remove(context.Background(), admin.Command{Key: "x1"}, wang, "visa1")
			return err
		}, "No card is linked"},
		{"expired", wang, "PAY 8001 30 CARD", func(w *world, _ *bookBank) error { w.pass(3 * 366 * 24 * time.Hour); return nil }, "has expired"},
		{"of an issuer that is down", wang, "PAY 8001 30 CARD", func(_ *world, issuer *bookBank) error { issuer.set(func() { issuer.down = true }); return nil }, "Your card's bank cannot be reached"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, issuer := cardWorld(t)
			if tt.before != nil {
				if err := tt.before(w, issuer); err != nil {
					t.Fatal(err)
				}
			}
			w.text(tt.from, tt.text)
			w.expect(tt.from, tt.told)
			if w.called() != 0 || len(issuer.requests()) != 1 { // the verification
				t.Errorf("%d calls, %d requests", w.called(), len(issuer.requests()))
			}
		})
	}
}

// TestAddingACard asks its issuer first, and keeps nothing in the clear.
func TestAddingACard(t *testing.T) {
	t.Parallel()
	w, issuer := cardWorld(t)
	issuing := func(reply bank.Reply, err error) {
		issuer.set(func() { issuer.request = func(message) (bank.Reply, error) { return reply, err } })
	}
	for _, tt := range []struct {
		name  string
		reply bank.Reply
		err   error
		card  admin.NewCard
		want  error
		asked bool
	}{
		{"no reason to decline", bank.Reply{Code: "85"}, nil, admin.NewCard{Last4: "2222", Nick: "work2"}, nil, true},
		{"declined", bank.Reply{Code: "14"}, nil, admin.NewCard{Last4: "3333"}, admin.ErrCardRefused, true},
		{"silent", bank.Reply{}, bank.ErrUnknown, admin.NewCard{Last4: "3333"}, admin.ErrCardUnheard, true},
		{"down", bank.Reply{}, bank.ErrDown, admin.NewCard{Last4: "3333"}, admin.ErrCardNotAsked, true},
		{"a card's number for a token", bank.Reply{Code: "85"}, nil, admin.NewCard{Last4: "1111", Token: "4111 1111 1111 1111"}, card.ErrNumber, false},
		{"a name that is taken", bank.Reply{Code: "85"}, nil, admin.NewCard{Last4: "3333", Nick: "visa1"}, admin.ErrNickTaken, false},
		{"a name that may be a memo", bank.Reply{Code: "85"}, nil, admin.NewCard{Last4: "3333", Nick: "lunch"}, card.ErrNick, false},
		{"expired", bank.Reply{Code: "85"}, nil, admin.NewCard{Last4: "3333", Secret: card.Secret{Expires: "2026-10"}}, admin.ErrCardExpired, false},
		{"a number for a name", bank.Reply{Code: "85"}, nil, admin.NewCard{Last4: "3333", Secret: card.Secret{Holder: "4111111111111111"}}, card.ErrHolder, false},
	} {
		issuing(tt.reply, tt.err)
		before := len(issuer.requests())
		if err := w.addCard(tt.name, tt.card); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
		if asked := len(issuer.requests()) > before; asked != tt.asked {
			t.Errorf("%s: asked %v", tt.name, asked)
		}
	}
	if err := w.addCard("no reason to decline", admin.NewCard{Last4: "2222", Nick: "work2"}); err != nil {
		t.Errorf("a repeat: %v", err)
	}
	view, err := w.e.Admin().Cards.List(context.Background(), wang)
	if err != nil || len(view.Cards) != 2 || view.Cards[0].Nick != "visa1" || view.Cards[1].Nick != "work2" {
		t.Errorf("%+v %v", view, err)
	}
	stans := make(map[uint32]bool)
	for _, m := range issuer.requests() {
		if m.Kind != bank.Verify || m.Amount != 0 || stans[m.STAN] {
			t.Errorf("asked %v", m.Request)
		}
		stans[m.STAN] = true
	}
	w.restart()
	ref := w.ordersByCard()
	w.until("the order", func() bool { return w.shown(ref).Request != nil })
	for _, m := range issuer.requests() {
		if m.Kind == bank.PreAuth && stans[m.STAN] {
			t.Errorf("the trace number %d of a verification was used again", m.STAN)
		}
	}
	w.until("the end", func() bool { return w.shown(ref).State == "done" })
	for _, secret := range []string{visaToken, visaHolder, "2029-08"} {
		if path := holds(t, w.dir, secret); path != "" {
			t.Errorf("%s holds %q in the clear", path, secret)
		}
	}
	if holds(t, w.dir, "visa1") == "" {
		t.Error("the scan finds nothing that is there")
	}
}

// holds returns a file below dir that holds text, or "".
func holds(t *testing.T, dir, text string) (found string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte(text)) {
			found = path
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestDeclinesOfCards are told in plain words in both languages, in one segment, and never
// as a theft.
func TestDeclinesOfCards(t *testing.T) {
	t.Parallel()
	wants := map[string][2]string{
		"05": {"the bank refused it", "银行拒绝"}, "14": {"the account cannot be used", "账户不可用"}, "15": {"your bank could not process it", "银行暂时无法处理"},
		"41": {"the bank refused it. Nothing was taken. Ask your bank", "银行拒绝"}, "43": {"the bank refused it. Nothing was taken. Ask your bank", "银行拒绝"},
		"51": {"not enough money", "余额不足"}, "54": {"the card has expired", "卡已过期"}, "55": {"the bank wants its own PIN", "须用银行密码"},
		"57": {"the card cannot be used here", "此卡受限制"}, "61": {"over the bank's limit", "超过银行限额"}, "62": {"the card cannot be used here", "此卡受限制"},
		"65": {"over the bank's limit", "超过银行限额"}, "75": {"the bank wants its own PIN", "须用银行密码"}, "91": {"your bank could not process it", "银行暂时无法处理"},
		"96": {"your bank could not process it", "银行暂时无法处理"},
	}
	cny, _ := money.Lookup("CNY")
	for code, want := range wants {
		for i, language := range []lang.Lang{lang.EN, lang.ZH} {
			said := lang.SMS(language, lang.Declined, lang.Args{Ref: "B2HLGHUA", Amount: 99_999_999_99, Currency: cny, Reason: string(bank.ReasonOf(code)),
				Party: lang.Party{Name: lang.Name{EN: strings.Repeat("W", lang.PartyRunesMaxEN), ZH: strings.Repeat("龍", lang.PartyRunesMaxZH)}, Code: "8001"}})
			most := map[lang.Lang]int{lang.EN: 160, lang.ZH: 70}[language]
			if !strings.Contains(said, want[i]) || len([]rune(said)) > most {
				t.Errorf("%s: %d characters: %s", code, len([]rune(said)), said)
			}
			if lower := strings.ToLower(said); strings.Contains(lower, "stol") || strings.Contains(lower, "lost") || strings.Contains(said, "盗") || strings.Contains(said, "挂失") {
				t.Errorf("%s: %s", code, said)
			}
		}
	}
}
