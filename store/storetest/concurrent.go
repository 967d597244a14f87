package storetest

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"mpg/store"
	"mpg/store/money"
)

// Sizes of the race.
const (
	racers    = 24
	raceSteps = 40
)

// serial lets callers race with Cmds that get into each other's way, and then
// looks for the order that explains it: the numbers of the Cmds. In that order,
// each Cmd that was done must be one that the books allow, and at the end the
// books and the store must agree.
func serial(t *testing.T, engine Engine) {
	b := setup(t, engine)
	type step struct {
		cmd store.Cmd
		seq uint64
	}
	done := make([][]step, racers)
	var wg sync.WaitGroup
	for i := range racers {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 7))
			for n := range raceSteps {
				cmds := []store.Cmd{race(t.Context(), r, b.s, i, n), race(t.Context(), r, b.s, i, n+raceSteps)}
				res, err := b.s.Apply(context.Background(), b.s.Epoch(), cmds)
				if err != nil {
					t.Error(err)
					return
				}
				for k := range res {
					if res[k].Refusal == store.None {
						done[i] = append(done[i], step{cmds[k], res[k].Seq})
					}
				}
			}
		})
	}
	wg.Wait()
	all := slices.Concat(done...)
	slices.SortFunc(all, func(a, b step) int { return cmp.Compare(a.seq, b.seq) })
	if len(all) < racers {
		t.Fatalf("only %d Cmds were done: the test proves nothing", len(all))
	}
	m := newBooks()
	last := all[0].seq - 1
	for _, s := range all {
		if s.seq != last+1 {
			t.Fatalf("step %d follows %d", s.seq, last)
		}
		if last = s.seq; m.apply(s.cmd) != store.None {
			t.Fatalf("step %d was done, and at its place could not be: %+v", s.seq, s.cmd)
		}
	}
	for _, restart := range []func(){func() {}, b.crash, b.reopen} {
		restart()
		for id, balance := range m.balance {
			if a := b.account(id); a.CreditsPosted-a.DebitsPosted != balance || a.DebitsPending != m.held[id] {
				t.Errorf("account %d: %+v, the books say %d, held %d", id, a, balance, m.held[id])
			}
		}
		for key, version := range m.docs {
			if d, ok, err := b.s.Doc(t.Context(), Table, key); !ok || err != nil || d.Version != version {
				t.Errorf("document %s: %+v %v %v, the books say version %d", key, d, ok, err, version)
			}
		}
	}
}

// race draws a Cmd: money in circles, holds that others may end, documents that
// all write.
func race(ctx context.Context, random *rand.Rand, ledger store.Store, racer, n int) store.Cmd {
	c := store.Cmd{ID: store.ID{1, byte(racer), byte(n)}, At: noon().Add(time.Hour)}
	ids := []store.AccountID{Float, Purse, Shop}
	from := random.IntN(3)
	move := store.Transfer{Op: store.Post, Debit: ids[from], Credit: ids[(from+1+random.IntN(2))%3], Amount: money.Amount(1 + random.IntN(300))}
	number := store.HoldID(1 + racer*2*raceSteps + n)
	switch random.IntN(4) {
	case 0:
		move.Op, move.Hold = store.Hold, number
		c.Transfers = []store.Transfer{move}
	case 1:
		end := store.HoldID(1 + random.IntN(racers*2*raceSteps))
		c.Transfers = []store.Transfer{{Op: store.PostHold + store.Op(random.IntN(2)), Hold: end, Amount: money.Amount(random.IntN(2) * random.IntN(100))}}
	default:
		c.Transfers = []store.Transfer{move}
	}
	if random.IntN(2) == 0 {
		key := fmt.Sprint("r", random.IntN(4))
		d, _, _ := ledger.Doc(ctx, Table, key) // one that cannot be read has version 0, and is refused
		c.Writes = []store.Write{{Table: Table, Key: key, Expect: d.Version, Data: []byte("v")}}
	}
	return c
}
