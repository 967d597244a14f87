package proof

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mpg/engine/bank/host"
	"mpg/store/money"
)

// fileBank is a bank that takes files and answers with files. Its book is at the same host as
// that of the others. It holds no amounts and issues no cards.
const (
	fileBank    = "ccb"
	fileOneIn   = 3                     // people has an account there, but not the first
	fileEvery   = 40 * time.Millisecond // between two looks of either side
	fileTimeout = 2 * time.Second       // from a request to its answer, where any end is acceptable
	fileAskMax  = 2 * bankDelayMax      // that its host may think about a line
)

// fileBankForm is its section.
const fileBankForm = `[[bank]]
name           = %q
dialect        = "file"
folder         = %q
every          = %q
timeout        = %q
reversal_retry = "150ms"
reversal_for   = %q

`

// fileBankSection is the section of the bank that takes files, if there is one.
func (s *settings) fileBankSection() string {
	if s.files == "" {
		return ""
	}
	return fmt.Sprintf(fileBankForm, fileBank, s.files, fileEvery.String(), s.filesWithin.String(), max(s.reversalFor, s.filesWithin).String())
}

// takesFiles gives the world a bank that takes files and answers within that time, with its
// folder in dir.
func (s *settings) takesFiles(t *testing.T, dir string, within time.Duration) {
	t.Helper()
	s.filesWithin, s.files = within, filepath.Join(dir, fileBank)
	if err := os.Mkdir(s.files, 0o700); err != nil {
		t.Fatal(err)
	}
}

// fitting is what p may order in place of a product: a bank that takes files can neither hold
// an amount nor charge a card.
func (w *world) fitting(p person, product, payee string) (string, string) {
	if p.Bank == fileBank && (product == "charge" || product == cardAtOnce || product == "mdebit" && payee == fuelShop) {
		return "mdebit", w.shops[0].Code
	}
	return product, payee
}

// courier carries the files of fileBank to its host, which books them, and brings the answers.
// While it is odd, these come late, in another order, twice, and damaged before they are whole.
type courier struct {
	t      *testing.T
	host   *host.Host
	folder string
	rng    *rand.Rand // of the goroutine that carries

	mu       sync.Mutex
	odd      bool
	event    func()              // told of each file; may be nil
	lines    map[string][]string // that were carried, by key
	declined map[string]bool     // keys of what the bank has declined
	asking   int                 // lines that the host thinks about
	said     []fileAnswer        // to be brought
	noise    []string            // the same, but no answers
	again    [][]string          // lines that the bank is given once more
	number   int                 // of the last file with answers
	did      map[string]int      // what it has done, for people
}

// fileAnswer is a line of a file with answers.
type fileAnswer struct {
	cells []string
	due   time.Time // zero: not drawn yet
}

// newCourier sets a courier going. It ends with the test.
func newCourier(t *testing.T, h *host.Host, folder string) *courier {
	t.Helper()
	c := &courier{t: t, host: h, folder: folder, rng: rand.New(rand.NewPCG(cmp.Or(*seedFlag, rand.Uint64()), 3)),
		lines: map[string][]string{}, declined: map[string]bool{}, did: map[string]int{}}
	ctx, stop := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() {
		for pause(ctx, c.rng, 2*fileEvery) {
			c.carry(ctx, &all)
			c.bring()
		}
	})
	t.Cleanup(func() { stop(); all.Wait() })
	return c
}

// oddly says whether the courier is odd from now on.
func (c *courier) oddly(odd bool) { c.mu.Lock(); defer c.mu.Unlock(); c.odd = odd }

// oddlyTelling makes the courier odd, and sets who is told of each file.
func (c *courier) oddlyTelling(event func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.odd, c.event = true, event
}

// chance reports whether something odd is done this time, and counts it.
func (c *courier) chance(what string, oneIn int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	does := c.odd && c.rng.IntN(oneIn) == 0
	if does {
		c.did[what]++
	}
	return does
}

// counts returns what was done so far.
func (c *courier) counts() map[string]int { c.mu.Lock(); defer c.mu.Unlock(); return maps.Clone(c.did) }

// count counts what was done, and tells of it.
func (c *courier) count(what string) {
	c.mu.Lock()
	c.did[what]++
	event := c.event
	c.mu.Unlock()
	if event != nil {
		event()
	}
}

