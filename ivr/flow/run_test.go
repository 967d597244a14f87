package flow

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// sentence is how long each sentence takes on the fake line.
const sentence = 2 * time.Second

// fakeLine is a telephone whose owner follows a list of acts, in the fake
// time of a synctest bubble.
type fakeLine struct {
	mu     sync.Mutex
	keys   chan byte
	hungUp chan struct{}
	once   sync.Once
	cut    *time.Timer // of what plays
	log    []string    // what was heard; "|" marks a sentence cut off
	broken error       // returned by Play
	active time.Time   // until when a key is down, or the call on hold
}

func newFakeLine() *fakeLine {
	return &fakeLine{keys: make(chan byte, 1024), hungUp: make(chan struct{})}
}

func (l *fakeLine) Play(_ context.Context, say []string) (<-chan struct{}, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken != nil {
		return nil, l.broken
	}
	l.stop()
	l.log = append(l.log, strings.Join(say, " "))
	played := make(chan struct{})
	l.cut = time.AfterFunc(time.Duration(len(say))*sentence, func() { close(played) })
	return played, nil
}

func (l *fakeLine) Stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stop()
}

func (l *fakeLine) Slower() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.log = append(l.log, "slower")
}

func (l *fakeLine) stop() {
	if l.cut != nil && l.cut.Stop() {
		l.log[len(l.log)-1] += "|"
	}
	l.cut = nil
}

// busy is when a key was last down; in the fake time, perhaps only later.
func (l *fakeLine) busy() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := time.Now(); l.active.After(now) {
		return now
	}
	return l.active
}

func (l *fakeLine) hold(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.active = time.Now().Add(d)
}

func (l *fakeLine) Keys() <-chan byte       { return l.keys }
func (l *fakeLine) Idle() time.Duration     { return time.Since(l.busy()) }
func (l *fakeLine) HungUp() <-chan struct{} { return l.hungUp }
func (l *fakeLine) hangUp()                 { l.once.Do(func() { close(l.hungUp) }) }

func (l *fakeLine) press(keys string) {
	for _, k := range []byte(keys) {
		l.keys <- k
	}
}

// act is something the person does, so long after the act before.
type act struct {
	after time.Duration
	do    string // keys, or "hangup"
}

func (l *fakeLine) perform(acts []act) {
	for _, a := range acts {
		time.Sleep(a.after)
		if a.do == "hangup" {
			l.hangUp()
			continue
		}
		l.press(a.do)
	}
}

// payment is the script of the examples: a guard, the details, the PIN.
var payment = Script{
	{Name: "guard", Say: []string{"press-1"}, Want: Key},
	{Name: "details", Say: []string{"details"}},
	{Name: "pin", Say: []string{"pin"}, Again: []string{"pin-again"}, Want: PIN},
}

// pinJudge knows the PIN 582193, answers slowly, and writes down what it was asked.
type pinJudge struct {
	takes time.Duration
	asked []string
	wrong int
}

func (j *pinJudge) judge(ctx context.Context, step string, in Input) Verdict {
	keyed := ""
	for i := range in.Digits.Len() {
		keyed += string(in.Digits.At(i))
	}
	if in.NotMe {
		keyed = "not-me"
	}
	j.asked = append(j.asked, step+"="+keyed)
	time.Sleep(j.takes)
	if ctx.Err() != nil {
		j.asked = append(j.asked, "cancelled")
	}
	switch {
	case in.NotMe:
		return Verdict{Say: []string{"sorry"}}
	case step != "pin":
		return Verdict{}
	case keyed == "582193":
		return Verdict{Say: []string{"paid"}}
	}
	if j.wrong++; j.wrong == 3 {
		return Verdict{Say: []string{"locked"}, Do: End}
	}
	return Verdict{Say: []string{"wrong"}, Do: Repeat}
}

