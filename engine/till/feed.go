package till

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mpg/engine/codec"
	"mpg/store"
)

// Position says what a stream has told: everything before record Seq, and the first Skip
// writes of that record.
type Position struct {
	Seq  uint64
	Skip int
}

// Event is something that the tills of a shop hear.
type Event struct {
	View
	After Position // to go on after it
}

// item is a write of the journal that concerns a shop: an Event, or the end of a till.
type item struct {
	shop    string
	at, now Position // before and after it
	view    View
	blocked string // name of the till that was blocked; empty: an Event
}

// FeedConfig is what a Feed works with.
type FeedConfig struct {
	Feed     store.Feed
	Identity string                 // of the books; see books.Books
	Ref      func(no uint64) string // reference of a payment
	Facts    Facts                  // nil: tills learn no more of a card than its payment says
	Resume   uint64                 // how many records back a stream may go on
	Log      *slog.Logger
	Retry    time.Duration // before the journal is read again after an error; 0: retryDefault
	Recent   int           // items kept in memory; 0: recentDefault
}

// retryDefault is FeedConfig.Retry where it is 0.
const retryDefault = time.Second

// recentDefault is how many items of all shops are kept in memory, for those who follow the
// end of the journal, where FeedConfig.Recent is 0.
const recentDefault = 4096

// scansMax is how many streams may read older records at once.
const scansMax = 4

// Feed reads the journal once for all streams. It may be used by any number of goroutines.
type Feed struct {
	Sent atomic.Int64 // events that streams were given

	cfg   FeedConfig
	scans chan struct{} // a place for each stream that reads older records

	mu      sync.Mutex
	recent  []item
	from    uint64                          // recent has every item from this record on
	next    uint64                          // up to but without this one
	streams map[string]map[*Stream]struct{} // by shop
	count   int                             // of streams
}

// NewFeed returns a Feed. Run sets it going.
func NewFeed(cfg FeedConfig) *Feed {
	if cfg.Retry <= 0 {
		cfg.Retry = retryDefault
	}
	if cfg.Recent <= 0 {
		cfg.Recent = recentDefault
	}
	end := cfg.Feed.Seq() + 1
	return &Feed{cfg: cfg, scans: make(chan struct{}, scansMax), from: end, next: end, streams: make(map[string]map[*Stream]struct{})}
}

// Streams returns how many streams are open.
func (f *Feed) Streams() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.count
}

// Run follows the journal until ctx ends or the store is closed.
func (f *Feed) Run(ctx context.Context) {
	for ctx.Err() == nil {
		err := f.follow(ctx)
		switch {
		case err == nil:
		case errors.Is(err, store.ErrClosed), errors.Is(err, store.ErrBroken), ctx.Err() != nil:
			return
		default:
			f.cfg.Log.Error("the journal cannot be read for the tills; it is tried again", "err", err)
			rest(ctx, f.cfg.Retry)
		}
	}
}

// follow takes the records there are, and waits for more. While nobody listens it passes over
// them: whoever comes later reads them from the journal.
func (f *Feed) follow(ctx context.Context) error {
	end := f.cfg.Feed.Seq()
	f.mu.Lock()
	if f.count == 0 {
		f.recent, f.from, f.next = nil, end+1, end+1
	}
	next := f.next
	f.mu.Unlock()
	for entry, err := range f.cfg.Feed.Records(ctx, next) {
		if err != nil {
			return err
		}
		items, err := f.itemsOf(ctx, &entry)
		if err != nil {
			return err
		}
		f.add(items, entry.Seq+1)
		next = entry.Seq + 1
	}
	_, err := f.cfg.Feed.Wait(ctx, next-1)
	return err
}

// add keeps items, which are all of those before record next, and wakes the streams of their
// shops.
func (f *Feed) add(items []item, next uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next = next
	f.recent = append(f.recent, items...)
	if over := len(f.recent) - f.cfg.Recent; over > 0 {
		over += f.cfg.Recent / 4 // so that not every item moves all the others
		f.from = f.recent[over-1].at.Seq + 1
		for over < len(f.recent) && f.recent[over].at.Seq < f.from {
			over++
		}
		f.recent = append([]item(nil), f.recent[over:]...)
	}
	for i := range items {
		for stream := range f.streams[items[i].shop] {
			stream.poke()
		}
	}
}

// itemsOf returns what a record tells the tills.
func (f *Feed) itemsOf(ctx context.Context, entry *store.Entry) ([]item, error) {
	var items []item
	for i := range entry.Writes {
		found := item{at: Position{entry.Seq, i}, now: Position{entry.Seq, i + 1}}
		switch p, err := moved(entry, i); {
		case err != nil:
			return nil, err
		case p != nil && heard(p, stateOf(p)):
			found.shop, found.view = shopOf(p), viewOf(p, f.cfg.Ref)
			if found.view.CardFacts, err = f.cfg.Facts.of(ctx, p); err != nil {
				return nil, err
			}
		case entry.Writes[i].Table == Table && entry.Writes[i].Mode != store.Delete:
			var till Till
			if err := codec.Decode(entry.Writes[i].Data, &till); err != nil {
				return nil, fmt.Errorf("till: record %d: %w", entry.Seq, err)
			}
			if !till.IsBlocked() {
				continue
			}
			found.shop, found.blocked = till.Shop, till.Name
		default:
			continue
		}
		items = append(items, found)
	}
	return items, nil
}

// Errors of a position that a till gives.
var (
	ErrForm = errors.New("this is not an id of an event of this stream")
	ErrGone = errors.New("this event is too long ago")
	// ErrOther says that a position belongs to other books, or to what a restore left out.
	ErrOther = errors.New("this event is not in these books, which may have been restored from a backup")
)

// Text writes a position as the id of an event.
func (f *Feed) Text(at Position) string {
	return fmt.Sprintf("%s.%d.%d", f.cfg.Identity, at.Seq, at.Skip)
}

// Position reads the id of an event, after which a stream is to go on. The error is ErrForm,
// ErrGone or ErrOther.
func (f *Feed) Position(id string) (Position, error) {
	parts := strings.Split(id, ".")
	if len(parts) != 3 {
		return Position{}, ErrForm
	}
	seq, err := strconv.ParseUint(parts[1], 10, 63)
	skip, skipErr := strconv.ParseUint(parts[2], 10, 31)
	end := f.cfg.Feed.Seq()
	switch {
	case err != nil || skipErr != nil || seq == 0:
		return Position{}, ErrForm
	case parts[0] != f.cfg.Identity, seq > end+1, seq == end+1 && skip > 0:
		return Position{}, ErrOther
	case end+1-seq > f.cfg.Resume:
		return Position{}, ErrGone
	}
	return Position{seq, int(skip)}, nil
}

// End returns the position of a stream that begins now.
func (f *Feed) End() Position { return Position{Seq: f.cfg.Feed.Seq() + 1} }

// rest waits for a while, or until ctx ends.
func rest(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
