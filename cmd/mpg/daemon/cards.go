package daemon

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mpg/conf"
	"mpg/engine/card"
	"mpg/engine/merchant"
	"mpg/engine/product"
)

// cardsOf copies how shops take cards. What is wrong is a scheme that nobody knows, or two
// rows for the same payments.
func cardsOf(file *conf.File) (rules product.CardRules, wrong conf.Mistakes) {
	of := &file.Product.MCredit
	rules = product.CardRules{Capture: merchant.Capture(of.Capture), Silence: merchant.Silence(of.CardDefault), Within: of.Decide, Split: of.Split}
	for i, row := range of.Holds {
		key := fmt.Sprintf("product.mcredit.holds[%d]", i+1)
		hold, ok := holdOf(row)
		switch {
		case !ok:
			wrong = append(wrong, file.Mistake(key, fmt.Sprintf("%q is not a scheme, an MCC and days", row)))
			continue
		case hold.Scheme != "" && !slices.Contains(card.Schemes(), hold.Scheme):
			wrong = append(wrong, file.Mistake(key, fmt.Sprintf("no scheme is called %q; want * or one of %s", hold.Scheme, strings.Join(card.Schemes(), ", "))))
		}
		if rules.Holds = append(rules.Holds, hold); rules.Holds.Twice() != nil {
			wrong = append(wrong, file.Mistake(key, fmt.Sprintf("%q: another row is for the same payments", row)))
			rules.Holds = rules.Holds[:len(rules.Holds)-1]
		}
	}
	return rules, wrong
}

// holdOf reads SCHEME MCC DAYS, with * for any.
func holdOf(row string) (card.Hold, bool) {
	fields := strings.Fields(row)
	const parts = 3
	if len(fields) != parts {
		return card.Hold{}, false
	}
	days, err := strconv.Atoi(fields[2])
	anyOf := func(field string) string { return strings.TrimPrefix(field, "*") }
	return card.Hold{Scheme: anyOf(fields[0]), MCC: anyOf(fields[1]), Days: days}, err == nil
}
