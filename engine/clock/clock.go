// Package clock knows how far the wall clock has stepped forward while mpg ran.
//
// A step forward would make mpg forget at once what it keeps for a time by the wall
// clock, such as the orders of the last day, and a copy that an SMSC delivers a second
// later would be taken for a new order. So a step extends that time for as long as it
// would have lasted.
//
// It imports nothing of ours.
package clock

import (
	"sync"
	"sync/atomic"
	"time"
)

// stepMin is the shortest step of the clock that counts as one.
const stepMin = time.Second

// stepsMax bounds how many steps are remembered. If the clock steps more often, the
// oldest steps are added up.
const stepsMax = 64

// Clock remembers the steps forward of the wall clock. It may be used by any number of
// goroutines.
type Clock struct {
	now    func() time.Time
	uptime func() time.Duration
	any    atomic.Bool // whether there is anything to remember; rarely true

	mu     sync.Mutex
	looked bool
	ahead  time.Duration // of the wall clock before the time that mpg has run, at the last look
	steps  []step
	down   step // how long mpg was not running before this start, as far as the wall clock says
}

// step is one step forward.
type step struct {
	by time.Duration
	at time.Duration // that mpg had run
}

// New returns a Clock that compares the wall clock now with uptime, the time that mpg has
// run by a clock that nobody sets.
func New(now func() time.Time, uptime func() time.Duration) *Clock {
	return &Clock{now: now, uptime: uptime}
}

// Look compares the two clocks. uptime is read before and after the wall clock; if it has
// moved in between, this comparison proves nothing.
func (c *Clock) Look() {
	before := c.uptime()
	wall := c.now()
	ran := c.uptime()
	if ran-before >= stepMin {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	ahead := time.Duration(wall.UnixNano()) - ran
	by := ahead - c.ahead
	c.ahead = ahead
	if c.looked && by >= stepMin {
		c.add(step{by, ran})
	}
	c.looked = true
}

// add keeps a step. The lock is held.
func (c *Clock) add(took step) {
	if len(c.steps) == stepsMax {
		oldest, next := c.steps[0], c.steps[1]
		c.steps = append(c.steps[:0], c.steps[1:]...)
		c.steps[0] = step{oldest.by + next.by, next.at}
	}
	c.steps = append(c.steps, took)
	c.any.Store(true)
}

// Stopped notes that nothing was accepted between last and now. It is impossible to
// tell whether that time really passed, or the clock was set meanwhile.
func (c *Clock) Stopped(last time.Time) {
	now, ran := c.now(), c.uptime()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = step{max(0, now.Sub(last)), ran}
	c.any.Store(true)
}

// Forward returns the sum of the forward steps in the last window of running time; with
// down, the time in which mpg was not running counts as a step.
func (c *Clock) Forward(window time.Duration, down bool) time.Duration {
	if !c.any.Load() {
		return 0
	}
	ran := c.uptime()
	c.mu.Lock()
	defer c.mu.Unlock()
	sum := time.Duration(0)
	for _, s := range c.steps {
		if ran-s.at < window {
			sum += s.by
		}
	}
	if down && ran-c.down.at < window {
		sum += c.down.by
	}
	return sum
}
