package limit_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/limit"
	"mpg/engine/sheet"
	"mpg/store/money"
)

// TestPeriods: which days count together with which, over years, leap days, and days on which
// clocks change; a day before counts in its own period only.
func TestPeriods(t *testing.T) {
	t.Parallel()
	sets := map[limit.Kind]*limit.Set{}
	for _, kind := range []limit.Kind{limit.DayCount, limit.WeekCount, limit.MonthCount} {
		sets[kind] = load(t, fmt.Sprintf("[r]\n%s = \"1\"\n", kind))
	}
	first := time.Date(2023, 12, 20, 0, 0, 0, 0, time.UTC)
	for i := range 430 { // over two ends of a year, with the leap day of 2024
		a := first.AddDate(0, 0, i)
		var used limit.Usage
		used.Add(limit.Order{Date: a.Format(time.DateOnly), Product: "mpurse", Payee: "8001", Amount: 1})
		for _, off := range []int{-31, -30, -29, -28, -7, -6, -1, 0, 1, 6, 7, 28, 29, 30, 31} {
			b := a.AddDate(0, 0, off)
			y1, w1 := a.ISOWeek()
			y2, w2 := b.ISOWeek()
			for kind, together := range map[limit.Kind]bool{limit.DayCount: off == 0, limit.WeekCount: y1 == y2 && w1 == w2, limit.MonthCount: a.Year() == b.Year() && a.Month() == b.Month()} {
				over := sets[kind].Check(limit.Order{Product: "mpurse", Payee: "8001", Amount: 1, Date: b.Format(time.DateOnly)}, &used)
				if (over != nil) != together {
					t.Fatalf("%s: %s and %s: %+v", kind, a.Format(time.DateOnly), b.Format(time.DateOnly), over)
				}
			}
		}
	}
}

// TestTheHighestAmounts: sums near the greatest amount neither wrap nor let anything through.
func TestTheHighestAmounts(t *testing.T) {
	t.Parallel()
	cny := known().Currency
	set := load(t, fmt.Sprintf("[r]\nday = %q\nmonth = %q\n", cny.Format(money.Max), cny.Format(money.Max)))
	var used limit.Usage
	const date = "2026-11-26"
	order := limit.Order{Product: "mpurse", Payee: "8001", Amount: money.Max, Date: date}
	if over := set.Check(order, &used); over != nil {
		t.Errorf("all of it: %+v", over)
	}
	used.Add(limit.Order{Date: date, Product: "mpurse", Payee: "8001", Amount: money.Max})
	order.Amount = 1
	if over := set.Check(order, &used); over == nil || over.Left != 0 || over.Kind != limit.Day {
		t.Errorf("one more: %+v", over)
	}
	for range 1000 { // what was ordered before there were limits
		used.Add(limit.Order{Date: date, Product: "mdebit", Payee: "8001", Amount: money.Max})
	}
	order.Amount = money.Max
	if over := set.Check(order, &used); over == nil || over.Left != 0 {
		t.Errorf("after a thousand: %+v", over)
	}
}

