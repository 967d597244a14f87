package demo

import (
	"testing"
	"time"

	"mpg/engine/bank"
	"mpg/engine/bank/host"
)

// TestIssuer holds that the issuer's panel and the lines of a script say what its book has:
// the limit, what is held and what was taken, and that its switches work.
func TestIssuer(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	link, err := bank.Open(bank.Config{Name: Issuer, Addr: w.cards.addr})
	if err != nil {
		t.Fatal(err)
	}
	w.tasks.Go(func() { _ = link.Run(w.ctx) }) // its error is that of the context
	for until := time.Now().Add(testWait); !link.Up(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("the link does not sign on")
		}
	}
	card := w.people.Subscribers[0].Card
	ask := func(stan uint32) string {
		t.Helper()
		now := time.Now()
		packed, err := link.Prepare(bank.Request{Kind: bank.PreAuth, STAN: stan, RRN: bank.RRN(now, uint64(stan)), At: now, Account: card.Token,
			Amount: 30000, Currency: w.currency, Merchant: "8001", Ref: "7K4QXYZ3"})
		if err != nil {
			t.Fatal(err)
		}
		reply, err := link.Authorize(w.ctx, packed)
		if err != nil {
			t.Fatal(err)
		}
		return reply.Code
	}
	for i, tt := range []struct {
		declines   bool
		code       string
		held, free string
		share      int
		what       string
	}{
		{false, "00", "300.00", "1700.00", 15, "held"},
		{true, "51", "300.00", "1700.00", 15, "declined"},
		{false, "00", "600.00", "1400.00", 30, "held"},
	} {
		if err := w.page.faults.set(IssuerDeclines, tt.declines); err != nil {
			t.Fatal(err)
		}
		if got := ask(uint32(i + 1)); got != tt.code {
			t.Errorf("request %d: %s, want %s", i, got, tt.code)
		}
		v := w.cards.view(w.currency)
		if c := v.Cards[0]; c.Held != tt.held || c.Free != tt.free || c.Captured != "0.00" || c.Limit != "2000.00" || c.Share != tt.share || c.Number != wangFang {
			t.Errorf("request %d: the card is %+v", i, c)
		}
		if v.Book[0].What != tt.what || v.Book[0].Amount != "300.00" || len(v.Book) != i+1 {
			t.Errorf("request %d: the book is %+v", i, v.Book)
		}
	}
	for entry, want := range map[host.Entry]string{
		{Code: "85", Outcome: host.Declined}:                verified,
		{Code: "54", Outcome: host.Declined}:                "declined",
		{Code: "51", Amount: 1, Outcome: host.Ignored}:      "declined",
		{Amount: 1, Outcome: host.Ignored}:                  "ignored",
		{Code: "00", Amount: 30000, Outcome: host.Released}: "released",
	} {
		if got := bookWord(entry); got != want {
			t.Errorf("%+v: %s, want %s", entry, got, want)
		}
	}
	for _, tt := range []struct {
		number, amount string
		taken, ok      bool
	}{{wangFang, "600.00", false, true}, {wangFang, "0.00", true, true}, {wangFang, "300.00", false, false}, {liLei, "0.00", true, false}} {
		if said, ok := w.cards.holds(tt.number, tt.taken, tt.amount, w.currency); ok != tt.ok {
			t.Errorf("%+v: %s", tt, said)
		}
	}
}
