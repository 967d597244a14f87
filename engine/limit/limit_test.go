package limit_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/limit"
	"mpg/engine/sheet"
	"mpg/store/money"
)

func known() limit.Known {
	cny, _ := money.Lookup("CNY")
	return limit.Known{Products: []string{"mpurse", "mdebit", "mp2p", "bankin", "bankout", "cashout", "cashin"}, ToPeople: []string{"mp2p", "bankin", "bankout", "cashin"}, Own: []string{"bankin", "bankout"}, Currency: cny}
}

// load reads limits that must be right.
func load(t interface{ Fatal(...any) }, text string) *limit.Set {
	set, err := limit.Load([]limit.File{{Name: "l.toml", Text: text}}, known())
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// Example is what a new subscriber may still send after two payments.
func Example() {
	set, _ := limit.Load([]limit.File{{Name: "limits.toml", Text: limit.Sample()}}, known())
	var used limit.Usage
	used.Add(limit.Order{Date: "2026-11-26", Product: "mp2p", Payee: "u2", Amount: 60000})
	used.Add(limit.Order{Date: "2026-11-26", Product: "mpurse", Payee: "8001", Amount: 90000})
	for _, amount := range []money.Amount{30000, 50000, 200000} {
		over := set.Check(limit.Order{Product: "mp2p", Tier: 0, Payee: "u2", Amount: amount, Date: "2026-11-26"}, &used)
		if over == nil {
			fmt.Println(amount, "may be sent")
			continue
		}
		fmt.Println(amount, over.Row, over.Kind, over.Limit, over.Left)
	}
	// Output:
	// 30000 may be sent
	// 50000 send day 100000 40000
	// 200000 basic payment_max 100000 100000
}

// TestEdges: each kind of limit at its value, and one minor unit or one payment beyond it.
func TestEdges(t *testing.T) {
	t.Parallel()
	const thursday = "2026-11-26"
	for name, tt := range map[string]struct {
		row    string
		used   []limit.Use
		amount money.Amount
		date   string
		over   bool
	}{
		"least":                     {`payment_min = "1.00"`, nil, 100, thursday, false},
		"less than the least":       {`payment_min = "1.00"`, nil, 99, thursday, true},
		"most":                      {`payment_max = "1.00"`, nil, 100, thursday, false},
		"more than the most":        {`payment_max = "1.00"`, nil, 101, thursday, true},
		"all of a day":              {`day = "1.00"`, []limit.Use{{Date: thursday, Sum: 40}}, 60, thursday, false},
		"more than a day":           {`day = "1.00"`, []limit.Use{{Date: thursday, Sum: 40}}, 61, thursday, true},
		"the day after":             {`day = "1.00"`, []limit.Use{{Date: thursday, Sum: 100}}, 100, "2026-11-27", false},
		"nothing at all":            {`day = "0"`, nil, 1, thursday, true},
		"Sunday":                    {`week = "1.00"`, []limit.Use{{Date: "2026-11-23", Sum: 100}}, 1, "2026-11-29", true},
		"Monday":                    {`week = "1.00"`, []limit.Use{{Date: "2026-11-29", Sum: 100}}, 100, "2026-11-30", false},
		"a week over New Year":      {`week = "1.00"`, []limit.Use{{Date: "2026-12-31", Sum: 100}}, 1, "2027-01-03", true},
		"the last of a month":       {`month = "1.00"`, []limit.Use{{Date: "2026-11-01", Sum: 100}}, 1, "2026-11-30", true},
		"the first of a month":      {`month = "1.00"`, []limit.Use{{Date: "2026-11-30", Sum: 100}}, 100, "2026-12-01", false},
		"the last day of February":  {`month = "1.00"`, []limit.Use{{Date: "2028-02-01", Sum: 100}}, 1, "2028-02-29", true},
		"the last payment of a day": {`day_count = "2"`, []limit.Use{{Date: thursday, Count: 1}}, 1, thursday, false},
		"one payment too many":      {`day_count = "2"`, []limit.Use{{Date: thursday, Count: 2}}, 1, thursday, true},
		"of a week":                 {`week_count = "2"`, []limit.Use{{Date: "2026-11-23", Count: 2}}, 1, thursday, true},
		"of a month":                {`month_count = "2"`, []limit.Use{{Date: "2026-11-01", Count: 2}}, 1, thursday, true},
		"of another product":        {"product = \"mp2p\"\nday = \"1.00\"", []limit.Use{{Date: thursday, Sum: 100}}, 100, thursday, false},
		"of both products":          {"product = [\"mp2p\", \"mpurse\"]\nday = \"1.00\"", []limit.Use{{Date: thursday, Product: "mp2p", Sum: 60}, {Date: thursday, Product: "mpurse", Sum: 40}}, 1, thursday, true},
		"to one payee":              {"per = \"payee\"\nday = \"1.00\"", []limit.Use{{Date: thursday, Payee: "8001", Sum: 100}}, 1, thursday, true},
		"to another payee":          {"per = \"payee\"\nday = \"1.00\"", []limit.Use{{Date: thursday, Payee: "8002", Sum: 100}}, 100, thursday, false},
		"of another tier":           {"tier = \"1\"\npayment_max = \"1.00\"", nil, 101, thursday, false},
	} {
		used := &limit.Usage{}
		for _, use := range tt.used {
			if use.Product == "" {
				use.Product = "mpurse"
			}
			used.Uses = append(used.Uses, use)
		}
		over := load(t, "[row]\n"+tt.row).Check(limit.Order{Product: "mpurse", Payee: "8001", Amount: tt.amount, Date: tt.date}, used)
		if (over != nil) != tt.over {
			t.Errorf("%s: %+v", name, over)
		}
	}
	var none *limit.Set
	if none.Check(limit.Order{Amount: money.Max}, nil) != nil || none.Gives(0, limit.Max) || none.Ceiling(0) != 0 || none.Version() != "" {
		t.Error("a limit without files")
	}
}

// TestTheTierComesFirst: for the same payments the value of the tier holds, whether it is more
// or less; all others hold besides.
func TestTheTierComesFirst(t *testing.T) {
	t.Parallel()
	set := load(t, "[all]\npayment_max = \"10\"\nday = \"20\"\n[high]\ntier = [\"1\", \"2\"]\npayment_max = \"100\"\n[send]\nproduct = \"mp2p\"\npayment_max = \"5\"\n"+
		"[purse]\ndirection = \"in\"\nbalance_max = \"50\"\n[purse-high]\ndirection = \"in\"\ntier = \"2\"\nbalance_max = \"500\"\n")
	for _, tt := range []struct {
		product string
		tier    int
		amount  money.Amount
		row     string
	}{
		{"mpurse", 0, 1000, ""}, {"mpurse", 0, 1001, "all"}, {"mpurse", 1, 2000, ""}, {"mpurse", 1, 2001, "all"}, {"mpurse", 1, 10001, "high"}, {"mp2p", 1, 500, ""}, {"mp2p", 1, 501, "send"},
	} {
		over := set.Check(limit.Order{Product: tt.product, Tier: tt.tier, Amount: tt.amount, Date: "2026-11-26"}, nil)
		if (over == nil) != (tt.row == "") || over != nil && over.Row != tt.row {
			t.Errorf("%+v: %+v", tt, over)
		}
	}
	if !set.Gives(1, limit.Max) || !set.Gives(0, limit.Day) || set.Gives(0, limit.Month) {
		t.Error("what the set gives")
	}
	if set.Ceiling(0) != 5000 || set.Ceiling(2) != 50000 {
		t.Errorf("ceilings %d and %d", set.Ceiling(0), set.Ceiling(2))
	}
	for _, verdict := range set.Explain(limit.Order{Product: "mpurse", Tier: 1, Amount: 1, Date: "2026-11-26"}, nil) {
		if want := map[limit.Kind]string{limit.Max: "high"}[verdict.Kind]; verdict.Row.ID == "all" && verdict.Instead != want {
			t.Errorf("%s of all: in its place %q", verdict.Kind, verdict.Instead)
		}
	}
}

// TestFaults: everything that is wrong is reported, with file, line and key.
func TestFaults(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"[a]\n":                                  {"l:1: a: gives no limit"},
		"[A]\nday = \"1\"":                       {"l:1: A: is not a name"},
		"[a]\nday = 1":                           {"l:2: a.day: is not written as a text"},
		"[a]\nday = \"1\"\n[[a.b]]\nday = \"2\"": {"l:3: a.b: stands in double brackets"},
		"[a]\nproduct = \"bankin\"\nper = \"payee\"\nday_count = \"0\"":              {"l:3: a.per: the payee of bankin is always the payer"},
		"[a]\nday = \"1\"\ndays = \"2\"":                                             {"l:3: a.days: is not known; did you mean day? the keys of a row are product, tier,"},
		"[a]\nday = \"1.001\"":                                                       {"l:2: a.day: \"1.001\" has more decimals"},
		"[a]\nday_count = \"-1\"":                                                    {"l:2: a.day_count"},
		"[a]\ntier = \"10\"\nday = \"1\"":                                            {"l:2: a.tier"},
		"[a]\nproduct = \"x\"\nday = \"1\"":                                          {"l:2: a.product"},
		"[a]\nper = \"day\"\nday = \"1\"":                                            {"l:2: a.per"},
		"[a]\nper = \"payee\"\npayment_max = \"1\"":                                  {"l:2: a.per: payment_min and payment_max"},
		"[a]\nday = \"2\"\nweek = \"1\"":                                             {"l:2: a.day: is more than week"},
		"[a]\nbalance_max = \"1\"":                                                   {"l:2: a.balance_max: is a limit for what comes in"},
		"[a]\ndirection = \"in\"\nday_count = \"1\"":                                 {"l:2: a.direction: with direction"},
		"[a]\ndirection = \"in\"\nday = \"0\"":                                       {"l:3: a.day: is zero"},
		"[a]\ndirection = \"in\"\nwindow = \"rolling\"\nmonth = \"1\"":               {"l:2: a.direction: with direction"},
		"[a]\nwindow = \"rolling\"\nday = \"1\"":                                     {"l:2: a.window: a day is the shortest"},
		"[a]\nwindow = \"rolling\"\npayment_max = \"1\"":                             {"l:2: a.window: is for week and month"},
		"[a]\nwindow = \"sliding\"\nweek = \"1\"":                                    {"l:2: a.window: \"sliding\" is not calendar or rolling"},
		"[a]\nproduct = [\"mpurse\", \"mp2p\"]\npayee_class = \"fuel\"\nday = \"1\"": {"l:3: a.payee_class: no payee of mp2p is of class fuel, so"},
		"[a]\nproduct = \"mpurse\"\npayee_class = \"person\"\nday = \"1\"":           {"l:3: a.payee_class: no payee of mpurse is of class person, so"},
		"[a]\npayee_class = \"Fuel\"\nday = \"1\"":                                   {"l:2: a.payee_class: \"Fuel\" is not a class"},
		"[a]\ndirection = \"in\"\nbalance_max = \"0\"":                               {"l:3: a.balance_max: is zero"},
		"[a]\nday = \"1\"\n[b]\nday = \"2\"":                                         {"l:4: b.day: row a (l:1) gives this as well"},
		"[a]\ntier = [\"0\", \"1\"]\nday = \"1\"\n[b]\ntier = \"1\"\nday = \"2\"":    {"l:6: b.day: row a (l:1) gives this as well"},
		"[a]\nproduct = [\"mp2p\", \"mpurse\"]\nday = \"1\"\n[b]\nproduct = [\"mpurse\", \"mp2p\"]\nday = \"2\"": {"l:6: b.day: row a"},
	} {
		set, err := limit.Load([]limit.File{{Name: "l", Text: text}}, known())
		var wrong sheet.Mistakes
		if !errors.As(err, &wrong) || set != nil || len(wrong) != len(want) {
			t.Errorf("%q: %v", text, err)
			continue
		}
		for i, mistake := range wrong {
			if !strings.HasPrefix(mistake.Error(), want[i]) {
				t.Errorf("%q: %v\nwant %s", text, mistake, want[i])
			}
		}
	}
	for _, text := range []string{"[a]\nday = \"1\"\n[b]\ntier = \"0\"\nday = \"2\"", "[a]\nday = \"1\"\n[b]\nper = \"payee\"\nday = \"2\"", "[a]\nday = \"1\"\n[b]\nproduct = \"mp2p\"\nday = \"2\""} {
		if _, err := limit.Load([]limit.File{{Name: "l", Text: text}}, known()); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestUsageIsWhatWasOrdered compares the sums with a plain list of all payments, of which some
// are given back, on whichever day; the clock may go to and fro.
func TestUsageIsWhatWasOrdered(t *testing.T) {
	t.Parallel()
	type paid struct {
		date, product, payee string
		amount               money.Amount
	}
	rapid.Check(t, func(t *rapid.T) {
		set := load(t, "[d]\nday = \"10\"\nday_count = \"3\"\n[w]\nweek = \"12\"\n[m]\nmonth = \"14\"\n[p]\nper = \"payee\"\nmonth = \"9\"\n[s]\nproduct = \"mp2p\"\nday = \"5\"\n")
		var used limit.Usage
		var all []paid
		at := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			at = at.AddDate(0, 0, rapid.IntRange(-3, 6).Draw(t, "days"))
			date := at.Format(time.DateOnly)
			if len(all) > 0 && rapid.IntRange(0, 3).Draw(t, "give back") == 0 {
				i := rapid.IntRange(0, len(all)-1).Draw(t, "which")
				p := all[i]
				used.Remove(limit.Order{Date: p.date, Product: p.product, Payee: p.payee, Amount: p.amount}, 1)
				all = append(all[:i:i], all[i+1:]...)
				continue
			}
			p := paid{date, rapid.SampledFrom([]string{"mp2p", "mpurse"}).Draw(t, "product"), rapid.SampledFrom([]string{"8001", "u2"}).Draw(t, "payee"),
				money.Amount(rapid.Int64Range(1, 600).Draw(t, "amount"))}
			want := ""
			sum := func(limits int64, row string, counts func(q paid) bool) {
				total := p.amount
				for _, q := range all {
					if counts(q) {
						total += q.amount
					}
				}
				if int64(total) > limits && want == "" {
					want = row
				}
			}
			sum(1000, "d", func(q paid) bool { return q.date == p.date })
			if p.product == "mp2p" {
				sum(500, "s", func(q paid) bool { return q.date == p.date && q.product == "mp2p" })
			}
			n := 0
			for _, q := range all {
				if q.date == p.date {
					n++
				}
			}
			if n >= 3 && want == "" {
				want = "d"
			}
			year, week := at.ISOWeek()
			sum(1200, "w", func(q paid) bool {
				day, _ := time.Parse(time.DateOnly, q.date)
				y, w := day.ISOWeek()
				return y == year && w == week
			})
			sum(1400, "m", func(q paid) bool { return q.date[:7] == p.date[:7] })
			sum(900, "p", func(q paid) bool { return q.date[:7] == p.date[:7] && q.payee == p.payee })
			over := set.Check(limit.Order{Product: p.product, Payee: p.payee, Amount: p.amount, Date: p.date}, &used)
			if (over == nil) != (want == "") || over != nil && over.Row != want {
				t.Fatalf("%+v after %+v: %+v, want %q", p, all, over, want)
			}
			if over == nil {
				used.Add(limit.Order{Date: p.date, Product: p.product, Payee: p.payee, Amount: p.amount})
				all = append(all, p)
			}
		}
	})
}

// TestUsageStaysSmall: however much is paid, the document is bounded, and the sums stay right.
func TestUsageStaysSmall(t *testing.T) {
	t.Parallel()
	var used limit.Usage
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 2000 {
		used.Add(limit.Order{Date: at.AddDate(0, 0, i/100).Format(time.DateOnly), Product: "mpurse", Payee: fmt.Sprint(i), Amount: 1})
	}
	set := load(t, "[m]\nmonth = \"20.00\"\n[c]\nmonth_count = \"2001\"\n")
	order := limit.Order{Product: "mpurse", Amount: 1, Date: "2026-01-20"}
	if over := set.Check(order, &used); len(used.Uses) > 1001 || over == nil || over.Left != 0 || over.Row != "m" {
		t.Errorf("%d uses: %+v", len(used.Uses), over)
	}
	used.Add(limit.Order{Date: "2026-03-01", Product: "mpurse", Payee: "x", Amount: 1})
	if len(used.Uses) != 1 {
		t.Errorf("%d uses in March", len(used.Uses))
	}
}

// FuzzLoad: no file stops the loader, and each mistake has words and a line of the file.
func FuzzLoad(f *testing.F) {
	f.Add(limit.Sample())
	f.Add("[a]\ntier = [\"0\"]\nday_count = \"5\"\n[b]\ndirection = \"in\"\nbalance_max = \"1\"")
	f.Fuzz(func(t *testing.T, text string) {
		set, err := limit.Load([]limit.File{{Name: "f", Text: text}}, known())
		var wrong sheet.Mistakes
		if (set == nil) == (err == nil) || err != nil && !errors.As(err, &wrong) {
			t.Fatalf("%v, %v", set, err)
		}
		for _, mistake := range wrong {
			if mistake.Text == "" || mistake.Line < 0 || mistake.Line > strings.Count(text, "\n")+1 {
				t.Fatalf("%+v", mistake)
			}
		}
		for tier := range limit.TierMax + 1 {
			set.Ceiling(tier)
			set.Check(limit.Order{Product: "mp2p", Tier: tier, Payee: "u1", Amount: 100, Date: "2026-11-26"}, &limit.Usage{Uses: []limit.Use{{Date: "2026-11-26", Product: "mp2p", Payee: "u1", Sum: 5, Count: 1}}})
		}
	})
}

// TestRemoveKeepsTheSumOfOthers: a payment that was counted before the list grew too long is
// taken off the payee's later ones, which must not be forgotten with it.
func TestRemoveKeepsTheSumOfOthers(t *testing.T) {
	t.Parallel()
	used := &limit.Usage{Uses: []limit.Use{{Date: "2026-11-26", Product: "mp2p", Sum: 500, Count: 1}, {Date: "2026-11-26", Product: "mp2p", Payee: "u2", Sum: 9000, Count: 1}}}
	used.Remove(limit.Order{Date: "2026-11-26", Product: "mp2p", Payee: "u2", Amount: 500}, 1)
	var sum money.Amount
	for _, use := range used.Uses {
		sum += use.Sum
	}
	if sum != 9000 {
		t.Errorf("9000 were ordered, and %d are counted: %+v", sum, used.Uses)
	}
}
