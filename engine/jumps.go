package engine

import (
	"sync"
	"sync/atomic"
	"time"
)

// jumpMin is the shortest step of the clock that counts as one.
const jumpMin = time.Second

// jumpsMax bounds how many steps are remembered. A clock that steps more often
// than that is remembered by the sum of its oldest steps.
const jumpsMax = 64

// jumps remembers how far the wall clock has stepped forward while mpg ran. What
// is remembered for a time by that clock, such as the orders of the last day,
// would be forgotten at once by such a step, and a copy that an SMSC delivers a
// second later would be taken for a new order. So a step extends that time for
// as long as it would have lasted.
type jumps struct {
	any atomic.Bool // whether there is anything to remember: hardly ever

	mu    sync.Mutex
	begun bool
	ahead time.Duration // of the wall clock before the time that mpg has run, at the last look
	steps []jump
	down  jump // how long mpg was not running before this start, as far as the wall clock says
}

// jump is one step forward.
type jump struct {
	by time.Duration
	at time.Duration // that mpg had run
}

// look compares the two clocks. up is read before and after the wall clock:
// where it has moved in between, this look proves nothing.
func (j *jumps) look(now func() time.Time, up func() time.Duration) {
	before := up()
	wall := now()
	ran := up()
	if ran-before >= jumpMin {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	ahead := time.Duration(wall.UnixNano()) - ran
	by := ahead - j.ahead
	j.ahead = ahead
	if j.begun && by >= jumpMin {
		j.add(jump{by, ran})
	}
	j.begun = true
}

// add keeps a step. The lock is held.
func (j *jumps) add(step jump) {
	if len(j.steps) == jumpsMax {
		step1, step2 := j.steps[0], j.steps[1]
		j.steps = append(j.steps[:0], j.steps[1:]...)
		j.steps[0] = jump{step1.by + step2.by, step2.at}
	}
	j.steps = append(j.steps, step)
	j.any.Store(true)
}

// stopped notes that nothing was taken in after last, until now. Whether that
// time really passed, or the clock was set in it, nobody can tell.
func (j *jumps) stopped(last, now time.Time, ran time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.down = jump{max(0, now.Sub(last)), ran}
	j.any.Store(true)
}

// within returns the sum of the steps forward of the last window of time that
// mpg has run; with down, the time in which it did not run counts as one.
func (j *jumps) within(window, ran time.Duration, down bool) time.Duration {
	if !j.any.Load() {
		return 0
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	sum := time.Duration(0)
	for _, step := range j.steps {
		if ran-step.at < window {
			sum += step.by
		}
	}
	if down && ran-j.down.at < window {
		sum += j.down.by
	}
	return sum
}

// copiesFor returns how long a text that comes now may be a copy of one taken in
// before, by a clock that may have stepped forward since. The time before this start
// counts as a step only where an equal order is not asked about for as long: a new
// order had better be asked about than be taken for a copy.
func (e *Engine) copiesFor(r *Rules) time.Duration {
	e.jumps.look(e.cfg.Now, e.cfg.Uptime)
	return r.Redelivery + e.jumps.within(r.Redelivery, e.cfg.Uptime(), r.Repeat < r.Redelivery)
}

// ordersSince returns the time from which an equal order is asked about. While
// the clock may have been set, in the last while or before this start, that is
// earlier than usual: a question moves no money, and a second payment does. Each text
// has had the clocks compared when it came; see copiesFor.
func (e *Engine) ordersSince(now time.Time, repeat time.Duration) time.Time {
	return now.Add(-repeat - e.jumps.within(repeat, e.cfg.Uptime(), true))
}
