package demo

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// testWait bounds every wait of the tests; none is expected to come near it.
const testWait = 2 * time.Minute

// wangPIN is Wang Fang's on a test's street.
const wangPIN = "561972"

var errDown = errors.New("the SMSC is down")

// street is a page with two handsets and a shop's phone, whose SMSC, trunk and
// switches are the test's.
type street struct {
	hub    *hub
	phones map[string]*handset
	page   *page
	server *httptest.Server
	log    *lockedBuffer

	mu     sync.Mutex
	texts  []string // that were handed to the SMSC
	down   bool
	faults map[string]bool
}

func newStreet(t *testing.T) *street {
	t.Helper()
	s := &street{hub: newHub(), phones: map[string]*handset{}, log: &lockedBuffer{}, faults: map[string]bool{}}
	people, err := settle()
	if err != nil {
		t.Fatal(err)
	}
	s.hub.set("street", viewStreet(people, "CNY", "Asia/Shanghai"))
	for _, first := range []screen{
		{Number: wangFang, Name: "Wang Fang", NameZH: "王芳", Rings: true, PIN: wangPIN},
		{Number: liLei, Name: "Li Lei", NameZH: "李雷", Rings: true, PIN: "274518"},
		{Number: florist, Name: "BLUEBIRD FLORIST", NameZH: "蓝鸟花店", Rings: true, PIN: "406183"},
		{Number: magicNumbers + "0486", Name: "Number 0486", NameZH: "0486号", Rings: true, Magic: "0486"},
	} {
		s.phones[first.Number] = newHandset(s.hub, first, s.send, time.Now)
	}
	turn := func(name string) func(bool) {
		return func(on bool) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.faults[name] = on
		}
	}
	turns := map[string]func(bool){}
	for _, name := range switches() {
		turns[name] = turn(name)
	}
	faults := newFaults(s.hub, turns)
	s.hub.set("ledger", books{Trial: true})
	log := slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s.page = newPage(s.hub, s.phones, faults, newGuard("0"), log)
	s.server = httptest.NewServer(s.page.handler())
	t.Cleanup(func() {
		s.server.CloseClientConnections()
		s.server.Close()
	})
	return s
}

func (s *street) send(_ context.Context, from, to, body string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return errDown
	}
	s.texts = append(s.texts, from+">"+to+" "+body)
	return nil
}

func (s *street) meeting() meeting {
	return meeting{URL: s.server.URL, Token: s.page.guard.token}
}

// ring calls a handset and returns the test's end of the line.
func (s *street) ring(number string) *fakeLine {
	l := &fakeLine{phone: s.phones[number]}
	l.heard = l.phone.rings(ShortCode, l)
	return l
}

// await waits for a condition on the hub's topics.
func (s *street) await(t *testing.T, what string, cond func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testWait)
	defer cancel()
	if err := s.hub.wait(ctx, cond); err != nil {
		t.Fatalf("%s did not come: %v", what, err)
	}
}

// fakeLine is a call whose caller is the test.
type fakeLine struct {
	phone *handset
	heard *recording

	mu   sync.Mutex
	keys string
}

func (l *fakeLine) answer() error {
	l.phone.talks(l.phone.recording())
	return nil
}

func (l *fakeLine) press(keys string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keys += keys
	return nil
}

func (l *fakeLine) pressed() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.keys
}

func (l *fakeLine) hangUp() error {
	l.phone.ended(l.phone.recording(), "hung up")
	return nil
}

// lockedBuffer is a log that tests read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
