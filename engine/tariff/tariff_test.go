package tariff_test

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mpg/engine/sheet"
	"mpg/engine/tariff"
	"mpg/store/money"
)

func known(code string) tariff.Known {
	currency, _ := money.Lookup(code)
	return tariff.Known{Products: []string{"mpurse", "mdebit", "mp2p", "bankin", "bankout", "cashout", "cashin"},
		ToPeople: []string{"mp2p", "bankin", "bankout", "cashin"}, NoShop: []string{"mp2p", "bankin", "bankout"}, Own: []string{"bankin", "bankout"}, Currency: currency}
}

// load reads a tariff that must be right.
func load(t interface{ Fatal(...any) }, texts ...string) *tariff.Set {
	var files []tariff.File
	for i, text := range texts {
		files = append(files, tariff.File{Name: fmt.Sprintf("t%d.toml", i+1), Text: text})
	}
	set, err := tariff.Load(files, known("CNY"))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// send returns an order to send amount fen.
func send(amount money.Amount) tariff.Order {
	return tariff.Order{Product: "mp2p", Channel: tariff.ChannelSMS, Currency: "CNY", Amount: amount, Date: "2026-11-26"}
}

// Example is a price list of two bands: what is sent, and what it costs.
func Example() {
	cny, _ := money.Lookup("CNY")
	set, err := tariff.Load([]tariff.File{{Name: "tariff.toml", Text: tariff.Sample()}}, known("CNY"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, amount := range []money.Amount{10000, 10001, 123456, 9999900} {
		fee, _ := set.Fee(tariff.Order{Product: "mp2p", Currency: "CNY", Amount: amount, Date: "2026-11-26"})
		fmt.Println(cny.Format(amount), cny.Format(fee.Sum()), fee.Row)
	}
	// Output:
	// 100.00 0.00 send-small
	// 100.01 1.00 send
	// 1234.56 6.17 send
	// 99999.00 25.00 send
}

// TestPublishedBands is the price list for sending money of M-Pesa Kenya of 2025, at the
// edges of its bands and one minor unit to either side.
func TestPublishedBands(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	bands := [][2]int{{100, 0}, {500, 7}, {1000, 13}, {1500, 23}, {2500, 33}, {3500, 53}, {5000, 57}, {7500, 78}, {10000, 90}, {15000, 100}, {20000, 105}, {0, 108}}
	for i, band := range bands {
		fmt.Fprintf(&text, "[b%d]\nproduct = \"mp2p\"\nflat = \"%d\"\n", i, band[1])
		if i > 0 {
			fmt.Fprintf(&text, "from = \"%d.01\"\n", bands[i-1][0])
		}
		if band[0] > 0 {
			fmt.Fprintf(&text, "to = \"%d\"\n", band[0])
		}
	}
	set := load(t, text.String())
	for i, band := range bands[:len(bands)-1] {
		edge := money.Amount(band[0] * 100)
		for off, want := range map[money.Amount]int{-1: band[1], 0: band[1], 1: bands[i+1][1]} {
			if fee, ok := set.Fee(send(edge + off)); !ok || fee.Sum() != money.Amount(want*100) || fee.Payee != 0 {
				t.Errorf("%d: %+v, want %d", edge+off, fee, want)
			}
		}
	}
}

// TestFees works out fees of every form, also in currencies without and with three decimals.
func TestFees(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		currency, keys string
		amount         money.Amount
		want           tariff.Parts
	}{
		"nothing":                  {"CNY", ``, 12850, tariff.Parts{}},
		"flat":                     {"CNY", `flat = "1.50"`, 12850, tariff.Parts{Payer: 150}},
		"percent":                  {"CNY", `percent = "1"`, 12850, tariff.Parts{Payer: 128}}, // 128.5 is half way, and 128 is even
		"half to the even":         {"CNY", `percent = "1"`, 12950, tariff.Parts{Payer: 130}},
		"above half":               {"CNY", `percent = "1"`, 12851, tariff.Parts{Payer: 129}},
		"up":                       {"CNY", "percent = \"1\"\nrounding = \"up\"", 12801, tariff.Parts{Payer: 129}},
		"up, and exact":            {"CNY", "percent = \"1\"\nrounding = \"up\"", 12800, tariff.Parts{Payer: 128}},
		"down":                     {"CNY", "percent = \"1\"\nrounding = \"down\"", 12899, tariff.Parts{Payer: 128}},
		"to a unit":                {"CNY", "percent = \"1\"\nunit = \"0.10\"", 12850, tariff.Parts{Payer: 130}},
		"flat and percent at once": {"CNY", "flat = \"0.01\"\npercent = \"0.5\"", 99, tariff.Parts{Payer: 1}}, // 1.495, rounded once
		"at least":                 {"CNY", "percent = \"1\"\nmin = \"2.00\"", 100, tariff.Parts{Payer: 200}},
		"at most":                  {"CNY", "percent = \"1\"\nmax = \"2.00\"", 99999999, tariff.Parts{Payer: 200}},
		"five decimals":            {"CNY", `percent = "0.00001"`, 1_000_000_000, tariff.Parts{Payer: 100}},
		"rounds to nothing":        {"CNY", `percent = "0.00001"`, 100, tariff.Parts{}},
		"the payee's":              {"CNY", "percent = \"1\"\npayer_share = \"payee\"", 12800, tariff.Parts{Payee: 128}},
		"shared":                   {"CNY", "flat = \"1.01\"\nfrom = \"2.00\"\npayer_share = \"50\"", 12800, tariff.Parts{Payer: 50, Payee: 51}},
		"with tax":                 {"CNY", "flat = \"1.06\"\ntax_rate = \"6\"", 12800, tariff.Parts{Payer: 106, Tax: 6}},
		"yen":                      {"JPY", `percent = "3.24"`, 1000, tariff.Parts{Payer: 32}},
		"dinar":                    {"KWD", "percent = \"0.25\"\nflat = \"0.005\"", 10_000, tariff.Parts{Payer: 30}},
		"as large as can be":       {"CNY", "percent = \"99.99999\"", money.Max, tariff.Parts{Payer: 999_999_900_000_000}},
	} {
		text := "[row]\nproduct = \"mp2p\"\n" + tt.keys
		if strings.Contains(tt.keys, "from") {
			text += "\n[small]\nproduct = \"mp2p\"\nto = \"1.99\"\n"
		}
		set, err := tariff.Load([]tariff.File{{Name: "t", Text: text}}, known(tt.currency))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		order := send(tt.amount)
		order.Currency = tt.currency
		if fee, ok := set.Fee(order); !ok || fee.Parts != tt.want || fee.Row != "row" || fee.Version != set.Version() {
			t.Errorf("%s: %+v, want %+v", name, fee, tt.want)
		}
	}
}

// TestTheMostSpecificRowDecides, and the others say why they do not.
func TestTheMostSpecificRowDecides(t *testing.T) {
	t.Parallel()
	row := func(id string, keys ...string) string {
		return "[" + id + "]\nproduct = \"mpurse\"\nflat = \"1\"\npayer_share = \"payer\"\n" + strings.Join(keys, "\n") + "\n"
	}
	shop, tier, channel := `merchant = ["8001", "8002"]`, `payer_tier = "1"`, `channel = "sms"`
	set := load(t, row("all"), row("channel", channel)+row("tier", tier)+row("tier-channel", tier, channel),
		row("shop", shop)+row("shop-tier", shop, tier)+
			row("old", `merchant = "8003"`, `valid_to = "2026-11-25"`)+row("new", `merchant = "8003"`, `valid_from = "2026-11-26"`))
	for _, tt := range []struct {
		shop, channel, date string
		tier                int
		want                string
	}{
		{"8009", "", "2026-11-26", 0, "all"},
		{"8009", "sms", "2026-11-26", 0, "channel"},
		{"8009", "", "2026-11-26", 1, "tier"},
		{"8009", "sms", "2026-11-26", 1, "tier-channel"},
		{"8001", "sms", "2026-11-26", 0, "shop"},
		{"8002", "sms", "2026-11-26", 1, "shop-tier"},
		{"8003", "sms", "2026-11-25", 1, "old"},
		{"8003", "sms", "2026-11-26", 1, "new"},
	} {
		order := tariff.Order{Product: "mpurse", Channel: tt.channel, Shop: tt.shop, Tier: tt.tier, Currency: "CNY", Amount: 100, Date: tt.date}
		fee, ok := set.Fee(order)
		if !ok || fee.Row != tt.want {
			t.Errorf("%+v: row %q", tt, fee.Row)
		}
		for _, verdict := range set.Explain(order) {
			if (verdict.Why == "") != (verdict.Row.ID == tt.want) {
				t.Errorf("%+v: row %s: %q", tt, verdict.Row.ID, verdict.Why)
			}
		}
	}
	for _, order := range []tariff.Order{{Product: "mdebit", Currency: "CNY", Amount: 1}, {Product: "mpurse", Currency: "USD", Amount: 1}} {
		if fee, ok := set.Fee(order); ok {
			t.Errorf("%+v costs %+v", order, fee)
		}
	}
	var none *tariff.Set
	if _, ok := none.Fee(send(100)); ok || none.Version() != "" || len(none.Explain(send(100))) != 0 {
		t.Error("a fee without a tariff")
	}
}

// TestFaults: everything that is wrong is reported, with file, line and key.
func TestFaults(t *testing.T) {
	t.Parallel()
	const ok = "[a]\nproduct = \"mp2p\"\n"
	for text, want := range map[string][]string{
		"product = \"mp2p\"": {"t1.toml:1: product: stands outside a table"},
		"[a]\n":              {"t1.toml:1: a.product: is missing"},
		"[a]\nflat = \"1\"":  {"t1.toml:1: a.product: is missing"},
		"[A]\nproduct = \"mp2p\"\nfrom = \"1.00\"":          {"t1.toml:1: A: is not a name for a row"},
		"[a.b]\nproduct = \"mp2p\"":                         {"t1.toml:1: a.b: is not a name for a row"},
		"[a]\nproduct = \"mcash\"\nflat = 1":                {"t1.toml:3: a.flat: is not written as a text in quotes"},
		"[a]\nproduct = [\"mcash\", \"mp2p\"]":              {`t1.toml:2: a.product: "mcash" is not one of`},
		"[a]\nproduct = []":                                 {"t1.toml:2: a.product: is an empty list"},
		"[a]\nproduct = [\"mp2p\", \"mp2p\"]":               {`t1.toml:2: a.product: names "mp2p" twice`},
		ok + "pct = \"1\"\nflta = \"2\"":                    {"t1.toml:3: a.pct: is not known; the keys of a row are product, channel,", "t1.toml:4: a.flta: is not known; did you mean flat? "},
		ok + "percent = \"0.123456\"":                       {"t1.toml:3: a.percent: \"0.123456\" is not a percentage"},
		ok + "percent = \"100.00001\"":                      {"t1.toml:3: a.percent"},
		ok + "flat = \"1.001\"":                             {"t1.toml:3: a.flat: \"1.001\" has more decimals"},
		ok + "flat = [\"1\"]":                               {"t1.toml:3: a.flat: want one text"},
		ok + "min = \"2\"\nmax = \"1\"":                     {"t1.toml:4: a.max: is less than min"},
		ok + "max = \"0\"":                                  {"t1.toml:3: a.max: is zero"},
		ok + "rounding = \"even\"":                          {"t1.toml:3: a.rounding"},
		ok + "unit = \"0\"":                                 {"t1.toml:3: a.unit"},
		ok + "flat = \"1\"\n[[fee]]\nflat = \"1\"":          {"t1.toml:4: fee: stands in double brackets"},
		ok + "flat = \"1\"\n[fee.band]\nproduct = \"mp2p\"": {"t1.toml:4: fee.band: is not a name for a row"},
		ok + "fee.flat = \"1\"":                             {"t1.toml:3: a.fee.flat: has a dot in its name"},
		ok + "payer_share = \"both\"":                       {"t1.toml:3: a.payer_share"},
		ok + "flat = \"1\"\npayer_share = \"payee\"":        {"t1.toml:1: a.from: the payee of a payment of 0.01 would get nothing: its part of the fee is 1.00"},
		"[a]\nproduct = [\"bankin\", \"bankout\"]\nflat = \"1\"\npayer_share = \"payee\"": {"t1.toml:4: a.payer_share: payer and payee of bankin, bankout are the same subscriber"},
		"[a]\nproduct = \"bankin\"\npercent = \"1\"\npayer_share = \"50\"":                {"t1.toml:4: a.payer_share: payer and payee of bankin are the same subscriber"},
		ok + "account = \"purse:1\"":                                                     {"t1.toml:3: a.account"},
		ok + "returned = \"true\"":                                                       {"t1.toml:3: a.returned"},
		ok + "currency = \"cny\"":                                                        {"t1.toml:3: a.currency"},
		ok + "merchant = \"8001\"":                                                       {"t1.toml:3: a.merchant: no payment by mp2p has a merchant"},
		"[a]\nproduct = [\"mpurse\", \"bankin\"]\nmerchant = \"8001\"":                   {"t1.toml:3: a.merchant: no payment by bankin has a merchant"},
		ok + "payee_class = \"fuel\"":                                                    {"t1.toml:3: a.payee_class: no payee of mp2p is of class fuel, so"},
		"[a]\nproduct = \"mpurse\"\npayee_class = \"person\"":                            {"t1.toml:3: a.payee_class: no payee of mpurse is of class person, so"},
		"[a]\nproduct = \"cashin\"\npayee_class = [\"fuel\", \"kiosk\"]":                 {"t1.toml:3: a.payee_class: no payee of cashin is of class fuel, kiosk, so"},
		"[a]\nproduct = [\"mpurse\", \"cashout\"]\npayee_class = [\"fuel\", \"person\"]": {"t1.toml:3: a.payee_class: no payee of mpurse, cashout is of class person"},
		ok + "channel = \"ussd\"":                                                        {"t1.toml:3: a.channel"},
		"[a]\nproduct = \"mpurse\"\nmerchant = \"12\"":                                   {"t1.toml:3: a.merchant"},
		ok + "payer_tier = \"01\"":                                                       {"t1.toml:3: a.payer_tier"},
		ok + "valid_from = \"2026-02-29\"":                                               {"t1.toml:3: a.valid_from"},
		ok + "valid_from = \"2026-11-26\"\nvalid_to = \"2026-11-25\"":                    {"t1.toml:4: a.valid_to: is before"},
		ok + "from = \"2\"\nto = \"1\"":                                                  {"t1.toml:4: a.to: is less"},
		ok + "to = \"1\"":                                                                {"t1.toml:3: a.to: no row of this price list covers more than 1.00; omit"},
		ok + "from = \"1\"":                                                              {"t1.toml:3: a.from: no row of this price list covers 0.01 to 0.99"},
		ok + "to = \"1\"\n[b]\nproduct = \"mp2p\"\nfrom = \"1\"":                         {"t1.toml:6: b.from: the band overlaps that of row a (t1.toml:1): both cover 1.00"},
		ok + "[b]\nproduct = \"mp2p\"\nfrom = \"5\"\nto = \"6\"":                         {"t1.toml:5: b.from: the band overlaps that of row a (t1.toml:1)"},
		ok + "to = \"1\"\n[b]\nproduct = \"mp2p\"\nfrom = \"1.02\"":                      {"t1.toml:6: b.from: between this row and row a (t1.toml:1) nothing covers 1.01 to 1.01"},
		ok + "valid_to = \"2026-11-30\"\n[b]\nproduct = [\"mp2p\", \"mdebit\"]\nvalid_from = \"2026-11-30\"": {"t1.toml:4: b.from: the band overlaps that of row a (t1.toml:1) on 2026-11-30"},
		ok + "to = \"1\"\n[b]\nproduct = \"mp2p\"\nfrom = \"1.01\"\nvalid_to = \"2026-12-31\"":               {"t1.toml:3: a.to: no row of this price list covers more than 1.00 on 2027-01-01"},
		ok + "flat = \"x\"\n[b]\nflat = \"y\"\n[c":                                                           {"t1.toml:6: "},
		ok + "flat = \"x\"\n[b]\nflat = \"y\"":                                                               {"t1.toml:3: a.flat", "t1.toml:4: b.product", "t1.toml:5: b.flat"},
	} {
		set, err := tariff.Load([]tariff.File{{Name: "t1.toml", Text: text}}, known("CNY"))
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
	_, err := tariff.Load([]tariff.File{{Name: "t1.toml", Text: ok}, {Name: "t2.toml", Text: "\n" + ok}}, known("CNY"))
	if err == nil || err.Error() != "t2.toml:2: a: another row has this name: a (t1.toml:1)" {
		t.Errorf("a name in two files: %v", err)
	}
	load(t, "[shop]\nproduct = [\"mpurse\", \"cashout\", \"cashin\"]\nmerchant = \"8001\"\n[kiosk]\nproduct = \"cashout\"\npayee_class = \"kiosk\"\n"+
		"[people]\nproduct = \"cashin\"\nmerchant = \"8001\"\npayee_class = \"person\"\n[both]\nproduct = [\"mdebit\", \"mp2p\"]\npayee_class = [\"fuel\", \"person\"]\n")
}

// anyTerms draws the keys of a row that say how a fee is worked out.
func anyTerms(t *rapid.T) string {
	price := func(n int64) string { return fmt.Sprintf("%d.%02d", n/100, n%100) }
	least := rapid.Int64Range(0, 500).Draw(t, "min")
	keys := fmt.Sprintf("flat = %q\npercent = %q\nmin = %q\nunit = %q\nrounding = %q\ntax_rate = %q\n",
		price(rapid.Int64Range(0, 500).Draw(t, "flat")), tariff.Percent(rapid.Int64Range(0, int64(tariff.Whole)).Draw(t, "percent")), price(least),
		price(rapid.Int64Range(1, 200).Draw(t, "unit")), rapid.SampledFrom([]string{"up", "down", "half_even"}).Draw(t, "rounding"),
		tariff.Percent(rapid.Int64Range(0, int64(tariff.Whole)).Draw(t, "tax")))
	if rapid.Bool().Draw(t, "bounded") {
		keys += fmt.Sprintf("max = %q\n", price(least+rapid.Int64Range(1, 5000).Draw(t, "max")))
	}
	return keys
}

// TestFeesGrowAndAddUp: within a row a greater amount never costs less, for either side; the
// parts add up to the whole, which is what exact arithmetic gives; and the tax is part of it.
func TestFeesGrowAndAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		share := rapid.SampledFrom([]string{"payer", "0", "33.33333", "50", "99.9"}).Draw(t, "share")
		if share == "0" {
			share = "payee"
		}
		text := "[small]\nproduct = \"mp2p\"\nto = \"999999.99\"\n[row]\nproduct = \"mp2p\"\nfrom = \"1000000\"\npayer_share = \"" + share + "\"\n" + anyTerms(t)
		set, err := tariff.Load([]tariff.File{{Name: "t", Text: text}}, known("CNY"))
		if err != nil && strings.Contains(err.Error(), "would get nothing") {
			t.Skip("the payee pays all of it")
		}
		if err != nil {
			t.Fatal(err)
		}
		amount := rapid.Int64Range(100_000_000, int64(money.Max)-1_000_000).Draw(t, "amount")
		var before tariff.Fee
		for _, add := range []int64{0, 1, rapid.Int64Range(1, 1_000_000).Draw(t, "more")} {
			fee, ok := set.Fee(send(money.Amount(amount + add)))
			if !ok || fee.Payer < before.Payer || fee.Payee < before.Payee || fee.Tax < before.Tax {
				t.Fatalf("%d costs %+v, and less %+v", amount+add, fee, before)
			}
			if fee.Payer < 0 || fee.Payee < 0 || fee.Tax < 0 || fee.Tax > fee.Sum() || fee.Sum() != exact(fee.Terms, amount+add) {
				t.Fatalf("%d costs %+v; exactly %d", amount+add, fee, exact(fee.Terms, amount+add))
			}
			if again := fee.Terms.Fee(money.Amount(amount + add)); again != fee.Parts {
				t.Fatalf("the terms alone give %+v, and the set gave %+v", again, fee.Parts)
			}
			before = fee
		}
	})
}

