package phone

import (
	"errors"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"mpg/ivr/media"
	mpgsip "mpg/ivr/sip"
)

const patience = 2 * time.Minute

// events keeps what an exchange tells.
type events struct {
	mu   sync.Mutex
	list []Event
	more chan struct{}
}

func (e *events) add(ev Event) {
	e.mu.Lock()
	e.list = append(e.list, ev)
	e.mu.Unlock()
	select {
	case e.more <- struct{}{}:
	default:
	}
}

// await waits for the first event of the kind.
func (e *events) await(t *testing.T, kind Kind) Event {
	t.Helper()
	deadline := time.After(patience)
	for {
		e.mu.Lock()
		i := slices.IndexFunc(e.list, func(ev Event) bool { return ev.Kind == kind })
		var found Event
		if i >= 0 {
			found = e.list[i]
		}
		e.mu.Unlock()
		if i >= 0 {
			return found
		}
		select {
		case <-e.more:
		case <-deadline:
			t.Fatalf("no event of kind %d", kind)
		}
	}
}

func setUp(t *testing.T) (*Exchange, *mpgsip.Agent, *events) {
	t.Helper()
	engine, err := media.New(media.Config{IP: netip.MustParseAddr("127.0.0.1"), Shards: 1})
	if err != nil {
		t.Fatal(err)
	}
	told := &events{more: make(chan struct{}, 1)}
	x, err := New(Config{Listen: netip.MustParseAddrPort("127.0.0.1:0"), Media: engine, Events: told.add})
	if err != nil {
		t.Fatal(err)
	}
	a, err := mpgsip.Listen(mpgsip.Config{
		Listen: netip.MustParseAddrPort("127.0.0.1:0"), Trunk: "sip:" + x.Addr().String(), From: "8888",
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(a.Close(), x.Close(), engine.Close()); err != nil {
			t.Error(err)
		}
	})
	return x, a, told
}

func dial(t *testing.T, a *mpgsip.Agent, to string) (*mpgsip.Session, error) {
	t.Helper()
	return a.Dial(t.Context(), mpgsip.Call{To: to, Media: mpgsip.Media{Addr: netip.MustParseAddrPort("127.0.0.1:9")}})
}

func ended(t *testing.T, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("the call does not end")
	}
}

func TestHandsetHangsUp(t *testing.T) {
	t.Parallel()
	x, a, told := setUp(t)
	x.Set("+8613800000001", Behaviour{Record: true})
	s, err := dial(t, a, "+8613800000001")
	if err != nil {
		t.Fatal(err)
	}
	c := told.await(t, Answered).Call
	if c.Number() != "+8613800000001" || x.Call("8613800000001") != c {
		t.Errorf("call at %s", c.Number())
	}
	c.Hangup()
	ended(t, s.Done())
	if !s.HungUp() || !c.HungUpHere() {
		t.Error("who hung up?")
	}
	told.await(t, Ended)
	if x.Active() != 0 || x.Last("+8613800000001") != c {
		t.Error("the call is not put away")
	}
	c.Press("1")
	c.Hangup()
}

func TestCallerHangsUp(t *testing.T) {
	t.Parallel()
	x, a, told := setUp(t)
	s, err := dial(t, a, "+8613800000002")
	if err != nil {
		t.Fatal(err)
	}
	c := told.await(t, Answered).Call
	s.Hangup()
	ended(t, c.Done())
	ended(t, x.Idle())
	if c.HungUpHere() {
		t.Error("the handset did not hang up")
	}
}

func TestHandsetIsEngaged(t *testing.T) {
	t.Parallel()
	_, a, told := setUp(t)
	first, err := dial(t, a, "+8613800000003")
	if err != nil {
		t.Fatal(err)
	}
	told.await(t, Answered)
	_, err = dial(t, a, "+8613800000003")
	var f *mpgsip.Failure
	if !errors.As(err, &f) || f.Cause != mpgsip.Busy {
		t.Errorf("second call: %v", err)
	}
	first.Hangup()
}

func TestNothingInCommon(t *testing.T) {
	t.Parallel()
	x, a, _ := setUp(t)
	x.Set("+8613800000004", Behaviour{Codecs: []uint8{18}})
	_, err := dial(t, a, "+8613800000004")
	var f *mpgsip.Failure
	if !errors.As(err, &f) || f.Code != 488 {
		t.Errorf("%v", err)
	}
	ended(t, x.Idle())
}

func TestCloseOfTheExchangeEndsItsCalls(t *testing.T) {
	t.Parallel()
	x, a, told := setUp(t)
	x.Set("+8613800000006", Behaviour{Does: NeverAnswers})
	talking, err := dial(t, a, "+8613800000005")
	if err != nil {
		t.Fatal(err)
	}
	told.await(t, Answered)
	ringing := make(chan error, 1)
	go func() {
		_, err := dial(t, a, "+8613800000006")
		ringing <- err
	}()
	for x.Call("+8613800000006") == nil {
		time.Sleep(time.Millisecond)
	}
	if err := x.Close(); err != nil {
		t.Error(err)
	}
	ended(t, talking.Done())
	var f *mpgsip.Failure
	if err := <-ringing; !errors.As(err, &f) {
		t.Errorf("%v", err)
	}
}

func TestWithoutMedia(t *testing.T) {
	t.Parallel()
	if _, err := New(Config{}); err == nil {
		t.Error("an exchange without audio was opened")
	}
}

// TestHandsetRefuses answers with the status that it was told, at once or after
// ringing, also for a number that only a rule knows.
func TestHandsetRefuses(t *testing.T) {
	t.Parallel()
	x, a, told := setUp(t)
	x.cfg.Behave = func(number string) (Behaviour, bool) {
		switch number {
		case "+8613800000503":
			return Behaviour{Does: Refuses, Code: 503}, true
		case "+8613800000408":
			return Behaviour{Does: Refuses, Code: 408, Ring: 10 * time.Millisecond}, true
		}
		return Behaviour{}, false
	}
	x.Set("+8613800000001", Behaviour{Does: Refuses, Code: 410})
	for number, want := range map[string]int{"+8613800000503": 503, "+8613800000408": 408, "+8613800000001": 410} {
		_, err := dial(t, a, number)
		if f := (*mpgsip.Failure)(nil); !errors.As(err, &f) || f.Code != want {
			t.Errorf("%s: %v, want %d", number, err, want)
		}
	}
	if got := told.await(t, Ringing).Call.Number(); got != "+8613800000408" {
		t.Errorf("%s rang", got)
	}
}
