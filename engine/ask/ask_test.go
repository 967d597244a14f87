package ask_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/ask"
)

func noon() time.Time { return time.Date(2026, 11, 26, 4, 0, 0, 0, time.UTC) }

// TestABoxUnderAnyUse: whatever is asked, answered, muted and forgotten, no two requests that
// wait have one number, none waits for longer than it may, no more wait than may, and those
// who are muted, or all, reach nobody.
func TestABoxUnderAnyUse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rules := ask.Rules{Expires: time.Hour, PerDay: 10, PerPair: 3, Open: rapid.IntRange(1, 120).Draw(t, "open")}
		box, now := &ask.Box{User: 1}, noon()
		muted, off := map[uint64]bool{}, false
		lastMade := map[int]time.Time{}
		for range rapid.IntRange(1, 250).Draw(t, "steps") {
			asker := uint64(rapid.IntRange(2, 5).Draw(t, "asker"))
			switch rapid.SampledFrom([]string{"ask", "ask", "ask", "answer", "mute", "off", "on", "wait"}).Draw(t, "step") {
			case "ask":
				if !box.Takes(asker, rules, now) {
					if !off && !muted[asker] && len(box.Waiting(now)) < min(rules.Open, ask.NumberMax) {
						t.Fatal("a request that should reach the subscriber does not")
					}
					continue
				}
				no := box.Add(ask.Item{Asker: asker, Amount: 1, At: now, Until: now.Add(rules.Expires)}, now)
				if off || muted[asker] || no < 1 || no > ask.NumberMax {
					t.Fatalf("request %d of %d: off %v, muted %v", no, asker, off, muted[asker])
				}
				lastMade[no] = now
			case "answer":
				if open := box.Waiting(now); len(open) > 0 {
					box.Remove(rapid.SampledFrom(open).Draw(t, "item").No)
				}
			case "mute":
				box.Mute(asker)
				muted[asker] = true
			case "off":
				box.Switch(false)
				off = true
			case "on":
				box.Switch(true)
				off, muted = false, map[uint64]bool{}
			case "wait":
				now = now.Add(time.Duration(rapid.IntRange(0, 90).Draw(t, "minutes")) * time.Minute)
			}
			open := box.Waiting(now)
			numbers := make([]int, 0, len(open))
			for _, item := range open {
				numbers = append(numbers, item.No)
				if muted[item.Asker] || off || now.Sub(item.At) >= rules.Expires || !lastMade[item.No].Equal(item.At) {
					t.Fatalf("%+v waits: muted %v, off %v, at %s", item, muted[item.Asker], off, now)
				}
				if found, ok := box.Find(item.No, now); !ok || found != item {
					t.Fatalf("%+v is not found", item)
				}
			}
			if !slices.IsSorted(numbers) || len(slices.Compact(slices.Clone(numbers))) != len(numbers) || len(open) > rules.Open {
				t.Fatalf("%v wait, at most %d may", numbers, rules.Open)
			}
		}
	})
}

// TestNumbersAreNotUsedAgainAtOnce: the number of a request that was answered means another
// one only after all others were used.
func TestNumbersAreNotUsedAgainAtOnce(t *testing.T) {
	t.Parallel()
	box, now := &ask.Box{}, noon()
	first := box.Add(ask.Item{Asker: 2, Until: now.Add(time.Hour)}, now)
	box.Remove(first)
	for i := range ask.NumberMax - 1 {
		if no := box.Add(ask.Item{Asker: 2, Until: now.Add(time.Hour)}, now); no == first {
			t.Fatalf("number %d was used again after %d others", no, i)
		}
	}
	if no := box.Add(ask.Item{Asker: 2, Until: now.Add(time.Hour)}, now); no != first {
		t.Errorf("the only free number is %d, and %d was used", first, no)
	}
}

// TestHowOftenOneMayAsk: a day and a pair have their limits, which a clock that is set back
// does not lift.
func TestHowOftenOneMayAsk(t *testing.T) {
	t.Parallel()
	rules := ask.Rules{PerDay: 4, PerPair: 2}
	for _, tt := range []struct {
		name  string
		sent  []string
		to    string
		after time.Duration
		want  bool
	}{
		{"the first", nil, "a", 0, true},
		{"the second to one", []string{"a"}, "a", 0, true},
		{"the third to one", []string{"a", "a"}, "a", 0, false},
		{"to another", []string{"a", "a"}, "b", 0, true},
		{"the fifth", []string{"a", "a", "b", "c"}, "d", 0, false},
		{"almost a day later", []string{"a", "a"}, "a", 24*time.Hour - time.Second, false},
		{"a day later", []string{"a", "a", "b", "c"}, "a", 24 * time.Hour, true},
		{"the clock went back", []string{"a", "a"}, "a", -48 * time.Hour, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			box := &ask.Box{}
			for _, to := range tt.sent {
				box.Asked(to, noon())
			}
			if got := box.MayAsk(tt.to, rules, noon().Add(tt.after)); got != tt.want {
				t.Errorf("may ask: %v", got)
			}
		})
	}
}

// TestABoxStaysSmall: neither those who are muted nor what was sent grow without end.
func TestABoxStaysSmall(t *testing.T) {
	t.Parallel()
	box := &ask.Box{}
	for i := range uint64(500) {
		box.Mute(i)
		box.Mute(i)
		box.Asked(fmt.Sprint(i), noon())
	}
	if len(box.Muted) != 50 || box.Muted[49] != 499 || len(box.Sent) != 200 || box.Sent[199].To != "499" {
		t.Errorf("%d muted, %d sent", len(box.Muted), len(box.Sent))
	}
	box.Asked("x", noon().Add(25*time.Hour))
	if len(box.Sent) != 1 {
		t.Errorf("%d sent in the last day", len(box.Sent))
	}
}
