package report_test

import (
	"errors"
	"testing"

	"mpg/engine/report"
)

// TestAWordThatDoesNotExistIsRefused, with the nearest that does; nothing is listed for it.
func TestAWordThatDoesNotExistIsRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "Asia/Shanghai")
	d.world()
	d.has("hour", row{"day": 20261120, "hour": 1, "product": "bill", "channel": "main", "reason": "paid", "count": 1, "sum": 1, "ms_sum": 1})
	offering := report.New(func() report.Config {
		cfg := *d.config()
		cfg.Products = func() []string { return []string{"mcredit"} }
		return cfg
	}())
	payments := func(filter report.PaymentFilter) error { _, err := offering.Payments(t.Context(), filter); return err }
	refusals := func(filter report.RefusalFilter) error { _, err := offering.Refusals(t.Context(), filter); return err }
	for name, tt := range map[string]struct {
		err    error
		remedy string
	}{
		"product":                {payments(report.PaymentFilter{Product: "mdebti"}), "did you mean mdebit?"},
		"product of a module":    {payments(report.PaymentFilter{Product: "mcredti"}), "did you mean mcredit?"},
		"product of a day":       {payments(report.PaymentFilter{Product: "bil"}), "did you mean bill?"},
		"no product":             {payments(report.PaymentFilter{Product: "zzzzzzzzzz"}), ""},
		"state":                  {payments(report.PaymentFilter{State: "dnoe"}), "did you mean done?"},
		"state begun":            {payments(report.PaymentFilter{State: "author"}), "did you mean authorized?"},
		"outcome":                {payments(report.PaymentFilter{State: "payd"}), "did you mean paid?"},
		"reason":                 {payments(report.PaymentFilter{Reason: "line bussy"}), "did you mean line busy?"},
		"reason of the others":   {payments(report.PaymentFilter{Reason: "funds"}), "for orders that were refused, use --refused"},
		"reason of a refusal":    {refusals(report.RefusalFilter{Reason: "fund"}), "did you mean funds?"},
		"reason of the payments": {refusals(report.RefusalFilter{Reason: "line busy"}), "for payments, leave --refused out"},
	} {
		var wrong *report.FilterError
		if !errors.As(tt.err, &wrong) || wrong.Remedy() != tt.remedy {
			t.Errorf("%s: %v, remedy %q, want %q", name, tt.err, wrong.Remedy(), tt.remedy)
		}
	}
	for _, product := range []string{"bill", "mcredit", "topup", "mp2p"} {
		if err := payments(report.PaymentFilter{Product: product}); err != nil {
			t.Errorf("%s: %v", product, err)
		}
	}
}

// TestAPartyThatNobodyKnowsIsNamed: a list that must be empty for ever says why; one that is
// empty only now does not.
func TestAPartyThatNobodyKnowsIsNamed(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "Asia/Shanghai")
	d.world()
	payments := func(filter report.PaymentFilter) error { _, err := d.Payments(t.Context(), filter); return err }
	refusals := func(filter report.RefusalFilter) error { _, err := d.Refusals(t.Context(), filter); return err }
	for name, tt := range map[string]struct{ got, want error }{
		"a payer":              {payments(report.PaymentFilter{Payer: "13800000003"}), report.ErrNoSubscriber},
		"a payee":              {payments(report.PaymentFilter{Payer: wang, Payee: "13800000003"}), report.ErrNoSubscriber},
		"a shop":               {payments(report.PaymentFilter{Payee: "8003"}), report.ErrNoShop},
		"no payments":          {payments(report.PaymentFilter{Payer: li}), nil},
		"none now":             {payments(report.PaymentFilter{Payer: wang, Since: "today"}), nil},
		"an old number":        {payments(report.PaymentFilter{Payer: "13700000009"}), nil},
		"a closed shop":        {payments(report.PaymentFilter{Payee: "80010"}), nil},
		"a sender":             {refusals(report.RefusalFilter{Phone: "13800000003"}), report.ErrNoSender},
		"a stranger":           {refusals(report.RefusalFilter{Phone: "13600000006", Since: "5m"}), nil},
		"a subscriber unheard": {refusals(report.RefusalFilter{Phone: li}), nil},
	} {
		if !errors.Is(tt.got, tt.want) {
			t.Errorf("%s: %v, want %v", name, tt.got, tt.want)
		}
	}
}

// TestAMaskedNameIsNotSpeltOut: those who see masked names find people by whole words only,
// however they ask, and shops by any part, whose names everybody sees.
func TestAMaskedNameIsNotSpeltOut(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "Asia/Shanghai")
	d.world()
	masked := d.Masked()
	for typed, want := range map[string]int{
		"w": 0, "wa": 0, "wan": 0, "wang": 1, "WANG": 1, "fang wang": 1, "wang f": 0, "fan": 0, "ang": 0, "fang": 1, "王": 0, "王芳": 1, "%": 0, "wang %": 0, "_ang": 0, "100% Fang_": 1, "lei li": 1, "nobody": 0,
	} {
		page, err := masked.Users(t.Context(), report.PeopleFilter{Name: typed})
		if err != nil || len(page.Items) != want {
			t.Errorf("%q: %d people, %v, want %d", typed, len(page.Items), err, want)
		}
		found, err := masked.Find(t.Context(), typed)
		if err != nil || len(found.Users) != want || !found.Words {
			t.Errorf("find %q: %d people, %v, want %d", typed, len(found.Users), err, want)
		}
	}
	if page, err := masked.Merchants(t.Context(), report.PeopleFilter{Name: "florist"}); err != nil || len(page.Items) != 1 {
		t.Errorf("a shop: %v, %v", page.Items, err)
	}
	if found, err := d.Find(t.Context(), "wa"); err != nil || len(found.Users) != 1 || found.Words {
		t.Errorf("unmasked: %+v, %v", found, err)
	}
	for typed, want := range map[string]bool{"fang": true, "芳": true, "138 0000 0001": false, "128.50": false, d.refs.Ref(2): false} {
		if masked.MayBeName(typed) != want {
			t.Errorf("%q may be a name: %v", typed, !want)
		}
	}
}
