package demo

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"mpg/engine/lang"
	"mpg/store/money"
)

// spokenMin is the least speech that payee, amount and question can be.
const spokenMin = 2 * time.Second

// errChecks says that a script ended with something wrong.
var errChecks = errors.New("did not come true")

// check is one thing that a script found right or wrong.
type check struct {
	place string // FILE:LINE of a script that is a file
	what  string
	ok    bool
	why   string // of what is wrong
}

// String names what is wrong, and where in the script.
func (c check) String() string {
	said := c.what + ": " + c.why
	if c.place != "" {
		said = c.place + ": " + said
	}
	return said
}

func (p *play) check(ok bool, what, whyFormat string, args ...any) {
	p.checkAt("", ok, what, whyFormat, args...)
}

// checkAt is check of a line of a file.
func (p *play) checkAt(place string, ok bool, what, whyFormat string, args ...any) {
	c := check{place: place, what: what, ok: ok}
	if !ok {
		c.why = fmt.Sprintf(whyFormat, args...)
	}
	p.checks = append(p.checks, c)
}

// report prints the checks; its error says how many failed, and the first of them.
func (p *play) report() error {
	if len(p.checks) == 0 {
		return nil
	}
	fmt.Fprintln(p.out)
	var wrong []check
	for _, c := range p.checks {
		switch {
		case !c.ok:
			wrong = append(wrong, c)
			fmt.Fprintf(p.out, "  WRONG  %s\n", c)
		case !p.brief:
			fmt.Fprintf(p.out, "  right  %s\n", c.what)
		}
	}
	if p.brief {
		fmt.Fprintf(p.out, "  %d of %d checks were right\n", len(p.checks)-len(wrong), len(p.checks))
	}
	switch len(wrong) {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("1 of %d %w: %s", len(p.checks), errChecks, wrong[0])
	}
	return fmt.Errorf("%d of %d %w, first %s", len(wrong), len(p.checks), errChecks, wrong[0])
}

// The accounts that the script moves, by what the report calls them.
const (
	accountWang  = "purse:" + wangFang
	accountLi    = "purse:" + liLei
	accountShop  = "merchant:8001"
	accountBank  = "bank:" + bankName
	accountFloat = "float"
	accountHost  = "Wang Fang's account at the bank" // in the bank's own book
)

// accounts are the balances of all of them, in minor units.
func (p *play) accounts() (map[string]money.Amount, error) {
	b, err := p.world.books()
	if err != nil {
		return nil, err
	}
	all := map[string]money.Amount{
		accountHost: p.world.bank.balance(p.world.people.Subscribers[0].BankAccount),
	}
	for _, name := range []string{accountWang, accountLi, accountShop, accountBank, accountFloat} {
		posted, _ := b.posted(name) // before the first payment the shop has nothing
		if all[name], err = p.world.currency.Parse(posted); err != nil {
			return nil, fmt.Errorf("the ledger's %s: %w", name, err)
		}
	}
	return all, nil
}

// judge compares books and receipts with what the payments must lead to.
func (p *play) judge(ctx context.Context, before map[string]money.Amount, done []paid) error {
	if err := p.until(ctx, "every payment to be done", func() bool { return p.settled(done) }); err != nil {
		p.check(false, "every payment is done", "%v", err)
	}
	after, err := p.accounts()
	if err != nil {
		return err
	}
	p.judgeBalances(after, expected(before, done))
	b, err := p.world.books()
	if err != nil {
		return err
	}
	p.check(b.Trial, "trial balance: debits = credits", "they differ")
	p.judgeReceipts(b, before, done)
	p.judgeHeard(done)
	return nil
}

// settled reports whether each payment that a receipt names is done.
func (p *play) settled(done []paid) bool {
	b, err := p.world.books()
	return err == nil && !slices.ContainsFunc(done, func(due paid) bool {
		row, ok := b.payment(reference(b, due.payerText))
		return !ok || row.Outcome == ""
	})
}

// expected adds the payments to the balances from before.
func expected(before map[string]money.Amount, done []paid) map[string]money.Amount {
	want := map[string]money.Amount{}
	for name, amount := range before {
		want[name] = amount
	}
	for _, d := range done {
		switch {
		case d.toPurse:
			want[accountWang] -= d.amount
			want[accountLi] += d.amount
		case d.purse:
			want[accountWang] -= d.amount
			want[accountShop] += d.amount
		default:
			want[accountBank] += d.amount
			want[accountHost] -= d.amount
			want[accountShop] += d.amount
		}
	}
	return want
}

