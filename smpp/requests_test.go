package smpp

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/smpp/pdu"
)

// The requests of a link against a model: each submit ends once, by its answer, by being
// removed or by age, and the enquire_link is sent, missed and answered as SMPP 3.4 4.11 and
// the time limits require.
func TestRequestsOfALink(t *testing.T) {
	t.Parallel()
	limits := Timeouts{Response: 10 * time.Second, EnquireLink: 20 * time.Second}
	rapid.Check(t, func(t *rapid.T) {
		start := time.Unix(1_000_000, 0)
		now := start
		r := requests{slots: newSlots(8), probed: start}
		sent := make(map[uint32]time.Time) // submits under way
		ended := make(map[uint32]bool)
		var probe, asked = uint32(0), time.Time{}
		closed, lastProbe := false, start
		end := func(seq uint32, ok bool, how string) {
			_, under := sent[seq]
			if ok != under {
				t.Fatalf("%s of %d: %v, under way: %v", how, seq, ok, under)
			}
			if ok && ended[seq] {
				t.Fatalf("%d ends twice", seq)
			}
			if ok {
				delete(sent, seq)
				ended[seq] = true
			}
		}
		some := func() uint32 {
			if under := slices.Sorted(maps.Keys(sent)); len(under) > 0 && rapid.Bool().Draw(t, "known") {
				return rapid.SampledFrom(under).Draw(t, "which")
			}
			return rapid.Uint32Range(0, 40).Draw(t, "any number")
		}
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				if len(sent) == 8 {
					t.Skip("the window is full")
				}
				seq, ok := r.put(slot{at: now})
				if ok == closed {
					t.Fatalf("put: %v, closed: %v", ok, closed)
				}
				if ok {
					sent[seq] = now
				}
			},
			"answered": func(t *rapid.T) {
				seq := some()
				_, ok := r.answered(seq)
				end(seq, ok, "answer")
			},
			"take": func(t *rapid.T) {
				seq := some()
				_, ok := r.take(seq)
				end(seq, ok, "take")
			},
			"time": func(t *rapid.T) { now = now.Add(time.Duration(rapid.IntRange(1, 8).Draw(t, "s")) * time.Second) },
			"close": func(t *rapid.T) {
				r.close()
				closed = true
			},
			"check": func(t *rapid.T) {
				late := false
				for {
					gone, ok := r.expired(now, limits.Response)
					if !ok {
						break
					}
					late = true
					if now.Sub(sent[gone.seq]) < limits.Response {
						t.Fatalf("%d is given up after %s", gone.seq, now.Sub(sent[gone.seq]))
					}
					end(gone.seq, true, "age")
				}
				seq, err := r.check(now, limits, late, 0)
				switch {
				case errors.Is(err, errSilent):
					if probe == 0 || now.Sub(asked) < limits.Response {
						t.Fatal("silent, and nothing was asked, or not long ago")
					}
				case err == nil && probe != 0 && now.Sub(asked) >= limits.Response:
					t.Fatalf("asked %s ago, and not silent", now.Sub(asked))
				case seq != 0 && probe != 0:
					t.Fatal("asked twice at once")
				case err == nil && seq == 0 && probe == 0 && (late || now.Sub(lastProbe) >= limits.EnquireLink):
					t.Fatalf("not asked for %s", now.Sub(lastProbe))
				case seq != 0:
					probe, asked, lastProbe = seq, now, now
				}
			},
			"probe answered": func(t *rapid.T) {
				seq := probe
				if rapid.Bool().Draw(t, "another") {
					seq = rapid.Uint32Range(0, 100).Draw(t, "seq")
				}
				if _, ok := r.probeAnswered(seq); ok != (probe != 0 && seq == probe) {
					t.Fatalf("enquire_link_resp %d to %d: %v", seq, probe, ok)
				} else if ok {
					probe = 0
				}
			},
			"": func(t *rapid.T) {
				if r.isClosed() != closed {
					t.Fatal("closed", closed)
				}
				for seq, at := range sent {
					if now.Sub(at) > time.Hour {
						t.Fatalf("%d is forgotten", seq)
					}
				}
			},
		})
		// The end of the link ends all that is left.
		for {
			gone, ok := r.expired(time.Time{}, 0)
			if !ok {
				break
			}
			end(gone.seq, true, "end")
		}
		if len(sent) > 0 {
			t.Fatalf("%d submits never end", len(sent))
		}
	})
}

