package proof

import (
	"strings"
	"testing"
	"time"

	"mpg/ivr/phone"
	"mpg/store/money"
)

// proved waits until the daemon has kept that n words were surely acknowledged.
func (w *world) proved(n string) {
	w.t.Helper()
	eventually(w.t, stateMax, "the proof of the acknowledgement", func() bool {
		body, err := get("http://" + w.set.http + "/metrics")
		return err == nil && strings.Contains(string(body), "mpg_sms_words_proved_total "+n+"\n")
	})
}

// patientWorld returns a world in which nothing expires while a busy machine works.
func patientWorld(t *testing.T) *world {
	t.Helper()
	w := newWorldWith(t, phone.DefaultQuiet, func(s *settings) { s.expires = 10 * time.Minute })
	w.start()
	w.populate(1)
	return w
}

// waitingOrder returns an order whose first call found the line busy.
func (w *world) waitingOrder(amount money.Amount) *order {
	w.t.Helper()
	p := w.people[0]
	w.behave(p, lineBusy())
	o := w.order("mpurse", p, w.shops[0].Code, amount)
	w.send(o)
	eventually(w.t, stateMax, "the order to wait", func() bool { return w.state(o) == "waiting" })
	return o
}

func lineBusy() mood { return mood{Behaviour: phone.Behaviour{Does: phone.IsBusy}} }

// TestSaidBeforeAndAfterAKill: AGAIN before a kill and AGAIN after it are two
// texts of a subscriber, since the SMSC is known to have received the
// acknowledgement of the first. The same holds for NO and NO.
func TestSaidBeforeAndAfterAKill(t *testing.T) {
	t.Parallel()
	t.Run("AGAIN", func(t *testing.T) {
		t.Parallel()
		w := patientWorld(t)
		o, p := w.waitingOrder(321), w.people[0]
		w.behave(p, lineBusy())
		w.say(p.Number, "AGAIN")
		eventually(t, stateMax, "the second text", func() bool { return len(w.journal.textsTo(p.Number, o.Sent)) >= 2 })
		w.proved("1")
		w.kill()
		w.start()
		w.behave(p, good())
		w.say(p.Number, "AGAIN")
		eventually(t, stateMax, "the payment", func() bool { return w.state(o) == "done" })
	})
	t.Run("NO", func(t *testing.T) {
		t.Parallel()
		w := patientWorld(t)
		first := w.waitingOrder(321)
		w.say(first.From, "NO")
		eventually(t, stateMax, "the end", func() bool { return w.state(first) == "done" })
		w.proved("1")
		w.kill()
		w.start()
		second := w.waitingOrder(322)
		w.say(second.From, "NO")
		eventually(t, stateMax, "the end", func() bool { return w.state(second) == "done" })
	})
}

// TestNotMeThenAKill: the caller says "not me" and hears that the number is
// blocked; then the power goes. The block and the end of the payment are still
// there.
func TestNotMeThenAKill(t *testing.T) {
	t.Parallel()
	for _, words := range []string{"an order", "PIN"} {
		t.Run(words, func(t *testing.T) {
			t.Parallel()
			w := patientWorld(t)
			p := w.people[0]
			told := make(chan struct{}, 1)
			w.on(nil, func(e phone.Event) {
				if e.Kind == phone.Pressed && e.Key == '9' {
					told <- struct{}{}
				}
			})
			// 9 is pressed as soon as something is said after the 0, which comes when the
			// whole question has been asked: the next sentence is the answer.
			w.behave(p, mood{notMe: 1, keys: func(string) []phone.Act { return []phone.Act{politely("0"), atOnce("9")} }})
			o := w.order("mpurse", p, w.shops[0].Code, 321)
			if words == "PIN" {
				w.say(p.Number, words)
			} else {
				w.send(o)
			}
			<-told
			w.kill()
			w.start()
			var heard user
			if err := w.op.ask(&heard, "user", "show", p.Number); err != nil {
				t.Fatal(err)
			}
			if heard.State != "blocked" {
				t.Errorf("heard that all is blocked: %+v", heard)
			}
			if words != "PIN" && w.state(o) != "done" {
				t.Errorf("the payment is %s", w.state(o))
			}
		})
	}
}