// TestRemove: what is given back comes off the day, product and payee under which it was
// counted, and off no other.
func TestRemove(t *testing.T) {
	t.Parallel()
	const day, before = "2026-11-26", "2026-11-25"
	start := []limit.Use{{before, "mpurse", "8001", 300, 1, "", false}, {day, "mp2p", "u2", 50, 1, "", false}, {day, "mpurse", "", 700, 7, "", false}, {day, "mpurse", "8001", 200, 2, "", false}}
	for name, tt := range map[string]struct {
		date, product, payee string
		amount               money.Amount
		count                int64
		at                   int // index of the Use that changes; -1: none
		want                 limit.Use
	}{
		"one of two":               {day, "mpurse", "8001", 80, 1, 3, limit.Use{day, "mpurse", "8001", 120, 1, "", false}},
		"both":                     {day, "mpurse", "8001", 200, 2, 3, limit.Use{}},
		"a part, and no payment":   {day, "mpurse", "8001", 80, 0, 3, limit.Use{day, "mpurse", "8001", 120, 2, "", false}},
		"more than there is":       {day, "mpurse", "8001", 201, 1, 3, limit.Use{day, "mpurse", "8001", 0, 1, "", false}},
		"of a name that was lost":  {day, "mpurse", "8009", 100, 1, 2, limit.Use{day, "mpurse", "", 600, 6, "", false}},
		"the only one":             {day, "mp2p", "u2", 50, 1, 1, limit.Use{}},
		"of another day":           {"2026-11-24", "mpurse", "8001", 80, 1, -1, limit.Use{}},
		"of another product":       {day, "mdebit", "8001", 80, 1, -1, limit.Use{}},
		"of the day before":        {before, "mpurse", "8001", 100, 0, 0, limit.Use{before, "mpurse", "8001", 200, 1, "", false}},
		"to nobody that is there":  {day, "mp2p", "u3", 50, 1, -1, limit.Use{}},
		"of a day without a lost":  {before, "mpurse", "8009", 50, 1, -1, limit.Use{}},
		"more payments than there": {day, "mpurse", "8001", 10, 3, 3, limit.Use{day, "mpurse", "8001", 190, 0, "", false}},
	} {
		used := limit.Usage{Uses: slices.Clone(start)}
		used.Remove(limit.Order{Date: tt.date, Product: tt.product, Payee: tt.payee, Amount: tt.amount}, tt.count)
		want := slices.Clone(start)
		if tt.at >= 0 {
			want[tt.at] = tt.want
		}
		want = slices.DeleteFunc(want, func(use limit.Use) bool { return use == limit.Use{} })
		if !slices.Equal(used.Uses, want) {
			t.Errorf("%s: %+v, want %+v", name, used.Uses, want)
		}
	}
}

// TestAddAndRemoveCancel: whatever is added and taken back in any order leaves nothing, and the
// list is sorted with one Use for each day, product and payee all the time.
func TestAddAndRemoveCancel(t *testing.T) {
	t.Parallel()
	type paid struct {
		date, product, payee string
		amount               money.Amount
	}
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) paid {
			return paid{fmt.Sprintf("2026-11-%02d", rapid.IntRange(1, 28).Draw(t, "day")), rapid.SampledFrom([]string{"mp2p", "mpurse"}).Draw(t, "product"),
				rapid.SampledFrom([]string{"8001", "80011", "u1", "u11"}).Draw(t, "payee"), money.Amount(rapid.Int64Range(1, 1000).Draw(t, "amount"))}
		}), 1, 60).Draw(t, "paid")
		var used limit.Usage
		sorted := func() {
			for i := 1; i < len(used.Uses); i++ {
				a, b := used.Uses[i-1], used.Uses[i]
				if a.Date > b.Date || a.Date == b.Date && (a.Product > b.Product || a.Product == b.Product && a.Payee >= b.Payee) {
					t.Fatalf("%+v stands before %+v", a, b)
				}
			}
		}
		for _, p := range all {
			used.Add(limit.Order{Date: p.date, Product: p.product, Payee: p.payee, Amount: p.amount})
			sorted()
		}
		for _, p := range rapid.Permutation(all).Draw(t, "taken back") {
			used.Remove(limit.Order{Date: p.date, Product: p.product, Payee: p.payee, Amount: p.amount}, 1)
			sorted()
		}
		if len(used.Uses) != 0 {
			t.Fatalf("left: %+v", used.Uses)
		}
	})
}

