package demo

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// How long a terminal waits.
const (
	waitMax  = 60 * time.Second // at !wait
	replyMax = 30 * time.Second // at the end of the input, for the replies to what was sent
	quietFor = time.Second      // after a reply, for what belongs to it
	leaveMax = time.Second      // at the end, for the sound of a call
)

// Errors of a terminal.
var (
	errDemoOver = errors.New("the demo has ended")
	errNoNews   = errors.New("nothing came within 60 s")
	errNoPhone  = errors.New("this demo has no handset with that number")
)

// Terminal shows the handset of a number (E.164, or its last digits) of a demo that
// this user runs. which is the demo's port or the path of its mpg.toml; it may be empty
// if one demo is running. A line is a text to the short code, !582193# presses keys,
// !answer and !hangup do what they say (!help lists all). It returns when in ends and
// what was sent has been replied to, at !quit, or when ctx or the demo ends. What is
// heard in a call is written to wav, if that is not empty, when the call is over.
func Terminal(ctx context.Context, which, number, wav string, in io.Reader, out io.Writer) error {
	m, err := findMeeting(ctx, meetingPlace(), which)
	if err != nil {
		return err
	}
	return terminalOn(ctx, m, number, wav, in, out)
}

// terminalOn is Terminal on a demo that was found.
func terminalOn(ctx context.Context, met meeting, number, wav string, in io.Reader, out io.Writer) error {
	err := terminalUntil(ctx, met, number, wav, in, out)
	if errors.Is(ctx.Err(), context.Canceled) {
		return nil // the user has ended it
	}
	return err
}

// terminalUntil is terminalOn whose end by ctx is an error.
func terminalUntil(ctx context.Context, met meeting, number, wav string, in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c, err := join(ctx, met, number)
	if err != nil {
		return err
	}
	t := &terminal{client: c, wav: wav, out: out, told: newTranscript(false), first: make(chan struct{}), news: newHub()}
	followed := make(chan error, 1)
	go func() { followed <- c.follow(ctx, t.show) }()
	select {
	case <-t.first:
	case err := <-followed:
		return cmp.Or(err, errDemoOver)
	case <-time.After(headerTimeout):
		return errNoPhone
	}
	err = t.read(ctx, in, followed)
	late := time.AfterFunc(leaveMax, cancel) // a call that goes on is not waited for
	defer late.Stop()
	t.sounds.Wait()
	return err
}

// terminal is the state of one `mpg phone`.
type terminal struct {
	client *client
	wav    string
	first  chan struct{} // closed when the handset's first screen has come
	sounds sync.WaitGroup

	mu     sync.Mutex // of what follows; show and the reader both print
	out    io.Writer
	told   *transcript
	screen screen
	begun  bool
	waited int  // texts that !wait has taken
	heard  int  // the latest text that came in
	owed   int  // replies to what was sent that have not come
	shows  int  // screens shown
	news   *hub // wakes !wait
}

// show prints what is new on a screen.
func (t *terminal) show(on screen) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.begun {
		t.begun = true
		t.told.skip(on)
		t.waited = received(on)
		t.heard = t.waited
		t.screen = on
		fmt.Fprintf(t.out, "%s %s, texting to %s; !pin keys in the PIN %s; !help lists the rest\n", on.Name, on.Number, ShortCode, on.PIN)
		defer close(t.first)
	}
	for _, line := range t.told.lines(on) {
		fmt.Fprintln(t.out, line)
	}
	t.replied(on)
	t.screen = on
	t.news.set("screen", nil)
}

// replied takes the texts and the call that are new on a screen as replies to what
// was sent.
func (t *terminal) replied(on screen) {
	for _, text := range on.Texts {
		if !text.Mine && text.ID > t.heard {
			t.heard = text.ID
			t.owed = max(0, t.owed-1)
		}
	}
	if on.Call != nil && (t.screen.Call == nil || t.screen.Call.ID != on.Call.ID) {
		t.owed = max(0, t.owed-1)
	}
}

// owe records that count more replies are to come.
func (t *terminal) owe(count int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.owed = max(0, t.owed+count)
}

// settled reports whether all has been replied to, and no call is being heard.
func (t *terminal) settled() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	call := t.screen.Call
	return t.owed == 0 && (call == nil || call.State != callTalking)
}