// The window holds what fits, yields to Drain and to its context, and is whole again
// afterwards.
func TestWindow(t *testing.T) {
	t.Parallel()
	w := make(window, 3)
	draining := make(chan struct{})
	for range 3 {
		if err := w.enter(t.Context(), draining); err != nil {
			t.Fatal(err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.enter(ended, draining); !errors.Is(err, context.Canceled) {
		t.Errorf("a full window at the end of a context: %v", err)
	}
	close(draining)
	if err := w.enter(t.Context(), draining); !errors.Is(err, ErrDraining) {
		t.Errorf("a full window that drains: %v", err)
	}
	w.leave()
	if taken, err := w.fill(ended); taken > 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("filled %d, %v", taken, err)
	} else {
		w.release(taken)
	}
	w.leave()
	w.leave()
	taken, err := w.fill(t.Context())
	if taken != 3 || err != nil || len(w) != 3 {
		t.Errorf("filled %d of 3: %v", taken, err)
	}
	if w.release(taken); len(w) != 0 {
		t.Errorf("%d places are lost", len(w))
	}
}

// What a link answers to a deliver_sm, and what it counts.
func TestInboxAnswers(t *testing.T) {
	t.Parallel()
	body := func(m pdu.SM) []byte {
		m.SourceAddr, m.DestinationAddr = []byte("8613800000001"), []byte("8888")
		frame, err := pdu.AppendSM(nil, pdu.DeliverSM, 1, &m)
		if err != nil {
			t.Fatal(err)
		}
		return pdu.Frame(frame).Body()
	}
	text := body(pdu.SM{ShortMessage: []byte("BAL")})
	for name, c := range map[string]struct {
		mode    Mode
		body    []byte
		unacked int64
		leaving bool
		refuse  bool // by Deliver
		want    pdu.Status
		taken   bool
	}{
		"a text":                {body: text, want: pdu.ROK, taken: true},
		"by a receiver":         {mode: Receiver, body: text, want: pdu.ROK, taken: true},
		"by a transmitter":      {mode: Transmitter, body: text, want: pdu.RInvBndSts},
		"cut short":             {body: text[:len(text)-1], want: pdu.RInvMsgLen},
		"on a link that leaves": {body: text, leaving: true, want: pdu.RxTAppn},
		"cut short and leaving": {body: text[:len(text)-1], leaving: true, want: pdu.RInvMsgLen},
		"one too many":          {body: text, unacked: 2, want: pdu.RMsgQFul},
		"Deliver has no room":   {body: text, refuse: true, want: pdu.RMsgQFul},
		"binary":                {body: body(pdu.SM{DataCoding: 4, ShortMessage: []byte{1, 2}}), want: pdu.ROK, taken: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []Message
			cfg := Config{Name: "test", Addr: "x", InboxMax: 2, Account: Account{Mode: c.mode}, Now: func() time.Time { return time.Unix(9, 0) },
				Deliver: func(m Message) bool { got = append(got, m); return !c.refuse }}.withDefaults()
			var count counters
			in := inbox{cfg: &cfg, count: &count, epoch: 5, warned: map[string]bool{}}
			in.unacked.Store(c.unacked)
			if st := in.take(7, c.body, c.leaving); st != c.want {
				t.Errorf("answered %s, want %s", st, c.want)
			}
			if taken := in.unacked.Load() - c.unacked; (taken == 1) != c.taken || taken < 0 {
				t.Errorf("%d more are unacknowledged", taken)
			}
			if c.taken && (len(got) != 1 || got[0].Delivery.epoch != 5 || got[0].Delivery.seq != 7 || got[0].At.Unix() != 9) {
				t.Errorf("delivered %+v", got)
			}
			stats := count.delivered()
			if full := stats.InboxFull > 0; full != (c.want == pdu.RMsgQFul) {
				t.Errorf("counted as full: %v", full)
			}
			if bad := stats.Malformed > 0; bad != (c.want == pdu.RInvMsgLen) {
				t.Errorf("counted as malformed: %v", bad)
			}
		})
	}
}
