package store_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"mpg/store"
	"mpg/store/money"
)

// TestAccount: what an account has, what may leave it and how far it may come, on either
// side.
func TestAccount(t *testing.T) {
	t.Parallel()
	counters := store.Account{DebitsPending: 1, DebitsPosted: 20, CreditsPending: 300, CreditsPosted: 4000}
	for name, tt := range map[string]struct {
		kind                     store.Kind
		posted, available, reach money.Amount
	}{
		"what we owe":   {store.Liability, 3980, 3979, 4280},
		"what is owed":  {store.Asset, -3980, -4280, -3979},
		"kind unheard":  {0, 3980, 3979, 4280},
		"kind of later": {9, 3980, 3979, 4280},
	} {
		a := counters
		a.Kind = tt.kind
		if a.Posted() != tt.posted || a.Available() != tt.available || a.Reach() != tt.reach {
			t.Errorf("%s: posted %d, available %d, reach %d; want %d, %d, %d", name, a.Posted(), a.Available(), a.Reach(), tt.posted, tt.available, tt.reach)
		}
	}
}

// TestAccountsMirror: a transfer moves as much on one side as on the other, so that what
// we owe and what is owed to us stay equal; what is held only narrows what may leave and
// widens what may come.
func TestAccountsMirror(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Map(rapid.Int64Range(0, 1<<40), func(n int64) money.Amount { return money.Amount(n) })
		a := store.Account{Kind: store.Liability, DebitsPending: amount.Draw(t, "held"), DebitsPosted: amount.Draw(t, "debits"),
			CreditsPending: amount.Draw(t, "coming"), CreditsPosted: amount.Draw(t, "credits")}
		mirror := store.Account{Kind: store.Asset, DebitsPending: a.CreditsPending, DebitsPosted: a.CreditsPosted,
			CreditsPending: a.DebitsPending, CreditsPosted: a.DebitsPosted}
		if a.Posted() != mirror.Posted() || a.Available() != mirror.Available() || a.Reach() != mirror.Reach() {
			t.Fatalf("%+v and %+v differ", a, mirror)
		}
		if a.Available() > a.Posted() || a.Reach() < a.Posted() || a.Posted()-a.Available() != a.DebitsPending || a.Reach()-a.Posted() != a.CreditsPending {
			t.Fatalf("posted %d, available %d, reach %d", a.Posted(), a.Available(), a.Reach())
		}
	})
}

// TestStamp: counters that are frozen into a document come back, and the document's own
// data as it was. One that is too short for them says so.
func TestStamp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		own := rapid.SliceOfN(rapid.Byte(), 0, 80).Draw(t, "data")
		amount := rapid.Map(rapid.Int64(), func(n int64) money.Amount { return money.Amount(n) })
		var frozen []store.Account
		data := bytes.Clone(own)
		for range rapid.IntRange(0, 5).Draw(t, "accounts") {
			a := store.Account{DebitsPending: amount.Draw(t, "held"), DebitsPosted: amount.Draw(t, "debits"),
				CreditsPending: amount.Draw(t, "coming"), CreditsPosted: amount.Draw(t, "credits")}
			with := a
			with.ID, with.Currency, with.Closed = 7, "CNY", true // are not frozen
			data = store.AppendStamp(data, &with)
			frozen = append(frozen, a)
		}
		doc := store.Doc{Data: data}
		got, counters, ok := doc.Stamped(len(frozen))
		if !ok || !bytes.Equal(got, own) || len(counters) != len(frozen) {
			t.Fatalf("%q, %d counters, %v", got, len(counters), ok)
		}
		for i := range frozen {
			if counters[i] != frozen[i] {
				t.Fatalf("account %d has %+v, want %+v", i, counters[i], frozen[i])
			}
		}
		if _ = append(got, "more"...); !bytes.Equal(doc.Data, data) {
			t.Fatal("what is appended to the data runs into the stamp")
		}
		tooMany := len(data)/store.StampBytes + 1
		if _, _, ok := doc.Stamped(tooMany); ok {
			t.Fatalf("%d bytes hold %d accounts", len(data), tooMany)
		}
		if _, _, ok := doc.Stamped(-1); ok {
			t.Fatal("a document holds less than no account")
		}
	})
}

// TestBalanced: both sides have to be equal, posted and pending.
func TestBalanced(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		trial store.Trial
		want  bool
	}{
		"nothing":              {store.Trial{}, true},
		"equal":                {store.Trial{Debits: 5, Credits: 5, HeldDebits: 2, HeldCredits: 2, Holds: 1}, true},
		"posted differs":       {store.Trial{Debits: 5, Credits: 4}, false},
		"pending differs":      {store.Trial{Debits: 5, Credits: 5, HeldDebits: 1}, false},
		"only the sum is even": {store.Trial{Debits: 5, Credits: 4, HeldDebits: 1, HeldCredits: 2}, false},
	} {
		if got := tt.trial.Balanced(); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestRefusalClasses: a refusal that another try may cure is not of a Cmd that makes no
// sense, and what a caller has to be told of is neither.
func TestRefusalClasses(t *testing.T) {
	t.Parallel()
	for refusal, want := range map[store.Refusal]struct{ transient, malformed bool }{
		store.None:               {},
		store.RefusedStale:       {transient: true},
		store.RefusedFunds:       {transient: true},
		store.RefusedCeiling:     {transient: true},
		store.RefusedClosed:      {transient: true},
		store.RefusedFingerprint: {},
		store.RefusedRedelivery:  {},
		store.RefusedAccount:     {},
		store.RefusedHoldEnded:   {},
		store.RefusedArchived:    {},
		store.RefusedIDZero:      {malformed: true},
		store.RefusedWindow:      {malformed: true},
		store.RefusedRowZero:     {malformed: true},
		store.RefusedRowZero + 1: {}, // unknown
		255:                      {},
	} {
		if refusal.Transient() != want.transient || refusal.Malformed() != want.malformed {
			t.Errorf("%s is transient %v, malformed %v", refusal, refusal.Transient(), refusal.Malformed())
		}
	}
}
