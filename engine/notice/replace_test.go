package notice

import (
	"testing"

	"mpg/engine/lang"
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
	for _, key := range []lang.Key{lang.PaidPurse, lang.PaidBank, lang.SentPurse} {
		if interim, ok := stages[key]; !ok || interim {
			t.Errorf("%s is a receipt: it replaces, and is never replaced", key)
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
		{of(me, "A", lang.LineBusy), of(me, "A", lang.AskAgain), false},
		{of(me, "A", lang.LineBusy), of(me, "A", lang.BalanceNow), false},
	} {
		if got := c.newer.Replaces(c.older); got != c.want {
			t.Errorf("%s replaces %s: %v", c.newer.Text, c.older.Text, got)
		}
	}
}
