package tariff

import (
	"crypto/sha256"
	_ "embed" // for the sample
	"encoding/binary"
	"encoding/hex"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"mpg/engine/sheet"
	"mpg/store/money"
)

//go:embed sample.toml
var sample string

// Sample returns a file that shows every key.
func Sample() string { return sample }

// File is one file of a tariff.
type File struct{ Name, Text string }

// Known are the names that rows may use.
type Known struct {
	Products []string
	ToPeople []string       // those of Products whose payee is a person, which is of the class Person
	NoShop   []string       // those of Products in which no shop takes part
	Own      []string       // those of Products whose payer and payee are the same subscriber
	Currency money.Currency // of rows that name none
}

// Limits of a set.
const (
	rowsMax  = 5_000
	cellsMax = 200_000 // rows, each counted once for every table that it belongs to
	// TierMax is the highest tier of a subscriber.
	TierMax = 9
)

// FeesAccount is the account of fees for which no row names another.
const FeesAccount = "fees"

// The forms of what rows name.
var (
	idForm      = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)
	shopForm    = regexp.MustCompile(`^[0-9]{4,6}$`)
	classForm   = regexp.MustCompile(`^[a-z][a-z0-9]{0,15}$`)
	accountForm = regexp.MustCompile(`^fees(:[a-z0-9][a-z0-9-]{0,31})?$`)
)

// Load reads a set from its files. The error is sheet.Mistakes, with everything that is wrong
// in any of them. Without files the Set is nil.
func Load(files []File, known Known) (*Set, error) {
	if len(files) == 0 {
		return nil, nil
	}
	var wrong sheet.Mistakes
	var rows []*sheet.Row
	for _, file := range files {
		s, err := sheet.Read(file.Name, file.Text)
		var mistakes sheet.Mistakes
		if errors.As(err, &mistakes) {
			wrong = append(wrong, mistakes...)
			continue
		}
		rows = append(rows, s.Rows()...)
	}
	set := &Set{version: digest(files), tables: make(map[table][]*Row)}
	if len(rows) > rowsMax {
		return nil, append(wrong, sheet.Mistake{File: rows[rowsMax].File, Line: rows[rowsMax].Line, Key: rows[rowsMax].Name, Text: "is one row too many; a tariff has at most " + strconv.Itoa(rowsMax)})
	}
	cells := 0
	places := make(map[string]string, len(rows))
	for _, raw := range rows {
		row := read(raw, known)
		if other := places[raw.Name]; other != "" {
			raw.Fault("", "another row has this name: %s", other)
		}
		places[raw.Name] = raw.Place()
		set.rows = append(set.rows, row)
		if len(raw.Wrong) == 0 {
			if cells += row.cells(); cells > cellsMax {
				raw.Fault("", "the lists of the rows up to here make more than %d combinations", cellsMax)
				wrong = append(wrong, raw.Wrong...)
				return nil, wrong.Err()
			}
			for _, one := range row.tables() {
				set.tables[one] = append(set.tables[one], row)
			}
		}
	}
	if !slices.ContainsFunc(rows, func(raw *sheet.Row) bool { return len(raw.Wrong) > 0 }) && len(wrong) == 0 {
		set.checkBands() // otherwise a row that could not be read would leave gaps
	}
	for _, raw := range rows {
		wrong = append(wrong, raw.Wrong...)
	}
	if len(wrong) > 0 {
		return nil, wrong.Err()
	}
	return set, nil
}

// digest returns what tells one set of files from another: their contents in their order.
func digest(files []File) string {
	sum := sha256.New()
	for _, file := range files {
		sum.Write(binary.BigEndian.AppendUint64(nil, uint64(len(file.Text))))
		sum.Write([]byte(file.Text))
	}
	return hex.EncodeToString(sum.Sum(nil)[:6])
}

// cells returns to how many tables the row belongs.
func (r *Row) cells() int {
	return len(r.Products) * max(1, len(r.Shops)) * max(1, len(r.Classes)) * max(1, len(r.Tiers)) * max(1, len(r.Channels))
}