// exact works out a fee by rational numbers.
func exact(terms tariff.Terms, amount int64) money.Amount {
	whole := new(big.Rat).SetFrac64(amount, int64(tariff.Whole))
	units := new(big.Rat).Mul(whole, big.NewRat(int64(terms.Percent), 1))
	units.Add(units, big.NewRat(int64(terms.Flat), 1)).Quo(units, big.NewRat(int64(terms.Unit), 1))
	n, rest := new(big.Int).QuoRem(units.Num(), units.Denom(), new(big.Int))
	twice := new(big.Int).Lsh(rest, 1).Cmp(units.Denom())
	if rest.Sign() > 0 && (terms.Rounding == tariff.Up || terms.Rounding == tariff.HalfEven && (twice > 0 || twice == 0 && n.Bit(0) == 1)) {
		n.Add(n, big.NewInt(1))
	}
	fee := max(money.Amount(n.Int64())*terms.Unit, terms.Min)
	if terms.Max > 0 {
		fee = min(fee, terms.Max)
	}
	return fee
}

// TestEveryAmountHasOneRow cuts a range of amounts into bands at random. The set is accepted,
// each edge and its neighbours have exactly one row, and a set in which one edge is moved is
// refused.
func TestEveryAmountHasOneRow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		edges := rapid.SliceOfNDistinct(rapid.Int64Range(1, 10_000), 1, 6, rapid.ID).Draw(t, "edges")
		sorted := append([]int64{0}, edges...)
		for i := range sorted { // a few numbers
			for k := range i {
				if sorted[i] < sorted[k] {
					sorted[i], sorted[k] = sorted[k], sorted[i]
				}
			}
		}
		moved := rapid.IntRange(-1, len(sorted)-1).Draw(t, "moved")
		var text strings.Builder
		for i, edge := range sorted {
			from := edge + 1
			if i == moved {
				from += rapid.SampledFrom([]int64{-1, 1}).Draw(t, "by")
			}
			fmt.Fprintf(&text, "[b%d]\nproduct = \"mp2p\"\nfrom = \"%d.%02d\"\n", i, from/100, from%100)
			if i+1 < len(sorted) {
				fmt.Fprintf(&text, "to = \"%d.%02d\"\n", sorted[i+1]/100, sorted[i+1]%100)
			}
		}
		set, err := tariff.Load([]tariff.File{{Name: "t", Text: text.String()}}, known("CNY"))
		if moved == 0 && err == nil { // the first band may begin at 0.00
			return
		}
		if (err == nil) != (moved < 0) {
			t.Fatalf("moved %d: %v\n%s", moved, err, text.String())
		}
		for i := 1; err == nil && i < len(sorted); i++ {
			for _, off := range []int64{-1, 0, 1} {
				amount := sorted[i] + off
				deciding := 0
				for _, verdict := range set.Explain(send(money.Amount(amount))) {
					if verdict.Why == "" {
						deciding++
					}
				}
				if fee, ok := set.Fee(send(money.Amount(amount))); amount > 0 && (!ok || deciding != 1 || fee.Row == fmt.Sprintf("b%d", i) != (off == 1)) && !(off == -1 && amount == sorted[i-1]) {
					t.Fatalf("%d: row %q, %d rows decide\n%s", amount, fee.Row, deciding, text.String())
				}
			}
		}
	})
}

