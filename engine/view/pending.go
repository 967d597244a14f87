package view

import (
	"math/bits"
	"time"

	"mpg/engine/approval"
	notices "mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/user"
	"mpg/store"
	"mpg/store/money"
)

// pending holds what follows from some records, in the order of the journal, until it is
// written. Of a document that was written several times only the last state counts, unless
// each change matters.
type pending struct {
	calendar
	number func(ref string) (uint64, error)

	records int
	size    int // bytes of documents and rows
	last    position

	movements
	payments map[uint64]*paymentDoc
	requests map[uint64]*requestDoc
	later
	calls    []callDoc
	refusals []refusalDoc
	users    []userDoc
	shops    []merchantDoc
	consents []consentDoc
	staff    staffDocs
	notices  []notice
	noticeAt map[store.RowID]int // index in notices
	ended    []ending            // of notices that were written before
	endedAt  map[store.RowID]int // index in ended
	sums     rollups
}

// staffDocs are what the operator's people did and read.
type staffDocs struct {
	commands  []commandDoc
	lookups   []lookupDoc
	logins    []loginDoc
	approvals []approvalDoc
}

// joined is the state of a command that another one waited for already.
const joined = "joined"

// resolve gives the commands of a record their state: that of the approval that the record
// changes too, joined, or done.
func (s *staffDocs) resolve(seq uint64) {
	for i := len(s.commands) - 1; i >= 0 && s.commands[i].seq == seq; i-- {
		c := &s.commands[i]
		c.state = string(approval.Done)
		if c.Joined != "" {
			c.state = joined
		}
		for j := len(s.approvals) - 1; j >= 0 && s.approvals[j].seq == seq; j-- {
			if a := &s.approvals[j]; c.Approval != "" && a.ID == c.Approval {
				c.state = string(a.State)
			}
		}
	}
}

// movements are what happened to accounts.
type movements struct {
	opens []opening
	names []naming
	moves []move
}

// later is what has become of payments that were done before, by their numbers.
type later struct {
	returned map[uint64]money.Amount // how much was given back
	claims   map[uint64]payment.ClaimState
}

// position is how far the journal has been read.
type position struct {
	seq uint64
	id  store.ID  // of the record, by which another journal is told from this one
	at  time.Time // of the record
}

// opening is an account that was opened.
type opening struct {
	store.Open
	seq uint64
}

// naming is the name that an account was given.
type naming struct {
	account store.AccountID
	name    string
}

// move is a transfer of a record.
type move struct {
	store.Transfer
	seq uint64
	n   int // of the transfer in the record
	at  time.Time
}

// ending is a notice that is no longer waiting.
type ending struct {
	id        store.RowID
	at        int64
	fate, why string
}

// newPending returns a pending that holds nothing.
func newPending(zone *time.Location, number func(ref string) (uint64, error)) *pending {
	return &pending{calendar: calendar{zone: zone}, number: number,
		payments: make(map[uint64]*paymentDoc), requests: make(map[uint64]*requestDoc), later: later{make(map[uint64]money.Amount), make(map[uint64]payment.ClaimState)},
		noticeAt: make(map[store.RowID]int), endedAt: make(map[store.RowID]int), sums: newRollups()}
}

// empty reports whether there is nothing to write but the position.
func (p *pending) empty() bool {
	return len(p.opens)+len(p.names)+len(p.moves)+len(p.payments)+len(p.requests)+len(p.returned)+len(p.claims)+len(p.calls)+len(p.refusals)+len(p.users)+
		len(p.shops)+len(p.consents)+len(p.staff.commands)+len(p.staff.lookups)+len(p.staff.logins)+len(p.staff.approvals)+len(p.notices)+len(p.ended) == 0
}

// take adds a record. After an error nothing of it was added.
func (p *pending) take(entry *store.Entry) error {
	facts, err := read(entry)
	if err != nil {
		return err
	}
	p.records++
	p.size += facts.size
	p.last = position{entry.Seq, entry.ID, entry.At}
	for _, open := range entry.Opens {
		p.opens = append(p.opens, opening{open, entry.Seq})
	}
	for n, t := range entry.Transfers {
		p.moves = append(p.moves, move{Transfer: t, seq: entry.Seq, n: n, at: entry.At})
	}
	for i := range facts.docs {
		p.add(entry, &facts.docs[i])
	}
	p.staff.resolve(entry.Seq)
	for _, told := range facts.notices {
		p.notices = append(p.notices, p.noticeOf(entry, told, facts))
		p.noticeAt[told.id] = len(p.notices) - 1
	}
	for _, id := range entry.Done {
		p.end(ending{id, micros(entry.At), fateSent, ""})
	}
	for i := range facts.docs { // of some of these, why they were not sent
		if d, ok := facts.docs[i].record.(*notices.Dropped); ok {
			for _, id := range d.Rows {
				p.end(ending{id, micros(entry.At), fateDropped, string(d.Why)})
			}
		}
	}
	return nil
}

