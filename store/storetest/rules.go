package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"mpg/store"
	"mpg/store/money"
)

// parts settles and voids holds in parts, over restarts and crashes at each step.
func parts(t *testing.T, engine Engine) {
	b := setup(t, engine)
	restarts := []func(){func() {}, b.reopen, b.crash}
	for i := range 9 { // each pair of restarts, before and after
		id := store.HoldID(i + 1)
		before := b.account(Purse)
		shop := b.account(Shop)
		b.must(hold(id, 90))
		restarts[i%3]()
		b.must(part(store.PostHold, id, 20))
		b.balance(Purse, before.Posted()-20, before.Posted()-90)
		restarts[i/3]()
		b.balance(Purse, before.Posted()-20, before.Posted()-90)
		if res := b.refused(store.RefusedHoldExceeded, part(store.PostHold, id, 71)); res.Short != 1 {
			t.Errorf("exceeded by %d", res.Short)
		}
		b.must(part(store.VoidHold, id, 30))
		restarts[i%3]()
		b.must(part(store.PostHold, id, 10))
		b.balance(Purse, before.Posted()-30, before.Posted()-60)
		b.must(end(store.VoidHold, id))
		restarts[i/3]()
		b.refused(store.RefusedHoldEnded, part(store.PostHold, id, 1))
		b.balance(Purse, before.Posted()-30, before.Posted()-30)
		b.balance(Shop, shop.Posted()+30, shop.Posted()+30)
	}
	for i, restart := range restarts { // several parts of one hold in one step
		id := store.HoldID(i + 20)
		before := b.account(Purse)
		b.must(hold(id, 90))
		c := part(store.PostHold, id, 10)
		c.Transfers = append(c.Transfers, part(store.VoidHold, id, 20).Transfers[0], part(store.PostHold, id, 30).Transfers[0])
		b.must(c)
		restart()
		b.balance(Purse, before.Posted()-40, before.Posted()-70)
		b.refused(store.RefusedHoldExceeded, part(store.PostHold, id, 31))
		b.must(part(store.PostHold, id, 30))
		b.balance(Purse, before.Posted()-70, before.Posted()-70)
	}
	b.sound()
}

// limits sets ceilings and closes accounts, over restarts.
func limits(t *testing.T, engine Engine) {
	b := setup(t, engine)
	b.must(hold(1, 100))
	b.must(store.Cmd{Limits: []store.Limit{{Account: Shop, Ceiling: 150}, {Account: Dollars, Closed: true}}})
	b.must(store.Cmd{Opens: []store.Open{{ID: 60, Kind: store.Liability, Currency: "CNY", Ceiling: 5}}})
	check := func() {
		t.Helper()
		if res := b.refused(store.RefusedCeiling, post(Purse, Shop, 51)); res.Account != Shop || res.Short != 1 {
			t.Errorf("%+v", res)
		}
		b.refused(store.RefusedCeiling, post(Purse, 60, 6))
		if a := b.account(Dollars); !a.Closed {
			t.Error("Dollars is open")
		}
	}
	for _, restart := range []func(){func() {}, b.reopen, b.crash, b.reopen} {
		restart()
		check()
	}
	b.must(store.Cmd{Limits: []store.Limit{{Account: Shop, Ceiling: 1, Closed: true}}})
	for _, restart := range []func(){func() {}, b.crash, b.reopen} {
		restart()
		b.refused(store.RefusedClosed, post(Purse, Shop, 1))
		b.must(part(store.PostHold, 1, 10)) // what is held is never refused
	}
	b.must(end(store.PostHold, 1))
	b.balance(Shop, 100, 100)
	b.must(store.Cmd{Limits: []store.Limit{{Account: Shop}}})
	b.must(post(Purse, Shop, 500))
	b.refused(store.RefusedAccount, store.Cmd{Limits: []store.Limit{{Account: 99}}})
}

