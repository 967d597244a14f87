package outbox_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mpg/engine/lang"
	"mpg/engine/notice"
	"mpg/engine/outbox"
	"mpg/store"
)

// TestReceiptsOvertakeOffers, to the same number and to others; what is of one urgency
// keeps its order.
func TestReceiptsOvertakeOffers(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		r := w.start(0, 0)
		defer r.end()
		w.set("main", false)
		time.Sleep(time.Second)
		for i := range 50 {
			w.addAs([]lang.Class{lang.Offer, lang.Report}[i%2], "main", strconv.Itoa(i%5), "", lang.HelpText)
		}
		w.addAs(lang.Receipt, "main", "3", "R", lang.PaidPurse)
		w.addAs(lang.Security, "main", "3", "", lang.PINWarning)
		w.addAs(lang.Receipt, "main", "new", "Q", lang.PaidPurse)
		r.Wake()
		time.Sleep(time.Second)
		if s := r.States()[0]; s.Rows != 53 || s.CanWait != 50 {
			t.Errorf("%+v", s)
		}
		w.set("main", true)
		time.Sleep(time.Minute)
		w.mu.Lock()
		defer w.mu.Unlock()
		var first []int // where the urgent ones stand
		for i, id := range w.handed {
			if id > 50 {
				first = append(first, i)
			}
		}
		if len(w.handed) != 53 || !slices.Equal(first[:2], []int{0, 1}) {
			t.Errorf("handed over: %v", w.handed)
		}
		// The warning waits for the receipt to the same number to be taken, and no longer.
		if receipt, warning := w.rows[50], w.rows[51]; !warning.handed.Equal(receipt.taken) {
			t.Errorf("the receipt was taken at %v, and the warning handed over at %v", receipt.taken, warning.handed)
		}
		for to := range 5 {
			var ids []int
			for _, id := range w.taken {
				if id <= 50 && w.rows[id-1].notice.To == strconv.Itoa(to) {
					ids = append(ids, id)
				}
			}
			if len(ids) != 10 || !slices.IsSorted(ids) {
				t.Errorf("number %d got its offers as %v", to, ids)
			}
		}
	})
}

// TestACampaignLeavesRoom: there are far more offers than fit in memory, and the other
// side is slow. A receipt goes at once, and in the end all offers do.
func TestACampaignLeavesRoom(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		w.delay = func() time.Duration { return time.Hour }
		r := w.start(20, 5)
		defer r.end()
		for i := range 1000 {
			w.addAs(lang.Offer, "main", strconv.Itoa(i), "", lang.HelpText)
		}
		r.Wake()
		time.Sleep(time.Minute)
		w.mu.Lock()
		w.delay = func() time.Duration { return time.Second }
		w.mu.Unlock()
		w.add("main", "7", "R", lang.PaidPurse)
		r.Wake()
		time.Sleep(2 * time.Second)
		if got := w.sent(); !slices.Equal(got, []int{1001}) {
			t.Errorf("sent %v, want the receipt alone", got)
		}
		if s := r.States()[0]; s.Rows != 20 || s.CanWait != 20 || !s.More {
			t.Errorf("%+v", s)
		}
		time.Sleep(24 * time.Hour)
		if got := w.sent(); len(got) != 1001 || !r.Idle() {
			t.Errorf("%d of 1001 were sent", len(got))
		}
		if w.read > 5*1001 { // not all the rest whenever there was room for ten more
			t.Errorf("%d rows were read", w.read)
		}
	})
}

