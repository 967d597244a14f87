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
	More      bool       `json:"more"`                  // some kinds have more than are shown
	Words     bool       `json:"whole_words,omitempty"` // names of people were searched for by whole words only
	AsOf      string     `json:"as_of,omitempty"`
	Zone      string     `json:"zone,omitempty"`
}

// Find searches for what somebody typed, read in every way that it can be: a phone number
// or a reference in any spelling, the code of a shop, an amount, or part of a name.
func (r *Reader) Find(ctx context.Context, typed string) (found Found, err error) {
	asOf, err := r.ask(ctx, func(ctx context.Context, in *reading) (err error) {
		found, err = in.find(ctx, typed)
		return err
	})
	found.AsOf = asOf
	return found, err
}

// search is one search.
type search struct {
	*reading
	typed string
	found *Found
}

// find answers Find from one reading of view.db.
func (r *reading) find(ctx context.Context, typed string) (Found, error) {
	found := Found{Payments: []Payment{}, Refused: []Refusal{}, Users: []User{}, Merchants: []Merchant{}, Words: bool(r.mask), Zone: r.cfg.Zone.String()}
	s := search{reading: r, typed: strings.TrimSpace(typed), found: &found}
	if s.typed == "" {
		return found, &FilterError{Filter: "what", Value: typed, Want: "a phone number, a reference, a shop's code, an amount or part of a name"}
	}
	for _, finds := range []func(context.Context) error{s.ref, s.number, s.code, s.amount, s.name} {
		if err := finds(ctx); err != nil {
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

// ref finds the payment of a reference, and those that take it back.
func (s *search) ref(ctx context.Context) error {
	no, err := s.cfg.Refs.Number(s.typed)
	if err != nil || no > 1<<62 {
		return nil // it is something else
	}
	one, back := new(where), new(where)
	one.and("no = ?", no)
	back.and("of = ? AND of <> 0", no)
	for _, wanted := range []*where{one, back} {
		if err := take(&s.found.Payments, &s.found.More, s.paymentRows(ctx, wanted, foundMax+1)); err != nil {
			return err
		}
	}
	return nil
}

// number finds the subscriber with a number, the shop that it belongs to, their
// payments, and the orders that were refused.
func (s *search) number(ctx context.Context) error {
	number, ok := s.cfg.Numbers.Number(s.typed)
	if !ok {
		return nil
	}
	person, shop, refused := new(where), new(where), new(where)
	person.and("(phone = ? OR no IN (SELECT alias.user FROM alias WHERE alias.phone = ?))", number, number)
	shop.and("phone = ?", number)
	refused.and("phone = ?", number)
	if err := take(&s.found.Users, &s.found.More, s.userRows(ctx, person, foundMax+1)); err != nil {
		return err
	}
	if err := take(&s.found.Merchants, &s.found.More, s.merchantRows(ctx, shop, foundMax+1)); err != nil {
		return err
	}
	if err := take(&s.found.Refused, &s.found.More, s.refusalRows(ctx, refused, foundMax+1)); err != nil {
		return err
	}
	return s.parties(ctx, number)
}

// parties finds the payments from and to somebody.
func (s *search) parties(ctx context.Context, party string) error {
	for _, side := range []string{"payer", "payee"} {
		wanted := new(where)
		wanted.and(side+" = ?", party)
		if err := take(&s.found.Payments, &s.found.More, s.paymentRows(ctx, wanted, foundMax+1)); err != nil {
			return err
		}
	}
	slices.SortStableFunc(s.found.Payments, func(a, b Payment) int { return int(b.no) - int(a.no) })
	return nil
}

// code finds the shop with a code, and what was paid to it.
func (s *search) code(ctx context.Context) error {
	if !codeForm.MatchString(s.typed) {
		return nil
	}
	shop := new(where)
	shop.and("code = ?", s.typed)
	if err := take(&s.found.Merchants, &s.found.More, s.merchantRows(ctx, shop, foundMax+1)); err != nil {
		return err
	}
	return s.parties(ctx, s.typed)
}

// amount finds the payments of an amount. What looks like a phone number is not an amount.
func (s *search) amount(ctx context.Context) error {
	amount, err := s.cfg.Currency.Parse(s.typed)
	if _, isNumber := s.cfg.Numbers.Number(s.typed); err != nil || isNumber {
		return nil
	}
	wanted := new(where)
	wanted.and("charged = ?", int64(amount))
	return take(&s.found.Payments, &s.found.More, s.paymentRows(ctx, wanted, foundMax+1))
}

// name finds the subscribers and shops with a part of a name. Digits, with whatever
// people put between them, are not a name.
func (s *search) name(ctx context.Context) error {
	if !hasLetters(s.typed) {
		return nil
	}
	person, shop := new(where), new(where)
	s.namedPerson(person, s.typed)
	shop.named(s.typed)
	if err := take(&s.found.Users, &s.found.More, s.userRows(ctx, person, foundMax+1)); err != nil {
		return err
	}
	return take(&s.found.Merchants, &s.found.More, s.merchantRows(ctx, shop, foundMax+1))
}

// hasLetters reports whether a text has more than digits and what people put between them.
func hasLetters(typed string) bool { return strings.Trim(typed, "+0123456789 ().-/") != "" }

// MayBeName reports whether a search for a text looks for names: it has letters, and is no
// reference.
func (r *Reader) MayBeName(typed string) bool {
	_, err := r.cfg.Refs.Number(typed)
	return hasLetters(typed) && err != nil
}
