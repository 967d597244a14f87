package outbox_test

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/lang"
	"mpg/engine/notice"
	"mpg/engine/outbox"
	"mpg/store"
)

// fate is what has become of a row, as the other side knows it.
type fate struct {
	row      store.OutRow
	notice   notice.Notice
	done     bool // marked
	accepted int  // told to the dispatcher
	had      int  // taken by the other side, told or not
	never    bool
	flying   bool
	handed   time.Time // when it was last handed over
	taken    time.Time // when the dispatcher was told so
}

// world is a store and the other side of its channels. All is checked as it
// happens.
type world struct {
	mu     sync.Mutex
	rows   []*fate
	broken bool // marks fail, as in a crash
	fails  int  // walks that are to end in an error after two rows
	read   int  // rows that walks came by
	wrong  []string
	handed []int // rows as they were sent
	taken  []int // rows as they were accepted

	links map[string]*link
	hurt  func(*fate) outbox.Outcome // nil: all are accepted
	delay func() time.Duration
}

// link is a channel. Its other side answers after a while, or not at all.
type link struct {
	w    *world
	name string

	up      bool
	changed chan struct{}
	lost    chan struct{} // closed when the link goes down
}

func newWorld(names ...string) *world {
	w := &world{links: make(map[string]*link), delay: func() time.Duration { return time.Millisecond }}
	for _, name := range names {
		w.links[name] = &link{w: w, name: name, up: true, changed: make(chan struct{}), lost: make(chan struct{})}
	}
	return w
}

// add commits a row of the text's own class.
func (w *world) add(via, to, ref string, text lang.Key) { w.addAs(0, via, to, ref, text) }

// addAs commits a row of a class.
func (w *world) addAs(class lang.Class, via, to, ref string, text lang.Key) {
	w.mu.Lock()
	defer w.mu.Unlock()
	id := store.RowID(len(w.rows) + 1)
	n := notice.Notice{Medium: notice.SMS, Via: via, From: "8888", To: to, Lang: lang.EN, Text: text,
		Args: lang.Args{Ref: ref, Memo: strconv.Itoa(int(id))}, Class: class}
	row, err := n.Row()
	if err != nil {
		w.complain("row %d: %v", id, err)
		return
	}
	w.rows = append(w.rows, &fate{row: store.OutRow{ID: id, Data: row.Data}, notice: n})
}

// complain notes what is wrong. The caller holds mu.
func (w *world) complain(format string, args ...any) {
	if len(w.wrong) < 10 {
		w.wrong = append(w.wrong, fmt.Sprintf(format, args...))
	}
}

// walk returns the store's Outbox.
func (w *world) walk(_ context.Context, after store.RowID, _ int) iter.Seq2[store.OutRow, error] {
	return func(yield func(store.OutRow, error) bool) {
		w.mu.Lock()
		rows, fails := w.rows, w.fails > 0
		w.fails = max(0, w.fails-1)
		w.mu.Unlock()
		given := 0
		for _, f := range rows[min(int(after), len(rows)):] {
			if fails && given == 2 {
				yield(store.OutRow{}, store.ErrBroken)
				return
			}
			w.mu.Lock()
			done := f.done
			w.read++
			w.mu.Unlock()
			if done {
				continue
			}
			if given++; !yield(f.row, nil) {
				return
			}
		}
	}
}

func (w *world) mark(_ context.Context, ids []store.RowID) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken {
		return store.ErrBroken
	}
	for _, id := range ids {
		f := w.rows[id-1]
		f.done = true
		if f.accepted == 0 && !f.never && !w.isReplaced(f) {
			w.complain("row %d is marked, and nobody had it", id)
		}
	}
	return nil
}

// isReplaced reports whether a later row tells the same person how the payment
// went on. The caller holds mu.
func (w *world) isReplaced(f *fate) bool {
	for _, later := range w.rows[f.row.ID:] {
		if later.notice.Replaces(&f.notice) && later.notice.Via == f.notice.Via {
			return true
		}
	}
	return false
}

// dispatcher returns a new one over all links, with room for few rows.
func (w *world) dispatcher(rows, each int) *outbox.Dispatcher {
	cfg := outbox.Config{Rows: w.walk, Done: w.mark, RowsMax: rows, RecipientMax: each}
	for _, name := range []string{"main", "spare"} {
		if l, ok := w.links[name]; ok {
			cfg.Channels = append(cfg.Channels, l)
		}
	}
	d, err := outbox.New(cfg)
	if err != nil {
		panic(err)
	}
	return d
}

