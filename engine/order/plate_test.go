package order_test

import (
	"testing"

	"mpg/engine/order"
)

// TestPlates: behind a word that announces it, a number plate is no second number, and is
// kept as it was written. What looks like money, or is announced by nothing, is refused as
// before.
func TestPlates(t *testing.T) {
	t.Parallel()
	g := order.Grammar{Currency: currency(t, "CNY"), Country: "CN"}
	read := func(text string) string {
		o, refusal := g.Parse(text)
		if refusal != nil {
			return string(refusal.Reason)
		}
		return written(o)
	}
	for text, want := range map[string]string{
		"PAY 8002 6 PLATE AB123C":           `pay to=8002 amount=6.00 memo=AB123C`,
		"pay 8002 6 plate: Ka01Ab1234":      `pay to=8002 amount=6.00 memo=Ka01Ab1234`,
		"PAY 8002 6 bank plate B12345":      `pay to=8002 amount=6.00 source=bank memo=B12345`,
		"PAY 8002 6 plate B12345 bank":      `pay to=8002 amount=6.00 source=bank memo=B12345`,
		"PAY 8002 6 plate B12345, row C":    `pay to=8002 amount=6.00 memo="B12345 row C"`,
		"付 8002 6 车牌沪A12345":                `pay to=8002 amount=6.00 memo=沪A12345`,
		"付8002 6元 车牌号 粤BD1234":              `pay to=8002 amount=6.00 memo=粤BD1234`,
		"PAY 8002 6 AB123C":                 "two numbers",
		"付 8002 6 沪A12345":                  "two numbers",
		"PAY 8002 6 plate 12345":            "two numbers",
		"PAY 8002 6 plate CNY500":           "two numbers",
		"PAY 8002 6 plate rmb500":           "two numbers",
		"PAY 8002 6 plate AB123C 50":        "two numbers",
		"PAY 8002 6 plate AB123C or 500":    "pin",
		"PAY 8002 6 plate AB123C AB124C":    "pin",
		"PAY 8002 6 plate AB123C not today": "",
	} {
		got := read(text)
		if want == "" {
			want = read("PAY 8002 6 not today")
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