// add adds a document of a record.
func (p *pending) add(entry *store.Entry, d *doc) {
	switch record := d.record.(type) {
	case *payment.Payment:
		p.addPayment(entry, record, d.fresh)
	case *payment.Request:
		p.requests[record.No] = &requestDoc{record, entry.Seq}
	case *payment.Claim:
		p.claims[record.Payment] = record.State
	case *payment.Unclaimed:
		if record.By != 0 { // if it was a claim, its payer has it again
			p.claims[record.Payment] = payment.ClaimReturned
		}
	case *payment.Refunds:
		p.returned[record.Of] = record.Sum
	case store.AccountID:
		p.names = append(p.names, naming{record, d.key})
	case callDoc:
		p.calls = append(p.calls, record)
	case refusalDoc:
		p.refusals = append(p.refusals, record)
		p.sums.refused(record, p.day(record.At), p.hour(record.At))
	case *user.Card:
		p.users = append(p.users, userDoc{userRow: userOf(record), no: record.No, purse: record.Purse, seq: entry.Seq, at: micros(entry.At), fresh: d.fresh})
	case merchantDoc:
		record.seq = entry.Seq
		p.shops = append(p.shops, record)
	case consentDoc:
		p.consents = append(p.consents, record)
	case commandDoc:
		record.seq, record.n, record.at, record.key = entry.Seq, d.n, entry.At, d.key
		p.staff.commands = append(p.staff.commands, record)
	case approvalDoc:
		record.seq = entry.Seq
		p.staff.approvals = append(p.staff.approvals, record)
	case lookupDoc:
		record.seq, record.n = entry.Seq, d.n
		p.staff.lookups = append(p.staff.lookups, record)
	case loginDoc:
		record.seq, record.n = entry.Seq, d.n
		p.staff.logins = append(p.staff.logins, record)
	}
}

// addPayment adds a state of a payment, and counts it once it is done: it never changes
// again then.
func (p *pending) addPayment(entry *store.Entry, record *payment.Payment, fresh bool) {
	before := p.payments[record.No]
	p.payments[record.No] = &paymentDoc{Payment: record, seq: entry.Seq, fresh: fresh || before != nil && before.fresh}
	if record.State == payment.Done {
		p.sums.done(record, p.day(record.Updated()), p.hour(record.Updated()))
	}
}

// end ends a notice. A record may say first that it is no longer waiting, and then why.
func (p *pending) end(e ending) {
	if i, ok := p.noticeAt[e.id]; ok {
		p.notices[i].endedAt, p.notices[i].fate, p.notices[i].why = e.at, e.fate, e.why
		return
	}
	i, ok := p.endedAt[e.id]
	if !ok {
		i = len(p.ended)
		p.ended, p.endedAt[e.id] = append(p.ended, e), i
	}
	p.ended[i] = e
}

// calendar knows the local days of a zone. It remembers a part of the last one, since
// records come in the order of time.
type calendar struct {
	zone        *time.Location
	from, until int64 // Unix seconds between which the day is known, and the clocks do not change
	offset      int64 // of local time from UTC in it, in seconds
	known       int64
}

// secondsOfDay are those of a day without a change of the clocks.
const secondsOfDay = 24 * 60 * 60

// day returns the local day of a time as YYYYMMDD. A day may begin late, or twice, where the
// clocks change at midnight: what counts is the date that local clocks show.
func (c *calendar) day(at time.Time) int64 {
	c.look(at)
	return c.known
}

// hour returns the hour that local clocks show.
func (c *calendar) hour(at time.Time) int {
	c.look(at)
	local := at.Unix() + c.offset
	return int((local%secondsOfDay + secondsOfDay) % secondsOfDay / (60 * 60))
}

// look makes sure that the day of a time is the one that is remembered.
func (c *calendar) look(at time.Time) {
	second := at.Unix()
	if second >= c.from && second < c.until {
		return
	}
	local := at.In(c.zone)
	_, offset := local.Zone()
	c.offset = int64(offset)
	year, month, day := local.Date()
	c.known = int64(year*10000 + int(month)*100 + day)
	c.from = time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() - c.offset
	c.until = c.from + secondsOfDay
	begin, end := local.ZoneBounds()
	if !begin.IsZero() {
		c.from = max(c.from, begin.Unix())
	}
	if !end.IsZero() {
		c.until = min(c.until, end.Unix())
	}
}

// micros returns a time in microseconds, 0 for none.
func micros(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMicro()
}

// bucketOf returns the bucket of a duration: the least power of two milliseconds that it
// is below.
func bucketOf(took time.Duration) int { return bits.Len64(uint64(max(0, took.Milliseconds()))) }
