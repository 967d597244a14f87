package order_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"mpg/engine/order"
	"mpg/store/money"
)

// grammar is that of an operator in China.
func grammar(t testing.TB) order.Grammar {
	t.Helper()
	return order.Grammar{Currency: currency(t, "CNY"), Country: "CN"}
}

func currency(t testing.TB, code string) money.Currency {
	t.Helper()
	c, ok := money.Lookup(code)
	if !ok {
		t.Fatalf("no currency %s", code)
	}
	return c
}

// row is one line of a table: a text and what is made of it.
type row struct{ text, want string }

// table reads a file of testdata, which has at least so many rows, no two of
// one text.
func table(t testing.TB, file string, least int) []row {
	t.Helper()
	b, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var rows []row
	seen := make(map[string]bool)
	for i, line := range strings.Split(string(b), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		text, want, ok := strings.Cut(line, "=> ")
		if !ok || seen[text] {
			t.Fatalf("%s:%d: not a row, or a text that stands there already: %s", file, i+1, line)
		}
		seen[text] = true
		rows = append(rows, row{unescape(t, strings.TrimSuffix(text, " ")), want})
	}
	if len(rows) < least {
		t.Fatalf("%s: %d rows, fewer than %d", file, len(rows), least)
	}
	return rows
}

// unescape brings \n and \u200b to what they stand for.
func unescape(t testing.TB, s string) string {
	t.Helper()
	if !strings.Contains(s, `\`) {
		return s
	}
	plain, err := strconv.Unquote(`"` + strings.ReplaceAll(s, `"`, `\"`) + `"`)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return plain
}

// written is an order as the tables write it.
func written(o order.Order) string {
	parts := []string{string(o.Intent)}
	add := func(name, value string) {
		if strings.Contains(value, " ") {
			value = strconv.Quote(value)
		}
		if value != "" {
			parts = append(parts, name+"="+value)
		}
	}
	add("to", o.To)
	add("ref", o.Ref)
	if o.Amount != 0 {
		add("amount", o.Currency.Format(o.Amount))
	}
	add("source", string(o.Source))
	add("card", o.Card)
	add("memo", o.Memo)
	if o.Count != 0 {
		add("count", fmt.Sprint(o.Count))
	}
	add("name", o.Name)
	if o.HasItem {
		add("item", fmt.Sprint(o.Item))
	}
	if o.Always {
		parts = append(parts, "always")
	}
	add("language", string(o.Language))
	add("topic", string(o.Topic))
	if o.Cancel {
		parts = append(parts, "cancel")
	}
	return strings.Join(parts, " ")
}

func TestOrdersAreRead(t *testing.T) {
	t.Parallel()
	g := grammar(t)
	for file, least := range map[string]int{"en.txt": 200, "zh.txt": 150, "certain.txt": 120, "takeback.txt": 120, "memos.txt": 200, "refund.txt": 50, "person.txt": 60, "own.txt": 50} {
		for _, r := range table(t, file, least) {
			o, refusal := g.Parse(r.text)
			if refusal != nil {
				t.Errorf("%s: %q is refused for %q, want %s", file, r.text, refusal.Reason, r.want)
			} else if got := written(o); got != r.want {
				t.Errorf("%s: %q is read as %s, want %s", file, r.text, got, r.want)
			}
		}
	}
}

func TestTextsAreRefused(t *testing.T) {
	t.Parallel()
	g := grammar(t)
	for file, least := range map[string]int{"refused.txt": 200, "doubtful.txt": 250, "unsafe.txt": 900} {
		for _, r := range table(t, file, least) {
			o, refusal := g.Parse(r.text)
			switch {
			case refusal == nil:
				t.Errorf("%s: %q is read as %s, want refused for %q", file, r.text, written(o), r.want)
			case string(refusal.Reason) != r.want:
				t.Errorf("%s: %q is refused for %q, want %q", file, r.text, refusal.Reason, r.want)
			case refusal.Hint == "":
				t.Errorf("%s: %q is refused without the nearest form", file, r.text)
			}
		}
	}
}

// tables are all files of testdata; those of orders come first.
var tables = []string{"en.txt", "zh.txt", "certain.txt", "takeback.txt", "memos.txt", "refund.txt", "person.txt", "own.txt", "refused.txt", "doubtful.txt", "unsafe.txt"}
