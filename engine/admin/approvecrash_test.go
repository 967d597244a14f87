package admin_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mpg/engine/acquirer"
	"mpg/engine/admin"
	"mpg/engine/approval"
	"mpg/store"
	"mpg/store/bolt"
)

// errPower is the error of a store whose machine has lost power.
var errPower = errors.New("the power is gone")

// cut is a store that loses power at a commit: just before it, or when it is durable but
// nobody has learned of it.
type cut struct {
	store.Store
	after bool

	mu   sync.Mutex
	left int // commits until then; 0: the power stays
	off  bool
}

func (c *cut) Apply(ctx context.Context, epoch uint64, cmds []store.Cmd) ([]store.Result, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.off {
		return nil, errPower
	}
	c.left--
	if c.left != 0 {
		return c.Store.Apply(ctx, epoch, cmds)
	}
	c.off = true
	if c.after {
		_, _ = c.Store.Apply(ctx, epoch, cmds)
	}
	return nil, errPower
}

// losesPower arms the cut for commit n from now on.
func (c *cut) losesPower(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left = n
}

// TestPowerIsLostWhileTwoPeopleWork: at each commit, before and after it, whatever way the
// approval goes. Everybody gives the same command again under the same key, and what is
// found is as if nothing had happened: one approval, which ended once.
func TestPowerIsLostWhileTwoPeopleWork(t *testing.T) {
	t.Parallel()
	for name, ends := range map[string]struct {
		way   func(o *office, id string) error
		state approval.State
		done  int
	}{
		"approve": {func(o *office, id string) error {
			_, err := o.Approvals.Approve(context.Background(), person("hu", "a"), id, "")
			return err
		}, approval.Done, 1},
		"refuse": {func(o *office, id string) error {
			_, err := o.Approvals.Refuse(context.Background(), person("hu", "r"), id, "no")
			return err
		}, approval.Refused, 0},
		"withdraw": {func(o *office, id string) error {
			_, err := o.Approvals.Withdraw(context.Background(), person("lin", "w"), id)
			return err
		}, approval.Withdrawn, 0},
		"expire": {func(o *office, _ string) error {
			o.now = time.Date(2026, 11, 27, 10, 0, 0, 0, time.UTC)
			return o.due.Sweep(context.Background())
		}, approval.Expired, 0},
		"fail": {func(o *office, id string) error {
			o.banks.refuses = acquirer.ErrStands
			defer func() { o.banks.refuses = nil }()
			_, err := o.Approvals.Approve(context.Background(), person("hu", "a"), id, "")
			switch {
			case errors.Is(err, errPower):
				return err
			case errors.Is(err, acquirer.ErrStands), errors.Is(err, approval.ErrEnded):
				return nil
			}
			return fmt.Errorf("it did not fail: %w", err)
		}, approval.Failed, 0},
	} {
		for command, s := range samples() {
			if name == "fail" && command != "payment resolve" {
				continue
			}
			for n := 1; n <= 2; n++ {
				for _, after := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s, %s, commit %d, after it %v", command, name, n, after), func(t *testing.T) {
						t.Parallel()
						o := loses(t, s, n, after, ends.way)
						asked := read[admin.Waiting](t)(s.give(o, person("lin", "m")))
						id := asked.Approval
						if id == "" { // it was done before the power went
							all, err := o.approvals(t)
							if err != nil || len(all) != 1 {
								t.Fatalf("%d approvals, %v", len(all), err)
							}
							id = all[0].Approval
						}
						if err := ends.way(o, id); err != nil {
							t.Errorf("again: %v", err)
						}
						shown, err := o.Approvals.Show(t.Context(), id)
						if err != nil || shown.State != string(ends.state) || s.done(t, o) != ends.done {
							t.Errorf("%+v, %v; done %d times", shown, err, s.done(t, o))
						}
						if all, err := o.approvals(t); err != nil || len(all) != 1 {
							t.Errorf("%d approvals, %v", len(all), err)
						}
						o.sound(t)
					})
				}
			}
		}
	}
}

// loses gives a command and ends its approval, while the power is lost at commit n, and
// returns the office as it is found after that.
func loses(t *testing.T, s sample, n int, after bool, way func(o *office, id string) error) *office {
	t.Helper()
	dir := t.TempDir()
	c := &cut{after: after}
	before, closeIt := openOfficeIn(t, private(t, dir), bolt.Options{}, func(s store.Store) store.Store {
		c.Store = s
		return c
	})
	before.furnish(t)
	before.employ(t, "lin", "hu")
	c.losesPower(n)
	asked, err := decoded[admin.Waiting](s.give(before, person("lin", "m")))
	if err == nil {
		err = way(before, asked.Approval)
	}
	c.mu.Lock()
	lost := c.off
	c.mu.Unlock()
	if !lost {
		t.Fatalf("the power was not lost: %v", err)
	}
	closeIt()
	o, closeAfter := openOfficeIn(t, dir, bolt.Options{}, nil)
	t.Cleanup(closeAfter)
	o.toppedUp, o.now = before.toppedUp, before.now
	if err := o.Approvals.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	return o
}

// TestKilledWhileTwoPeopleWork at each moment of each commit: whatever was on the disk then,
// the same commands under the same keys lead to one approval, whose command is done once.
func TestKilledWhileTwoPeopleWork(t *testing.T) {
	t.Parallel()
	for command, s := range samples() {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			dir, images := private(t, t.TempDir()), private(t, t.TempDir())
			taken, armed := 0, new(atomic.Bool)
			o, closeIt := openOfficeIn(t, dir, bolt.Options{Failpoint: func(p bolt.Failpoint) {
				if !armed.Load() || p != bolt.BeforeWrite && p < bolt.BeforeCommit {
					return // between them nothing is written to the file
				}
				image := filepath.Join(images, fmt.Sprint(taken))
				if err := os.CopyFS(image, os.DirFS(dir)); err != nil {
					t.Error(err)
				}
				taken++
			}}, nil)
			o.furnish(t)
			o.employ(t, "lin", "hu")
			armed.Store(true) // before the next commit: whoever gives it has seen this
			bothDo(t, o, s)
			armed.Store(false)
			closeIt()
			if taken < 10 {
				t.Fatalf("only %d moments", taken)
			}
			for i := range taken {
				image := filepath.Join(images, fmt.Sprint(i))
				found, closeAfter := openOfficeIn(t, private(t, image), bolt.Options{}, nil)
				found.toppedUp = o.toppedUp
				if err := found.Approvals.Resume(t.Context()); err != nil {
					t.Error(err)
				}
				bothDo(t, found, s)
				closeAfter()
			}
		})
	}
}

// bothDo gives a command as lin and approves it as hu, perhaps not for the first time.
func bothDo(t *testing.T, o *office, s sample) {
	t.Helper()
	id := read[admin.Waiting](t)(s.give(o, person("lin", "m"))).Approval
	if id == "" { // it was done before
		all, err := o.approvals(t)
		if err != nil || len(all) != 1 {
			t.Fatalf("%d approvals, %v", len(all), err)
		}
		id = all[0].Approval
	}
	if _, err := o.Approvals.Approve(t.Context(), person("hu", "a"), id, ""); err != nil {
		t.Error(err)
	}
	if all, err := o.approvals(t); err != nil || len(all) != 1 || all[0].State != string(approval.Done) || s.done(t, o) != 1 {
		t.Errorf("%+v, %v; done %d times", all, err, s.done(t, o))
	}
	o.sound(t)
}
