package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Operate carries out a command line of the operator's, as it is typed after mpg, and
// returns what it printed.
type Operate func(ctx context.Context, args []string) (printed string, err error)

var errNoOperator = errors.New("this demo has no operator")

// operate has the operator run the command of a line, on the daemon of this demo.
func (t *tale) operate(ctx context.Context, line storyLine) {
	t.sums()
	t.print(fmt.Sprintf("%-17s $ mpg %s\n", "operator", line.what))
	ctx, cancel := context.WithTimeout(ctx, line.within)
	defer cancel()
	args, err := splitCommand(line.what)
	if err == nil {
		t.printed, err = t.world.opt.Operate(ctx, append(args, "-c", t.world.Path()))
	}
	t.checkAt(line.place, err == nil, line.text, "%v", err)
}

// atTill has a shop do something on its till with the latest order there.
func (t *tale) atTill(ctx context.Context, line storyLine) {
	t.sums()
	verb, amount, _ := strings.Cut(line.what, " ")
	order, _ := t.world.page.tills.find(line.who)
	t.print(fmt.Sprintf("%-17s ▣ the till %ss %s %s\n", t.world.people.accountTitle("merchant:"+line.who), verb, cmp.Or(amount, order.Amount), order.Ref))
	ctx, cancel := context.WithTimeout(ctx, line.within)
	defer cancel()
	err := t.world.page.tills.act(ctx, line.who, order.Ref, verb, amount)
	t.checkAt(line.place, err == nil, line.text, "%v", err)
}

// confirms takes the call that a text brings about, presses 1, waits for the words to be
// spoken, keys in the PIN, and hangs up once it has been told by text what came of it, as
// people do who do not wait for the goodbye.
func (t *tale) confirms(ctx context.Context, line storyLine, phone *handset) error {
	t.heed(line.what)
	rings := line
	rings.text = line.who + " rings"
	if _, ok := t.want(ctx, rings, func() (string, bool) { return "it did not ring", inCall(phone, callRinging) }); !ok {
		return nil
	}
	if err := phone.answer(); err != nil {
		return err
	}
	if err := t.listen(ctx, "the first question", phone.recording(), 0, begun); err != nil {
		return err
	}
	before := len(phone.view().Call.Captions)
	if err := phone.press("1"); err != nil {
		return err
	}
	heard := func() (string, bool) {
		captions := phone.view().Call.Captions
		said := strings.Join(captions[min(before, len(captions)):], " ")
		return "it heard: " + said, holds(said, line.what)
	}
	if _, ok := t.want(ctx, line, heard); !ok {
		return nil
	}
	texts := received(phone.view())
	if err := phone.press(phone.view().PIN); err != nil {
		return err
	}
	return t.hangsUp(ctx, phone, texts, line.within)
}

// hangsUp ends a call once a text has come, unless it has ended by itself.
func (t *tale) hangsUp(ctx context.Context, phone *handset, texts int, within time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	// Whether the text is the right one is for the lines that follow.
	_ = t.await(ctx, func() bool { return inCall(phone, callOver) || received(phone.view()) > texts })
	if err := phone.hangUp(); err != nil && !inCall(phone, callOver) {
		return err
	}
	return nil
}