// received counts the texts that came in, by the id of the latest.
func received(on screen) int {
	for i := len(on.Texts) - 1; i >= 0; i-- {
		if !on.Texts[i].Mine {
			return on.Texts[i].ID
		}
	}
	return 0
}

// read does what the lines say until they end.
func (t *terminal) read(ctx context.Context, in io.Reader, followed <-chan error) error {
	lines := make(chan string)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(in); s.Scan(); {
			select {
			case lines <- s.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		select {
		case line, ok := <-lines:
			if !ok {
				return t.awaitReplies(ctx, followed)
			}
			if !t.line(ctx, line) {
				return nil
			}
		case err := <-followed:
			if err != nil || ctx.Err() != nil {
				return err
			}
			return errDemoOver
		}
	}
}

// awaitReplies waits, for a while, until what was sent has been replied to: whoever pipes a
// text in wants to read what comes of it. That nothing comes is no error.
func (t *terminal) awaitReplies(ctx context.Context, followed <-chan error) error {
	ctx, cancel := context.WithTimeout(ctx, replyMax)
	defer cancel()
	go func() {
		select {
		case <-followed:
			cancel() // nothing comes any more
		case <-ctx.Done():
		}
	}()
	for ctx.Err() == nil && t.news.wait(ctx, t.settled) == nil {
		if !t.more(ctx) {
			break
		}
	}
	return nil
}

// more reports whether anything else comes within quietFor. The first text of a magic
// number also registers it, which it is told before its reply.
func (t *terminal) more(ctx context.Context) bool {
	seen := t.count()
	ctx, cancel := context.WithTimeout(ctx, quietFor)
	defer cancel()
	return t.news.wait(ctx, func() bool { return t.count() != seen }) == nil
}

// count returns how many screens have been shown.
func (t *terminal) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.shows
}

// line does one; it returns false when the phone is put away. What fails is
// told and is not the end.
func (t *terminal) line(ctx context.Context, line string) bool {
	c, err := parseLine(line)
	if err == nil {
		err = t.do(ctx, c)
	}
	if err != nil {
		t.print("! " + err.Error())
	}
	return c.verb != verbQuit
}

func (t *terminal) do(ctx context.Context, typed command) error {
	switch typed.verb {
	case verbText:
		t.owe(1) // before: the reply may be quicker than the answer to the post
		err := t.client.post(ctx, "/text", order{To: ShortCode, Body: typed.body})
		if err != nil {
			t.owe(-1)
		}
		return err
	case verbKeys:
		return t.client.post(ctx, "/keys", order{Keys: typed.body})
	case verbPIN:
		return t.client.post(ctx, "/keys", order{Keys: t.pin()})
	case verbAnswer:
		return t.answer(ctx)
	case verbHangUp:
		return t.client.post(ctx, "/hangup", order{})
	case verbWait:
		return t.wait(ctx, typed.body)
	case verbHelp:
		t.print(terminalHelp)
	case verbNothing, verbQuit:
	}
	return nil
}

// pin returns the PIN of the handset's owner.
func (t *terminal) pin() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.screen.PIN
}

// answer picks up and records the call if that was asked for.
func (t *terminal) answer(ctx context.Context) error {
	if err := t.client.post(ctx, "/answer", order{}); err != nil {
		return err
	}
	t.owe(1) // the receipt
	if t.wav == "" {
		return nil
	}
	t.sounds.Go(func() {
		pcm, err := t.client.sound(ctx)
		if len(pcm) > 0 {
			err = writeWAV(t.wav, pcm)
		}
		if err != nil && ctx.Err() == nil {
			t.print("! the call was not recorded: " + err.Error())
		}
	})
	return nil
}

// wait returns when what it waits for has come: a text since the last wait, a
// ring, or the end of the call.
func (t *terminal) wait(ctx context.Context, what string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, waitMax, errNoNews)
	defer cancel()
	if err := t.news.wait(ctx, func() bool { return t.came(what) }); err != nil {
		return context.Cause(ctx)
	}
	return nil
}

func (t *terminal) came(what string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	call := t.screen.Call
	switch what {
	case waitRing:
		return call != nil && call.State == callRinging
	case waitOver:
		return call == nil || call.State == callOver
	}
	latest := received(t.screen)
	if latest <= t.waited {
		return false
	}
	t.waited = latest
	return true
}

func (t *terminal) print(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintln(t.out, line)
}
