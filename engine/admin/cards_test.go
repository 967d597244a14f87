package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"mpg/engine/admin"
	"mpg/engine/books"
	"mpg/engine/card"
	"mpg/engine/merchant"
	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
	"mpg/store/money"
)

// paidByCard is the number of a payment of 90.00 that the first subscriber has made to the
// second shop with a card.
const paidByCard = 4713

// furnishCard puts that payment into the books.
func (o *office) furnishCard(t *testing.T) {
	t.Helper()
	o.edit(t, func(t *tx.Tx, u *user.User) {
		issuer, _ := o.books.Account(t, books.CardPrefix+"icbc", store.Asset, "")
		leg := payment.Leg{From: issuer, To: books.Merchant("8007"), Amount: 90_00, Code: payment.CodePay, Held: true, PostedAt: payment.AtConfirm + 2}
		asks := []payment.Ask{{Bank: "icbc", Account: 1, Amount: 90_00, Kind: payment.PreAuth, Card: true}, {Bank: "icbc", Account: 1, Amount: 90_00, Kind: payment.Completion, Card: true, From: issuer}}
		tx.Save(t, payment.Table, payment.Key(paidByCard), &payment.Payment{No: paidByCard, Ref: o.books.Refs.Ref(paidByCard), State: payment.Done,
			Amounts: payment.Amounts{Ordered: 90_00, Charged: 90_00, Received: 90_00, Currency: "CNY"},
			Plan:    payment.Plan{Product: payment.MCredit, Legs: []payment.Leg{leg}, Asks: asks, Card: &payment.Card{Nick: "visa1", Scheme: "visa", Last4: "1111"}},
			Payer:   payment.Party{User: u.No, Phone: u.Phone}, Payee: payment.Party{Code: "8007"},
			Steps: []payment.Step{{At: t.Now, State: payment.Posted}, {At: t.Now, State: payment.Done}}})
		t.Transfer(store.Transfer{Op: store.Post, Code: payment.CodePay, Debit: issuer, Credit: leg.To, Amount: leg.Amount})
	})
}

// chargebackSample is a chargeback, which always needs two people.
func chargebackSample() sample {
	return sample{
		give: func(o *office, by admin.Command) (json.RawMessage, error) {
			return o.ChargeBack(context.Background(), by, admin.Chargeback{Ref: o.books.Refs.Ref(paidByCard), Reason: "case 7"})
		},
		underneath: func(t *testing.T, o *office) { // some of it is refunded meanwhile
			o.change(t, func(t *tx.Tx) error {
				tx.Save(t, payment.RefundsTable, payment.Key(paidByCard), &payment.Refunds{Of: paidByCard, Sum: 1})
				return nil
			})
		},
		done: func(t *testing.T, o *office) int { return o.entries(t, payment.Chargeback, 90_00) },
	}
}

// TestWhatCannotBeChargedBack: what no card paid, and more than is left.
func TestWhatCannotBeChargedBack(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.furnish(t)
	o.employ(t, "lin", "hu")
	for _, tt := range []struct {
		key    string
		no     uint64
		amount money.Amount
		reason string
		want   error
	}{
		{"without a reason", paidByCard, 0, " ", admin.ErrReason},
		{"no payment", 99, 0, "case 7", admin.ErrNoPayment},
		{"from a purse", paidToShop, 0, "case 7", admin.ErrNoCardPaid},
		{"unpaid", doubtful, 0, "case 7", admin.ErrNoCardPaid},
		{"too much", paidByCard, 90_01, "case 7", admin.ErrOverCharged},
	} {
		_, err := o.ChargeBack(t.Context(), person("lin", tt.key), admin.Chargeback{Ref: o.books.Refs.Ref(tt.no), Amount: tt.amount, Reason: tt.reason})
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.key, err, tt.want)
		}
	}
}

