package proof

import (
	"math/rand/v2"
	"time"

	"mpg/ivr/phone"
)

// mood is how a handset takes its next call.
type mood struct {
	name   string
	weight int // how often, beside the others
	phone.Behaviour
	wrong int // wrong PINs that it keys
	notMe int // how often it says "not me"
	keys  func(pin string) []phone.Act
}

// at once presses keys while a sentence is still being said.
func atOnce(keys string) phone.Act { return phone.Act{Wait: phone.Speech, Keys: keys} }

// politely presses them when it has been said.
func politely(keys string) phone.Act { return phone.Act{Wait: phone.Quiet, Keys: keys} }

// good is a handset of somebody who pays.
func good() mood {
	return mood{name: "keys at once", weight: 40, keys: func(pin string) []phone.Act { return []phone.Act{atOnce("1" + pin + "#")} }}
}

// moods are the handsets of the kill test.
func moods() []mood {
	does := func(d phone.Does) phone.Behaviour { return phone.Behaviour{Does: d} }
	hangUp := phone.Act{HangUp: true}
	return []mood{
		good(),
		{name: "listens first", weight: 12, keys: func(pin string) []phone.Act { return []phone.Act{politely("1"), politely(pin)} }},
		{name: "answers late", weight: 5, Behaviour: phone.Behaviour{Ring: 700 * time.Millisecond},
			keys: func(pin string) []phone.Act { return []phone.Act{atOnce("1" + pin)} }},
		{name: "keys by INFO", weight: 4, Behaviour: phone.Behaviour{Info: true},
			keys: func(pin string) []phone.Act { return []phone.Act{atOnce("1" + pin)} }},
		{name: "corrects with a star", weight: 4,
			keys: func(pin string) []phone.Act { return []phone.Act{atOnce("1" + pin[:3] + "*"), politely(pin)} }},
		{name: "one wrong PIN", weight: 6, wrong: 1,
			keys: func(pin string) []phone.Act { return []phone.Act{atOnce("1" + wrongPIN(pin)), politely(pin)} }},
		{name: "wrong PIN, then gone", weight: 2, wrong: 1,
			keys: func(pin string) []phone.Act {
				return []phone.Act{atOnce("1" + wrongPIN(pin)), {Wait: phone.Quiet, HangUp: true}}
			}},
		{name: "busy", weight: 5, Behaviour: does(phone.IsBusy)},
		{name: "rejects", weight: 4, Behaviour: does(phone.Rejects)},
		{name: "never answers", weight: 4, Behaviour: does(phone.NeverAnswers)},
		{name: "unreachable", weight: 3, Behaviour: does(phone.IsUnreachable)},
		{name: "off", weight: 3, Behaviour: does(phone.IsOff)},
		{name: "forwarded", weight: 2, Behaviour: does(phone.IsForwarded)},
		{name: "answers as we cancel", weight: 3, Behaviour: does(phone.Crosses)},
		{name: "hangs up at once", weight: 3, keys: func(string) []phone.Act { return []phone.Act{{Wait: phone.Speech, HangUp: true}} }},
		{name: "hangs up in the PIN", weight: 5, keys: func(pin string) []phone.Act { return []phone.Act{atOnce("1" + pin[:4]), hangUp} }},
		{name: "hangs up with the last key", weight: 4, keys: func(pin string) []phone.Act { return []phone.Act{atOnce("1" + pin), hangUp} }},
		{name: "says nothing", weight: 2},
		{name: "not me", weight: 1, notMe: 1, keys: func(string) []phone.Act { return []phone.Act{atOnce("0")} }},
	}
}

// draw takes one of the moods by weight.
func draw(rng *rand.Rand, from []mood) mood {
	sum := 0
	for _, m := range from {
		sum += m.weight
	}
	n := rng.IntN(sum)
	for _, m := range from {
		if n -= m.weight; n < 0 {
			return m
		}
	}
	return from[0]
}

// wrongPIN is a PIN other than pin.
func wrongPIN(pin string) string {
	last := pin[len(pin)-1]
	return pin[:len(pin)-1] + string('0'+(last-'0'+1)%10)
}

// behave gives p's handset the mood for its next call, and notes what it will
// key that has consequences.
func (w *world) behave(p person, m mood) {
	b := m.Behaviour
	if m.keys != nil {
		b.Acts = m.keys(p.PIN)
	}
	w.journal.pressed(p.Number, m.wrong, m.notMe)
	w.phones.Set(p.Number, b)
}

// noteCut notes whose call has lost its daemon.
func (w *world) noteCut() {
	for _, p := range w.people {
		if w.phones.Call(p.Number) != nil {
			w.journal.cut(p.Number)
		}
	}
}

// hangUp ends every call: people who hear nothing any more hang up.
func (w *world) hangUp() {
	for _, p := range w.people {
		if c := w.phones.Call(p.Number); c != nil {
			go c.Hangup() // its BYE is answered by nobody
		}
	}
}
