package tariff_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mpg/engine/sheet"
	"mpg/engine/tariff"
	"mpg/store/money"
)

// TestTerms works out fees by terms alone: who pays, the tax within the fee, and sums at the
// greatest amounts, which must not wrap.
func TestTerms(t *testing.T) {
	t.Parallel()
	const whole = tariff.Whole
	for name, tt := range map[string]struct {
		terms  tariff.Terms
		amount money.Amount
		want   tariff.Parts
	}{
		"the least amount":              {tariff.Terms{Percent: whole, Unit: 1, PayerShare: whole}, 1, tariff.Parts{Payer: 1}},
		"up to a unit":                  {tariff.Terms{Percent: 1, Unit: 100, Rounding: tariff.Up, PayerShare: whole}, 1, tariff.Parts{Payer: 100}},
		"down to nothing":               {tariff.Terms{Percent: whole / 2, Unit: 100, Rounding: tariff.Down, PayerShare: whole}, 199, tariff.Parts{}},
		"half a unit, to the even":      {tariff.Terms{Percent: whole / 2, Unit: 100, Rounding: tariff.HalfEven, PayerShare: whole}, 100, tariff.Parts{}},
		"one and a half, to the even":   {tariff.Terms{Percent: whole / 2, Unit: 100, Rounding: tariff.HalfEven, PayerShare: whole}, 300, tariff.Parts{Payer: 200}},
		"a hair above half":             {tariff.Terms{Percent: whole/2 + 1, Unit: 100, Rounding: tariff.HalfEven, PayerShare: whole}, 100, tariff.Parts{Payer: 100}},
		"at least, whatever the unit":   {tariff.Terms{Min: 7, Unit: 100, PayerShare: whole}, 5000, tariff.Parts{Payer: 7}},
		"at most, whatever the unit":    {tariff.Terms{Flat: 500, Max: 333, Unit: 100, PayerShare: whole}, 5000, tariff.Parts{Payer: 333}},
		"least and most are one":        {tariff.Terms{Percent: whole, Min: 5, Max: 5, Unit: 1, PayerShare: whole}, 900, tariff.Parts{Payer: 5}},
		"a third":                       {tariff.Terms{Flat: 100, Unit: 1, PayerShare: 3_333_333}, 900, tariff.Parts{Payer: 33, Payee: 67}},
		"half of an odd fee":            {tariff.Terms{Flat: 101, Unit: 1, PayerShare: whole / 2}, 900, tariff.Parts{Payer: 50, Payee: 51}},
		"half of the next odd fee":      {tariff.Terms{Flat: 103, Unit: 1, PayerShare: whole / 2}, 900, tariff.Parts{Payer: 52, Payee: 51}},
		"tax of six in a hundred":       {tariff.Terms{Flat: 106, Unit: 1, PayerShare: whole, TaxRate: whole / 100 * 6}, 900, tariff.Parts{Payer: 106, Tax: 6}},
		"tax as great as the fee":       {tariff.Terms{Flat: 100, Unit: 1, PayerShare: whole, TaxRate: whole}, 900, tariff.Parts{Payer: 100, Tax: 50}},
		"tax of a fee of both":          {tariff.Terms{Flat: 212, Unit: 1, PayerShare: whole / 2, TaxRate: whole / 100 * 6}, 900, tariff.Parts{Payer: 106, Payee: 106, Tax: 12}},
		"all of the greatest":           {tariff.Terms{Percent: whole, Unit: 1, PayerShare: whole}, money.Max, tariff.Parts{Payer: money.Max}},
		"and as much again":             {tariff.Terms{Flat: money.Max, Percent: whole, Unit: 1, PayerShare: whole}, money.Max, tariff.Parts{Payer: 2 * money.Max}},
		"the greatest, at most":         {tariff.Terms{Flat: money.Max, Percent: whole, Max: money.Max, Unit: 1}, money.Max, tariff.Parts{Payee: money.Max}},
		"the greatest, in great units":  {tariff.Terms{Percent: whole, Unit: 100_000_000_000, PayerShare: whole}, money.Max, tariff.Parts{Payer: money.Max}},
		"the greatest, and half is tax": {tariff.Terms{Percent: whole, Unit: 1, PayerShare: whole, TaxRate: whole}, money.Max, tariff.Parts{Payer: money.Max, Tax: money.Max / 2}},
	} {
		if got := tt.terms.Fee(tt.amount); got != tt.want {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
	}
}

// TestWhoPaysChangesNothingElse: the fee and its tax are the same whoever pays, and each side
// pays within the share that the row says, to half a minor unit.
func TestWhoPaysChangesNothingElse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		terms := tariff.Terms{Flat: money.Amount(rapid.Int64Range(0, 1000).Draw(t, "flat")), Percent: tariff.Percent(rapid.Int64Range(0, int64(tariff.Whole)).Draw(t, "percent")),
			Unit: money.Amount(rapid.Int64Range(1, 500).Draw(t, "unit")), Rounding: rapid.SampledFrom([]tariff.Rounding{tariff.Up, tariff.Down, tariff.HalfEven}).Draw(t, "rounding"),
			TaxRate: tariff.Percent(rapid.Int64Range(0, int64(tariff.Whole)).Draw(t, "tax")), PayerShare: tariff.Whole}
		amount := money.Amount(rapid.Int64Range(1, 10_000_000).Draw(t, "amount"))
		whole := terms.Fee(amount)
		terms.PayerShare = tariff.Percent(rapid.Int64Range(0, int64(tariff.Whole)).Draw(t, "share"))
		got := terms.Fee(amount)
		if whole.Payee != 0 || got.Sum() != whole.Sum() || got.Tax != whole.Tax || got.Payer < 0 || got.Payee < 0 {
			t.Fatalf("%+v, and shared %+v", whole, got)
		}
		const twice = 2
		off := twice * (int64(got.Payer)*int64(tariff.Whole) - int64(whole.Sum())*int64(terms.PayerShare))
		if off > int64(tariff.Whole) || off < -int64(tariff.Whole) {
			t.Fatalf("the payer pays %d of %d, and its share is %s%%", got.Payer, whole.Sum(), terms.PayerShare)
		}
	})
}

