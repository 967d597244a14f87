// Package ask holds requests for money: one subscriber asks another to send some, and the
// other answers YES or NO with a small number.
//
// A Box is what one subscriber has been asked and has asked for. It is one document of
// bounded size, so that its version guards all of it: two answers to one request cannot both
// be the first. A request moves no money and promises none. It is over when it is answered,
// and forgotten when it expires. Whoever asks is told the same whether the number belongs to
// a subscriber or not, so that nobody finds out by asking.
//
// The package is pure; it imports store and store/money.
package ask

import (
	"slices"
	"time"

	"mpg/store"
	"mpg/store/money"
)

// Table holds a Box for each subscriber who has asked or was asked, by payment.Key of the
// subscriber's number.
const Table store.Table = 67

// Limits.
const (
	NumberMax = 99  // of a request; see Item.No
	mutedMax  = 50  // people whose requests are not passed on; the oldest is forgotten
	sentMax   = 200 // requests remembered against the limits of a day
)

// Rules are the operator's settings for requests.
type Rules struct {
	Expires time.Duration // of a request that is not answered
	PerDay  int           // requests of one subscriber in a day
	PerPair int           // of them, to one number
	Open    int           // requests that may wait for one subscriber; further ones are not passed on
}

// Box is what one subscriber was asked and has asked for.
type Box struct {
	User  uint64   `cbor:"1,keyasint"`
	Off   bool     `cbor:"2,keyasint,omitempty"` // no request is passed on
	Muted []uint64 `cbor:"3,keyasint,omitempty"` // subscribers whose requests are not passed on
	Last  int      `cbor:"4,keyasint,omitempty"` // number of the newest Item
	Items []Item   `cbor:"5,keyasint,omitempty"` // that wait for an answer
	Sent  []Sent   `cbor:"6,keyasint,omitempty"` // of the last day, oldest first
}

// Item is one request that waits for its answer.
type Item struct {
	No       int          `cbor:"1,keyasint"` // 1 to NumberMax; used again later
	Asker    uint64       `cbor:"2,keyasint"`
	Amount   money.Amount `cbor:"3,keyasint"`
	Currency string       `cbor:"4,keyasint"`
	Memo     string       `cbor:"5,keyasint,omitempty"`
	At       time.Time    `cbor:"6,keyasint"`
	Until    time.Time    `cbor:"7,keyasint"`
	// Warned says that the subscriber has said YES once, and was told that they have never
	// paid the asker.
	Warned bool `cbor:"8,keyasint,omitempty"`
}

// waits reports whether the item may still be answered. One that seems to have been made
// later than now was timed by a clock that ran ahead, and can be answered.
func (i *Item) waits(now time.Time) bool { return now.Before(i.Until) }

// Sent is one request that the subscriber has made, whatever became of it.
type Sent struct {
	To string `cbor:"1,keyasint"` // keyed digest of the number
	At int64  `cbor:"2,keyasint"` // Unix seconds
}

// Waiting returns the requests that may be answered now, in the order of their numbers.
func (b *Box) Waiting(now time.Time) []Item {
	var open []Item
	for _, item := range b.Items {
		if item.waits(now) {
			open = append(open, item)
		}
	}
	slices.SortFunc(open, func(x, y Item) int { return x.No - y.No })
	return open
}

// Find returns the request with a number, if it may be answered now.
func (b *Box) Find(no int, now time.Time) (Item, bool) {
	for _, item := range b.Items {
		if item.No == no && item.waits(now) {
			return item, true
		}
	}
	return Item{}, false
}

// Warn notes that the subscriber was told that they have never paid the asker.
func (b *Box) Warn(no int) {
	for i := range b.Items {
		if b.Items[i].No == no {
			b.Items[i].Warned = true
		}
	}
}

// Remove forgets the request with a number, which was answered.
func (b *Box) Remove(no int) {
	b.Items = slices.DeleteFunc(b.Items, func(item Item) bool { return item.No == no })
}

// Takes reports whether a request of asker is passed on to the subscriber.
func (b *Box) Takes(asker uint64, rules Rules, now time.Time) bool {
	return !b.Off && !slices.Contains(b.Muted, asker) && len(b.Waiting(now)) < min(rules.Open, NumberMax)
}

// Add keeps a request under a number that no other has, and not the last ones, and returns
// the number. Takes must have been asked.
func (b *Box) Add(item Item, now time.Time) int {
	b.Items = b.Waiting(now)
	for {
		b.Last = b.Last%NumberMax + 1
		if _, taken := b.Find(b.Last, now); !taken {
			break
		}
	}
	item.No = b.Last
	b.Items = append(b.Items, item)
	return item.No
}

// Mute has no further requests of a subscriber passed on, and forgets those that wait.
func (b *Box) Mute(asker uint64) {
	b.Items = slices.DeleteFunc(b.Items, func(item Item) bool { return item.Asker == asker })
	if slices.Contains(b.Muted, asker) {
		return
	}
	b.Muted = append(b.Muted, asker)
	if over := len(b.Muted) - mutedMax; over > 0 {
		b.Muted = slices.Delete(b.Muted, 0, over)
	}
}

// Switch turns requests of all others on or off. On, it also passes on those of the muted
// again; off, it forgets those that wait.
func (b *Box) Switch(on bool) {
	b.Off = !on
	if on {
		b.Muted = nil
		return
	}
	b.Items = nil
}

// day is the time for which Sent counts.
const day = 24 * time.Hour

// MayAsk reports whether the subscriber may make one more request to a number. A request that
// seems to have been made later than now counts: a clock that was set back frees nothing.
func (b *Box) MayAsk(to string, rules Rules, now time.Time) bool {
	all, pair := 0, 0
	for _, sent := range b.Sent {
		if now.Sub(time.Unix(sent.At, 0)) >= day {
			continue
		}
		if all++; sent.To == to {
			pair++
		}
	}
	return all < min(rules.PerDay, sentMax) && pair < rules.PerPair
}

// Asked counts a request to a number, and forgets those of more than a day ago.
func (b *Box) Asked(to string, now time.Time) {
	b.Sent = slices.DeleteFunc(b.Sent, func(sent Sent) bool { return now.Sub(time.Unix(sent.At, 0)) >= day })
	b.Sent = append(b.Sent, Sent{To: to, At: now.Unix()})
	if over := len(b.Sent) - sentMax; over > 0 {
		b.Sent = slices.Delete(b.Sent, 0, over)
	}
}