// set raises or drops a link. What is on its way is then lost.
func (w *world) set(name string, up bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	l := w.links[name]
	if l.up == up {
		return
	}
	l.up = up
	close(l.changed)
	l.changed = make(chan struct{})
	if up {
		l.lost = make(chan struct{})
	} else {
		close(l.lost)
	}
}

func (l *link) Name() string { return l.name }

func (l *link) Medium() notice.Medium { return notice.SMS }

func (l *link) Retry() outbox.Retry {
	return outbox.Retry{First: 30 * time.Second, Max: 8 * time.Minute, Lasts: 24 * time.Hour}
}

func (l *link) Ready(ctx context.Context) error {
	for {
		l.w.mu.Lock()
		up, changed := l.up, l.changed
		l.w.mu.Unlock()
		if up {
			return ctx.Err()
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Send checks that n may go now, and answers later.
func (l *link) Send(_ context.Context, n *notice.Notice, done func(outbox.Outcome)) {
	w := l.w
	w.mu.Lock()
	id, _ := strconv.Atoi(n.Args.Memo)
	f := w.rows[id-1]
	w.checkSend(l, f)
	w.handed = append(w.handed, id)
	if !l.up {
		w.mu.Unlock()
		done(outbox.Busy)
		return
	}
	o, wait, lost := outbox.Accepted, w.delay(), l.lost
	if w.hurt != nil {
		o = w.hurt(f)
	}
	f.flying, f.handed = true, time.Now()
	w.mu.Unlock()
	go func() {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		w.mu.Lock()
		if o == outbox.Accepted || o == outbox.Uncertain {
			f.had++
		}
		w.mu.Unlock()
		select {
		case <-timer.C:
		case <-lost:
			o = outbox.Uncertain
		}
		w.mu.Lock()
		f.flying = false
		switch o {
		case outbox.Accepted:
			f.accepted++
			f.taken = time.Now()
			w.taken = append(w.taken, int(f.row.ID))
		case outbox.Never:
			f.never = true
		}
		w.mu.Unlock()
		done(o)
	}()
}

// checkSend holds a text that is being sent against all that came before. The
// caller holds mu.
func (w *world) checkSend(l *link, f *fate) {
	if f.done {
		w.complain("row %d is sent after its mark", f.row.ID)
	}
	if f.notice.Via != l.name {
		w.complain("row %d of %s goes by %s", f.row.ID, f.notice.Via, l.name)
	}
	for _, other := range w.rows {
		if other.notice.To != f.notice.To || other.notice.Via != f.notice.Via || other.notice.Class.Urgent() != f.notice.Class.Urgent() {
			continue
		}
		if other.flying {
			w.complain("row %d is sent while row %d is on its way to the same number", f.row.ID, other.row.ID)
		}
		if other.row.ID < f.row.ID && other.accepted == 0 && !other.never && !other.done && !w.isReplaced(other) {
			w.complain("row %d overtakes row %d", f.row.ID, other.row.ID)
		}
	}
}

// finished checks that nothing is lost. The caller holds no lock.
func (w *world) finished() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.rows {
		if !f.done {
			w.complain("row %d was never marked", f.row.ID)
		}
		if f.had == 0 && !f.never && !w.isReplaced(f) {
			w.complain("row %d never reached anybody", f.row.ID)
		}
	}
}

// run is a dispatcher at work.
type run struct {
	*outbox.Dispatcher
	stop  context.CancelFunc
	ended chan struct{}
}

func (w *world) start(rows, each int) *run {
	ctx, stop := context.WithCancel(context.Background())
	r := &run{w.dispatcher(rows, each), stop, make(chan struct{})}
	go func() { r.Run(ctx); close(r.ended) }()
	return r
}

// end stops it and waits until nothing is on its way.
func (r *run) end() {
	r.stop()
	<-r.ended
	synctest.Wait()
	time.Sleep(time.Minute)
}

// step is one thing that happens in a life of the outbox.
type step struct {
	What     string
	Via, To  int
	Ref      int
	Text     int
	Class    lang.Class
	Duration time.Duration
}

// texts that tell of one payment, and one that does not.
var texts = []lang.Key{lang.Checking, lang.NoAnswer, lang.PaidPurse, lang.NotPaid, lang.CallSoon, lang.TopUp}

func drawStep(t *rapid.T) step {
	return step{
		What: rapid.SampledFrom([]string{"add", "add", "add", "add", "burst", "wait", "down", "up", "restart", "crash", "again", "fail"}).Draw(t, "what"),
		Via:  rapid.IntRange(0, 1).Draw(t, "via"), To: rapid.IntRange(0, 4).Draw(t, "to"), Ref: rapid.IntRange(0, 2).Draw(t, "ref"),
		Text:     rapid.IntRange(0, len(texts)-1).Draw(t, "text"),
		Class:    rapid.SampledFrom([]lang.Class{lang.Receipt, lang.Receipt, lang.Security, lang.Report, lang.Offer}).Draw(t, "class"),
		Duration: time.Duration(rapid.IntRange(0, 20_000).Draw(t, "ms")) * time.Millisecond,
	}
}

// TestOrderHoldsWhateverHappens: random refusals, losses of links, stops and
// crashes; never is a text overtaken by another of its urgency, lost, or sent after its
// mark.
func TestOrderHoldsWhateverHappens(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		steps := rapid.SliceOfN(rapid.Custom(drawStep), 1, 60).Draw(rt, "steps")
		ends := rapid.SliceOfN(rapid.SampledFrom([]outbox.Outcome{outbox.Accepted, outbox.Accepted, outbox.Accepted, outbox.Busy,
			outbox.Busy, outbox.Uncertain, outbox.Unfit, outbox.Never}), 1, 40).Draw(rt, "ends")
		waits := rapid.SliceOfN(rapid.IntRange(0, 3000), 1, 20).Draw(rt, "waits")
		rows, each := rapid.IntRange(1, 12).Draw(rt, "rows"), rapid.IntRange(1, 5).Draw(rt, "each")
		var wrong []string
		synctest.Test(t, func(*testing.T) { wrong = live(steps, ends, waits, rows, each) })
		for _, s := range wrong {
			rt.Error(s)
		}
	})
}