// accountWords names the accounts in the report, which holds no whole number.
func accountWords(name string) string {
	switch name {
	case accountWang:
		return "Wang Fang's purse"
	case accountLi:
		return "Li Lei's purse"
	case accountShop:
		return "what is owed to the florist"
	case accountBank:
		return "what the bank owes"
	case accountFloat:
		return "the operator's float"
	}
	return name
}

func (p *play) judgeBalances(got, want map[string]money.Amount) {
	c := p.world.currency
	for _, name := range []string{accountWang, accountLi, accountShop, accountBank, accountHost, accountFloat} {
		p.check(got[name] == want[name], fmt.Sprintf("%s: %s", accountWords(name), c.Format(got[name])),
			"it should be %s", c.Format(want[name]))
	}
}

// judgeReceipts compares each receipt with the ledger's row of its reference, and the balances
// in them against the books.
func (p *play) judgeReceipts(now books, before map[string]money.Amount, done []paid) {
	c := p.world.currency
	seen := map[string]bool{}
	for i, d := range done {
		ref := reference(now, d.payerText)
		row, _ := now.payment(ref)
		amount := c.Format(d.amount)
		p.check(ref != "" && !seen[ref] && row.Outcome == "paid" && row.Amount == amount,
			fmt.Sprintf("%s: one payment of %s, paid", d.name, amount), "reference %q is %q, %q of %q", ref, row.State, row.Outcome, row.Amount)
		seen[ref] = true
		balances := expected(before, done[:i+1])
		payer, payee := []string{ref, amount}, []string{ref, amount, masked(wangFang)}
		if d.purse {
			payer = append(payer, c.Format(balances[accountWang]))
		}
		if d.toPurse {
			payer = append(payer, masked(liLei))
			payee = append(payee, c.Format(balances[accountLi]))
		} else {
			payer = append(payer, d.party)
		}
		p.judgeText(d.name+": the payer's receipt", d.payerText, payer)
		p.judgeText(d.name+": the payee's receipt", d.payeeText, payee)
	}
}

// judgeText wants every part in a text, and no whole number.
func (p *play) judgeText(what, text string, parts []string) {
	missing := slices.DeleteFunc(slices.Clone(parts), func(part string) bool {
		return part != "" && strings.Contains(squeeze(text), squeeze(part))
	})
	p.check(len(missing) == 0, what, "%q lacks %q", text, missing)
	for _, number := range []string{wangFang, liLei} {
		if strings.Contains(text, number[len("+86"):]) {
			p.check(false, what, "it tells a whole number")
		}
	}
}

// judgeHeard wants payee and amount spoken before the PIN in the call that was
// heard to its end. Captions are what the daemon says it speaks; the length of
// speech is what the handset received.
func (p *play) judgeHeard(done []paid) {
	for _, d := range done {
		if !d.heard {
			continue
		}
		p.check(d.between.spoken >= spokenMin, fmt.Sprintf("heard %.1f s of speech before the PIN", d.between.spoken.Seconds()),
			"payee, amount and question take longer than that")
		said := strings.ToLower(strings.Join(d.between.captions, " "))
		payee, amount := strings.ToLower(d.party), strings.ToLower(lang.Amount(lang.EN, p.world.currency, d.amount))
		p.check(strings.Contains(said, payee) && strings.Contains(said, amount), "payee and amount were spoken before the PIN",
			"%q was", said)
	}
}

// referenceForm is eight characters, perhaps in two groups.
var referenceForm = regexp.MustCompile(`[2-9A-HJ-NP-Z]{4}[ -]?[2-9A-HJ-NP-Z]{4}`)

// reference finds the payment that a text names; empty: none.
func reference(now books, text string) string {
	for _, found := range referenceForm.FindAllString(text, -1) {
		if ref := squeeze(found); ref != "" {
			if _, ok := now.payment(ref); ok {
				return ref
			}
		}
	}
	return ""
}

// squeeze takes out what may group a reference or a name.
func squeeze(text string) string { return strings.NewReplacer(" ", "", "-", "").Replace(text) }

// masked is the end of a number as receipts show it: the middle is stars.
func masked(number string) string { return "****" + number[len(number)-4:] }
