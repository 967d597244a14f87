package iso8583_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/bank/iso8583"
	"mpg/store/money"
)

// TestTotalsComeBack: totals are read as they were written, in each dialect, and what is not
// complete tells nothing.
func TestTotalsComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		count := func(name string) uint64 { return rapid.Uint64Range(0, 9_999_999_999).Draw(t, name) }
		sum := func(name string) money.Amount {
			return money.Amount(rapid.Int64Range(0, 1_000_000_000_000_000).Draw(t, name))
		}
		want := iso8583.Totals{CreditCount: count("credits"), CreditSum: sum("credit"), CreditBackCount: count("credits back"), CreditBackSum: sum("credit back"),
			DebitCount: count("debits"), DebitSum: sum("debit"), DebitBackCount: count("debits back"), DebitBackSum: sum("debit back"), Authorizations: count("set aside")}
		name := rapid.SampledFrom([]string{iso8583.ISO87, iso8583.ISO87Binary}).Draw(t, "dialect")
		dialect, err := iso8583.Named(name)
		if err != nil {
			t.Fatal(err)
		}
		packed, err := dialect.Pack(iso8583.TotalsOf(want, "1126", "156", 7, time.Date(2026, 11, 26, 1, 2, 3, 0, time.UTC), "62000001"))
		if err != nil {
			t.Fatal(err)
		}
		m, err := dialect.Unpack(packed)
		if err != nil {
			t.Fatal(err)
		}
		got, told := m.Totals()
		sign := map[bool]string{true: "C", false: "D"}[want.Net() < 0]
		if got != want || !told || m.MTI != iso8583.TotalsRequest || m.Get(iso8583.DESettlementDate) != "1126" || m.Get(iso8583.DENet)[:1] != sign {
			t.Fatalf("%+v, %v, %s", got, told, m.Get(iso8583.DENet))
		}
		m.Set(iso8583.DEDebitSum, "")
		if _, told := m.Totals(); told {
			t.Fatal("half of the totals tell something")
		}
	})
}

// TestEqualTotals: only what is held may be left out by one side.
func TestEqualTotals(t *testing.T) {
	t.Parallel()
	totals := iso8583.Totals{DebitCount: 1, DebitSum: 4500}
	aside, other := totals, totals
	aside.Authorizations, other.DebitBackCount = 3, 1
	if !totals.Equal(aside) || totals.Equal(other) {
		t.Error("totals are compared wrongly")
	}
	if aside.Authorizations = 3; aside.Equal(iso8583.Totals{DebitCount: 1, DebitSum: 4500, Authorizations: 2}) {
		t.Error("other counts of what is set aside are equal")
	}
}
