package filebank

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"mpg/engine/bank"
	"mpg/store/money"
)

// remembered is how long what was asked and answered is kept in memory. By then
// people have resolved what the bank has not answered.
const remembered = 40 * 24 * time.Hour

// entry is a line to the bank and what became of it.
type entry struct {
	request
	state   state
	err     error         // why it could not be written
	left    chan struct{} // closed once it was written, or could not be
	said    *answer       // nil: none that decides
	ended   chan struct{} // closed once it is answered, or the answer decides nothing
	unsure  error         // why the answer decides nothing; nil: it decides
	waiting int           // callers
	late    bool          // said has yet to be passed to OnLate
	again   bool          // a reversal that is to be written again: the bank has approved the request since
}

// book holds what was asked in the last days, and what was answered. Its methods may be called
// from any goroutine.
type book struct {
	cfg      *Config
	counters *bank.Counters

	mu      sync.Mutex
	lines   map[string]*entry // by key
	pending []*entry          // not yet in a file
	taken   map[uint64]string // files from the bank by number
	whole   bool              // the folder with what was sent was there when it was read
	unread  string            // day of the latest file in it that was too old to be read; empty: none
}

// outstanding returns how many lines somebody waits for.
func (b *book) outstanding() (count int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.lines {
		if e.waiting > 0 {
			count++
		}
	}
	return count
}

// state says where the line of an entry is.
type state uint8

const (
	statePending state = iota // in no file yet
	stateWriting
	stateSent
)

func newEntry(asked *request) *entry {
	return &entry{request: *asked, left: make(chan struct{}), ended: make(chan struct{})}
}

// end keeps an answer, or why it decides nothing. The lock is held.
func (e *entry) end(said *answer, unsure error) {
	e.said, e.unsure = said, unsure
	select {
	case <-e.ended:
	default:
		close(e.ended)
	}
}

// isEnded reports whether an answer has come. The lock is held.
func (e *entry) isEnded() bool {
	select {
	case <-e.ended:
		return true
	default:
		return false
	}
}

// load reads the files that were sent and taken. last is the number of the last one sent.
func (b *book) load() (last uint64, err error) {
	sent, err := numbered(filepath.Join(b.cfg.Folder, folderSent), requestsForm)
	if err != nil {
		return 0, err
	}
	b.whole = isFolder(filepath.Join(b.cfg.Folder, folderSent)) == nil
	for number, name := range sent {
		last = max(last, number)
		if err := b.loadSent(name); err != nil {
			return 0, err
		}
	}
	if b.taken, err = numbered(filepath.Join(b.cfg.Folder, folderDone), doneForm); err != nil {
		return 0, err
	}
	for _, number := range slices.Sorted(maps.Keys(b.taken)) {
		b.loadTaken(b.taken[number])
	}
	return last, nil
}

// recent reports whether a file of that day is kept in memory. A file whose day
// cannot be read is kept.
func (b *book) recent(day string) bool {
	at, err := time.Parse(dayLayout, day)
	return err != nil || b.cfg.Now().Sub(at) < remembered
}

// loadSent reads a file that was sent. One that cannot be read is an error: what is in it
// could be asked twice.
func (b *book) loadSent(name string) error {
	if day := requestsForm.FindStringSubmatch(name)[1]; !b.recent(day) {
		b.unread = max(b.unread, day)
		return nil
	}
	path := filepath.Join(b.cfg.Folder, folderSent, name)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	records, err := records(text)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for i, cells := range records {
		const headings = 2
		if i < headings {
			continue
		}
		asked, ok := readRequest(cells)
		if !ok {
			return fmt.Errorf("%s:%d: not a line that was written there", path, i+1)
		}
		e := newEntry(asked)
		e.state = stateSent
		close(e.left)
		b.lines[asked.key] = e
	}
	return nil
}