func TestPercent(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]tariff.Percent{"0": 0, "0.25": 25_000, "1": 100_000, "0.00001": 1, "100": tariff.Whole, "007.50": 750_000} {
		got, err := tariff.ParsePercent(text)
		if err != nil || got != want {
			t.Errorf("%q: %d, %v", text, got, err)
		}
		if back, err := tariff.ParsePercent(got.String()); err != nil || back != got {
			t.Errorf("%q is written %q", text, got)
		}
	}
	for _, text := range []string{"", ".", "1.", ".5", "-1", "+1", "1e2", "101", "100.00001", "0.000001", "1 ", "１", "0x1", "1000"} {
		if got, err := tariff.ParsePercent(text); err == nil {
			t.Errorf("%q is %s", text, got)
		}
	}
}

// FuzzLoad: no file stops the loader; one that is accepted has exactly one fee for each
// amount of its tables, and each mistake has words and a file.
func FuzzLoad(f *testing.F) {
	f.Add(tariff.Sample())
	f.Add("[a]\nproduct = [\"mp2p\"]\nto = \"1\"\n[b]\nproduct = \"mp2p\"\nfrom = \"1.01\"\npercent = \"99.99999\"\nvalid_to = \"9999-12-31\"\n")
	f.Add("[a]\nproduct = [\"mdebit\"]\npayee_class = \"a\"\n")
	f.Add("[a]\n[a.b]\nproduct=\"mpurse\"\n[[c]]\n")
	f.Fuzz(func(t *testing.T, text string) {
		set, err := tariff.Load([]tariff.File{{Name: "f", Text: text}}, known("CNY"))
		var wrong sheet.Mistakes
		if (set == nil) == (err == nil) || err != nil && !errors.As(err, &wrong) {
			t.Fatalf("%v, %v", set, err)
		}
		for _, mistake := range wrong {
			if mistake.Text == "" || mistake.File != "f" || mistake.Line < 0 || mistake.Line > strings.Count(text, "\n")+1 {
				t.Fatalf("%+v", mistake)
			}
		}
		for _, row := range set.Rows() {
			for _, amount := range []money.Amount{row.From, max(row.From, row.To)} {
				order := tariff.Order{Product: row.Products[0], Currency: row.Currency, Amount: amount, Date: row.Since}
				if len(row.Shops) > 0 {
					order.Shop = row.Shops[0]
				}
				if len(row.Classes) > 0 {
					order.Class = row.Classes[0]
				}
				if len(row.Tiers) > 0 {
					order.Tier = row.Tiers[0]
				}
				if len(row.Channels) > 0 {
					order.Channel = row.Channels[0]
				}
				if fee, ok := set.Fee(order); !ok || fee.Sum() < 0 || fee.Tax > fee.Sum() {
					t.Fatalf("%+v: %+v", order, fee)
				}
			}
		}
	})
}