// carry takes the files out of outgoing, and asks the host for each of their lines.
func (c *courier) carry(ctx context.Context, all *sync.WaitGroup) {
	paths, err := filepath.Glob(filepath.Join(c.folder, "outgoing", "*.csv"))
	if err != nil {
		c.t.Error(err)
	}
	if len(paths) > 1 && c.chance("files to the bank in another order", 2) {
		slices.Reverse(paths)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err == nil {
			err = os.Remove(path)
		}
		in := csv.NewReader(bytes.NewReader(text))
		in.FieldsPerRecord = -1
		rows, odd := in.ReadAll()
		if err != nil || odd != nil || len(rows) < 2 {
			c.t.Errorf("%s: %v, %v, %d lines", path, err, odd, len(rows))
			continue
		}
		c.count("files to the bank")
		lines := rows[2:]
		if c.chance("files to the bank twice", 8) {
			lines = slices.Concat(lines, lines)
		}
		c.give(ctx, all, lines)
	}
	c.mu.Lock()
	again := c.again
	c.again = nil
	c.asking += len(again) // so that it stays busy
	c.mu.Unlock()
	c.give(ctx, all, again)
	c.mu.Lock()
	c.asking -= len(again)
	c.mu.Unlock()
}

// give gives lines to the host.
func (c *courier) give(ctx context.Context, all *sync.WaitGroup, lines [][]string) {
	for _, line := range lines {
		c.mu.Lock()
		c.lines[line[0]] = line
		c.asking++
		c.mu.Unlock()
		all.Go(func() { c.ask(ctx, line) })
	}
}

// ask asks the host for one line, and keeps its answer.
func (c *courier) ask(ctx context.Context, line []string) {
	status, body := c.post(ctx, line)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asking--
	reversal := line[1] == "reversal"
	var said struct {
		Key, Status, Amount, Currency, Code, Reason, Authorization string
		Settlement                                                 string `json:"settlement_date"`
	}
	switch {
	case status == 0:
		return // it says nothing
	case status == http.StatusNotFound:
		said.Status = "absent"
	case status != http.StatusOK || json.Unmarshal(body, &said) != nil:
		c.noise = append(c.noise, string(body))
		return
	case reversal && said.Status == "declined":
		said.Status = "refused"
	}
	if said.Key == "" || reversal {
		said.Key = line[0]
	}
	if said.Amount == "" {
		said.Amount, said.Currency = line[4], line[5]
	}
	c.declined[said.Key] = c.declined[said.Key] || said.Status == "declined"
	c.said = append(c.said, fileAnswer{cells: []string{said.Key, said.Status, said.Amount, said.Currency, said.Code, said.Reason, said.Authorization, said.Settlement}})
}

// post asks the host as by HTTP. The status is 0 if it does not answer.
func (c *courier) post(ctx context.Context, line []string) (status int, body []byte) {
	ctx, cancel := context.WithTimeout(ctx, fileAskMax)
	defer cancel()
	path, asked := "/payments", map[string]string{"key": line[0], "kind": line[1], "account": line[3], "amount": line[4], "currency": line[5], "merchant": line[6], "at": line[8]}
	switch of := line[2]; {
	case line[1] == "reversal":
		path, asked = "/payments/"+of+"/reversal", nil
	case of != "":
		asked["of"] = of
	}
	text, err := json.Marshal(asked)
	if err != nil {
		c.t.Error(err)
	}
	req := httptest.NewRequestWithContext(ctx, http.MethodPost, path, bytes.NewReader(text))
	req.Header.Set("Idempotency-Key", line[0])
	reply := httptest.NewRecorder()
	defer func() {
		if how := recover(); how == http.ErrAbortHandler { // the line is closed
			status, body = 0, nil
		} else if how != nil {
			panic(how)
		}
	}()
	c.host.HTTP().ServeHTTP(reply, req)
	return reply.Code, reply.Body.Bytes()
}

// bring writes what is due into incoming: in one file or in two, of which the second may come
// first.
func (c *courier) bring() {
	for _, text := range c.unanswered() {
		c.put("files of noise", text)
	}
	due := c.due()
	if len(due) == 0 {
		return
	}
	batches := [][]fileAnswer{due}
	if half := len(due) / 2; half > 0 && c.chance("files with answers in two", 2) {
		batches = [][]fileAnswer{due[:half], due[half:]}
	}
	var texts []string
	for _, batch := range batches {
		texts = append(texts, c.file(batch))
	}
	if len(texts) > 1 && c.chance("files with answers in another order", 2) {
		slices.Reverse(texts)
	}
	for _, text := range texts {
		if c.chance("files with answers cut off", 6) {
			c.put("files with answers", text[:len(text)-1-c.rng.IntN(len(text)-1)])
		}
		c.put("files with answers", text)
		if c.chance("files with answers twice", 6) {
			c.put("files with answers", text)
		}
	}
	if c.chance("answers twice", 6) {
		c.mu.Lock()
		c.said = append(c.said, due...)
		c.mu.Unlock()
	}
}

