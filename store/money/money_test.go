package money_test

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"mpg/store/money"
)

func currency(t testing.TB, code string) money.Currency {
	t.Helper()
	c, ok := money.Lookup(code)
	if !ok {
		t.Fatalf("no currency %s", code)
	}
	return c
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		code, in string
		want     money.Amount
		err      error
	}{
		{"CNY", "128.50", 12850, nil},
		{"CNY", "128.5", 12850, nil},
		{"CNY", "128", 12800, nil},
		{"CNY", "0.05", 5, nil},
		{"JPY", "500", 500, nil},
		{"KWD", "1.005", 1005, nil},
		{"CNY", "1.005", 0, money.ErrPrecision},
		{"JPY", "1.5", 0, money.ErrPrecision},
		{"CNY", "", 0, money.ErrSyntax},
		{"CNY", ".5", 0, money.ErrSyntax},
		{"CNY", "5.", 0, money.ErrSyntax},
		{"CNY", "-5", 0, money.ErrSyntax},
		{"CNY", "+5", 0, money.ErrSyntax},
		{"CNY", "1,000", 0, money.ErrSyntax},
		{"CNY", "1e3", 0, money.ErrSyntax},
		{"CNY", "1.2.3", 0, money.ErrSyntax},
		{"CNY", "１２", 0, money.ErrSyntax},
		{"CNY", "10000000000000.00", money.Max, nil},
		{"CNY", "10000000000000.01", 0, money.ErrRange},
		{"CNY", "99999999999999999999", 0, money.ErrRange},
	} {
		got, err := currency(t, tt.code).Parse(tt.in)
		if got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%s %q = %d, %v; want %d, %v", tt.code, tt.in, got, err, tt.want, tt.err)
		}
	}
}

func TestFormat(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		code string
		in   money.Amount
		want string
	}{
		{"CNY", 12850, "128.50"}, {"CNY", 5, "0.05"}, {"CNY", 0, "0.00"}, {"CNY", -5, "-0.05"},
		{"JPY", 500, "500"}, {"KWD", 1005, "1.005"}, {"CLF", 10001, "1.0001"},
		{"CNY", math.MinInt64, "-92233720368547758.08"},
	} {
		if got := currency(t, tt.code).Format(tt.in); got != tt.want {
			t.Errorf("%s %d = %q, want %q", tt.code, tt.in, got, tt.want)
		}
	}
}

func TestFormatParseRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.SampledFrom([]string{"CNY", "JPY", "KWD", "CLF"}).Draw(t, "code")
		c, _ := money.Lookup(code)
		a := money.Amount(rapid.Int64Range(0, int64(money.Max)).Draw(t, "amount"))
		if got, err := c.Parse(c.Format(a)); err != nil || got != a {
			t.Fatalf("%s %d came back as %d, %v", code, a, got, err)
		}
	})
}

func TestAddRefusesOverflow(t *testing.T) {
	t.Parallel()
	if _, err := money.Add(math.MaxInt64, 1); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("max+1: %v", err)
	}
	if _, err := money.Add(math.MinInt64, -1); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("min-1: %v", err)
	}
	if got, err := money.Add(2, -5); got != -3 || err != nil {
		t.Errorf("2-5 = %d, %v", got, err)
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	if c := currency(t, "cny"); c.Code != "CNY" || c.Number != "156" || c.Exponent != 2 || c.Unit() != 100 {
		t.Errorf("cny = %+v", c)
	}
	if _, ok := money.Lookup("ABC"); ok {
		t.Error("ABC is no currency")
	}
}

// TestCurrenciesOf2026 has the changes of the last years, all minor units that are
// not two, and codes that are withdrawn.
func TestCurrenciesOf2026(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]money.Currency{
		"ZWG": {Code: "ZWG", Number: "924", Exponent: 2}, "XCG": {Code: "XCG", Number: "532", Exponent: 2},
		"SVC": {Code: "SVC", Number: "222", Exponent: 2}, "XAD": {Code: "XAD", Number: "396", Exponent: 2},
		"SLE": {Code: "SLE", Number: "925", Exponent: 2}, "VED": {Code: "VED", Number: "926", Exponent: 2},
		"VES": {Code: "VES", Number: "928", Exponent: 2}, "EUR": {Code: "EUR", Number: "978", Exponent: 2},
		"BOV": {Code: "BOV", Number: "984", Exponent: 2}, "CHE": {Code: "CHE", Number: "947", Exponent: 2},
		"CHW": {Code: "CHW", Number: "948", Exponent: 2}, "COU": {Code: "COU", Number: "970", Exponent: 2},
		"MXV": {Code: "MXV", Number: "979", Exponent: 2}, "USN": {Code: "USN", Number: "997", Exponent: 2},
		"JPY": {Code: "JPY", Number: "392"}, "XPF": {Code: "XPF", Number: "953"}, "UYI": {Code: "UYI", Number: "940"},
		"IQD": {Code: "IQD", Number: "368", Exponent: 3}, "TND": {Code: "TND", Number: "788", Exponent: 3},
		"CLF": {Code: "CLF", Number: "990", Exponent: 4}, "UYW": {Code: "UYW", Number: "927", Exponent: 4},
	} {
		if got, ok := money.Lookup(code); !ok || got != want {
			t.Errorf("%s is %+v, %v", code, got, ok)
		}
	}
	for _, code := range []string{"BGN", "ANG", "HRK", "ZWL", "SLL", "CUC", "VEF", "STD", "MRO", "BYR", "XAU", "XXX", "XTS", ""} {
		if c, ok := money.Lookup(code); ok {
			t.Errorf("%s is %+v, and is not in force", code, c)
		}
	}
	// Every code of three letters is tried: no two share a numeric code.
	numbers := make(map[string]string)
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for i := range len(letters) * len(letters) * len(letters) {
		code := string([]byte{letters[i/(26*26)], letters[i/26%26], letters[i%26]})
		c, ok := money.Lookup(code)
		if !ok {
			continue
		}
		if other, twice := numbers[c.Number]; twice || len(c.Number) != 3 {
			t.Errorf("%s has number %q, as has %q", code, c.Number, other)
		}
		numbers[c.Number] = code
	}
	if len(numbers) != 165 {
		t.Errorf("%d currencies", len(numbers))
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"128.50", "0.1", "1e9", "00.00", "９"} {
		f.Add(s)
	}
	cny, _ := money.Lookup("CNY")
	f.Fuzz(func(t *testing.T, s string) {
		a, err := cny.Parse(s)
		if err != nil {
			return
		}
		if back, err := cny.Parse(cny.Format(a)); err != nil || back != a {
			t.Fatalf("%q = %d, back %d, %v", s, a, back, err)
		}
	})
}

// TestPart compares with whole numbers of any size.
func TestPart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ whole, part, of money.Amount }{
		{0, 1, 3}, {100, 0, 3}, {100, 1, 3}, {100, 2, 3}, {100, 3, 3}, {1, 1, 2}, {160, 9999, 10060},
		{money.Max, money.Max, money.Max}, {money.Max, money.Max - 1, money.Max}, {math.MaxInt64, math.MaxInt64 - 1, math.MaxInt64},
	} {
		want := new(big.Int).Mul(big.NewInt(int64(c.whole)), big.NewInt(int64(c.part)))
		want.Quo(want, big.NewInt(int64(c.of)))
		if got := c.whole.Part(c.part, c.of); big.NewInt(int64(got)).Cmp(want) != 0 {
			t.Errorf("%d × %d / %d = %d, want %v", c.whole, c.part, c.of, got, want)
		}
	}
}
