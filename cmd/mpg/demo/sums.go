package demo

import (
	"context"
	"slices"
	"strings"
)

// beBrief shortens the conversation from here on: a call takes one line, and sums that are
// right are told together.
func (t *tale) beBrief() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.brief, t.told.brief = true, true
}

// heed has calls tell the sentence with these words even if it was told before: the next call is
// about it.
func (t *tale) heed(words string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.told.heeds = words
}

// wantSum is want of a line about a sum, which is told with its neighbours. number is whose
// bank account it is about.
func (t *tale) wantSum(ctx context.Context, line storyLine, number string, come func() (instead string, ok bool)) {
	if _, ok := t.want(ctx, line, come); ok && t.brief {
		t.right = append(t.right, t.sumWords(line, number))
	}
}

// sums tells the sums that were right since the last time, in one line.
func (t *tale) sums() {
	if len(t.right) > 0 {
		t.print("  ✓ " + strings.Join(t.right, " · ") + "\n")
		t.right = nil
	}
}

// sumWords says what a line about a sum has found, with names in place of numbers.
func (t *tale) sumWords(line storyLine, number string) string {
	people := t.world.people
	switch line.deed {
	case deedTrial:
		return "debits = credits"
	case deedHolds:
		return "held on the card " + line.what
	case deedOwes:
		return "owed on the card " + line.what
	case deedBank:
		i := slices.IndexFunc(people.all(), func(person Person) bool { return person.Number == number })
		return people.all()[i].Name + " at the bank " + line.what
	}
	return people.accountTitle(line.who) + " " + line.what
}

// accountTitle names an account of the ledger.
func (p People) accountTitle(account string) string {
	kind, owner, _ := strings.Cut(account, ":")
	switch kind {
	case "purse":
		for _, person := range p.all() {
			if person.Number == owner {
				return person.Name + "'s purse"
			}
		}
	case "merchant":
		for _, shop := range p.Shops {
			if shop.Code == owner {
				return shop.Name
			}
		}
	case "bank", "card":
		return "owed by " + owner
	}
	return account
}
