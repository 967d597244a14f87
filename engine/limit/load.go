package limit

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

	"mpg/engine/sheet"
	"mpg/store/money"
)

//go:embed sample.toml
var sample string

// Sample returns a file that shows every key.
func Sample() string { return sample }

// File is one file of limits.
type File struct{ Name, Text string }

// Known are the names that rows may use.
type Known struct {
	Products []string
	ToPeople []string // those of Products whose payee is a person, which is of the class Person
	Own      []string // those of Products whose payer and payee are the same subscriber
	Currency money.Currency
}

// Limits of a set.
const (
	rowsMax  = 1000
	countMax = 1_000_000
	// TierMax is the highest tier of a subscriber.
	TierMax = 9
)

// ClassForm is how classes of payees are named.
var ClassForm = regexp.MustCompile(`^[a-z][a-z0-9]{0,15}$`)

var idForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// Load reads a set from its files. The error is sheet.Mistakes, with everything that is wrong
// in any of them. Without files the Set is nil.
func Load(files []File, known Known) (*Set, error) {
	if len(files) == 0 {
		return nil, nil
	}
	var wrong sheet.Mistakes
	var raws []*sheet.Row
	sum := sha256.New()
	for _, file := range files {
		sum.Write(binary.BigEndian.AppendUint64(nil, uint64(len(file.Text))))
		sum.Write([]byte(file.Text))
		s, err := sheet.Read(file.Name, file.Text)
		var mistakes sheet.Mistakes
		if errors.As(err, &mistakes) {
			wrong = append(wrong, mistakes...)
			continue
		}
		raws = append(raws, s.Rows()...)
	}
	if len(raws) > rowsMax {
		return nil, append(wrong, sheet.Mistake{File: raws[rowsMax].File, Line: raws[rowsMax].Line, Key: raws[rowsMax].Name, Text: "is one row too many; there may be at most " + strconv.Itoa(rowsMax)})
	}
	set := &Set{version: hex.EncodeToString(sum.Sum(nil)[:6])}
	taken := make(map[cell]*sheet.Row)
	for _, raw := range raws {
		row := read(raw, known)
		claim(raw, row, taken)
		set.rows = append(set.rows, row)
		wrong = append(wrong, raw.Wrong...)
	}
	if len(wrong) > 0 {
		return nil, wrong.Err()
	}
	return set, nil
}

// cell is what no two rows may give: a value of one kind for one scope and tier; or a name.
type cell struct {
	scope
	in   bool
	tier int
	name string
}

// claim reports the values of a row that another row gives as well.
func claim(raw *sheet.Row, row *Row, taken map[cell]*sheet.Row) {
	name := cell{name: raw.Name}
	if other := taken[name]; other != nil {
		raw.Fault("", "another row has this name: %s", other.Place())
	}
	taken[name] = raw
	tiers := row.Tiers
	if len(tiers) == 0 {
		tiers = []int{-1}
	}
	for _, kind := range append([]Kind{Balance}, kinds...) {
		if _, given := row.Values[kind]; !given {
			continue
		}
		for _, tier := range tiers {
			one := cell{row.scope(kind), row.In, tier, ""}
			if other := taken[one]; other != nil && other != raw {
				raw.Fault(string(kind), "row %s gives this as well, for the same payments", other.Place())
				break
			}
			taken[one] = raw
		}
	}
}

// read reads one row, and reports in raw what is wrong in it.
func read(raw *sheet.Row, known Known) *Row {
	row := &Row{ID: raw.Name, Values: make(map[Kind]int64), place: raw.File + ":" + strconv.Itoa(raw.Line)}
	if !idForm.MatchString(raw.Name) {
		raw.Fault("", "is not a name for a row; want up to 32 lower-case letters, digits and hyphens, in brackets")
	}
	row.Products = slices.Sorted(slices.Values(raw.Texts("product")))
	for _, name := range row.Products {
		if !slices.Contains(known.Products, name) {
			raw.Fault("product", "%q is not one of %q", name, known.Products)
		}
	}
	for _, text := range raw.Texts("tier") {
		tier, err := strconv.Atoi(text)
		if err != nil || tier < 0 || tier > TierMax || text != strconv.Itoa(tier) {
			raw.Fault("tier", "%q is not a tier from 0 to %d", text, TierMax)
		}
		row.Tiers = append(row.Tiers, tier)
	}
	row.Classes = slices.Sorted(slices.Values(raw.Texts("payee_class")))
	for _, class := range row.Classes {
		if !ClassForm.MatchString(class) {
			raw.Fault("payee_class", "%q is not a class; want up to 16 lower-case letters and digits", class)
		}
	}
	row.checkClasses(raw, known)
	row.PerPayee = one(raw, "per", "payer", "payee") == "payee"
	row.Rolling = one(raw, "window", "calendar", "rolling") == "rolling"
	row.In = one(raw, "direction", "out", "in") == "in"
	for _, kind := range append([]Kind{Balance}, kinds...) {
		row.readValue(raw, kind, known.Currency)
	}
	row.check(raw)
	row.checkPayees(raw, known)
	raw.Unknown()
	return row
}