// TestHowAShopTakesCards: only what is given changes, and an empty value is the operator's.
func TestHowAShopTakesCards(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.furnish(t)
	text := func(value string) *string { return &value }
	yes, no := true, false
	for _, tt := range []struct {
		key    string
		code   string
		change admin.ShopCards
		want   merchant.Cards
		err    error
	}{
		{"all", "8007", admin.ShopCards{MCC: text("7011"), Capture: text("later"), Ask: &yes, Silence: text("accept")}, merchant.Cards{MCC: "7011", Capture: merchant.Later, Asked: true, Silence: merchant.Accepts}, nil},
		{"one", "8007", admin.ShopCards{Silence: text("refuse")}, merchant.Cards{MCC: "7011", Capture: merchant.Later, Asked: true, Silence: merchant.Refuses}, nil},
		{"back", "8007", admin.ShopCards{MCC: text(""), Capture: text(""), Ask: &no, Silence: text("")}, merchant.Cards{}, nil},
		{"nothing", "8007", admin.ShopCards{}, merchant.Cards{}, admin.ErrArgument},
		{"three digits", "8007", admin.ShopCards{MCC: text("701")}, merchant.Cards{}, admin.ErrArgument},
		{"letters", "8007", admin.ShopCards{MCC: text("701a")}, merchant.Cards{}, admin.ErrArgument},
		{"soon", "8007", admin.ShopCards{Capture: text("soon")}, merchant.Cards{}, admin.ErrArgument},
		{"perhaps", "8007", admin.ShopCards{Silence: text("perhaps")}, merchant.Cards{}, admin.ErrArgument},
		{"nobody", "8009", admin.ShopCards{Ask: &yes}, merchant.Cards{}, admin.ErrNoMerchant},
	} {
		if _, err := o.Cards.SetShop(t.Context(), admin.Command{Key: tt.key}, tt.code, tt.change); !errors.Is(err, tt.err) {
			t.Errorf("%s: %v, want %v", tt.key, err, tt.err)
			continue
		}
		shop, err := o.run.View(t.Context()).Merchant("8007")
		if err != nil || shop.Cards != tt.want {
			t.Errorf("%s: %+v, want %+v, %v", tt.key, shop.Cards, tt.want, err)
		}
	}
}

// TestAWalletIsFull at a number of cards; a removal makes room.
func TestAWalletIsFull(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.furnish(t)
	add := func(key string) error {
		_, err := o.Cards.Add(t.Context(), admin.Command{Key: key}, admin.NewCard{Phone: mobile(1), Issuer: "icbc", Token: "tok-" + key, Last4: "1111", Scheme: "visa",
			Secret: card.Secret{Expires: "2099-12", Holder: "WANG FANG"}})
		return err
	}
	for _, key := range []string{"a", "b", "c", "d", "e"} {
		if err := add(key); err != nil {
			t.Fatal(err)
		}
	}
	if err := add("f"); !errors.Is(err, admin.ErrCardsFull) {
		t.Errorf("one more: %v", err)
	}
	if _, err := o.Cards.Remove(t.Context(), admin.Command{Key: "r"}, mobile(1), "visa9"); !errors.Is(err, admin.ErrNoCard) {
		t.Errorf("removed what is not there: %v", err)
	}
	if _, err := o.Cards.Remove(t.Context(), admin.Command{Key: "r"}, mobile(1), "visa2"); err != nil {
		t.Fatal(err)
	}
	if err := add("g"); err != nil {
		t.Fatal(err)
	}
	view, err := o.Cards.List(t.Context(), mobile(1))
	if err != nil || len(view.Cards) != card.Max || view.Cards[0].Nick != "visa1" || view.Cards[card.Max-1].Nick != "visa2" {
		t.Errorf("%+v %v", view, err)
	}
	for _, wanted := range []struct {
		phone, issuer string
		err           error
	}{{mobile(2), "icbc", admin.ErrNoUser}, {mobile(1), "nobody", admin.ErrNoBank}} {
		_, err := o.Cards.Add(t.Context(), admin.Command{Key: "x" + wanted.issuer}, admin.NewCard{Phone: wanted.phone, Issuer: wanted.issuer, Token: "tok", Last4: "1111",
			Secret: card.Secret{Expires: "2099-12", Holder: "WANG FANG"}})
		if !errors.Is(err, wanted.err) {
			t.Errorf("%v, want %v", err, wanted.err)
		}
	}
}
