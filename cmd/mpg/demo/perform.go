package demo

import (
	"cmp"
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
	t := &tale{play: p, since: map[string]int{}}
	for _, l := range lines {
		if err := t.perform(ctx, l); err != nil {
			return fmt.Errorf("%s: %s: %w", l.place, l.text, err)
		}
	}
	t.sums()
	return nil
}

// tale is a script of lines under way, with what its lines leave to those that follow.
type tale struct {
	*play
	since   map[string]int // by number: the latest text that the script has taken
	ref     string         // in the last text that somebody was told
	printed string         // by the operator's last command
	right   []string       // sums that were right since the conversation was last told of any
}

func (t *tale) perform(ctx context.Context, line storyLine) error {
	line.what = strings.ReplaceAll(line.what, refWord, t.ref)
	switch line.deed {
	case deedSwitch:
		return t.world.page.faults.set(line.who, line.what == "on")
	case deedBrief:
		t.beBrief()
	case deedScene:
		t.sums()
		t.print("\n" + line.what + "\n")
	case deedRuns:
		t.operate(ctx, line)
	case deedReads:
		t.checkAt(line.place, holds(t.printed, line.what), line.text, "it printed: %s", strings.TrimSpace(t.printed))
	case deedTill:
		t.atTill(ctx, line)
	case deedShows:
		t.want(ctx, line, func() (string, bool) { return t.world.page.tills.shows(line.who, line.what) })
	case deedAccount, deedTrial:
		t.wantSum(ctx, line, "", func() (string, bool) { return t.inBooks(line) })
	default:
		return t.withPhone(ctx, line)
	}
	return nil
}

// withPhone performs a line about somebody's phone or account.
func (t *tale) withPhone(ctx context.Context, line storyLine) error {
	h, err := handsetOf(t.world.phones, line.who)
	if err != nil {
		return err
	}
	number := h.view().Number
	switch line.deed {
	case deedTexts:
		t.sums()
		t.since[number] = received(h.view())
		return h.text(ctx, ShortCode, line.what)
	case deedTold:
		if said, ok := t.want(ctx, line, func() (string, bool) { return told(h, line.what, t.since) }); ok {
			t.takeRef(said)
		}
	case deedBank:
		t.wantSum(ctx, line, number, func() (string, bool) { return t.world.tellers.has(number, line.what, t.world.currency) })
	case deedHolds, deedOwes:
		t.wantSum(ctx, line, number, func() (string, bool) {
			return t.world.cards.holds(number, line.deed == deedOwes, line.what, t.world.currency)
		})
	case deedConfirm:
		return t.confirms(ctx, line, h)
	default:
		return t.onTheLine(ctx, line, h)
	}
	return nil
}

// takeRef keeps the reference in a text, where it has one.
func (t *tale) takeRef(text string) {
	if b, err := t.world.books(); err == nil {
		t.ref = cmp.Or(reference(b, text), t.ref)
	}
}

// inBooks compares the ledger with a line about it.
func (t *tale) inBooks(line storyLine) (instead string, ok bool) {
	if line.deed == deedAccount {
		return t.held(line.who, line.what)
	}
	b, err := t.world.books()
	return "debits and credits differ", err == nil && b.Trial
}

// onTheLine performs a line about a call.
func (t *tale) onTheLine(ctx context.Context, line storyLine, phone *handset) error {
	switch line.deed {
	case deedRings:
		t.want(ctx, line, func() (string, bool) { return "it did not ring", inCall(phone, callRinging) })
	case deedAnswers:
		return phone.answer()
	case deedPresses:
		keys := line.what
		if keys == pinKeys {
			keys = phone.view().PIN
		}
		return phone.press(keys)
	case deedHears:
		t.want(ctx, line, func() (string, bool) { return heardIn(phone, line.what) })
	case deedHangsUp:
		return phone.hangUp()
	case deedOver:
		t.want(ctx, line, func() (string, bool) {
			c := phone.view().Call
			return "the call is still up", c == nil || c.State == callOver
		})
	}
	return nil
}

// want waits for what a line of the script names, notes whether it came, and returns what
// came, or what came instead.
func (t *tale) want(ctx context.Context, line storyLine, come func() (instead string, ok bool)) (came string, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, line.within)
	defer cancel()
	err := t.await(ctx, func() bool { came, ok = come(); return ok })
	if err != nil {
		came, ok = come()
	}
	t.checkAt(line.place, err == nil, line.text, "%s", came)
	return came, err == nil
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
func (t *tale) held(account, amount string) (string, bool) {
	b, err := t.world.books()
	if err != nil {
		return err.Error(), false
	}
	posted, open := b.posted(account)
	if !open {
		return "no such account has been opened", false
	}
	has, err1 := t.world.currency.Parse(posted)
	wants, err2 := t.world.currency.Parse(amount)
	return "it is " + posted, posted == amount || err1 == nil && err2 == nil && has == wants
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