func TestConversations(t *testing.T) {
	t.Parallel()
	const pin = "582193"
	paid := []string{"guard=", "pin=" + pin}
	for _, c := range []struct {
		name  string
		takes time.Duration // of the judge
		acts  []act
		end   Ended
		step  string
		heard []string
		asked []string
	}{
		{"heard to the end, then keyed", 0, []act{{3 * time.Second, "1"}, {5 * time.Second, pin}}, Finished, "",
			[]string{"press-1", "details pin", "paid"}, paid},
		{"barge-in on both", 0, []act{{time.Second, "1"}, {time.Second, pin}}, Finished, "",
			[]string{"press-1|", "details pin|", "paid"}, paid},
		{"type-ahead of everything", 0, []act{{time.Second, "1" + pin}}, Finished, "",
			[]string{"press-1|", "paid"}, paid},
		{"type-ahead before the first word", 0, []act{{0, "1" + pin + "#"}}, Finished, "",
			nil, paid},
		{"half a PIN ahead", 0, []act{{time.Second, "158"}, {time.Second, "2193"}}, Finished, "",
			[]string{"press-1|", "paid"}, paid},
		{"# after the sixth digit is swallowed and cuts nothing", 0, []act{{time.Second, "1"}, {time.Second, "111111"}, {300 * time.Millisecond, "#"}, {8 * time.Second, pin + "#"}},
			Finished, "", []string{"press-1|", "details pin|", "wrong pin-again", "paid"}, []string{"guard=", "pin=111111", "pin=" + pin}},
		{"# after 1 is swallowed", 0, []act{{time.Second, "1#"}, {5 * time.Second, pin}}, Finished, "",
			[]string{"press-1|", "details pin", "paid"}, paid},
		{"0 at the guard", 0, []act{{time.Second, "0"}}, NotMe, "guard",
			[]string{"press-1|", "sorry"}, []string{"guard=not-me"}},
		{"0# at the PIN", 0, []act{{time.Second, "1"}, {time.Second, "0#"}}, NotMe, "pin",
			[]string{"press-1|", "details pin|", "sorry"}, []string{"guard=", "pin=not-me"}},
		{"a PIN may begin with 0", 0, []act{{time.Second, "1"}, {time.Second, "000000"}, {5 * time.Second, pin}}, Finished, "",
			[]string{"press-1|", "details pin|", "wrong pin-again", "paid"}, []string{"guard=", "pin=000000", "pin=" + pin}},
		{"* clears and asks again", 0, []act{{time.Second, "1"}, {time.Second, "58*"}, {3 * time.Second, pin}}, Finished, "",
			[]string{"press-1|", "details pin|", "slower", "pin", "paid"}, paid},
		{"* clears 0, so # alone is no refusal", 0, []act{{time.Second, "1"}, {time.Second, "0*#"}, {3 * time.Second, pin}}, Finished, "",
			[]string{"press-1|", "details pin|", "slower", "pin-again", "paid"}, paid},
		{"* at the guard asks again, slower", 0, []act{{time.Second, "*"}, {3 * time.Second, "1"}, {5 * time.Second, pin}}, Finished, "",
			[]string{"press-1|", "slower", "press-1", "details pin", "paid"}, paid},
		{"# before the sixth digit asks again", 0, []act{{time.Second, "1"}, {time.Second, "5821#"}, {3 * time.Second, pin}}, Finished, "",
			[]string{"press-1|", "details pin|", "pin-again", "paid"}, paid},
		{"another key at the guard asks again", 0, []act{{time.Second, "7"}, {3 * time.Second, "1" + pin}}, Finished, "",
			[]string{"press-1|", "press-1", "paid"}, paid},
		{"A to D are nothing", 0, []act{{time.Second, "A"}, {time.Second, "1"}, {0, "5B8C2D193"}}, Finished, "",
			[]string{"press-1", "paid"}, paid},
		{"silence, then an answer", 0, []act{{11 * time.Second, "1"}, {time.Second, pin}}, Finished, "",
			[]string{"press-1", "press-1|", "details pin|", "paid"}, paid},
		{"silence three times", 0, nil, Silent, "guard",
			[]string{"press-1", "press-1", "press-1"}, nil},
		{"silence at the PIN", 0, []act{{time.Second, "1"}}, Silent, "pin",
			[]string{"press-1|", "details pin", "pin-again", "pin-again"}, []string{"guard="}},
		{"half a PIN, then silence", 0, []act{{time.Second, "1"}, {time.Second, "5821"}, {11 * time.Second, pin}}, Finished, "",
			[]string{"press-1|", "details pin|", "pin-again", "paid"}, paid},
		{"useless keys three times", 0, []act{{time.Second, "9"}, {time.Second, "8"}, {time.Second, "7"}}, Silent, "guard",
			[]string{"press-1|", "press-1|", "press-1|"}, nil},
		{"wrong, then right", time.Second, []act{{time.Second, "1"}, {3 * time.Second, "111111"}, {3 * time.Second, pin}}, Finished, "",
			[]string{"press-1|", "details pin|", "wrong pin-again|", "paid"}, []string{"guard=", "pin=111111", "pin=" + pin}},
		{"wrong three times", 0, []act{{time.Second, "1"}, {3 * time.Second, "111111"}, {3 * time.Second, "222222"}, {3 * time.Second, "333333"}}, Finished, "pin",
			[]string{"press-1|", "details pin|", "wrong pin-again|", "wrong pin-again|", "locked"}, []string{"guard=", "pin=111111", "pin=222222", "pin=333333"}},
		{"a seventh digit is not half of the next PIN", time.Second, []act{{time.Second, "1"}, {3 * time.Second, "1111117"}, {3 * time.Second, pin}}, Finished, "",
			[]string{"press-1|", "details pin|", "wrong pin-again|", "paid"}, []string{"guard=", "pin=111111", "pin=" + pin}},
		{"keys do not cut the last words", 0, []act{{time.Second, "1"}, {time.Second, pin}, {time.Second, "123456"}}, Finished, "",
			[]string{"press-1|", "details pin|", "paid"}, paid},
		{"hung up during the guard", 0, []act{{time.Second, "hangup"}}, HungUp, "guard", []string{"press-1"}, nil},
		{"hung up during the details", 0, []act{{time.Second, "1"}, {time.Second, "hangup"}}, HungUp, "pin",
			[]string{"press-1|", "details pin"}, []string{"guard="}},
		{"hung up with half a PIN", 0, []act{{time.Second, "1"}, {time.Second, "582"}, {time.Second, "hangup"}}, HungUp, "pin",
			[]string{"press-1|", "details pin|"}, []string{"guard="}},
		{"hung up with the last digit", 0, []act{{time.Second, "1"}, {time.Second, "58219"}, {time.Second, "hangup"}, {0, "3"}}, HungUp, "pin",
			[]string{"press-1|", "details pin|"}, []string{"guard="}},
		{"hung up while the judge thinks, who finishes", 9 * time.Second, []act{{time.Second, "1"}, {10 * time.Second, pin}, {time.Second, "hangup"}}, Finished, "",
			[]string{"press-1|", "details pin|"}, paid},
		{"hung up during the last words", 0, []act{{time.Second, "1"}, {time.Second, pin}, {time.Second, "hangup"}}, Finished, "",
			[]string{"press-1|", "details pin|", "paid"}, paid},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				line, judge := newFakeLine(), &pinJudge{takes: c.takes}
				if len(c.acts) > 0 && c.acts[0].after == 0 {
					line.press(c.acts[0].do)
				} else {
					go line.perform(c.acts)
				}
				res := Run(t.Context(), line, payment, judge.judge, Timing{})
				if res.End != c.end || res.Step != c.step || res.Err != nil {
					t.Errorf("result %v at %q, %v; want %v at %q", res.End, res.Step, res.Err, c.end, c.step)
				}
				line.mu.Lock()
				defer line.mu.Unlock()
				heard := line.log
				if c.name == "type-ahead before the first word" {
					heard = slices.DeleteFunc(heard, func(s string) bool { return s == "paid" })
				}
				if !slices.Equal(heard, c.heard) {
					t.Errorf("heard %q, want %q", heard, c.heard)
				}
				if !slices.Equal(judge.asked, c.asked) {
					t.Errorf("the judge was asked %q, want %q", judge.asked, c.asked)
				}
			})
		})
	}
}

