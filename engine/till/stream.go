package till

import (
	"context"
	"errors"
	"sort"
	"time"
)

// ErrStreams says that a till has as many streams open as it may have.
var ErrStreams = errors.New("this key has too many streams open")

// Stream gives a till the events of its shop, in their order and each once. One goroutine
// calls its functions, except for Close.
type Stream struct {
	feed *Feed
	till Till
	at   Position
	wake chan struct{}
}

// Open returns a stream of what comes after a position, for a till that has fewer than most
// streams open. The caller closes it.
func (f *Feed) Open(till *Till, after Position, most int) (*Stream, error) {
	s := &Stream{feed: f, till: *till, at: after, wake: make(chan struct{}, 1)}
	f.mu.Lock()
	defer f.mu.Unlock()
	same := 0
	for other := range f.streams[till.Shop] {
		if other.till.Name == till.Name {
			same++
		}
	}
	if same >= most {
		return nil, ErrStreams
	}
	if f.streams[till.Shop] == nil {
		f.streams[till.Shop] = make(map[*Stream]struct{})
	}
	f.streams[till.Shop][s] = struct{}{}
	f.count++
	return s, nil
}

// Close ends the stream.
func (s *Stream) Close() {
	f := s.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	of := f.streams[s.till.Shop]
	if _, open := of[s]; !open {
		return
	}
	delete(of, s)
	f.count--
	if len(of) == 0 {
		delete(f.streams, s.till.Shop)
	}
}

// At returns the position after what Next has returned.
func (s *Stream) At() Position { return s.at }

// poke has Next look again.
func (s *Stream) poke() {
	select {
	case s.wake <- struct{}{}:
	default: // it will
	}
}

// Next returns the events that have come, once there are some, or none after that long. The
// error is ErrBlocked once the till was blocked, that of ctx, or one of the store.
func (s *Stream) Next(ctx context.Context, within time.Duration) ([]Event, error) {
	timer := time.NewTimer(within)
	defer timer.Stop()
	for {
		items, behind := s.fromMemory()
		for behind && len(items) == 0 {
			var err error
			if items, behind, err = s.fromJournal(ctx); err != nil {
				return nil, err
			}
			if !behind && len(items) == 0 {
				items, behind = s.fromMemory()
			}
		}
		if events, err := s.events(items); err != nil || len(events) > 0 {
			s.feed.Sent.Add(int64(len(events)))
			return events, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-timer.C:
			return nil, nil
		case <-s.wake:
		}
	}
}

// events returns the events among items, unless the till was blocked.
func (s *Stream) events(items []item) ([]Event, error) {
	var events []Event
	for i := range items {
		switch items[i].blocked {
		case "":
			events = append(events, Event{items[i].view, items[i].now})
		case s.till.Name:
			return nil, ErrBlocked
		}
	}
	return events, nil
}

// fromMemory returns the shop's items among those that the feed keeps, and goes on behind
// them. behind says that the feed keeps only later ones.
func (s *Stream) fromMemory() (items []item, behind bool) {
	f := s.feed
	f.mu.Lock()
	defer f.mu.Unlock()
	if s.at.Seq < f.from {
		return nil, true
	}
	first := sort.Search(len(f.recent), func(i int) bool { return !f.recent[i].at.before(s.at) })
	for _, one := range f.recent[first:] {
		if one.shop == s.till.Shop {
			items = append(items, one)
		}
	}
	if end := (Position{Seq: f.next}); s.at.before(end) {
		s.at = end
	}
	return items, false
}

// before reports whether at is an earlier position than other.
func (at Position) before(other Position) bool {
	return at.Seq < other.Seq || at.Seq == other.Seq && at.Skip < other.Skip
}

// scanMax is how many records a stream reads from the journal before it tells what it found,
// and lets others read.
const scanMax = 5000

// fromJournal returns the shop's items among the next older records, and goes on behind them.
// behind says that there are more.
func (s *Stream) fromJournal(ctx context.Context) (items []item, behind bool, err error) {
	f := s.feed
	select {
	case f.scans <- struct{}{}:
		defer func() { <-f.scans }()
	case <-ctx.Done():
		return nil, false, ctx.Err()
	}
	f.mu.Lock()
	from := f.from
	f.mu.Unlock()
	end, at := min(from, s.at.Seq+scanMax), s.at
	for entry, err := range f.cfg.Feed.Records(ctx, at.Seq) {
		if err != nil {
			return nil, false, err
		}
		if entry.Seq >= end {
			break
		}
		found, err := f.itemsOf(ctx, &entry)
		if err != nil {
			return nil, false, err
		}
		for _, one := range found {
			if one.shop == s.till.Shop && !one.at.before(at) {
				items = append(items, one)
			}
		}
		if entry.Seq+1 == end {
			break
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	s.at = Position{Seq: end}
	return items, end < from, nil
}