// TestWhichRowHolds compares the verdicts about rows at random with the rule in words: for the
// same products and payees, the row of the tier comes in place of the one for all.
func TestWhichRowHolds(t *testing.T) {
	t.Parallel()
	type line struct {
		product, tier, per string
		max                int64
	}
	rapid.Check(t, func(t *rapid.T) {
		var text strings.Builder
		rows := map[string]line{}
		for i := range rapid.IntRange(1, 8).Draw(t, "rows") {
			one := line{rapid.SampledFrom([]string{"", "mp2p", "mpurse"}).Draw(t, "product"), rapid.SampledFrom([]string{"", "0", "1"}).Draw(t, "tier"),
				rapid.SampledFrom([]string{"payer", "payee"}).Draw(t, "per"), rapid.Int64Range(1, 9).Draw(t, "day")}
			twice := false
			for _, other := range rows {
				twice = twice || other.product == one.product && other.tier == one.tier && other.per == one.per
			}
			if twice {
				continue
			}
			id := fmt.Sprintf("r%d", i)
			rows[id] = one
			fmt.Fprintf(&text, "[%s]\nper = %q\nday = \"%d\"\n", id, one.per, one.max)
			if one.product != "" {
				fmt.Fprintf(&text, "product = %q\n", one.product)
			}
			if one.tier != "" {
				fmt.Fprintf(&text, "tier = %q\n", one.tier)
			}
		}
		set := load(t, text.String())
		order := limit.Order{Product: rapid.SampledFrom([]string{"mp2p", "mpurse", "mdebit"}).Draw(t, "ordered"), Tier: rapid.IntRange(0, 2).Draw(t, "of"), Payee: "8001",
			Amount: money.Amount(100 * rapid.Int64Range(1, 10).Draw(t, "amount")), Date: "2026-11-26"}
		tier := fmt.Sprint(order.Tier)
		want, over := map[string]string{}, false
		for id, one := range rows {
			if one.product != "" && one.product != order.Product || one.tier != "" && one.tier != tier {
				continue
			}
			want[id] = ""
			for other, by := range rows {
				if one.tier == "" && by.tier == tier && by.product == one.product && by.per == one.per {
					want[id] = other
				}
			}
			over = over || want[id] == "" && order.Amount > money.Amount(100*one.max)
		}
		verdicts := set.Explain(order, nil)
		for _, verdict := range verdicts {
			instead, there := want[verdict.Row.ID]
			if exceeded := instead == "" && order.Amount > money.Amount(verdict.Limit); !there || verdict.Instead != instead || verdict.Exceeded != exceeded {
				t.Fatalf("%+v of %s, want in its place %q\n%s", verdict, verdict.Row.ID, instead, text.String())
			}
		}
		if len(verdicts) != len(want) || (set.Check(order, nil) != nil) != over {
			t.Fatalf("%d verdicts, want %d; over %t\n%s", len(verdicts), len(want), over, text.String())
		}
	})
}