func TestDigitsAreWiped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		line := newFakeLine()
		line.press("1582193")
		var kept Input
		Run(t.Context(), line, payment, func(_ context.Context, _ string, in Input) Verdict {
			kept = in
			return Verdict{}
		}, Timing{})
		if kept.Digits.Len() != 0 {
			t.Error("the digits outlive the judge")
		}
	})
}

func TestContextEndsTheAskingButNotTheJudge(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("drain")
		ctx, cancel := context.WithCancelCause(t.Context())
		line, judge := newFakeLine(), &pinJudge{takes: 5 * time.Second}
		time.AfterFunc(8*time.Second, func() { cancel(why) })
		go line.perform([]act{{time.Second, "1"}, {6 * time.Second, "582193"}})
		res := Run(ctx, line, payment, judge.judge, Timing{})
		if res.End != Finished || slices.Contains(judge.asked, "cancelled") {
			t.Errorf("%v, judge %q", res, judge.asked)
		}
		if last := line.log[len(line.log)-1]; last != "paid" {
			t.Errorf("the last words were %q", last)
		}
		line = newFakeLine()
		res = Run(ctx, line, payment, judge.judge, Timing{})
		if res.End != Stopped || !errors.Is(res.Err, why) {
			t.Errorf("%v", res)
		}
	})
}

