package call_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"mpg/engine/call"
	"mpg/engine/cdr"
	"mpg/engine/lang"
	"mpg/engine/pin"
	"mpg/engine/tx"
	"mpg/engine/user"
)

// poll is a script that asks for a key and a PIN, and keeps how it went.
type poll struct {
	r      *room
	mu     sync.Mutex
	right  []bool
	left   []int
	report []call.Report
}

// plays calls the subscriber with the poll's script.
func (p *poll) plays() {
	p.r.t.Helper()
	p.r.do(func(t *tx.Tx) error {
		u, err := t.User(1)
		if err != nil {
			return err
		}
		p.r.dialer.Play(t, u, call.Script{Module: "poll", Lang: lang.EN, Via: "main", Code: "8888",
			Steps: []call.Step{p.r.dialer.Guard(lang.EN, []string{"There is a question for you.", "To hear it, press 1."}),
				{Name: "answer", Say: []string{"Do you agree? Key in your PIN."}, Want: call.WantPIN}},
			OnInput: p.onInput,
			OnEnd: func(_ context.Context, report call.Report) {
				p.mu.Lock()
				defer p.mu.Unlock()
				p.report = append(p.report, report)
			}})
		return nil
	})
}

func (p *poll) onInput(ctx context.Context, step string, digits *pin.PIN) call.Verdict {
	if step != "answer" {
		return call.Verdict{Do: call.GoOn}
	}
	right, left, err := p.r.dialer.Try(ctx, 1, digits)
	if err != nil {
		p.r.t.Error(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.right, p.left = append(p.right, right), append(p.left, left)
	switch {
	case right:
		return call.Verdict{Do: call.HangUp, Say: []string{"Thank you."}}
	case left == 0:
		return call.Verdict{Do: call.HangUp}
	}
	return call.Verdict{Do: call.AskAgain}
}

// records returns the records of calls of a purpose.
func (r *room) records(purpose cdr.Purpose) (list []cdr.Record) {
	r.t.Helper()
	for doc, err := range r.store.Docs(r.t.Context(), cdr.Table, string(purpose)+"/", 0) {
		record, err := tx.Decoded[cdr.Record](doc, err)
		if err != nil {
			r.t.Fatal(err)
		}
		if record.Purpose == purpose {
			list = append(list, *record)
		}
	}
	return list
}

// TestAScriptIsPlayed: a module asks what it likes, a try of a PIN counts before the PIN is
// compared, and the call is recorded and counted like any other.
func TestAScriptIsPlayed(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		pins  []string
		end   call.End
		right []bool
		left  []int
		tries int
		state user.State
	}{
		"right":            {[]string{rightPIN}, call.EndFinished, []bool{true}, []int{pin.TriesMax}, 0, user.Active},
		"wrong, then fine": {[]string{wrongPIN, rightPIN}, call.EndFinished, []bool{false, true}, []int{2, pin.TriesMax}, 0, user.Active},
		"hangs up":         {[]string{wrongPIN}, call.EndHungUp, []bool{false}, []int{2}, 1, user.Active},
		"three wrong":      {[]string{wrongPIN, newPIN, wrongPIN}, call.EndFinished, []bool{false, false, false}, []int{2, 1, 0}, 3, user.Locked},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var said []string
			r := newRoom(t, 1, func(ctx context.Context, c call.Call) call.Report {
				if c.To != number || c.Steps[0].Say[0] != "There is a question for you." || len(c.Steps[0].Again) == 0 {
					t.Errorf("%+v", c.Steps)
				}
				var end call.End
				said, end = press(ctx, t, c, want.pins...)
				return answered(end)
			})
			r.setPIN(rightPIN, false)
			p := &poll{r: r}
			p.plays()
			r.ended()
			if !slices.Equal(p.right, want.right) || !slices.Equal(p.left, want.left) || slices.Contains(said, "Thank you.") != slices.Contains(want.right, true) {
				t.Errorf("right %v, left %v, said %q", p.right, p.left, said)
			}
			if len(p.report) != 1 || p.report[0].End != want.end {
				t.Errorf("ended as %+v", p.report)
			}
			if u := r.user(); u.Tries != want.tries || u.State != want.state || len(u.Calls) != 1 {
				t.Errorf("%d tries, %s, %d calls", u.Tries, u.State, len(u.Calls))
			}
			if list := r.records("poll"); len(list) != 1 || list[0].User != 1 || list[0].End != want.end.String() || list[0].Talk == 0 {
				t.Errorf("recorded as %+v", list)
			}
		})
	}
}

// TestWhoDidNotAskForAScript is blocked before that is said, and told by text.
func TestWhoDidNotAskForAScript(t *testing.T) {
	t.Parallel()
	var r *room
	r = newRoom(t, 1, func(ctx context.Context, c call.Call) call.Report {
		c.OnAnswer()
		if say := strings.Join(c.OnNotMe(ctx), " "); !strings.Contains(say, "blocked") {
			t.Errorf("said %q", say)
		}
		if u := r.user(); u.State != user.Blocked || u.Why != "not me, call of poll" {
			t.Errorf("%s %s", u.State, u.Why)
		}
		return answered(call.EndNotMe)
	})
	(&poll{r: r}).plays()
	r.ended()
	r.told(lang.NotMe)
}

// TestScriptsShareTheLines: calls to one number follow each other, and all are recorded,
// even those of one module at the same time. OnEnd is not called for a call that is cut
// off.
func TestScriptsShareTheLines(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	on, most := 0, 0
	r := newRoom(t, 3, func(context.Context, call.Call) call.Report {
		mu.Lock()
		on++
		most = max(most, on)
		mu.Unlock()
		defer func() { mu.Lock(); on--; mu.Unlock() }()
		return call.Report{End: call.EndNoAnswer}
	})
	p := &poll{r: r}
	for range 4 {
		p.plays()
	}
	r.ended()
	if most != 1 || len(p.report) != 4 || !r.dialer.Idle() {
		t.Errorf("%d calls at once to one number; %d ended; idle %v", most, len(p.report), r.dialer.Idle())
	}
	if u := r.user(); len(u.Calls) != 4 {
		t.Errorf("%d calls counted", len(u.Calls))
	}
	if got := r.dialer.Counts.Calls.Load(); got != 4 {
		t.Error(fmt.Sprint(got, " calls"))
	}
	r.stop()
	p.plays()
	r.ended()
	if len(p.report) != 4 {
		t.Errorf("told of a call that was cut off: %+v", p.report)
	}
}