// TestAStopWaitsForNoCampaign: offers stay in the store, and receipts still go.
func TestAStopWaitsForNoCampaign(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		w.delay = func() time.Duration { return time.Minute }
		r := w.start(4, 2)
		for i := range 40 {
			w.addAs(lang.Offer, "main", strconv.Itoa(i), "", lang.HelpText)
		}
		r.Wake()
		time.Sleep(time.Second)
		r.HoldBack()
		w.add("main", "7", "R", lang.PaidPurse)
		r.Wake()
		up, soon := func(string) bool { return true }, time.Now().Add(time.Hour)
		if r.Stalled(up, soon) {
			t.Error("stalled with texts on their way")
		}
		time.Sleep(5 * time.Minute)
		if got := w.sent(); len(got) != 5 || !slices.Contains(got, 41) || !r.Stalled(up, soon) || r.Idle() {
			t.Errorf("sent %v; stalled: %v", got, r.Stalled(up, soon))
		}
		r.end()
		r = w.start(4, 2)
		defer r.end()
		time.Sleep(time.Hour)
		if got := w.sent(); len(got) != 41 || !r.Idle() {
			t.Errorf("%d of 41 were sent after the next start", len(got))
		}
	})
}

// TestNoMediumGoesByAnother: a notice of a medium without a channel is neither sent as a
// text message nor dropped, and holds up nothing.
func TestNoMediumGoesByAnother(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, w *world) {
		for _, via := range []string{"main", "gone"} {
			row, err := notice.Notice{Medium: "fax", Via: via, To: "1", Text: lang.HelpText}.Row()
			if err != nil {
				t.Fatal(err)
			}
			w.rows = append(w.rows, &fate{row: store.OutRow{ID: store.RowID(len(w.rows) + 1), Data: row.Data}})
		}
		w.add("main", "1", "R", lang.TopUp)
		r := w.start(0, 0)
		defer r.end()
		time.Sleep(time.Hour)
		if got := w.sent(); !slices.Equal(got, []int{3}) || w.rows[0].done || w.rows[1].done {
			t.Errorf("sent %v", got)
		}
	})
}

// costly is a channel that may be tried a few times only.
type costly struct {
	link
	tries int
}

func (c *costly) Medium() notice.Medium { return "fax" }
func (c *costly) Retry() outbox.Retry {
	return outbox.Retry{First: 30 * time.Second, Max: 8 * time.Minute, Lasts: 24 * time.Hour, Tries: c.tries}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	w := newWorld("main")
	for _, tt := range []struct {
		channels []outbox.Channel
		attempts outbox.Attempts
		want     string
	}{
		{nil, nil, "at least one"},
		{[]outbox.Channel{w.links["main"], w.links["main"]}, nil, "two channels"},
		{[]outbox.Channel{&costly{link{name: "main"}, 1}}, nil, "Attempts"},
		{[]outbox.Channel{w.links["main"], &costly{link{name: "main"}, 1}}, newLedger(), ""},
		{[]outbox.Channel{&costly{link{name: "main"}, 0}}, nil, ""},
	} {
		_, err := outbox.New(outbox.Config{Rows: w.walk, Done: w.mark, Channels: tt.channels, Attempts: tt.attempts})
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v, want %q", err, tt.want)
		}
	}
}

// ledger is where the tries are counted. It outlives a dispatcher.
type ledger struct {
	w     *world
	tries map[store.RowID]int
	last  map[store.RowID]time.Time
	fails int // Begins that are to fail

	broken bool // TakeBack fails, as in a crash
}

func newLedger() *ledger {
	return &ledger{w: newWorld(), tries: make(map[store.RowID]int), last: make(map[store.RowID]time.Time)}
}

func (l *ledger) Tried(row store.RowID) (int, time.Time) {
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	return l.tries[row], l.last[row]
}

func (l *ledger) Begin(ctx context.Context, row store.RowID, tries int, at time.Time) error {
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	if l.fails > 0 {
		l.fails--
		return store.ErrBroken
	}
	l.tries[row], l.last[row] = tries, at
	return ctx.Err()
}

func (l *ledger) TakeBack(ctx context.Context, row store.RowID, at time.Time) error {
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	if l.broken {
		return store.ErrBroken
	}
	if l.last[row].Equal(at) {
		l.tries[row]--
	}
	return ctx.Err()
}