// TestSeveralFiles: rows of several files are one set; each mistake names its file, and what
// two files say twice is found.
func TestSeveralFiles(t *testing.T) {
	t.Parallel()
	one := limit.File{Name: "one", Text: "[a]\nday = \"1\"\n"}
	for name, tt := range map[string]struct {
		files []limit.File
		want  string
	}{
		"both right":        {[]limit.File{one, {Name: "two", Text: "[b]\nweek = \"1\"\n"}}, ""},
		"one is empty":      {[]limit.File{one, {Name: "two"}}, ""},
		"a name twice":      {[]limit.File{one, {Name: "two", Text: "\n[a]\nweek = \"1\"\n"}}, "two:2: a: another row has this name: a (one:1)"},
		"a value twice":     {[]limit.File{one, {Name: "two", Text: "[b]\nweek = \"1\"\nday = \"1\"\n"}}, "two:3: b.day: row a (one:1) gives this as well, for the same payments"},
		"no TOML in one":    {[]limit.File{{Name: "two", Text: "[b\n"}, one}, "two:2: expected"},
		"mistakes in both":  {[]limit.File{{Name: "two", Text: "[b]\nday = \"x\"\n"}, {Name: "three", Text: "[c]\ntier = \"x\"\nday = \"1\"\n"}}, "two:2: b.day: \"x\""},
		"a table in tables": {[]limit.File{one, {Name: "two", Text: "[b.c]\nday = \"1\"\n"}}, "two:1: b.c: is not a name"},
		"an empty name":     {[]limit.File{one, {Name: "two", Text: "[\"\"]\nweek = \"1\"\n"}}, "two:"},
		"a long name":       {[]limit.File{{Name: "two", Text: "[" + strings.Repeat("a", 33) + "]\nday = \"1\"\n"}}, "two:1: "},
	} {
		set, err := limit.Load(tt.files, known())
		if (err == nil) != (tt.want == "") || (set == nil) != (err != nil) || err != nil && !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
	var rows strings.Builder
	for i := range 1001 {
		fmt.Fprintf(&rows, "[r%d]\ntier = \"%d\"\n", i, i%10)
	}
	_, err := limit.Load([]limit.File{one, {Name: "many", Text: rows.String()}}, known())
	var wrong sheet.Mistakes
	if !errors.As(err, &wrong) || len(wrong) != 1 || wrong[0].Line != 1999 || wrong[0].Key != "r999" {
		t.Errorf("one row too many: %v", err)
	}
	a, err1 := limit.Load([]limit.File{{Name: "x", Text: "[a]\nday = \"1\"\n"}, {Name: "y", Text: "#"}}, known())
	b, err2 := limit.Load([]limit.File{{Name: "x", Text: "[a]\nday = \"1\"\n#"}, {Name: "y", Text: ""}}, known())
	if err1 != nil || err2 != nil || a.Version() == b.Version() || len(a.Version()) != 12 {
		t.Errorf("versions %q and %q (%v, %v)", a.Version(), b.Version(), err1, err2)
	}
}

// TestMoreFaults: values at the edges of what is allowed, and pairs that do not go together.
func TestMoreFaults(t *testing.T) {
	t.Parallel()
	yen, _ := money.Lookup("JPY")
	dinar, _ := money.Lookup("KWD")
	for _, tt := range []struct {
		currency money.Currency
		text     string
		line     int // of the first mistake; 0: none
	}{
		{yen, `day = "1"`, 0}, {yen, `day = "1.0"`, 2}, {dinar, `day = "0.001"`, 0}, {dinar, `day = "0.0001"`, 2},
		{yen, `day = "-1"`, 2}, {yen, `day = ""`, 2}, {yen, `day = ["1"]`, 2}, {yen, `day = "1e3"`, 2}, {yen, `day = "99999999999999999999"`, 2},
		{yen, `day_count = "1000000"`, 0}, {yen, `day_count = "1000001"`, 2}, {yen, `day_count = "1.5"`, 2}, {yen, `day_count = ""`, 2}, {yen, `day_count = "0"`, 0},
		{yen, "day = \"5\"\nweek = \"5\"\nmonth = \"5\"", 0}, {yen, "day = \"5\"\nweek = \"6\"\nmonth = \"5\"", 3}, {yen, "month = \"5\"\nday = \"6\"", 3},
		{yen, "day_count = \"3\"\nweek_count = \"2\"", 2}, {yen, "week_count = \"3\"\nmonth_count = \"2\"", 2}, {yen, "day_count = \"3\"\nmonth_count = \"2\"", 2},
		{yen, "payment_min = \"3\"\npayment_max = \"2\"", 2}, {yen, "payment_max = \"3\"\nday = \"2\"", 2}, {yen, "payment_min = \"2\"\npayment_max = \"2\"\nday = \"2\"", 0},
		{yen, "per = \"payee\"\npayment_min = \"2\"", 2}, {yen, "direction = \"in\"\nproduct = \"mp2p\"\nbalance_max = \"2\"", 2}, {yen, "direction = \"in\"\nper = \"payee\"\nbalance_max = \"2\"", 2},
		{yen, "direction = \"in\"\nbalance_max = \"2\"\nday_count = \"1\"", 2}, {yen, "direction = \"out\"\nbalance_max = \"2\"", 3}, {yen, "direction = \"both\"\nday = \"2\"", 2},
		{yen, "tier = [\"1\", \"1\"]\nday = \"2\"", 2}, {yen, "tier = []\nday = \"2\"", 2}, {yen, "tier = \"-0\"\nday = \"2\"", 2}, {yen, "tier = \"9\"\nday = \"2\"", 0},
	} {
		_, err := limit.Load([]limit.File{{Name: "l", Text: "[a]\n" + tt.text}}, limit.Known{Products: []string{"mp2p"}, Currency: tt.currency})
		var wrong sheet.Mistakes
		if errors.As(err, &wrong); (err == nil) != (tt.line == 0) || err != nil && wrong[0].Line != tt.line {
			t.Errorf("%s, %q: %v, want line %d", tt.currency.Code, tt.text, err, tt.line)
		}
	}
}
