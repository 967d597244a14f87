package product_test

import (
	"testing"

	"mpg/engine/lang"
	"mpg/engine/limit"
	"mpg/engine/merchant"
	"mpg/engine/payment"
	"mpg/engine/product"
	"mpg/engine/user"
	"mpg/store/money"
)

// withLimits returns settings with limits of 1000.00 for a payment and 1500.00 for a day in
// the configuration, and those that text gives.
func withLimits(t *testing.T, text string) product.Settings {
	t.Helper()
	set := settings()
	if text == "" {
		return set
	}
	var err error
	if set.Limits, err = limit.Load([]limit.File{{Name: "l", Text: text}}, limit.Known{Products: []string{"mpurse", "mdebit", "mp2p"}, Currency: cny()}); err != nil {
		t.Fatal(err)
	}
	return set
}

// TestWhatIsSaidOfEachLimit: each kind of limit has a text of its own, with the limit and what
// is left of it.
func TestWhatIsSaidOfEachLimit(t *testing.T) {
	t.Parallel()
	const row = "[r]\n"
	used := &limit.Usage{}
	used.Add(limit.Order{Date: "2026-11-22", Product: "mpurse", Payee: "8001", Amount: 400}) // a Sunday
	used.Add(limit.Order{Date: "2026-11-17", Product: "mpurse", Payee: "8001", Amount: 300})
	used.Add(limit.Order{Date: "2026-11-01", Product: "mpurse", Payee: "8001", Amount: 200})
	for name, tt := range map[string]struct {
		text   string
		amount money.Amount
		want   *product.Refusal
	}{
		"no files":               {"", 100000, nil},
		"too little":             {row + `payment_min = "5"`, 499, &product.Refusal{Text: lang.UnderPayment, Limit: 500}},
		"enough":                 {row + `payment_min = "5"`, 500, nil},
		"too much":               {row + `payment_max = "5"`, 501, &product.Refusal{Text: lang.OverPayment, Limit: 500}},
		"the day":                {row + `day = "5"`, 101, &product.Refusal{Text: lang.OverDayLeft, Limit: 500, Left: 100}},
		"the day, all of it":     {row + `day = "5"`, 100, nil},
		"the day, nothing left":  {row + `day = "4"`, 1, &product.Refusal{Text: lang.OverDay, Limit: 400}},
		"a day that was lowered": {row + `day = "3"`, 1, &product.Refusal{Text: lang.OverDay, Limit: 300}},
		"the week":               {row + `week = "10"`, 301, &product.Refusal{Text: lang.OverWeek, Limit: 1000, Left: 300}},
		"the week, exactly":      {row + `week = "10"`, 300, nil},
		"the month":              {row + `month = "10"`, 101, &product.Refusal{Text: lang.OverMonth, Limit: 1000, Left: 100}},
		"the month, lowered":     {row + `month = "8"`, 1, &product.Refusal{Text: lang.OverMonth, Limit: 800}},
		"count of the day":       {row + `day_count = "1"`, 1, &product.Refusal{Text: lang.OverDayCount, Count: 1}},
		"count of the week":      {row + `week_count = "2"`, 1, &product.Refusal{Text: lang.OverWeekCount, Count: 2}},
		"count of the month":     {row + `month_count = "3"`, 1, &product.Refusal{Text: lang.OverMonthCount, Count: 3}},
		"one more of the month":  {row + `month_count = "4"`, 1, nil},
		"none at all":            {row + `day_count = "0"`, 1, &product.Refusal{Text: lang.OverDayCount}},
		"to this shop":           {row + "per = \"payee\"\nday = \"5\"", 101, &product.Refusal{Text: lang.OverPayee}},
		"often to this shop":     {row + "per = \"payee\"\nweek_count = \"2\"", 1, &product.Refusal{Text: lang.OverPayee}},
		"of another product":     {row + "product = \"mp2p\"\npayment_max = \"1\"", 500, nil},
		"of another tier":        {row + "tier = \"2\"\npayment_max = \"1\"", 500, nil},
		"first of two":           {row + "week = \"8\"\nmonth = \"10\"", 102, &product.Refusal{Text: lang.OverWeek, Limit: 800, Left: 100}},
		"of the configuration":   {row + `month = "9000"`, 100001, &product.Refusal{Text: lang.OverPayment, Limit: 100000}},
		"in its place, more":     {row + "payment_max = \"2000\"\nday = \"9000\"", 200000, nil},
		"in its place, less":     {row + `payment_max = "500"`, 50001, &product.Refusal{Text: lang.OverPayment, Limit: 50000}},
		"only of one product":    {row + "product = \"mpurse\"\npayment_max = \"2000\"", 100001, &product.Refusal{Text: lang.OverPayment, Limit: 100000}},
		"only of another tier":   {row + "tier = \"1\"\npayment_max = \"2000\"", 100001, &product.Refusal{Text: lang.OverPayment, Limit: 100000}},
	} {
		s := sides(payer())
		s.Used = used
		got := product.OverLimit(payment.MPurse, tt.amount, s, withLimits(t, tt.text))
		if (got == nil) != (tt.want == nil) || got != nil && *got != *tt.want {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
	}
}

// TestEachPayeeByItself: a limit for each payee counts a shop by its code and a person by
// number, and does not take one for the other.
func TestEachPayeeByItself(t *testing.T) {
	t.Parallel()
	set := withLimits(t, "[r]\nper = \"payee\"\nday_count = \"1\"\n")
	shop := func(code string) product.Sides {
		return product.Sides{Payer: payer(), Shop: &merchant.Merchant{Code: code}, Date: today}
	}
	person := func(no uint64) product.Sides {
		return product.Sides{Payer: payer(), Payee: &user.User{No: no}, Date: today}
	}
	for name, tt := range map[string]struct {
		payee string // that was paid today
		sides product.Sides
		over  bool
	}{
		"the same shop":             {"8001", shop("8001"), true},
		"another shop":              {"8001", shop("8002"), false},
		"the same person":           {"u2", person(2), true},
		"another person":            {"u2", person(3), false},
		"a person, not the shop":    {"8001", person(8001), false},
		"a shop, not the person":    {"u8001", shop("8001"), false},
		"number 2, and not 20":      {"u20", person(2), false},
		"what is no longer by name": {"", shop("8001"), false},
	} {
		used := &limit.Usage{}
		used.Add(limit.Order{Date: today, Product: "mpurse", Payee: tt.payee, Amount: 100})
		tt.sides.Used = used
		if got := product.OverLimit(payment.MPurse, 100, tt.sides, set); (got != nil) != tt.over {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestTheDayThatWentBack: the limit of a day in the configuration counts what the payer spent
// on the last day of which it knows, even if the clock has gone back since.
func TestTheDayThatWentBack(t *testing.T) {
	t.Parallel()
	set := settings()
	for date, over := range map[string]bool{"2026-11-21": true, today: true, "2026-11-23": false} {
		u := payer()
		u.Spend(today, 150000, false)
		s := sides(u)
		s.Date = date
		if got := product.OverLimit(payment.MPurse, 1, s, set); (got != nil) != over {
			t.Errorf("on %s: %+v", date, got)
		}
	}
}
