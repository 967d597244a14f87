package demo

import (
	"bufio"
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
// !answer and !hangup do what they say (!help lists all). It returns when in
// ends, at !quit, or when ctx or the demo ends. What is heard in a call is
// written to wav, if that is not empty, when the call is over.
func Terminal(ctx context.Context, which, number, wav string, in io.Reader, out io.Writer) error {
	m, err := findMeeting(ctx, meetingPlace(), which)
	if err != nil {
		return err
	}
	return terminalOn(ctx, m, number, wav, in, out)
}

// terminalOn is Terminal on a demo that was found.
func terminalOn(ctx context.Context, m meeting, number, wav string, in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c, err := join(ctx, m, number)
	if err != nil {
		return err
	}
	t := &terminal{client: c, wav: wav, out: out, told: newTranscript(false), first: make(chan struct{}), news: newHub()}
	followed := make(chan error, 1)
	go func() { followed <- c.follow(ctx, t.show) }()
	select {
	case <-t.first:
	case err := <-followed:
		return errors.Join(errNoPhone, err)
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
	news   *hub // wakes !wait
}

// show prints what is new on a screen.
func (t *terminal) show(s screen) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.begun {
		t.begun = true
		t.told.skip(s)
		t.waited = received(s)
		fmt.Fprintf(t.out, "%s %s, texting to %s; !pin keys in the PIN %s; !help lists the rest\n", s.Name, s.Number, ShortCode, s.PIN)
		defer close(t.first)
	}
	for _, line := range t.told.lines(s) {
		fmt.Fprintln(t.out, line)
	}
	t.screen = s
	t.news.set("screen", nil)
}

// received counts the texts that came in, by the id of the latest.
func received(s screen) int {
	for i := len(s.Texts) - 1; i >= 0; i-- {
		if !s.Texts[i].Mine {
			return s.Texts[i].ID
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
			if !ok || !t.line(ctx, line) {
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

func (t *terminal) do(ctx context.Context, c command) error {
	switch c.verb {
	case verbText:
		return t.client.post(ctx, "/text", order{To: ShortCode, Body: c.body})
	case verbKeys:
		return t.client.post(ctx, "/keys", order{Keys: c.body})
	case verbPIN:
		return t.client.post(ctx, "/keys", order{Keys: t.pin()})
	case verbAnswer:
		return t.answer(ctx)
	case verbHangUp:
		return t.client.post(ctx, "/hangup", order{})
	case verbWait:
		return t.wait(ctx, c.body)
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
	if err := t.client.post(ctx, "/answer", order{}); err != nil || t.wav == "" {
		return err
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