func TestPromptThatCannotBePlayed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		line := newFakeLine()
		line.broken = errors.New("no voice")
		res := Run(t.Context(), line, payment, (&pinJudge{}).judge, Timing{})
		if res.End != Failed || !errors.Is(res.Err, line.broken) {
			t.Errorf("%v", res)
		}
		line.hangUp()
		if res = Run(t.Context(), line, payment, (&pinJudge{}).judge, Timing{}); res.End != HungUp {
			t.Errorf("hung up before the prompt failed: %v", res)
		}
	})
}

func TestTimingOfSilence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		Run(t.Context(), newFakeLine(), payment, (&pinJudge{}).judge, Timing{First: 5 * time.Second})
		if got, want := time.Since(start), AsksMax*(sentence+5*time.Second); got != want {
			t.Errorf("three askings took %v, want %v", got, want)
		}
	})
}

func TestLongSilenceOfAnInterruptedLine(t *testing.T) {
	t.Parallel()
	// The far end never confirms that the last words were played.
	synctest.Test(t, func(t *testing.T) {
		line := newFakeLine()
		line.press("1582193")
		start := time.Now()
		res := Run(t.Context(), deaf{line}, payment, (&pinJudge{}).judge, Timing{})
		if res.End != Finished || time.Since(start) != closingMax {
			t.Errorf("%v after %v", res, time.Since(start))
		}
	})
}

type deaf struct{ *fakeLine }

func (deaf) Play(context.Context, []string) (<-chan struct{}, error) { return make(chan struct{}), nil }

func TestScriptOfWordsOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		line := newFakeLine()
		res := Run(t.Context(), line, Script{{Say: []string{"a"}}, {Say: []string{"b"}}}, nil, Timing{})
		if res.End != Finished || !slices.Equal(line.log, []string{"a b"}) {
			t.Errorf("%v, heard %q", res, line.log)
		}
	})
}

// FuzzKeys presses any keys at any pace: Run ends, the judge sees six digits or none.
func FuzzKeys(f *testing.F) {
	f.Add([]byte("1582193#"), uint8(3))
	f.Add([]byte("0#*0#0#*********"), uint8(0))
	f.Add([]byte("11111111111111111111111111111111"), uint8(40))
	f.Fuzz(func(t *testing.T, keys []byte, pace uint8) {
		if len(keys) > 200 {
			return
		}
		synctest.Test(t, func(t *testing.T) {
			line := newFakeLine()
			var person sync.WaitGroup
			person.Go(func() {
				for _, k := range keys {
					time.Sleep(time.Duration(pace) * 100 * time.Millisecond)
					line.press(string("0123456789*#ABCD"[k%16]))
				}
				time.Sleep(time.Minute)
				line.hangUp()
			})
			defer person.Wait()
			Run(t.Context(), line, payment, func(_ context.Context, step string, in Input) Verdict {
				if n := in.Digits.Len(); step == "pin" && !in.NotMe && n != PINDigits {
					panic(fmt.Sprintf("%d digits", n))
				}
				return Verdict{Do: Repeat}
			}, Timing{})
			line.hangUp()
		})
	})
}
