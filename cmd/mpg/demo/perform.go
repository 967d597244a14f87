package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// story plays the lines of a script one after the other. A line that does not come
// true is reported as wrong, and the rest is still played; a line that cannot be
// done at all ends the script.
func (p *play) story(ctx context.Context, lines []storyLine) error {
	if err := p.ready(ctx); err != nil {
		return err
	}
	since := map[string]int{} // by number: the latest text that the script has taken
	for _, l := range lines {
		if err := p.perform(ctx, l, since); err != nil {
			return fmt.Errorf("%s: %s: %w", l.place, l.text, err)
		}
	}
	return nil
}

func (p *play) perform(ctx context.Context, line storyLine, since map[string]int) error {
	switch line.deed {
	case deedSwitch:
		return p.world.page.faults.set(line.who, line.what == "on")
	case deedAccount:
		p.want(ctx, line, func() (string, bool) { return p.held(line.who, line.what) })
		return nil
	case deedTrial:
		p.want(ctx, line, func() (string, bool) {
			b, err := p.world.books()
			return "debits and credits differ", err == nil && b.Trial
		})
		return nil
	}
	h, err := handsetOf(p.world.phones, line.who)
	if err != nil {
		return err
	}
	number := h.view().Number
	switch line.deed {
	case deedTexts:
		since[number] = received(h.view())
		return h.text(ctx, ShortCode, line.what)
	case deedTold:
		p.want(ctx, line, func() (string, bool) { return told(h, line.what, since) })
	case deedBank:
		p.want(ctx, line, func() (string, bool) { return p.world.atBank(number, line.what) })
	default:
		return p.onTheLine(ctx, line, h)
	}
	return nil
}

// onTheLine performs a line about a call.
func (p *play) onTheLine(ctx context.Context, line storyLine, phone *handset) error {
	switch line.deed {
	case deedRings:
		p.want(ctx, line, func() (string, bool) { return "it did not ring", inCall(phone, callRinging) })
	case deedAnswers:
		return phone.answer()
	case deedPresses:
		keys := line.what
		if keys == pinKeys {
			keys = phone.view().PIN
		}
		return phone.press(keys)
	case deedHears:
		p.want(ctx, line, func() (string, bool) { return heardIn(phone, line.what) })
	case deedHangsUp:
		return phone.hangUp()
	case deedOver:
		p.want(ctx, line, func() (string, bool) {
			c := phone.view().Call
			return "the call is still up", c == nil || c.State == callOver
		})
	}
	return nil
}

// want waits for what a line of the script names and notes whether it came.
func (p *play) want(ctx context.Context, line storyLine, come func() (instead string, ok bool)) {
	ctx, cancel := context.WithTimeout(ctx, line.within)
	defer cancel()
	err := p.await(ctx, func() bool { _, ok := come(); return ok })
	instead, _ := come()
	p.checkAt(line.place, err == nil, line.text, "%s", instead)
}

// told looks for a text with the words among those that came after the last one the
// script took, and takes it.
func told(phone *handset, words string, since map[string]int) (string, bool) {
	s := phone.view()
	var instead []string
	for _, t := range s.Texts {
		if t.Mine || t.ID <= since[s.Number] {
			continue
		}
		if holds(t.Body, words) {
			since[s.Number] = t.ID
			return t.Body, true
		}
		instead = append(instead, t.Body)
	}
	if len(instead) == 0 {
		return "it was told nothing", false
	}
	return "it was told: " + strings.Join(instead, " / "), false
}

func heardIn(phone *handset, words string) (string, bool) {
	c := phone.view().Call
	if c == nil {
		return "there is no call", false
	}
	said := strings.Join(c.Captions, " ")
	return "it heard: " + said, holds(said, words)
}

func holds(text, words string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(words))
}

// held compares the balance of an account of the ledger.
func (p *play) held(account, amount string) (string, bool) {
	b, err := p.world.books()
	if err != nil {
		return err.Error(), false
	}
	posted, open := b.posted(account)
	if !open {
		return "no such account has been opened", false
	}
	has, err1 := p.world.currency.Parse(posted)
	wants, err2 := p.world.currency.Parse(amount)
	return "it is " + posted, posted == amount || err1 == nil && err2 == nil && has == wants
}

// atBank compares what the bank holds for a subscriber.
func (w *World) atBank(number, amount string) (string, bool) {
	for _, person := range w.people.all() {
		if person.Number == number && person.Bank != "" {
			has := w.currency.Format(w.bank.balance(person.BankAccount))
			return "it has " + has, has == amount
		}
	}
	return "it has no account there", false
}

// Errors of WHO in a script.
var (
	errNobody  = errors.New("nobody in the demo has a number that ends in WHO")
	errSeveral = errors.New("more than one number in the demo ends in WHO")
)

// handsetOf finds the only handset whose number ends in the digits.
func handsetOf(phones map[string]*handset, who string) (*handset, error) {
	var found *handset
	for number, h := range phones {
		if !strings.HasSuffix(number, strings.TrimPrefix(who, "+")) {
			continue
		}
		if found != nil {
			return nil, errSeveral
		}
		found = h
	}
	if found == nil {
		return nil, errNobody
	}
	return found, nil
}
