package bench

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"mpg/cmd/mpg/rig"
	"mpg/smpp/pdu"
	"mpg/smpp/smsc"
)

// Settings of the SMSC that throttles.
const (
	throttleRate  = 20  // submit_sm a second, a second's worth at once
	throttleTexts = 200 // receipts, half to payers and half to one shop
)

// receiptLog records what an SMSC has taken.
type receiptLog struct {
	mu   sync.Mutex
	had  map[string]int // by number and text
	all  int
	last time.Time
	full chan struct{} // closed once as many as wanted have come
	want int
}

func (l *receiptLog) receive(submit smsc.Submit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.full == nil {
		return // texts from before begin
	}
	l.had[submit.To+" "+submit.Text]++
	l.all, l.last = l.all+1, time.Now()
	if l.all == l.want {
		close(l.full)
	}
}

// begin counts from now on.
func (l *receiptLog) begin(want int) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.had, l.all, l.want, l.full = make(map[string]int), 0, want, make(chan struct{})
	return l.full
}

// benchThrottled measures how long receipts take through the whole daemon and an
// SMSC that throttles, compared with the shortest possible time. The daemon does
// not know the rate and has to find it.
func benchThrottled(ctx context.Context, seconds int) (row Row, err error) {
	texts := throttleTexts
	if seconds == 1 { // a trial run
		texts = 2 * throttleRate
	}
	log := new(receiptLog)
	world, err := rig.Open(ctx, log.receive, rig.NoCalls)
	if err != nil {
		return Row{}, err
	}
	defer func() { err = errors.Join(err, world.Close()) }()
	if err := errors.Join(world.Populate(ctx, texts/2, 1, nil), world.Quiet(ctx)); err != nil {
		return Row{}, err
	}
	full := log.begin(texts)
	world.SMSC.SetFaults(smsc.Faults{Rate: throttleRate})
	begun, before := time.Now(), world.SMSC.Stats().Submits
	if err := orderAll(world.SMSC, texts/2); err != nil {
		return Row{}, err
	}
	best := time.Duration(texts-throttleRate) * time.Second / throttleRate
	select {
	case <-full:
	case <-time.After(10*best + rig.Wait):
		return Row{}, fmt.Errorf("of %d receipts, %d were taken", texts, log.all)
	case <-ctx.Done():
		return Row{}, ctx.Err()
	}
	took, refused := log.last.Sub(begun), int(world.SMSC.Stats().Submits-before)-texts
	if err := errors.Join(world.Quiet(ctx), log.once()); err != nil {
		return Row{}, err
	}
	note := fmt.Sprintf("%d receipts, an SMSC that takes %d/s; took %s, %d submit_sm refused on the way", texts, throttleRate, inUnit(took.Seconds(), "s"), refused)
	return Row{"smpp/throttled", took.Seconds() / best.Seconds(), "1", "ideal", 1, quotient(best.Seconds(), took.Seconds()), note}, nil
}

// orderAll has each subscriber pay the first shop once.
func orderAll(srv *smsc.Server, people int) error {
	shop, _ := rig.Shop(0)
	for i := range people {
		if err := srv.DeliverAsync(rig.Number(i), rig.Code, "PAY "+shop+" 1.00", func(pdu.Status) {}); err != nil {
			return err
		}
	}
	return nil
}

// once checks that everything was taken exactly once and is a receipt.
func (l *receiptLog) once() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for text, n := range l.had {
		if n != 1 || !strings.Contains(text, "1.00") {
			return fmt.Errorf("taken %d times: %s", n, text)
		}
	}
	return nil
}
