package card_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"mpg/engine/card"
)

func TestWallet(t *testing.T) {
	t.Parallel()
	var none *card.Wallet
	if none.Find("") != nil || none.ByToken(1) != nil || none.Nicks() != "" {
		t.Error("a wallet that is not there holds something")
	}
	w := &card.Wallet{}
	for i, scheme := range []string{"visa", "unionpay", "visa", "other", "mastercard"} {
		w.Cards = append(w.Cards, card.Card{Nick: w.NickFor(scheme), Scheme: scheme, Token: uint64(i + 1), Last4: "1111"})
	}
	if w.Nicks() != "visa1, union1, visa2, card1, master1" {
		t.Error(w.Nicks())
	}
	for _, one := range w.Cards {
		if !card.IsNick(one.Nick) {
			t.Errorf("%s cannot be ordered with", one.Nick)
		}
	}
	if w.Find("").Token != 1 || w.Find("visa2").Token != 3 || w.Find("visa3") != nil || w.ByToken(2).Nick != "union1" || w.ByToken(9) != nil {
		t.Error("found another card")
	}
	if !w.Remove("visa1") || w.Remove("visa1") || w.Find("").Nick != "union1" {
		t.Errorf("after a removal: %s", w.Nicks())
	}
}

func TestWhatACardMustHave(t *testing.T) {
	t.Parallel()
	good := card.Card{Nick: "visa1", Scheme: "visa", Last4: "1111"}
	secret := card.Secret{Expires: "2029-08", Holder: "WANG FANG"}
	if err := good.Check(secret); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		spoil func(c *card.Card, s *card.Secret)
		want  error
	}{
		{"three digits", func(c *card.Card, _ *card.Secret) { c.Last4 = "111" }, card.ErrLast4},
		{"letters", func(c *card.Card, _ *card.Secret) { c.Last4 = "11x1" }, card.ErrLast4},
		{"no scheme", func(c *card.Card, _ *card.Secret) { c.Scheme = "gift" }, card.ErrScheme},
		{"a word", func(c *card.Card, _ *card.Secret) { c.Nick = "visa" }, card.ErrNick},
		{"too long a name", func(c *card.Card, _ *card.Secret) { c.Nick = "mastercard1" }, card.ErrNick},
		{"no month", func(_ *card.Card, s *card.Secret) { s.Expires = "08/29" }, card.ErrExpires},
		{"month 13", func(_ *card.Card, s *card.Secret) { s.Expires = "2029-13" }, card.ErrExpires},
		{"nobody", func(_ *card.Card, s *card.Secret) { s.Holder = "" }, card.ErrHolder},
		{"a long name", func(_ *card.Card, s *card.Secret) { s.Holder = strings.Repeat("W", 27) }, card.ErrHolder},
		{"a number", func(_ *card.Card, s *card.Secret) { s.Holder = "4111 1111 1111 1111" }, card.ErrHolder},
	} {
		c, s := good, secret
		tt.spoil(&c, &s)
		if err := c.Check(s); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

// TestExpiry: a card pays to the end of its last month.
func TestExpiry(t *testing.T) {
	t.Parallel()
	s := card.Secret{Expires: "2029-08"}
	for day, want := range map[string]bool{"2028-12-31": false, "2029-08-01": false, "2029-08-31": false, "2029-09-01": true, "2030-01-01": true, "": true} {
		if s.Expired(day) != want {
			t.Errorf("%s: %v", day, !want)
		}
	}
	if broken := (card.Secret{Expires: "soon"}); !broken.Expired("2020-01-01") {
		t.Error("a card without an expiry pays")
	}
}

// TestHolds: the row that says most about a payment counts, less a day.
func TestHolds(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	table := card.Holds{{Days: 10}, {MCC: "7011", Days: 20}, {Scheme: "visa", Days: 8}, {Scheme: "visa", MCC: "7011", Days: 30}}
	for _, tt := range []struct {
		scheme, mcc string
		want        time.Duration
	}{{"jcb", "5411", 9 * day}, {"jcb", "7011", 19 * day}, {"visa", "5411", 7 * day}, {"visa", "", 7 * day}, {"visa", "7011", 29 * day}} {
		if got := table.Keeps(tt.scheme, tt.mcc); got != tt.want {
			t.Errorf("%s %s: %v, want %v", tt.scheme, tt.mcc, got, tt.want)
		}
	}
	if got := (card.Holds)(nil).Keeps("visa", ""); got != 6*day {
		t.Errorf("without rows: %v", got)
	}
	if table.Twice() != nil || append(table, card.Hold{Scheme: "visa", Days: 3}).Twice() == nil {
		t.Error("two rows for the same payments")
	}
}
