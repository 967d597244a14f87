package flow

import (
	"context"
	"slices"
	"time"
)

// Run talks the script over the line and returns when the conversation is
// over. It does not hang up. When ctx ends, the step being asked ends with
// Stopped; the last words of a call are still said.
func Run(ctx context.Context, line Line, script Script, judge Judge, timing Timing) Result {
	if timing.First <= 0 {
		timing.First = DefaultFirst
	}
	if timing.Inter <= 0 {
		timing.Inter = DefaultInter
	}
	r := &runner{line: line, judge: judge, timing: timing}
	defer r.pad.digits.Wipe()
	for i := range script {
		step := &script[i]
		if step.Want == Nothing {
			// Said together with the next question, so that keys count meanwhile.
			r.carry = append(r.carry, step.Say...)
			continue
		}
		if res, over := r.step(ctx, step); over {
			return res
		}
	}
	return r.close(ctx, Result{End: Finished})
}

type runner struct {
	line   Line
	judge  Judge
	timing Timing
	pad    keypad
	carry  []string // to be said before whatever comes next
}

// step asks until the step is answered and judged; over says that the call ends here.
func (r *runner) step(ctx context.Context, step *Step) (res Result, over bool) {
	res.Step = step.Name
	question := step.Say
	for {
		heard, err := r.ask(ctx, step, question)
		if heard == missed {
			res.End, r.carry = Silent, step.Bye
			return r.close(ctx, res), true
		}
		if heard != answered && heard != denied {
			return r.broken(res, heard, err), true
		}
		in := Input{Digits: &r.pad.digits, NotMe: heard == denied}
		if in.NotMe {
			r.pad.digits.Wipe()
		}
		v := r.judge(context.WithoutCancel(ctx), step.Name, in)
		r.pad.digits.Wipe()
		r.carry = slices.Clone(v.Say)
		switch {
		case in.NotMe:
			res.End = NotMe
			return r.close(ctx, res), true
		case v.Do == End:
			return r.close(ctx, res), true
		case v.Do == Next:
			return res, false
		}
		r.forget()
		question = step.again()
	}
}

// heard is the result of asking.
type heard uint8

const (
	answered heard = iota
	denied         // "not me"
	again          // *
	missed         // silence, or keys of no use
	halted         // silence within an entry
	short          // # within an entry
	gone           // hung up
	stopped        // the context ended
	unplayed       // the prompt could not be played
)

func (r *runner) broken(res Result, last heard, err error) Result {
	res.Err = err
	switch last {
	case gone:
		res.End = HungUp
	case stopped:
		res.End = Stopped
	default:
		res.End = Failed
	}
	return res
}

// ask asks the question up to AsksMax times. A repetition requested with * is not
// counted; it is the full question, spoken more slowly.
func (r *runner) ask(ctx context.Context, step *Step, question []string) (heard, error) {
	r.pad.digits.Wipe()
	for asks := 0; asks < AsksMax; {
		prompt := append(r.carry, question...)
		r.carry = nil
		h, err := r.collect(ctx, step.Want, prompt)
		question = step.again()
		switch h {
		case halted:
			asks++
			if len(step.GoOn) > 0 {
				question = step.GoOn
				continue // with what was keyed
			}
		case short:
			asks++
			question = slices.Concat(step.Short, question)
		case missed:
			asks++
		case again:
			r.line.Slower()
			question = step.Say
		default:
			return h, err
		}
		r.pad.digits.Wipe()
	}
	return missed, nil
}

// collect gathers one entry, or continues one: first from the keys that are already
// waiting, then with the prompt.
func (r *runner) collect(ctx context.Context, want Want, prompt []string) (heard, error) {
	keyed := false
	for waiting := true; waiting; {
		if r.hungUp() {
			return gone, nil
		}
		select {
		case key := <-r.line.Keys():
			p := r.pad.press(want, key)
			if h, over := outcome(p); over {
				return h, nil
			}
			keyed = keyed || p != ignored
		default:
			waiting = false
		}
	}
	if keyed {
		return r.listen(ctx, want, nil)
	}
	played, err := r.line.Play(ctx, prompt)
	if err != nil {
		return r.unplayed(ctx, err)
	}
	return r.listen(ctx, want, played)
}

// unplayed tells a prompt that failed from a call that ended meanwhile.
func (r *runner) unplayed(ctx context.Context, err error) (heard, error) {
	if r.hungUp() {
		return gone, nil
	}
	if ctx.Err() != nil {
		return stopped, context.Cause(ctx)
	}
	return unplayed, err
}

// listen waits for keys while the prompt plays (played is not nil) and after it.
func (r *runner) listen(ctx context.Context, want Want, played <-chan struct{}) (heard, error) {
	wait := r.timing.Inter
	timer := time.NewTimer(wait)
	defer timer.Stop()
	if played != nil {
		timer.Stop()
	}
	for {
		select {
		case <-r.line.HungUp():
			return gone, nil
		case <-ctx.Done():
			return stopped, context.Cause(ctx)
		case <-played:
			played, wait = nil, r.timing.First
			timer.Reset(wait)
		case <-timer.C:
			// A key that is held, or a call on hold, is not silence.
			idle := r.line.Idle()
			if idle >= wait {
				return r.silence(), nil
			}
			timer.Reset(wait - idle)
		case key := <-r.line.Keys():
			// Who hangs up with the last key has not said yes.
			if r.hungUp() {
				return gone, nil
			}
			p := r.pad.press(want, key)
			if p == ignored {
				continue
			}
			if played != nil {
				r.line.Stop()
				played = nil
			}
			if h, over := outcome(p); over {
				return h, nil
			}
			wait = r.timing.Inter
			timer.Reset(wait)
		}
	}
}

// silence returns what a long silence means for the question.
func (r *runner) silence() heard {
	if r.pad.digits.Len() > 0 {
		return halted
	}
	return missed
}

// outcome says what a key means for the asking, and whether the asking is over.
func outcome(made pressed) (h heard, over bool) {
	switch made {
	case complete:
		return answered, true
	case notMe:
		return denied, true
	case cleared:
		return again, true
	case tooShort:
		return short, true
	case unusable:
		return missed, true
	default:
		return 0, false
	}
}

// forget drops the keys that wait.
func (r *runner) forget() {
	for {
		select {
		case <-r.line.Keys():
		default:
			return
		}
	}
}

// close says the last words. Keys do not cut them: no step is left that wants
// any. Whoever hangs up now has been through the script.
func (r *runner) close(ctx context.Context, res Result) Result {
	if len(r.carry) == 0 || r.hungUp() {
		return res
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closingMax)
	defer cancel()
	played, err := r.line.Play(ctx, r.carry)
	if err != nil {
		if !r.hungUp() {
			res.Err = err
		}
		return res
	}
	select {
	case <-played:
	case <-r.line.HungUp():
	case <-ctx.Done():
	}
	return res
}

func (r *runner) hungUp() bool {
	select {
	case <-r.line.HungUp():
		return true
	default:
		return false
	}
}
