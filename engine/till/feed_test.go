package till_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/payment"
	"mpg/engine/till"
	"mpg/store"
)

// patience bounds every wait of the tests.
const patience = 2 * time.Minute

// listener is a till that connects again and again.
type listener struct {
	shop, name string
	last       string // id of the last event, or of a sign of life
	heard      []string
	stream     *till.Stream
}

// until reads events until one of them is about the payment with a reference.
func (l *listener) until(t rapid.TB, feed *till.Feed, last string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		events, err := l.stream.Next(ctx, patience)
		if errors.Is(err, errFault) { // the connection ends, and the till comes back
			l.stream.Close()
			l.stream = nil
			l.connect(t, feed)
			continue
		}
		if err != nil {
			t.Fatalf("%s/%s: %v after %q", l.shop, l.name, err, l.heard)
		}
		for _, e := range events {
			l.heard = append(l.heard, e.Ref)
			l.last = feed.Text(e.After)
		}
		if len(l.heard) > 0 && l.heard[len(l.heard)-1] == last {
			return
		}
	}
}

// connect opens a stream of what comes after the last id.
func (l *listener) connect(t rapid.TB, feed *till.Feed) {
	t.Helper()
	if l.stream != nil {
		return
	}
	at, err := feed.Position(l.last)
	if err == nil {
		l.stream, err = feed.Open(of(l.shop, l.name), at, 1)
	}
	if err != nil {
		t.Fatalf("%s at %q: %v", l.shop, l.last, err)
	}
}

// leave closes the stream.
func (l *listener) leave() {
	if l.stream != nil {
		l.stream.Close()
		l.stream = nil
	}
}

// errFault is what reading the journal fails with.
var errFault = errors.New("a read failed")

// running runs a feed until the function it returns is called.
func running(feed *till.Feed) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var runs sync.WaitGroup
	runs.Go(func() { feed.Run(ctx) })
	return func() { cancel(); runs.Wait() }
}

// street is a journal with a feed, the tills of two shops, and what these have to hear.
type street struct {
	*rapid.T
	j     *journal
	feed  *till.Feed
	stop  func() // of the feed
	tills []*listener
	want  map[string][]string // references by shop
	no    uint64
}

// shops are the shops of a street.
var shops = [...]string{"8001", "8002"}

func newStreet(t *rapid.T) *street {
	s := &street{T: t, j: newJournal(), want: make(map[string][]string)}
	s.pay("8001") // before anybody listens
	s.want["8001"] = nil
	s.feed = s.j.feed(1000)
	s.stop = running(s.feed)
	for _, shop := range shops {
		for _, name := range []string{"front", "back"} {
			s.tills = append(s.tills, &listener{shop: shop, name: name, last: s.feed.Text(s.feed.End())})
		}
	}
	return s
}

// pay adds a record in which a shop is paid.
func (s *street) pay(shop string) {
	s.no++
	s.j.pays(s, s.no, shop)
	s.want[shop] = append(s.want[shop], ref(s.no))
}

// record adds a record with payments of some shops, and something else.
func (s *street) record() {
	_, at := s.j.next()
	var writes []store.Write
	for range rapid.IntRange(0, 3).Draw(s.T, "payments") {
		s.no++
		shop := rapid.SampledFrom(shops[:]).Draw(s.T, "shop")
		writes = append(writes, written(s, payment.Table, payment.Key(s.no), paid(s.no, shop, at, payment.Received, payment.Posted, payment.Done)), store.Write{Table: 2, Key: "u"})
		s.want[shop] = append(s.want[shop], ref(s.no))
	}
	s.j.add(writes...)
}

// hear has a till hear all that there is.
func (s *street) hear(l *listener) {
	l.connect(s, s.feed)
	if n := len(s.want[l.shop]); len(l.heard) < n {
		l.until(s, s.feed, s.want[l.shop][n-1])
	}
}

// breakOff ends a stream in the middle of what it was sent: the till has an event less.
func (s *street) breakOff(l *listener) {
	if n := len(l.heard); l.stream != nil && n > 0 {
		l.leave()
		l.heard, l.last = l.heard[:n-1], before(s.j, s.feed, l.heard[n-1])
	}
}

