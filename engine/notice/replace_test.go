package notice

import (
	"testing"

	"mpg/engine/lang"
	"mpg/store"
)

// TestEveryOutcomeIsAStage: a text by which a payment's state is told, and that
// says nothing here, could be read after a later one.
func TestEveryOutcomeIsAStage(t *testing.T) {
	t.Parallel()
	for reason, key := range toPayer {
		if _, ok := stages[key]; !ok {
			t.Errorf("%s, told by %s, is no stage", reason, key)
		}
	}
	for _, key := range toBarred {
		if !stages[key].interim {
			t.Errorf("%s, told instead of an interim text, is none", key)
		}
	}
	for _, key := range []lang.Key{lang.PaidPurse, lang.PaidBank, lang.SentPurse, lang.ReceivedMerchant, lang.ReceivedPurse} {
		if s, ok := stages[key]; !ok || s.interim {
			t.Errorf("%s is a receipt: it replaces, and is never replaced", key)
		}
	}
	for key := range stages {
		if !key.Class().Urgent() {
			t.Errorf("%s may be overtaken by what it replaces", key)
		}
	}
}

// TestEveryStageReplacesTheOneBefore: whatever the payer or the shop was told for the
// time being, and whatever they are told in the end.
func TestEveryStageReplacesTheOneBefore(t *testing.T) {
	t.Parallel()
	for older, was := range stages {
		for newer, is := range stages {
			a, b := &Notice{To: "1", Text: older, Args: lang.Args{Ref: "A"}}, &Notice{To: "1", Text: newer, Args: lang.Args{Ref: "A"}}
			if got, want := b.Replaces(a), was.interim && was.side == is.side; got != want {
				t.Errorf("%s replaces %s: %v", newer, older, got)
			}
		}
	}
}

// TestARowCarriesItsClass: that of the text, or another that its writer chose. A
// receipt's takes no room.
func TestARowCarriesItsClass(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text lang.Key
		set  lang.Class
		want lang.Class
	}{
		{lang.PaidPurse, 0, lang.Receipt}, {lang.PINWarning, 0, lang.Security},
		{lang.LastItems, lang.Report, lang.Report}, {lang.HelpText, lang.Offer, lang.Offer},
	} {
		row, err := Notice{Text: tt.text, Class: tt.set}.Row()
		if err != nil {
			t.Fatal(err)
		}
		n, err := Read(store.OutRow{Data: row.Data})
		if err != nil || n.Class != tt.want {
			t.Errorf("%s came back as a %s, want %s: %v", tt.text, n.Class, tt.want, err)
		}
	}
}

func TestReplaces(t *testing.T) {
	t.Parallel()
	const me, other = "+8613800000001", "+8613800000002"
	of := func(to, ref string, key lang.Key) *Notice {
		return &Notice{To: to, Text: key, Args: lang.Args{Ref: ref}}
	}
	for _, c := range []struct {
		older, newer *Notice
		want         bool
	}{
		{of(me, "A", lang.Checking), of(me, "A", lang.NotPaid), true},
		{of(me, "A", lang.Checking), of(me, "A", lang.PaidBank), true},
		{of(me, "A", lang.LineBusy), of(me, "A", lang.NoAnswer), true},
		{of(me, "A", lang.Checking), of(me, "B", lang.NotPaid), false},
		{of(me, "A", lang.Checking), of(other, "A", lang.NotPaid), false},
		{of(me, "", lang.Checking), of(me, "", lang.NotPaid), false},
		{of(me, "A", lang.NotPaid), of(me, "A", lang.Doubt), true},
		{of(me, "A", lang.Declined), of(me, "A", lang.PaidBank), true},
		{of(me, "A", lang.NotMe), of(me, "A", lang.Doubt), false},
		{of(me, "A", lang.PaidPurse), of(me, "A", lang.NotPaid), false},
		{of(other, "A", lang.ReceivedMerchant), of(other, "A", lang.NotPaidShop), false},
		{of(other, "A", lang.NotPaidShop), of(other, "A", lang.ReceivedMerchant), true},
		{of(other, "A", lang.NotPaidShop), of(me, "A", lang.ReceivedMerchant), false},
		{of(me, "A", lang.NotPaid), of(me, "A", lang.NotPaidShop), false}, // one who pays in a shop of their own
		{of(me, "A", lang.LineBusy), of(me, "A", lang.AskAgain), false},
		{of(me, "A", lang.LineBusy), of(me, "A", lang.BalanceNow), false},
	} {
		if got := c.newer.Replaces(c.older); got != c.want {
			t.Errorf("%s replaces %s: %v", c.newer.Text, c.older.Text, got)
		}
	}
}