// read reads one row, and reports in raw what is wrong in it.
func read(raw *sheet.Row, known Known) *Row {
	row := &Row{ID: raw.Name, place: raw.File + ":" + strconv.Itoa(raw.Line), fault: raw.Fault}
	if !idForm.MatchString(raw.Name) {
		raw.Fault("", "is not a name for a row; want up to 32 lower-case letters, digits and hyphens, in brackets")
	}
	row.Products = oneOf(raw, "product", known.Products)
	if !raw.Has("product") {
		raw.Fault("product", "is missing; want one of %s, or a list of them", strings.Join(known.Products, ", "))
	}
	row.Channels = oneOf(raw, "channel", []string{ChannelSMS})
	row.Shops = raw.Texts("merchant")
	for _, code := range row.Shops {
		if !shopForm.MatchString(code) {
			raw.Fault("merchant", "%q is not a code of 4 to 6 digits", code)
		}
	}
	row.Classes = raw.Texts("payee_class")
	for _, class := range row.Classes {
		if !classForm.MatchString(class) {
			raw.Fault("payee_class", "%q is not a class; want up to 16 lower-case letters and digits", class)
		}
	}
	row.checkPayees(raw, known)
	for _, text := range raw.Texts("payer_tier") {
		tier, err := strconv.Atoi(text)
		if err != nil || tier < 0 || tier > TierMax || text != strconv.Itoa(tier) {
			raw.Fault("payer_tier", "%q is not a tier from 0 to %d", text, TierMax)
		}
		row.Tiers = append(row.Tiers, tier)
	}
	code := raw.Text("currency", known.Currency.Code)
	currency, ok := money.Lookup(code)
	if !ok || currency.Code != code {
		raw.Fault("currency", "%q is not an ISO 4217 currency, such as CNY", code)
		currency = known.Currency
	}
	row.Currency = code
	row.readBand(raw, currency)
	row.readTerms(raw, currency)
	row.checkShare(raw, known)
	row.Since, row.Until = day(raw, "valid_from"), day(raw, "valid_to")
	if row.Until != "" && row.Until < row.Since {
		raw.Fault("valid_to", "is before valid_from")
	}
	raw.Unknown()
	return row
}

// checkPayees reports a shop, or a class of payees, that no payment by a product of the row can
// have: the row would never decide about it, although its author thinks that it does.
func (r *Row) checkPayees(raw *sheet.Row, known Known) {
	fits := func(class, product string) bool {
		return (class == Person) == slices.Contains(known.ToPeople, product)
	}
	for _, product := range r.Products {
		if len(r.Shops) > 0 && slices.Contains(known.NoShop, product) {
			raw.Fault("merchant", "no payment by %s has a merchant, so the row could never decide about one", product)
		}
		if len(r.Classes) > 0 && !slices.ContainsFunc(r.Classes, func(class string) bool { return fits(class, product) }) {
			raw.Fault("payee_class", "no payee of %s is of class %s, so the row could never decide about one", product, strings.Join(r.Classes, ", "))
			return
		}
	}
	for _, class := range r.Classes {
		if len(r.Products) > 0 && !slices.ContainsFunc(r.Products, func(product string) bool { return fits(class, product) }) {
			raw.Fault("payee_class", "no payee of %s is of class %s", strings.Join(r.Products, ", "), class)
		}
	}
}

// oneOf reads a list of names, each of which must be known.
func oneOf(raw *sheet.Row, key string, known []string) []string {
	names := raw.Texts(key)
	for _, name := range names {
		if !slices.Contains(known, name) {
			raw.Fault(key, "%q is not one of %s", name, strings.Join(known, ", "))
		}
	}
	return names
}

// readBand reads the amounts that the row is for.
func (r *Row) readBand(raw *sheet.Row, currency money.Currency) {
	r.From = max(1, amount(raw, "from", currency))
	r.To = amount(raw, "to", currency)
	if raw.Has("to") && r.To < r.From {
		raw.Fault("to", "is less than the least amount of the band, %s", currency.Format(r.From))
	}
}