// restart is a stop and a start of the daemon.
func (s *street) restart() {
	for _, l := range s.tills {
		l.leave()
	}
	s.stop()
	s.feed = s.j.feed(1000)
	s.stop = running(s.feed)
}

// TestNothingIsLostOrTwice: whatever tills do - they break off anywhere, stay away, come back
// to a daemon that was restarted - each hears every payment of its shop once, in the order of
// the journal, and none of another shop's.
func TestNothingIsLostOrTwice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := newStreet(t)
		defer func() { s.stop() }()
		for range rapid.IntRange(0, 30).Draw(t, "steps") {
			l := rapid.SampledFrom(s.tills).Draw(t, "till")
			switch rapid.SampledFrom([]string{"record", "record", "connect", "hear", "leave", "break off", "restart", "fault"}).Draw(t, "step") {
			case "record":
				s.record()
			case "connect":
				l.connect(t, s.feed)
			case "leave":
				l.leave()
			case "hear":
				s.hear(l)
			case "break off":
				s.breakOff(l)
			case "restart":
				s.restart()
			case "fault":
				s.j.breaks(errFault)
			}
		}
		s.j.breaks(nil)
		for _, shop := range shops {
			s.pay(shop)
		}
		for _, l := range s.tills {
			s.hear(l)
			if !slices.Equal(l.heard, s.want[l.shop]) {
				t.Fatalf("%s/%s heard %q, want %q", l.shop, l.name, l.heard, s.want[l.shop])
			}
			l.leave()
		}
		if n := s.feed.Streams(); n != 0 {
			t.Fatalf("%d streams are open", n)
		}
	})
}

// before returns the id before the event about a payment.
func before(j *journal, feed *till.Feed, of string) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, entry := range j.entries {
		for i, w := range entry.Writes {
			if w.Table == payment.Table && strings.Contains(string(w.Data), of) {
				return feed.Text(till.Position{Seq: entry.Seq, Skip: i})
			}
		}
	}
	return ""
}

// TestMoreThanIsKeptInMemory: a stream that lags behind everything that is kept in memory goes
// on from the journal.
func TestMoreThanIsKeptInMemory(t *testing.T) {
	t.Parallel()
	const count = 300
	j := newJournal()
	feed := j.feed(2 * count)
	defer running(feed)()
	slow, quick := &listener{shop: "8001"}, &listener{shop: "8001", name: "quick"}
	for _, l := range []*listener{slow, quick} {
		var err error
		if l.stream, err = feed.Open(of(l.shop, l.name), feed.End(), 1); err != nil {
			t.Fatal(err)
		}
	}
	for no := uint64(1); no <= count; no++ {
		j.pays(t, no, "8001")
	}
	quick.until(t, feed, ref(count))
	slow.until(t, feed, ref(count))
	for _, l := range []*listener{slow, quick} {
		if len(l.heard) != count || !slices.IsSorted(l.heard) {
			t.Errorf("%s heard %d events", l.name, len(l.heard))
		}
	}
}

// TestABlockedTillHearsNothing that comes after the block, whether it follows or comes back,
// and the others of its shop go on.
func TestABlockedTillHearsNothing(t *testing.T) {
	t.Parallel()
	for name, away := range map[string]bool{"follows": false, "comes back": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := newJournal()
			feed := j.feed(1000)
			defer running(feed)()
			begin := feed.End()
			open := func(name string) *listener {
				s, err := feed.Open(of("8001", name), begin, 1)
				if err != nil {
					t.Fatal(err)
				}
				return &listener{shop: "8001", name: name, stream: s}
			}
			var stolen, other *listener
			if !away {
				stolen, other = open("stolen"), open("other")
			}
			j.pays(t, 1, "8001")
			if !away {
				stolen.until(t, feed, ref(1))
			}
			j.blocks(t, "8001", "gone")
			j.blocks(t, "8002", "stolen")
			j.blocks(t, "8001", "stolen")
			j.pays(t, 2, "8001")
			if away {
				stolen, other = open("stolen"), open("other")
			}
			for {
				events, err := stolen.stream.Next(t.Context(), patience)
				for _, e := range events {
					if e.Ref == ref(2) {
						t.Fatal("it heard what came after the block")
					}
				}
				if err != nil {
					if !errors.Is(err, till.ErrBlocked) {
						t.Error(err)
					}
					break
				}
			}
			other.until(t, feed, ref(2))
		})
	}
}

