package proof

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// How money is sent to numbers that are not registered.
const (
	claimExpires = time.Minute
	registerOne  = 2 // in so many of those who are told registers
)

// stranger is a number that is not registered, and that no other claim is for.
func (j *journal) stranger() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.strangers++
	return fmt.Sprintf("+86139%08d", 20_000_001+j.strangers*1117)
}

// late are the numbers that were registered during the run.
func (j *journal) late() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.Late)
}

// register has the operator register some of those for whom money waits, until ctx ends.
func (c *crowd) register(ctx context.Context, rng *rand.Rand) {
	seen := map[string]bool{}
	for {
		select {
		case <-ctx.Done():
			return
		case number := <-c.claims:
			if !seen[number] && rng.IntN(registerOne) == 0 {
				c.registers(ctx, number, rng)
			}
			seen[number] = true
		}
	}
}

// registers has the operator register, while the daemon is killed again and again, a number for
// which money waits.
func (c *crowd) registers(ctx context.Context, number string, rng *rand.Rand) {
	c.count(1)
	defer c.count(-1)
	for range refundTries {
		if _, err := c.w.op.run("", "user", "add", number, "--name", "Late Comer", "--key", "late-"+number); err == nil {
			c.w.journal.registered(number)
			return
		}
		if !pause(ctx, rng, refundRetry) {
			break
		}
	}
	// The last try may have been carried out.
	eventually(c.w.t, readyMax, "registering "+number, func() bool {
		_, err := c.w.op.run("", "user", "add", number, "--name", "Late Comer", "--key", "late-"+number)
		return err == nil
	})
	c.w.journal.registered(number)
}

// registered notes that a number is.
func (j *journal) registered(number string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.Late = append(j.Late, number)
}