// emptied closes an account only once nothing is posted to it or pending on it, by the
// transfers of the same Cmd at the latest.
func emptied(t *testing.T, e Engine) {
	b := setup(t, e)
	b.must(post(Purse, Shop, 30))
	b.must(hold(1, 100))
	leaves := func(amount money.Amount) store.Cmd {
		c := store.Cmd{Limits: []store.Limit{{Account: Shop, Closed: true, IfEmpty: true}}}
		if amount > 0 {
			c.Transfers = post(Shop, Float, amount).Transfers
		}
		return c
	}
	for _, amount := range []money.Amount{0, 29, 30} { // the hold is still there
		if res := b.refused(store.RefusedNotEmpty, leaves(amount)); res.Account != Shop || res.At != 0 {
			t.Errorf("%+v", res)
		}
	}
	b.must(part(store.PostHold, 1, 20))
	b.refused(store.RefusedNotEmpty, leaves(50))
	b.must(end(store.VoidHold, 1))
	b.refused(store.RefusedNotEmpty, leaves(30))
	b.balance(Shop, 50, 50) // a refused Cmd pays nothing out
	b.must(leaves(50))
	for _, restart := range []func(){func() {}, b.crash, b.reopen} {
		restart()
		b.refused(store.RefusedClosed, post(Purse, Shop, 1))
		b.balance(Shop, 0, 0)
	}
	b.must(leaves(0)) // once more
	b.sound()
}

// frozen keeps in a document the counters that accounts have in its commit.
func frozen(t *testing.T, engine Engine) {
	b := setup(t, engine)
	c := post(Purse, Shop, 100)
	c.Transfers = append(c.Transfers, hold(1, 30).Transfers...)
	c.Writes = []store.Write{{Table: Table, Key: "cut", Data: []byte("batch 1"), Stamp: []store.AccountID{Shop, Purse}}}
	b.must(c)
	b.must(post(Purse, Shop, 7))
	for _, restart := range []func(){func() {}, b.crash, b.reopen} {
		restart()
		d, ok, err := b.s.Doc(t.Context(), Table, "cut")
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		data, counters, ok := d.Stamped(2)
		if !ok || string(data) != "batch 1" || counters[0].CreditsPosted != 100 || counters[0].CreditsPending != 30 ||
			counters[1].CreditsPosted != 1000 || counters[1].DebitsPosted != 100 || counters[1].DebitsPending != 30 {
			t.Errorf("%q %+v %v", data, counters, ok)
		}
		if _, _, ok := d.Stamped(3); ok {
			t.Error("a document holds more balances than were frozen into it")
		}
	}
	b.refused(store.RefusedAccount, store.Cmd{Writes: []store.Write{{Table: Table, Key: "no", Stamp: []store.AccountID{99}}}})
}

// follow reads the journal as it grows.
func follow(t *testing.T, engine Engine) {
	b := setup(t, engine)
	j, ok := b.s.(store.Feed)
	if !ok {
		t.Skip("the journal of the engine cannot be followed")
	}
	begun := j.Seq()
	const steps = 30
	read := make(chan uint64)
	go func() {
		defer close(read)
		for after := begun; after < begun+steps; {
			seq, err := j.Wait(t.Context(), after)
			if err != nil || seq <= after {
				t.Errorf("waited for more than %d: %d, %v", after, seq, err)
				return
			}
			for entry, err := range j.Records(t.Context(), after+1) {
				if err != nil || entry.Seq != after+1 {
					t.Errorf("step %d after %d: %v", entry.Seq, after, err)
					return
				}
				after = entry.Seq
				read <- after
			}
		}
	}()
	for i := range uint64(steps) {
		if res := b.must(post(Purse, Shop, 1)); j.Seq() != res.Seq {
			t.Errorf("the last step is %d, not %d", j.Seq(), res.Seq)
		}
		if seq := <-read; seq != begun+i+1 {
			t.Errorf("the follower is at %d", seq)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := j.Wait(ctx, j.Seq()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("nothing came: %v", err)
	}
	ended := make(chan error)
	go func() {
		_, err := j.Wait(context.Background(), j.Seq())
		ended <- err
	}()
	b.reopen()
	if err := <-ended; !errors.Is(err, store.ErrClosed) {
		t.Errorf("the store was closed: %v", err)
	}
}