// A lane that was full has nothing to do for a moment when it has room again and
// the store cannot be read: that is not the end.
func TestIdleWaitsForTheStore(t *testing.T) {
	t.Parallel()
	steps := []step{
		{What: "fail"}, {What: "burst", To: 3, Ref: 1, Text: 3}, {What: "add", Ref: 1, Text: 2}, {What: "crash"}, {What: "down", Via: 1},
		{What: "wait", Duration: 6390 * time.Millisecond}, {What: "up"}, {What: "fail", To: 4},
	}
	ends := []outbox.Outcome{1, 3, 1, 1, 5, 1, 3, 1, 3, 5, 2, 4, 1, 2, 4, 2}
	synctest.Test(t, func(t *testing.T) {
		for _, s := range live(steps, ends, []int{416, 437, 12, 8, 93, 23}, 3, 4) {
			t.Error(s)
		}
	})
}

// live runs a script to its good end: the links come up, and all is taken.
func live(steps []step, ends []outbox.Outcome, waits []int, rows, each int) []string {
	w := newWorld("main", "spare")
	vias, sends := []string{"main", "spare"}, 0
	w.hurt = func(*fate) outbox.Outcome { sends++; return ends[sends%len(ends)] }
	w.delay = func() time.Duration { return time.Duration(waits[sends%len(waits)]) * time.Millisecond }
	r := w.start(rows, each)
	for _, s := range steps {
		via := vias[s.Via]
		switch s.What {
		case "add", "burst":
			for i := range map[string]int{"add": 1, "burst": 15}[s.What] {
				w.addAs(s.Class, via, strconv.Itoa(s.To+i%2), "R"+strconv.Itoa(s.Ref), texts[(s.Text+i)%len(texts)])
			}
			r.Wake()
		case "wait":
			time.Sleep(s.Duration)
		case "down", "up":
			w.set(via, s.What == "up")
			r.Again(via)
		case "again":
			r.Again(via)
		case "fail":
			w.mu.Lock()
			w.fails = 1 + s.To
			w.mu.Unlock()
		case "restart", "crash":
			w.mu.Lock()
			w.broken = s.What == "crash"
			w.mu.Unlock()
			r.end()
			w.mu.Lock()
			w.broken = false
			w.mu.Unlock()
			r = w.start(rows, each)
		}
		for _, state := range r.States() {
			if state.Rows-state.CanWait > rows+each || state.CanWait > rows+each {
				w.mu.Lock()
				w.complain("%d rows in memory", state.Rows)
				w.mu.Unlock()
			}
		}
	}
	w.mu.Lock()
	w.hurt = nil
	w.mu.Unlock()
	for _, via := range vias {
		w.set(via, true)
		r.Again(via)
	}
	for range 2000 {
		if synctest.Wait(); r.Idle() {
			break
		}
		time.Sleep(time.Second)
	}
	if !r.Idle() {
		w.wrong = append(w.wrong, fmt.Sprintf("not idle: %+v", r.States()))
	}
	r.end()
	w.finished()
	return w.wrong
}
