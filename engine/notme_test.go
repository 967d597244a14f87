package engine_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"mpg/engine"
	"mpg/engine/call"
	"mpg/engine/lang"
	"mpg/store"
)

// handset is what the called phone does once it is picked up.
func (w *world) handset(does func(context.Context, call.Call) call.End) {
	w.remade(func(c *engine.Config) {
		c.Ports.Call = func(ctx context.Context, placed call.Call) call.Report {
			placed.OnAnswer()
			return reported(does(context.WithoutCancel(ctx), placed))
		}
	})
}

// disowned checks that Wang is blocked and has lost nothing.
func (w *world) disowned() {
	w.t.Helper()
	if u, err := w.e.Admin().User(w.t.Context(), wang); err != nil || u.State != "blocked" {
		w.t.Errorf("heard that all is blocked, and is %s %v", u.State, err)
	}
	w.balance("purse:"+wang, "500.00", "500.00")
}

// notMeOrders are texts after which a call comes.
var notMeOrders = []string{"PAY 8001 45", "PAY 8001 45 BANK", "SEND 45 13800000002", "PIN"}

// When the words are said the block is on disk, and so is the payment's end:
// they are one commit.
func TestNotMeIsDoneBeforeItIsSaid(t *testing.T) {
	t.Parallel()
	for _, order := range notMeOrders {
		t.Run(order, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			type moment struct{ words, state, payment string }
			seen := make(chan moment, 1)
			var commits sync.Map // IDs: a step that lost a race is tried again under the same one
			w.handset(func(ctx context.Context, c call.Call) call.End {
				w.told(func(c store.Cmd) {
					if len(c.Writes) > 0 { // else it marks texts as sent, at a time of its own
						commits.Store(c.ID, true)
					}
				})
				words := c.OnNotMe(ctx)
				w.told(nil)
				u, _ := w.e.Admin().User(t.Context(), wang)
				seen <- moment{strings.Join(words, " "), string(u.State), w.last().State}
				return call.EndNotMe
			})
			w.by("main", order, false) // a proof of the acknowledgement would be a commit of its own
			now := <-seen
			want := moment{strings.Join(lang.Voice(lang.EN, lang.NotMeDone, lang.Args{}), " "), "blocked", "done"}
			steps := 0
			commits.Range(func(any, any) bool { steps++; return true })
			if now != want || steps != 1 {
				t.Errorf("%+v in %d commits, want %+v in one", now, steps, want)
			}
			w.expect(wang, "not you", "blocked")
			w.disowned()
		})
	}
}

// A block that cannot be committed is not claimed, and is tried again at the
// end of the call.
func TestNotMeThatFailsIsNotSaid(t *testing.T) {
	t.Parallel()
	for _, order := range notMeOrders {
		t.Run(order, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			var failing atomic.Bool
			w.refuses(func(store.Cmd) store.Refusal {
				if failing.Load() {
					return store.RefusedAmount
				}
				return store.None
			})
			said := make(chan []string, 1)
			w.handset(func(ctx context.Context, c call.Call) call.End {
				failing.Store(true)
				said <- c.OnNotMe(ctx)
				failing.Store(false)
				return call.EndNotMe
			})
			w.text(wang, order)
			if words := <-said; words != nil {
				t.Errorf("said %q", words)
			}
			w.expect(wang, "not you", "blocked")
			w.disowned()
		})
	}
}

// A payer who did not order it is blocked even if the order has ended meanwhile: a
// forger texts NO while the phone rings.
func TestNotMeAfterTheOrderHasEnded(t *testing.T) {
	t.Parallel()
	for name, ends := range map[string]func(w *world){
		"NO":     func(w *world) { w.text(wang, "NO") },
		"STOP":   func(w *world) { w.text(wang, "STOP") },
		"expiry": func(w *world) { w.pass(w.rules.Expires) },
		"NO and another order": func(w *world) {
			w.text(wang, "NO")
			w.ended()
			w.text(wang, "PAY 8001 46")
		},
	} {
		for _, asks := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				up, pressed := make(chan struct{}, 2), make(chan struct{})
				said := make(chan []string, 2)
				w.handset(func(ctx context.Context, c call.Call) call.End {
					up <- struct{}{}
					<-pressed
					if asks {
						said <- c.OnNotMe(ctx)
					}
					return call.EndNotMe
				})
				w.text(wang, "PAY 8001 45")
				<-up
				ends(w)
				if name == "expiry" { // a call that was picked up may finish first
					w.pass(-w.rules.Expires)
				}
				close(pressed)
				w.expect(wang, "not you", "blocked")
				w.disowned()
				if p := w.last(); p.State != "done" || p.Outcome == "paid" {
					t.Errorf("%+v", p)
				}
				if asks {
					if words, want := <-said, lang.Voice(lang.EN, lang.NotMeDone, lang.Args{}); strings.Join(words, "") != strings.Join(want, "") {
						t.Errorf("said %q", words)
					}
				}
				if n := w.count(wang, "not you"); n != 1 && name != "NO and another order" {
					t.Errorf("told %d times", n)
				}
			})
		}
	}
}