// loadTaken reads answers that were taken. One that cannot be read any more is logged: its
// answers are recorded elsewhere, except those that came just before a crash.
func (b *book) loadTaken(name string) {
	text, err := os.ReadFile(filepath.Join(b.cfg.Folder, folderDone, name))
	if err != nil {
		b.cfg.Log.Error("file with answers cannot be read again", "file", name, "err", err)
		return
	}
	came, err := parseAnswers(b.cfg.Name, text)
	if err != nil {
		b.cfg.Log.Error("file with answers cannot be read again", "file", name, "err", err)
		return
	}
	for i := range came.answers {
		one := &came.answers[i]
		e := b.lines[one.key]
		if e == nil || e.differs(one) != "" || one.status == isPending || came.currency.Code != e.currency.Code {
			continue
		}
		b.approvedAfter(e, one)
		if e.said != nil && !e.said.same(one) {
			e.end(nil, errTwoAnswers)
			continue
		}
		e.end(one, nil)
	}
}

// errTwoAnswers says that the bank has said two things about one line, which count as none.
var errTwoAnswers = bank.Unknown(bank.CauseElement, "the bank has answered the line in two ways", nil)

// approvedAfter has the reversal of e written again if the bank has reversed it and approves it
// afterwards: what ends a reversal comes after the last approval. The lock is held.
func (b *book) approvedAfter(e *entry, said *answer) {
	known := e.said != nil && e.said.status == isApproved // and this only repeats it
	if e.kind == kindReversal || said.status != isApproved || known {
		return
	}
	undo := b.lines[e.reversal().key]
	if undo == nil || undo.waiting > 0 || !undo.isEnded() {
		return
	}
	open := newEntry(&undo.request)
	open.state, open.again = stateSent, true
	close(open.left)
	b.lines[undo.key] = open
}

// forget drops what is older than remembered.
func (b *book) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.cfg.Now()
	for key, e := range b.lines {
		if e.waiting == 0 && e.state == stateSent && now.Sub(e.at) >= remembered {
			delete(b.lines, key)
		}
	}
}

// gaps returns the numbers of files from the bank that are missing.
func (b *book) gaps() []uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	numbers := slices.Sorted(maps.Keys(b.taken))
	var missing []uint64
	for i, number := range numbers {
		before := uint64(0)
		if i > 0 {
			before = numbers[i-1]
		} else if number > 1 {
			before = number - 1 // the earlier ones may have been put away
		}
		const most = 100 // a number that is far off is one mistake, and not a thousand missing files
		for gap := before + 1; gap < number && len(missing) < most; gap++ {
			missing = append(missing, gap)
		}
	}
	return missing
}

// listed writes numbers as people write a list.
func listed(numbers []uint64) string {
	var texts []string
	for _, number := range numbers {
		texts = append(texts, fmt.Sprint(number))
	}
	return strings.Join(texts, ", ")
}

// sum adds up amounts.
func sum(entries []*entry) (total money.Amount) {
	for _, e := range entries {
		total += e.amount
	}
	return total
}

// lateOf returns an answer as one that nobody was waiting for.
func (e *entry) lateOf(said *answer) bank.Late {
	rrn, stan := numbers(e.key)
	late := bank.Late{STAN: stan, RRN: rrn, Code: said.codeOf(), Approved: said.status == isApproved, AuthID: said.authorization,
		Settlement: said.settlement, Amount: said.amount, AmountTold: true, Processing: processings[e.kind], Reversal: e.kind == kindReversal}
	switch reason := bank.ReasonOf(late.Code); {
	case said.status == isReversed:
		late.Code = approvedCode
	case said.status == isAbsent:
		late.Code = absentCode
	case said.status == isRefused && late.Code == approvedCode:
		late.Code = ""
	case said.status == isDeclined && (reason == bank.Unclear || reason == bank.Approved):
		late.Code = declinedCode // a code that others do not know must not be taken for an open answer
	}
	return late
}

// takePending returns what is to be written, by currency.
func (b *book) takePending() map[string][]*entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	by := make(map[string][]*entry)
	for _, e := range b.pending {
		e.state = stateWriting
		by[e.currency.Code] = append(by[e.currency.Code], e)
	}
	b.pending = nil
	return by
}

// leave notes that a batch is in a file, or why it certainly is in none.
func (b *book) leave(batch []*entry, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range batch {
		if err != nil {
			e.err = err
			delete(b.lines, e.key)
		}
		e.state = stateSent
		close(e.left)
	}
}