// TestAmountsByCurrency: amounts have the decimals of the currency of their row.
func TestAmountsByCurrency(t *testing.T) {
	t.Parallel()
	const row = "[a]\nproduct = \"mp2p\"\n"
	for _, tt := range []struct {
		currency, keys string
		amount         money.Amount
		fee            money.Amount
		line           int // of the mistake; 0: none
	}{
		{"JPY", `flat = "5"`, 100, 5, 0}, {"JPY", `flat = "5.0"`, 0, 0, 3}, {"JPY", `flat = "0.5"`, 0, 0, 3}, {"KWD", `flat = "0.005"`, 100, 5, 0}, {"KWD", `flat = "0.0005"`, 0, 0, 3},
		{"CNY", "currency = \"JPY\"\nflat = \"5\"", 100, 5, 0}, {"CNY", "currency = \"JPY\"\nflat = \"5.5\"", 0, 0, 4}, {"JPY", "currency = \"KWD\"\nflat = \"5.5\"", 100, 5500, 0},
		{"JPY", "percent = \"50\"", 1, 0, 0}, {"JPY", "percent = \"50\"", 3, 2, 0}, {"JPY", "percent = \"50\"\nunit = \"10\"", 30, 20, 0}, {"JPY", "unit = \"0.1\"", 0, 0, 3},
		{"KWD", "unit = \"100000000\"", 1, 0, 0}, {"KWD", "unit = \"100000000.001\"", 0, 0, 3}, {"CNY", "unit = \"-1\"", 0, 0, 3}, {"CNY", `flat = "-1"`, 0, 0, 3}, {"CNY", `min = "1,00"`, 0, 0, 3},
		{"CNY", `currency = "CNY1"`, 0, 0, 3}, {"CNY", `currency = ""`, 0, 0, 3}, {"CNY", "flat = \"99999999999999999999\"", 0, 0, 3}, {"CNY", "to = \"99999999999999999999\"", 0, 0, 3},
	} {
		set, err := tariff.Load([]tariff.File{{Name: "t", Text: row + tt.keys}}, known(tt.currency))
		var wrong sheet.Mistakes
		if errors.As(err, &wrong); (err == nil) != (tt.line == 0) || err != nil && wrong[0].Line != tt.line {
			t.Errorf("%s, %q: %v, want line %d", tt.currency, tt.keys, err, tt.line)
		}
		if err != nil {
			continue
		}
		order := send(tt.amount)
		order.Currency = set.Rows()[0].Currency
		if fee, ok := set.Fee(order); !ok || fee.Sum() != tt.fee {
			t.Errorf("%s, %q: %+v, want %d", tt.currency, tt.keys, fee, tt.fee)
		}
	}
}

