package engine_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"mpg/engine/admin"
)

// TestWordsOfTheBankRaceWithPeople lets everything be said at once about
// payments whose answer is unknown: what people resolve, late answers of either
// kind, the host's own reversal, and the answers to ours. Whichever comes
// first, the records must agree with each other: the audit at the end of the
// world reads them.
func TestWordsOfTheBankRaceWithPeople(t *testing.T) {
	t.Parallel()
	w, b := bankWorld(t)
	const payments = 12
	for i := range payments {
		w.pass(time.Hour) // else the calls of the hour are spent
		b.silence(i%2 == 0)
		b.answersReversals("12")
		w.answers(wang, phone{keys: []string{pinOne}})
		w.text(wang, fmt.Sprintf("PAY 8001 %d BANK", 1+i))
		ref := w.last().Ref
		w.comes(ref, "doubt", "doubt")
		asked := b.requests()
		m := asked[len(asked)-1]
		undone := m.late("00")
		undone.Reversal = true
		says := []func(){
			func() { w.e.Banks().LateAnswer("icbc", m.late("00")) },
			func() { w.e.Banks().LateAnswer("icbc", m.late("05")) },
			func() { w.e.Banks().LateAnswer("icbc", undone) },
			func() { w.hostReverses("icbc", m.undone()) },
			func() { b.answersReversals("00") },
			func() { b.answersReversals("25") },
			func() {
				as := []string{"paid", "reversed"}[rand.IntN(2)]
				_, _ = w.e.Admin().Resolve(context.Background(), admin.Command{Key: ref}, ref, as, "asked") // it may be too late
			},
		}
		rand.Shuffle(len(says), func(i, j int) { says[i], says[j] = says[j], says[i] })
		var all sync.WaitGroup
		for _, say := range says[:2+rand.IntN(len(says)-1)] {
			all.Go(say)
		}
		all.Wait()
		if i%4 == 3 {
			w.restart() // and audit
		}
	}
}