// TestPositions: an id that is none of this stream's, or that is too far back, is refused with
// a reason of its own.
func TestPositions(t *testing.T) {
	t.Parallel()
	j := newJournal()
	for no := uint64(1); no <= 20; no++ {
		j.pays(t, no, "8001")
	}
	feed := j.feed(10)
	for id, want := range map[string]error{
		"a1-0.21.0": nil, "a1-0.20.1": nil, "a1-0.11.0": nil, "a1-0.10.0": till.ErrGone, "a1-0.1.0": till.ErrGone,
		"a1-0.22.0": till.ErrOther, "a1-0.21.1": till.ErrOther, "a1-1.20.0": till.ErrOther, "b2-0.20.0": till.ErrOther,
		"": till.ErrForm, "20": till.ErrForm, "a1-0.20": till.ErrForm, "a1-0.0.0": till.ErrForm, "a1-0.x.0": till.ErrForm, "a1-0.20.-1": till.ErrForm,
		"a1-0.20.0.0": till.ErrForm, "a1-0.99999999999999999999.0": till.ErrForm,
	} {
		at, err := feed.Position(id)
		if !errors.Is(err, want) || err == nil && feed.Text(at) != id {
			t.Errorf("%q: %v, %v; want %v", id, at, err, want)
		}
	}
	if got, want := feed.Text(feed.End()), "a1-0.21.0"; got != want {
		t.Errorf("a stream begins at %s, want %s", got, want)
	}
}

// TestStreamsOfOneTill: a till has at most as many streams as it may have, and one that is
// closed makes room, once.
func TestStreamsOfOneTill(t *testing.T) {
	t.Parallel()
	feed := newJournal().feed(10)
	open := func(shop, name string, want error) *till.Stream {
		t.Helper()
		s, err := feed.Open(of(shop, name), feed.End(), 2)
		if !errors.Is(err, want) {
			t.Errorf("%s/%s: %v, want %v", shop, name, err, want)
		}
		return s
	}
	first := open("8001", "front", nil)
	open("8001", "front", nil)
	open("8001", "front", till.ErrStreams)
	open("8001", "back", nil)
	open("8002", "front", nil)
	first.Close()
	first.Close()
	if n := feed.Streams(); n != 3 {
		t.Errorf("%d streams, want 3", n)
	}
	open("8001", "front", nil)
	open("8001", "front", till.ErrStreams)
}

// TestAStreamSaysThatItIsAlive: if nothing comes, Next says so, and the position moves past
// what concerned others.
func TestAStreamSaysThatItIsAlive(t *testing.T) {
	t.Parallel()
	j := newJournal()
	feed := j.feed(10)
	defer running(feed)()
	s, err := feed.Open(of("8001", "front"), feed.End(), 1)
	if err != nil {
		t.Fatal(err)
	}
	for no := uint64(1); no <= 5; no++ {
		j.pays(t, no, "8002")
	}
	want := feed.Text(till.Position{Seq: 6})
	for ends := time.Now().Add(patience); feed.Text(s.At()) != want; {
		events, err := s.Next(t.Context(), time.Millisecond)
		if err != nil || len(events) > 0 || time.Now().After(ends) {
			t.Fatalf("%v, %v at %s", events, err, feed.Text(s.At()))
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Next(ctx, patience); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestARecordThatCannotBeRead ends a stream with an error that names it.
func TestARecordThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, table := range []store.Table{payment.Table, till.Table} {
		j := newJournal()
		j.add(store.Write{Table: table, Key: "x", Data: []byte("no record")})
		j.pays(t, 2, "8001")
		feed := j.feed(10)
		at, err := feed.Position("a1-0.1.0")
		if err != nil {
			t.Fatal(err)
		}
		s, err := feed.Open(of("8001", "front"), at, 1)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Next(t.Context(), patience); err == nil || !strings.Contains(fmt.Sprint(err), "record 1") {
			t.Error(err)
		}
	}
}
