package engine_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"mpg/engine"
	"mpg/engine/intake"
	"mpg/engine/lang"
	numbers "mpg/engine/phone"
)

// safeBuffer is a log that is read while it is written to.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// A sender that is not a subscriber orders nothing, is not answered, is counted
// by reason, and is logged once, without the number.
func TestASenderThatIsNoSubscriberOrdersNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var log safeBuffer
	w.remade(func(c *engine.Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	w.free()
	for _, from := range []struct {
		address string
		as      numbers.AddressType
		why     numbers.SenderRefusal
	}{
		{wang[1:], numbers.AddressName, numbers.SenderName},
		{wang, numbers.AddressName, numbers.SenderName},
		{wang[1:], numbers.AddressOther, numbers.SenderType},
		{wang[3:], numbers.AddressInternational, numbers.SenderAmbiguous},
		{"0" + wang[3:], numbers.AddressInternational, numbers.SenderAmbiguous},
		{"BANK", numbers.AddressUnknown, numbers.SenderCharacters},
		{"10086", numbers.AddressUnknown, numbers.SenderNoNumber},
	} {
		was := w.e.Stats().Senders.Load(from.why)
		for i, body := range []string{"PAY 8001 1.50", "BAL", "LANG ZH", "STOP", "hello"} {
			w.deliver(intake.Text{Via: "main", From: from.address, FromType: from.as, To: "8888", Body: body, Kind: intake.Plain}, true)
			if got := w.e.Stats().Senders.Load(from.why); got != was+int64(i)+1 {
				t.Errorf("%+v: counted %d times", from, got-was)
			}
		}
	}
	if calls, texts := w.came(); calls != 0 || texts != 0 {
		t.Errorf("%d calls, %d texts: %v", calls, texts, w.written())
	}
	w.balance("purse:"+wang, "500.00", "500.00")
	if u, err := w.e.Admin().User(t.Context(), wang); err != nil || u.Lang != string(lang.EN) || w.offers(wang) != nil {
		t.Errorf("%+v %v", u, err)
	}
	if logged := log.String(); strings.Count(logged, "not a subscriber") != 5 || strings.Contains(logged, "3800000001") || strings.Contains(logged, "10086") {
		t.Errorf("logged:\n%s", logged)
	}
}

// The rule of the bind decides whose an ambiguous sender is.
func TestAnAmbiguousSenderByTheRuleOfItsBind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.remade(func(c *engine.Config) {
		c.Binds = []string{"main", "domestic"}
		c.Ambiguous = func(via string) numbers.AmbiguousSender {
			if via == "domestic" {
				return numbers.AmbiguousNational
			}
			return numbers.AmbiguousRefused
		}
	})
	w.free()
	for i, via := range []string{"main", "domestic"} {
		w.deliver(intake.Text{Via: via, From: wang[3:], FromType: numbers.AddressInternational, To: "8888", Body: fmt.Sprintf("PAY 8001 1%d", i), Kind: intake.Plain}, true)
	}
	w.balance("purse:"+wang, "489.00", "489.00")
}

// A text that cannot be read is answered, a few times an hour.
func TestATextThatCannotBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const stranger = "+8613900000077"
	for _, number := range []string{wang, stranger} {
		for range 5 {
			w.deliver(intake.Text{Via: "main", From: number, To: "8888", Kind: intake.Unreadable}, true)
		}
	}
	w.drained()
	if n := w.count(wang, "plain text"); n != w.rules.UnreadPerHour || w.count(wang, "") != n {
		t.Errorf("%d answers: %v", n, w.written())
	}
	if n := w.count(stranger, "无法识别"); n != w.rules.UnreadPerHour {
		t.Errorf("%d answers: %v", n, w.written())
	}
}
