package engine

import (
	"sync"
	"sync/atomic"
	"time"
)

// jumpMin is the shortest step of the clock that counts as one.
const jumpMin = time.Second

// jumpsMax bounds how many steps are remembered. If the clock steps more often, the
// oldest steps are added up.
const jumpsMax = 64

// jumps remembers how far the wall clock has stepped forward while mpg ran. Such a
// step would make mpg forget at once what it keeps for a time by that clock, such as
// the orders of the last day, and a copy that an SMSC delivers a second later would be
// taken for a new order. So a step extends that time for as long as it would have
// lasted.
type jumps struct {
	any atomic.Bool // whether there is anything to remember; rarely true

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

// look compares the two clocks. up is read before and after the wall clock; if it has
// moved in between, this comparison proves nothing.
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

// stopped notes that nothing was accepted between last and now. It is impossible to
// tell whether that time really passed, or the clock was set meanwhile.
func (j *jumps) stopped(last, now time.Time, ran time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.down = jump{max(0, now.Sub(last)), ran}
	j.any.Store(true)
}

// within returns the sum of the forward steps in the last window of running time; with
// down, the time in which mpg was not running counts as a step.
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

// copiesFor returns for how long a text may be a copy of an earlier one, by a clock
// that may have stepped forward since. The time before this start counts as a step only
// if an equal order is not asked about for as long: it is better to ask about a new
// order than to take it for a copy.
func (e *Engine) copiesFor(r *Rules) time.Duration {
	e.jumps.look(e.cfg.Now, e.cfg.Uptime)
	return r.Redelivery + e.jumps.within(r.Redelivery, e.cfg.Uptime(), r.Repeat < r.Redelivery)
}

// ordersSince returns the time from which an equal order is asked about. If the clock
// may have been set recently or before this start, that is earlier than usual: a
// question moves no money, but a second payment does. The clocks were compared when the
// text came; see copiesFor.
func (e *Engine) ordersSince(now time.Time, repeat time.Duration) time.Time {
	return now.Add(-repeat - e.jumps.within(repeat, e.cfg.Uptime(), true))
}
