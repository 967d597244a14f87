package report

import (
	"context"
	"slices"
	"strings"
)

// foundMax is how many of each kind a search shows.
const foundMax = 20

// Found is what a search has found, the newest of each kind first.
type Found struct {
	Payments  []Payment  `json:"payments"`
	Refused   []Refusal  `json:"refused"`
	Users     []User     `json:"users"`
	Merchants []Merchant `json:"merchants"`
	More      bool       `json:"more"` // some kinds have more than are shown
	AsOf      string     `json:"as_of,omitempty"`
	Zone      string     `json:"zone,omitempty"`
}

// Find returns what has to do with what somebody typed, read in each way in which it can
// be: a phone number or a reference in any spelling, the code of a shop, an amount, or part
// of a name.
func (r *Reader) Find(ctx context.Context, typed string) (found Found, err error) {
	asOf, err := r.ask(ctx, func(ctx context.Context, in *Reader) (err error) {
		found, err = in.find(ctx, typed)
		return err
	})
	found.AsOf = asOf
	return found, err
}

// find is Find in one reading of view.db.
func (r *Reader) find(ctx context.Context, typed string) (Found, error) {
	found := Found{Payments: []Payment{}, Refused: []Refusal{}, Users: []User{}, Merchants: []Merchant{}, Zone: r.cfg.Zone.String()}
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return found, &FilterError{Filter: "what", Value: typed, Want: "a phone number, a reference, a shop's code, an amount or part of a name"}
	}
	for _, search := range []func(context.Context, string, *Found) error{r.findRef, r.findNumber, r.findCode, r.findAmount, r.findName} {
		if err := search(ctx, typed, &found); err != nil {
			return found, err
		}
	}
	return found, nil
}

// take adds at most foundMax items of a query to a list. What is there already is not added
// again.
func take[T comparable](list *[]T, more *bool, rows func(yield func(keyed[T], error) bool)) error {
	count := 0
	for row, err := range rows {
		if err != nil {
			return err
		}
		if count++; count > foundMax {
			*more = true
			break
		}
		if !slices.Contains(*list, row.item) {
			*list = append(*list, row.item)
		}
	}
	return nil
}

// findRef finds the payment of a reference, and those that take it back.
func (r *Reader) findRef(ctx context.Context, typed string, found *Found) error {
	no, err := r.cfg.Refs.Number(typed)
	if err != nil || no > 1<<62 {
		return nil // it is something else
	}
	one, back := new(where), new(where)
	one.and("no = ?", no)
	back.and("of = ? AND of <> 0", no)
	for _, wanted := range []*where{one, back} {
		if err := take(&found.Payments, &found.More, r.paymentRows(ctx, wanted, foundMax+1)); err != nil {
			return err
		}
	}
	return nil
}

// findNumber finds the subscriber of a number, the shop that it belongs to, and what was
// paid and refused.
func (r *Reader) findNumber(ctx context.Context, typed string, found *Found) error {
	number, ok := r.cfg.Numbers.Number(typed)
	if !ok {
		return nil
	}
	person, shop, refused := new(where), new(where), new(where)
	person.and("(phone = ? OR no IN (SELECT alias.user FROM alias WHERE alias.phone = ?))", number, number)
	shop.and("phone = ?", number)
	refused.and("phone = ?", number)
	if err := take(&found.Users, &found.More, r.userRows(ctx, person, foundMax+1)); err != nil {
		return err
	}
	if err := take(&found.Merchants, &found.More, r.merchantRows(ctx, shop, foundMax+1)); err != nil {
		return err
	}
	if err := take(&found.Refused, &found.More, r.refusalRows(ctx, refused, foundMax+1)); err != nil {
		return err
	}
	return r.findParty(ctx, number, found)
}

// findParty finds the payments from and to somebody.
func (r *Reader) findParty(ctx context.Context, party string, found *Found) error {
	for _, side := range []string{"payer", "payee"} {
		wanted := new(where)
		wanted.and(side+" = ?", party)
		if err := take(&found.Payments, &found.More, r.paymentRows(ctx, wanted, foundMax+1)); err != nil {
			return err
		}
	}
	slices.SortStableFunc(found.Payments, func(a, b Payment) int { return int(b.no) - int(a.no) })
	return nil
}

// findCode finds the shop with a code, and what was paid to it.
func (r *Reader) findCode(ctx context.Context, typed string, found *Found) error {
	if !codeForm.MatchString(typed) {
		return nil
	}
	shop := new(where)
	shop.and("code = ?", typed)
	if err := take(&found.Merchants, &found.More, r.merchantRows(ctx, shop, foundMax+1)); err != nil {
		return err
	}
	return r.findParty(ctx, typed, found)
}

// findAmount finds the payments of an amount. One that looks like a phone number is none.
func (r *Reader) findAmount(ctx context.Context, typed string, found *Found) error {
	amount, err := r.cfg.Currency.Parse(typed)
	if _, isNumber := r.cfg.Numbers.Number(typed); err != nil || isNumber {
		return nil
	}
	wanted := new(where)
	wanted.and("charged = ?", int64(amount))
	return take(&found.Payments, &found.More, r.paymentRows(ctx, wanted, foundMax+1))
}

// findName finds the subscribers and shops with a part of a name. What has only digits and
// what people put between them is no name.
func (r *Reader) findName(ctx context.Context, typed string, found *Found) error {
	if strings.Trim(typed, "+0123456789 ().-/") == "" {
		return nil
	}
	person, shop := new(where), new(where)
	person.named(typed)
	shop.named(typed)
	if err := take(&found.Users, &found.More, r.userRows(ctx, person, foundMax+1)); err != nil {
		return err
	}
	return take(&found.Merchants, &found.More, r.merchantRows(ctx, shop, foundMax+1))
}