// checkClasses reports products of the row whose payees can never be of its classes: none of their
// payments would ever count.
func (r *Row) checkClasses(raw *sheet.Row, known Known) {
	for _, product := range r.Products {
		toPerson := slices.Contains(known.ToPeople, product)
		if len(r.Classes) > 0 && !slices.ContainsFunc(r.Classes, func(class string) bool { return (class == Person) == toPerson }) {
			raw.Fault("payee_class", "no payee of %s is of class %s, so none of its payments would count", product, strings.Join(r.Classes, ", "))
			return
		}
	}
}

// checkPayees reports a limit for each payee of payments that have only one.
func (r *Row) checkPayees(raw *sheet.Row, known Known) {
	others := slices.ContainsFunc(r.Products, func(product string) bool { return !slices.Contains(known.Own, product) })
	if r.PerPayee && len(r.Products) > 0 && !others {
		raw.Fault("per", "the payee of %s is always the payer, so a limit for each payee is the same as one for all; leave the key out", strings.Join(r.Products, ", "))
	}
}

// one reads one of two words, of which the first one holds if none is given.
func one(raw *sheet.Row, key, usual, other string) string {
	text := raw.Text(key, usual)
	if text != usual && text != other {
		raw.Fault(key, "%q is not %s or %s", text, usual, other)
	}
	return text
}

// readValue reads one limit.
func (r *Row) readValue(raw *sheet.Row, kind Kind, currency money.Currency) {
	text := raw.Text(string(kind), "")
	if !raw.Has(string(kind)) {
		return
	}
	if !kind.Counts() {
		amount, err := currency.Parse(text)
		if err != nil {
			raw.Fault(string(kind), "%q %v", text, err)
		}
		r.Values[kind] = int64(amount)
		return
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > countMax {
		raw.Fault(string(kind), "%q is not a number of payments from 0 to %d", text, countMax)
	}
	r.Values[kind] = n
}

// check reports values that do not go together.
func (r *Row) check(raw *sheet.Row) {
	_, balance := r.Values[Balance]
	switch {
	case len(r.Values) == 0:
		raw.Fault("", "gives no limit")
	case r.In && (len(r.Products)+len(r.Classes) > 0 || r.PerPayee || r.Rolling):
		raw.Fault("direction", "with direction = \"in\" a row has neither product nor payee_class, per or window")
	case r.In && !r.onlyIncoming():
		raw.Fault("direction", "with direction = \"in\" a row gives only balance_max, day, week and month")
	case r.Rolling && r.gives(Day, DayCount):
		raw.Fault("window", "a day is the shortest period; with window = \"rolling\" give week or month")
	case r.Rolling && !r.gives(Week, Month, WeekCount, MonthCount):
		raw.Fault("window", "is for week and month, and the row gives neither")
	case !r.In && balance:
		raw.Fault(string(Balance), "is a limit for what comes in: give direction = \"in\" as well")
	case r.In && r.zero() != "":
		raw.Fault(string(r.zero()), "is zero, so nobody could receive anything")
	case r.PerPayee && (raw.Has(string(Min)) || raw.Has(string(Max))):
		raw.Fault("per", "payment_min and payment_max bound one payment, which has only one payee anyway")
	}
	for _, pair := range [...][2]Kind{{Min, Max}, {Day, Week}, {Day, Month}, {Week, Month}, {DayCount, WeekCount}, {DayCount, MonthCount}, {WeekCount, MonthCount}, {Max, Day}} {
		least, given := r.Values[pair[0]]
		most, both := r.Values[pair[1]]
		if given && both && least > most {
			raw.Fault(string(pair[0]), "is more than %s", pair[1])
		}
	}
}

// onlyIncoming reports whether the row gives only what can bound what comes in.
func (r *Row) onlyIncoming() bool {
	for kind := range r.Values {
		if kind != Balance && !slices.Contains(incomingKinds, kind) {
			return false
		}
	}
	return true
}

// zero returns the first kind of which the row gives a limit of zero, or "".
func (r *Row) zero() Kind {
	for _, kind := range append([]Kind{Balance}, kinds...) {
		if limit, given := r.Values[kind]; given && limit == 0 {
			return kind
		}
	}
	return ""
}

// gives reports whether the row gives a limit of one of some kinds.
func (r *Row) gives(some ...Kind) bool {
	return slices.ContainsFunc(some, func(kind Kind) bool { _, given := r.Values[kind]; return given })
}
