package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// seat is somebody at `mpg phone`.
type seat struct {
	keyboard *io.PipeWriter
	screen   *lockedBuffer
	done     chan error
}

func sit(t *testing.T, s *street, wav string) *seat {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testWait)
	t.Cleanup(cancel)
	in, keyboard := io.Pipe()
	p := &seat{keyboard: keyboard, screen: &lockedBuffer{}, done: make(chan error, 1)}
	go func() { p.done <- terminalOn(ctx, s.meeting(), wangFang, wav, in, p.screen) }()
	return p
}

func (p *seat) types(lines ...string) {
	for _, line := range lines {
		fmt.Fprintln(p.keyboard, line)
	}
}

func (p *seat) leaves(t *testing.T) {
	t.Helper()
	p.types("!quit")
	if err := <-p.done; err != nil {
		t.Errorf("the terminal ended with %v", err)
	}
}

// TestTerminalCall pays by `mpg phone`: text, ring, answer, keys, captions.
func TestTerminalCall(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	s.phones[wangFang].receive(ShortCode, "an old text")
	wav := filepath.Join(t.TempDir(), "call.wav")
	p := sit(t, s, wav)
	p.types("PAY 8001 128.50")
	s.await(t, "the text", func() bool { return len(s.phones[wangFang].view().Texts) == 2 })
	l := s.ring(wangFang)
	p.types("!wait ring", "!answer", "!answer")
	s.await(t, "the answer", func() bool { return inCall(l.phone, callTalking) })
	l.phone.caption("Press 1 to hear the payment.")
	p.types("!1", "!582193#", "!pin", "!nonsense")
	s.await(t, "the keys", func() bool { return l.phone.view().Call.pressed() == 14 })
	l.heard.add(tone(new([]byte), sampleRate))
	l.phone.ended(l.heard, "the caller hung up")
	p.types("!wait over")
	l.phone.receive(ShortCode, "Paid CNY 128.50")
	p.types("!wait")
	p.leaves(t)

	got := p.screen.String()
	for _, want := range []string{"8888 is calling", "answers", "♪ Press 1 to hear the payment.", "# •", "call over: the caller hung up",
		"← 8888  Paid CNY 128.50", "! " + errTalking.Error(), "! !nonsense is no command"} {
		if !strings.Contains(got, want) {
			t.Errorf("the terminal does not show %q", want)
		}
	}
	for _, never := range []string{"582193", "an old text", s.page.guard.token} {
		if strings.Contains(got, never) {
			t.Errorf("the terminal shows %q", never)
		}
	}
	if l.pressed() != "1582193#"+wangPIN {
		t.Errorf("the caller heard %q", l.pressed())
	}
	if t.Failed() {
		t.Logf("the terminal:\n%s", got)
	}
	if info, err := os.Stat(wav); err != nil || info.Size() != 44+sampleRate*bytesPerSample {
		t.Errorf("the call's file: %v, %v", info, err)
	}
}

func TestTerminalEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), testWait)
	defer cancel()
	nobody := func(path, number string) error {
		m, err := findMeeting(ctx, path, "")
		if err != nil {
			return err
		}
		return terminalOn(ctx, m, number, "", strings.NewReader("BAL\n"), io.Discard)
	}
	if err := nobody(filepath.Join(t.TempDir(), meetingName), wangFang); !errors.Is(err, ErrNoDemo) {
		t.Errorf("without a demo: %v", err)
	}
	gone := filepath.Join(t.TempDir(), meetingName)
	if err := (meeting{URL: "http://127.0.0.1:1", Token: "secret-token"}).write(gone); err != nil {
		t.Fatal(err)
	}
	if err := nobody(gone, wangFang); !errors.Is(err, ErrNoDemo) || strings.Contains(err.Error(), "secret-token") {
		t.Errorf("a demo that is gone: %v", err)
	}

	s := newStreet(t)
	p := sit(t, s, "")
	p.types("")
	p.keyboard.Close()
	if err := <-p.done; err != nil {
		t.Errorf("at the end of the input: %v", err)
	}
	p = sit(t, s, "")
	p.types("!help")
	s.server.CloseClientConnections()
	if err := <-p.done; err == nil {
		t.Error("the demo ended and the terminal says nothing")
	}
}

// TestTerminalAwaitsReplies: who pipes a text in reads what comes of it, although the
// input has ended.
func TestTerminalAwaitsReplies(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	h := s.phones[wangFang]
	h.receive(ShortCode, "an old text")
	p := sit(t, s, "")
	p.types("BAL", "HELP")
	p.keyboard.Close()
	s.await(t, "both texts", func() bool { return len(h.view().Texts) == 3 })
	h.receive(ShortCode, "CNY 500.00")
	h.receive(ShortCode, "Send PAY")
	if err := <-p.done; err != nil {
		t.Errorf("the terminal ended with %v", err)
	}
	if got := p.screen.String(); !strings.Contains(got, "CNY 500.00") || !strings.Contains(got, "Send PAY") {
		t.Errorf("the terminal has not waited for the replies:\n%s", got)
	}
}

// TestTerminalOfNobody: a number without a handset is told as soon as the demo has
// told all of its handsets, and the user's own end is no error.
func TestTerminalOfNobody(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	for _, number := range []string{"12345678", "+8613800009999", "9", "hello", ""} {
		ctx, cancel := context.WithTimeout(t.Context(), testWait)
		c, err := join(ctx, s.meeting(), number)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.follow(ctx, func(screen) {}); !errors.Is(err, errNoPhone) {
			t.Errorf("%q: %v", number, err)
		}
		if err := terminalOn(ctx, s.meeting(), number, "", strings.NewReader(""), io.Discard); !errors.Is(err, errNoPhone) {
			t.Errorf("%q: the terminal ended with %v", number, err)
		}
		cancel()
	}
	ctx, cancel := context.WithCancel(t.Context())
	in, keyboard := io.Pipe()
	defer keyboard.Close()
	done := make(chan error, 1)
	out := &lockedBuffer{}
	go func() { done <- terminalOn(ctx, s.meeting(), wangFang, "", in, out) }()
	fmt.Fprintln(keyboard, "!help")
	cancel()
	if err := <-done; err != nil {
		t.Errorf("ended by the user: %v", err)
	}
}
