package staff

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"sync"
	"time"

	"mpg/engine/tx"
	"mpg/store"
)

// EventTable holds each Event by its EventKey.
const EventTable store.Table = 54

// Event is a login, the end of one, a new password, or the logins that were refused to one
// member within an hour. The refused ones are counted in one record, which is written again
// each time their number has doubled, so that nobody can fill the books by trying.
type Event struct {
	Person string    `cbor:"1,keyasint,omitempty"` // a member; empty: names that no member has
	UID    uint32    `cbor:"2,keyasint"`           // of the process that tried last
	What   string    `cbor:"3,keyasint"`           // as it is typed, with "refused" where it was
	Why    string    `cbor:"4,keyasint,omitempty"` // the last one was refused
	Count  int       `cbor:"5,keyasint,omitempty"` // of refused ones, at least
	At     time.Time `cbor:"6,keyasint"`           // of the last one
}

// What happened, as Event.What has it.
const (
	loggedIn    = "staff login"
	loggedOut   = "staff logout"
	newPassword = "staff password"
	wasRefused  = "staff login refused"
)

// eventKey returns the key of an event. The keys are in the order of the hours; which tells
// apart those of one member and hour.
func eventKey(event Event, which string) string {
	return fmt.Sprintf("%08x/%s/%s/%s", hourOf(event.At), event.Person, event.What, which)
}

// hourOf returns the number of an hour, counted from 1970.
func hourOf(at time.Time) int64 { return at.Unix() / int64(time.Hour/time.Second) }

// happened keeps an event of the session whose token has that key, as part of step t.
func happened(t *tx.Tx, what, person string, uid uint32, tokenKey string) {
	event := &Event{Person: person, UID: uid, What: what, At: t.Now.UTC()}
	tx.Archive(t, EventTable, eventKey(*event, tokenKey[:sessionChars]), event)
}

// sessionChars is how many characters of a token's key tell the events of one member and
// hour apart. They are not enough to find the token's record.
const sessionChars = 12

// whyRefused returns in a few words why a login was refused, for the record; empty: it
// was not refused, but failed for a reason that says nothing about who tried.
func whyRefused(err error) string {
	for refusal, why := range map[error]string{ErrLogin: "wrong name or password", ErrThrottled: "too soon after wrong passwords",
		ErrBlocked: "blocked", ErrOtherUID: "from another account of the machine"} {
		if errors.Is(err, refusal) {
			return why
		}
	}
	return ""
}

// refusals counts the refused logins of this hour in memory.
type refusals struct {
	mu   sync.Mutex
	hour int64
	of   map[string]*refused // by member
}

// refused counts the refused logins of one member.
type refused struct{ all, unwritten int }

// add counts one more, and returns how many are to be written now; 0: none.
func (r *refusals) add(person string, at time.Time) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if hour := hourOf(at); r.of == nil || hour != r.hour {
		r.hour, r.of = hour, make(map[string]*refused)
	}
	count := r.of[person]
	if count == nil {
		count = new(refused)
		r.of[person] = count
	}
	count.all++
	count.unwritten++
	if bits.OnesCount(uint(count.all)) != 1 { // not a power of two
		return 0
	}
	write := count.unwritten
	count.unwritten = 0
	return write
}

// noteRefused records that a login was refused. person is empty if there is no such member:
// somebody may have typed a password as a name.
func (s *Service) noteRefused(ctx context.Context, person string, uid uint32, cause error) error {
	why := whyRefused(cause)
	if why == "" {
		return nil
	}
	count := s.refusals.add(person, s.cfg.Now())
	if count == 0 {
		return nil
	}
	return s.cfg.Run.Do(ctx, func(t *tx.Tx) error {
		event := Event{Person: person, UID: uid, What: wasRefused, Why: why, Count: count, At: t.Now.UTC()}
		key := eventKey(event, "")
		before, err := tx.Read[Event](t, EventTable, key)
		if err != nil {
			return err
		}
		if before != nil {
			event.Count += before.Count
		}
		tx.Save(t, EventTable, key, &event)
		return nil
	})
}