// readTerms reads how the fee is worked out.
func (r *Row) readTerms(raw *sheet.Row, currency money.Currency) {
	t := &r.Terms
	t.Flat, t.Min, t.Max = amount(raw, "flat", currency), amount(raw, "min", currency), amount(raw, "max", currency)
	t.Percent, t.TaxRate = percent(raw, "percent"), percent(raw, "tax_rate")
	if raw.Has("max") && t.Max < t.Min {
		raw.Fault("max", "is less than min")
	}
	if raw.Has("max") && t.Max == 0 {
		raw.Fault("max", "is zero, which would mean no maximum; leave the key out")
	}
	t.Rounding = Rounding(raw.Text("rounding", string(HalfEven)))
	if t.Rounding != Up && t.Rounding != Down && t.Rounding != HalfEven {
		raw.Fault("rounding", "%q is not one of up, down and half_even", t.Rounding)
	}
	if t.Unit = amount(raw, "unit", currency); !raw.Has("unit") {
		t.Unit = 1
	}
	if t.Unit < 1 || t.Unit > unitMax {
		raw.Fault("unit", "want more than zero, and at most %s", currency.Format(unitMax))
		t.Unit = 1
	}
	switch who := raw.Text("payer_share", "payer"); who {
	case "payer":
		t.PayerShare = Whole
	case "payee":
	default:
		var err error
		if t.PayerShare, err = ParsePercent(who); err != nil {
			raw.Fault("payer_share", "%q is not payer, payee, or how many percent of the fee the payer pays", who)
		}
	}
	t.Account = raw.Text("account", FeesAccount)
	if !accountForm.MatchString(t.Account) {
		raw.Fault("account", "%q is not fees, or fees: and a name in lower-case letters, digits and hyphens", t.Account)
	}
	switch returned := raw.Text("returned", "no"); returned {
	case "yes":
		t.Returned = true
	case "no":
	default:
		raw.Fault("returned", "%q is not yes or no", returned)
	}
}

// checkShare reports a part of the fee that no payee can pay.
func (r *Row) checkShare(raw *sheet.Row, known Known) {
	currency, _ := money.Lookup(r.Currency)
	others := slices.ContainsFunc(r.Products, func(product string) bool { return !slices.Contains(known.Own, product) })
	switch parts := r.Terms.Fee(r.From); {
	case r.Terms.PayerShare != Whole && len(r.Products) > 0 && !others:
		raw.Fault("payer_share", "payer and payee of %s are the same subscriber, who pays all of the fee in addition to the amount; leave the key out", strings.Join(r.Products, ", "))
	case len(raw.Wrong) == 0 && parts.Payee >= r.From:
		raw.Fault("from", "the payee of a payment of %s would get nothing: its part of the fee is %s", currency.Format(r.From), currency.Format(parts.Payee))
	}
}

// amount reads an amount, which is 0 if the row does not give it.
func amount(raw *sheet.Row, key string, currency money.Currency) money.Amount {
	text := raw.Text(key, "0")
	n, err := currency.Parse(text)
	if err != nil {
		raw.Fault(key, "%q %v", text, err)
	}
	return n
}

// percent reads a percentage, which is 0 if the row does not give it.
func percent(raw *sheet.Row, key string) Percent {
	text := raw.Text(key, "0")
	part, err := ParsePercent(text)
	if err != nil {
		raw.Fault(key, "%q %v", text, err)
	}
	return part
}

// day reads a local day, which is empty if the row does not give it.
func day(raw *sheet.Row, key string) string {
	text := raw.Text(key, "")
	if at, err := time.Parse(time.DateOnly, text); raw.Has(key) && (err != nil || at.Format(time.DateOnly) != text) {
		raw.Fault(key, "%q is not a day such as 2026-11-30", text)
		return ""
	}
	return text
}