// TestDays: a row holds from its first day to its last, and the days on which rows change are
// looked at for gaps and overlaps, over the end of a month and a leap day.
func TestDays(t *testing.T) {
	t.Parallel()
	row := func(id, since, until string) string {
		text := "[" + id + "]\nproduct = \"mp2p\"\nflat = \"1\"\n"
		if since != "" {
			text += "valid_from = \"" + since + "\"\n"
		}
		if until != "" {
			text += "valid_to = \"" + until + "\"\n"
		}
		return text
	}
	set := load(t, row("old", "", "2028-02-28")+row("leap", "2028-02-29", "2028-02-29")+row("new", "2028-03-01", ""))
	for date, want := range map[string]string{"0001-01-01": "old", "2028-02-28": "old", "2028-02-29": "leap", "2028-03-01": "new", "9999-12-31": "new"} {
		order := send(100)
		order.Date = date
		if fee, ok := set.Fee(order); !ok || fee.Row != want {
			t.Errorf("%s: row %q, want %s", date, fee.Row, want)
		}
	}
	for text, want := range map[string]string{
		row("a", "", "2028-02-29") + row("b", "2028-02-29", ""):                                 "t:5: b.from: the band overlaps that of row a (t:1) on 2028-02-29",
		row("a", "", "2028-03-01") + row("b", "2028-03-01", "2028-03-01"):                       "t:5: b.from: the band overlaps that of row a (t:1) on 2028-03-01",
		row("a", "2028-02-30", ""):                                                              "t:4: a.valid_from",
		row("a", "2028-2-3", ""):                                                                "t:4: a.valid_from",
		row("a", "", "tomorrow"):                                                                "t:4: a.valid_to",
		row("a", "2028-02-29", "2028-02-28"):                                                    "t:5: a.valid_to",
		row("a", "", "2027-12-31") + "to = \"5\"\n" + row("b", "2028-01-01", ""):                "t:5: a.to: no row of this price list covers more than 5.00 before 2028-01-01",
		row("a", "", "2027-12-31") + row("b", "2028-01-01", "2028-01-31") + "from = \"0.02\"\n": "t:10: b.from: no row of this price list covers 0.01 to 0.01 on 2028-01-01",
		row("a", "", "") + row("b", "2028-01-01", "2028-01-31"):                                 "t:4: b.from: the band overlaps that of row a (t:1) on 2028-01-01",
	} {
		_, err := tariff.Load([]tariff.File{{Name: "t", Text: text}}, known("CNY"))
		var wrong sheet.Mistakes
		if !errors.As(err, &wrong) || !strings.HasPrefix(wrong.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	if _, err := tariff.Load([]tariff.File{{Name: "t", Text: row("a", "2026-01-01", "2026-01-31") + row("b", "2026-03-01", "")}}, known("CNY")); err != nil {
		t.Errorf("a month without fees: %v", err)
	}
}

// TestTooMuch: a tariff with too many rows, or with lists that multiply, is refused at the row
// that is too much, and soon.
func TestTooMuch(t *testing.T) {
	t.Parallel()
	var rows, codes strings.Builder
	for i := range 5001 {
		fmt.Fprintf(&rows, "[r%d]\n", i)
	}
	for i := range 3400 {
		fmt.Fprintf(&codes, "\"%d\",", 10000+i)
	}
	lists := "product = [\"mpurse\", \"mdebit\", \"cashin\"]\nmerchant = [" + codes.String() + "]\npayer_tier = [\"0\", \"1\", \"2\", \"3\", \"4\", \"5\", \"6\", \"7\", \"8\", \"9\"]\n"
	for text, want := range map[string]string{
		rows.String():                       "t:5001: r5000: is one row too many",
		"[a]\n" + lists + "[b]\n" + lists:   "t:5: b: the lists of the rows up to here make more than 200000",
		"[a]\n" + lists + "[b]\nflat = \"x": "t:6: ",
	} {
		_, err := tariff.Load([]tariff.File{{Name: "t", Text: text}}, known("CNY"))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.20q: %.200v, want %s", text, err, want)
		}
	}
}