// unanswered returns what the host has said that is no answer.
func (c *courier) unanswered() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	texts := c.noise
	c.noise = nil
	return texts
}

// due returns the answers to be written now, in the order in which the bank likes them. Of two
// to one line, the second comes in a later file.
func (c *courier) due() []fileAnswer {
	c.mu.Lock()
	defer c.mu.Unlock()
	var due, later []fileAnswer
	keys := map[string]bool{}
	for _, one := range c.said {
		if one.due.IsZero() {
			one.due = time.Now()
			if c.odd && c.rng.IntN(4) == 0 {
				one.due = one.due.Add(time.Duration(c.rng.Int64N(int64(bankDelayMax))))
				c.did["answers late"]++
			}
		}
		if one.due.After(time.Now()) || keys[one.cells[0]] {
			later = append(later, one)
			continue
		}
		keys[one.cells[0]] = true
		due = append(due, one)
	}
	c.said = later
	if c.odd {
		c.rng.Shuffle(len(due), func(i, j int) { due[i], due[j] = due[j], due[i] })
	}
	return due
}

// file returns the next file with answers.
func (c *courier) file(batch []fileAnswer) string {
	c.number++
	currency, _ := money.Lookup(currencyCode)
	var total money.Amount
	rows := [][]string{nil, strings.Split("key,status,amount,currency,code,reason,authorization,settlement_date", ",")}
	for _, one := range batch {
		amount, err := currency.Parse(one.cells[2])
		if err != nil {
			c.t.Errorf("%q: %v", one.cells, err)
		}
		total += amount
		rows = append(rows, one.cells)
	}
	rows[0] = []string{"mpg-answers", "1", fileBank, time.Now().UTC().Format("20060102"), fmt.Sprint(c.number), fmt.Sprint(len(batch)), currency.Format(total), currency.Code}
	var text strings.Builder
	out := csv.NewWriter(&text)
	if err := out.WriteAll(rows); err != nil {
		c.t.Error(err)
	}
	return text.String()
}

// put puts a file into incoming, under another name until it is there.
func (c *courier) put(what, text string) {
	const part = ".part"
	file, err := os.CreateTemp(filepath.Join(c.folder, "incoming"), "*.csv"+part)
	if err != nil {
		c.t.Error(err)
		return
	}
	_, err = file.WriteString(text)
	for _, err := range []error{err, file.Close(), os.Rename(file.Name(), strings.TrimSuffix(file.Name(), part))} {
		if err != nil {
			c.t.Error(err)
		}
	}
	c.count(what)
}

// busy reports whether a file or an answer is under way.
func (c *courier) busy() bool {
	if c == nil {
		return false
	}
	for _, folder := range []string{"outgoing", "incoming"} {
		if files, err := filepath.Glob(filepath.Join(c.folder, folder, "*.csv")); err != nil || len(files) > 0 {
			return true
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asking+len(c.said)+len(c.noise)+len(c.again) > 0
}

// hasDeclined reports whether the bank has declined r by file.
func (c *courier) hasDeclined(r *request) bool {
	if c == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.declined[r.fileKey()]
}

// approve has the bank approve r, once more or late.
func (c *courier) approve(r *request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	line := c.lines[r.fileKey()]
	c.said = append(c.said, fileAnswer{cells: []string{line[0], "approved", line[4], line[5], "00", "", "", ""}})
}

// remind gives the bank that takes files the reversals once more that it has not answered. mpg
// writes each of them once, so people have the file in sent given to it again.
func (w *world) remind(payments []payment) {
	if w.courier == nil {
		return
	}
	c := w.courier
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range payments {
		if p.Request == nil || p.Request.Bank != fileBank || p.Request.State != "doubt" {
			continue
		}
		if line := c.lines[p.Request.fileKey()+"-R"]; line != nil {
			c.again = append(c.again, line)
			c.did["reversals given again"]++
		}
	}
}

// fileKey names a request in the files.
func (r *request) fileKey() string { return r.RRN + "-" + stan(r) }
