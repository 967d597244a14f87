package view

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"hash/maphash"
	"maps"
	"slices"
	"strconv"
	"time"

	"mpg/engine/payment"
)

// writer writes what is pending into a database, on the one connection that writes it. The
// context of its calls must not be cancelled halfway; what a failed call has begun is rolled
// back.
type writer struct {
	calendar
	conn     *sql.Conn
	currency string // of amounts without one

	inserts  map[string]*inserter
	stmts    map[string]*sql.Stmt
	accounts accounts
	people   map[uint64]uint64 // digest of the row of a user
	seed     maphash.Seed      // of these digests
	changes  changes
}

// cachedMax bounds the rows that are kept in memory; beyond it they are read again.
const cachedMax = 1 << 18

// insertions are the tables that rows are inserted into: the columns, and what the statement
// says of a row that is there already.
var insertions = map[string][2]string{
	"entry": {"account seq n at day other amount balance payment code", ""},
	"payment": {"no product state reason decline outcome payer_user payer payee_user payee charged received fee discount currency memo bank channel " +
		"created_at updated_at day of why person uid key notice seq", ""},
	"step": {"payment n state at", "ON CONFLICT DO NOTHING"},
	"call": {"key purpose user payment try placed_at end answered ring_ms talk_ms hung_up sip cause text step wrong", "ON CONFLICT DO NOTHING"},
	"request": {"no payment ask bank kind amount currency stan rrn state approved granted code auth_id settlement cause sent_at answered_at since_at tries reversal_code late " +
		"resolved_as resolved_why resolved_uid resolved_at seq",
		"ON CONFLICT DO UPDATE SET state = excluded.state, approved = excluded.approved, granted = excluded.granted, code = excluded.code, auth_id = excluded.auth_id, " +
			"settlement = excluded.settlement, cause = excluded.cause, sent_at = excluded.sent_at, answered_at = excluded.answered_at, since_at = excluded.since_at, " +
			"tries = excluded.tries, reversal_code = excluded.reversal_code, late = excluded.late, resolved_as = excluded.resolved_as, " +
			"resolved_why = excluded.resolved_why, resolved_uid = excluded.resolved_uid, resolved_at = excluded.resolved_at, seq = excluded.seq"},
	"refusal": {"no at day reason detail reply phone user via code intent to_party amount currency source ref short most", ""},
	"notice":  {"id payment recipient medium via class text_key lang made_at ended_at fate why", ""},
	"account": {"id name currency kind owner_kind owner debits credits held_debits held_credits seq",
		"ON CONFLICT DO UPDATE SET name = excluded.name, owner_kind = excluded.owner_kind, owner = excluded.owner, debits = excluded.debits, credits = excluded.credits, " +
			"held_debits = excluded.held_debits, held_credits = excluded.held_credits, seq = excluded.seq"},
	"hour": {"day hour product channel reason count sum ms_sum",
		"ON CONFLICT DO UPDATE SET count = count + excluded.count, sum = sum + excluded.sum, ms_sum = ms_sum + excluded.ms_sum"},
	"dayshop": {"day merchant currency count sum refunds",
		"ON CONFLICT DO UPDATE SET count = count + excluded.count, sum = sum + excluded.sum, refunds = refunds + excluded.refunds"},
	"daynotice": {"day medium class fate why count", "ON CONFLICT DO UPDATE SET count = count + excluded.count"},
	"stage": {"day product from_state to_state bucket count least most",
		"ON CONFLICT DO UPDATE SET count = count + excluded.count, least = min(least, excluded.least), most = max(most, excluded.most)"},
	"login": {"key seq n at person uid what why count",
		"ON CONFLICT DO UPDATE SET seq = excluded.seq, n = excluded.n, at = excluded.at, uid = excluded.uid, why = excluded.why, count = excluded.count"},
	"lookup": {"seq n at day person uid what user object", ""},
	"approval": {"id command object amount currency reason before after maker maker_uid checker state made_at expires_at ended_at word why seq",
		"ON CONFLICT DO UPDATE SET amount = excluded.amount, currency = excluded.currency, before = excluded.before, after = excluded.after, checker = excluded.checker, " +
			"state = excluded.state, ended_at = excluded.ended_at, word = excluded.word, why = excluded.why, seq = excluded.seq"},
	"command": {"seq n at day name object amount currency reason uid person key before after approval checker state", ""},
	"user": {"no phone name name_zh lang state why pin bank bank_mask open created_at seq",
		"ON CONFLICT DO UPDATE SET phone = excluded.phone, name = excluded.name, name_zh = excluded.name_zh, lang = excluded.lang, state = excluded.state, why = excluded.why, " +
			"pin = excluded.pin, bank = excluded.bank, bank_mask = excluded.bank_mask, open = excluded.open, seq = excluded.seq"},
	"alias": {"phone user since_at", "ON CONFLICT DO NOTHING"},
	"merchant": {"code name name_zh phone state why bank bank_mask created_at closed_at seq",
		"ON CONFLICT DO UPDATE SET name = excluded.name, name_zh = excluded.name_zh, phone = excluded.phone, state = excluded.state, why = excluded.why, " +
			"bank = excluded.bank, bank_mask = excluded.bank_mask, closed_at = excluded.closed_at, seq = excluded.seq"},
	"consent": {"phone purpose wanted said_at", "ON CONFLICT DO UPDATE SET wanted = excluded.wanted, said_at = excluded.said_at"},
}

// statements are those that are not inserts.
var statements = map[string]string{
	"payment":  "UPDATE payment SET state = ?, reason = ?, decline = ?, outcome = ?, charged = ?, received = ?, fee = ?, discount = ?, updated_at = ?, seq = ? WHERE no = ?",
	"claim":    "UPDATE payment SET outcome = ? WHERE no = ? AND outcome = 'unclaimed'",
	"returned": "UPDATE payment SET returned = ? WHERE no = ?",
	"ended":    "UPDATE notice SET ended_at = ?, fate = ?, why = ? WHERE id = ? RETURNING medium, class",
	"meta":     "UPDATE meta SET value = ? WHERE key = ?",
	"account":  "SELECT name, currency, kind, owner_kind, owner, debits, credits, held_debits, held_credits, seq FROM account WHERE id = ?",
	"user":     "SELECT phone, name, name_zh, lang, state, why, pin, bank, bank_mask, open, created_at FROM user WHERE no = ?",
	"merchant": "SELECT name, name_zh, phone, state, why, bank, bank_mask, created_at, closed_at FROM merchant WHERE code = ?",
}

// newWriter prepares a writer on a connection of its own, which it closes after an error.
func newWriter(ctx context.Context, conn *sql.Conn, zone *time.Location, currency string) (*writer, error) {
	w := &writer{calendar: calendar{zone: zone}, conn: conn, seed: maphash.MakeSeed(), currency: currency, inserts: make(map[string]*inserter), stmts: make(map[string]*sql.Stmt)}
	if err := w.prepare(ctx); err != nil {
		return nil, errors.Join(err, w.close())
	}
	w.accounts.read, w.accounts.into = w.stmts["account"], w.inserts["account"]
	w.forget()
	return w, nil
}

// prepare prepares the statements.
func (w *writer) prepare(ctx context.Context) error {
	for table, insertion := range insertions {
		i, err := newInserter(ctx, w.conn, table, insertion[0], insertion[1])
		if err != nil {
			return err
		}
		w.inserts[table] = i
	}
	for name, text := range statements {
		s, err := w.conn.PrepareContext(ctx, text)
		if err != nil {
			return err
		}
		w.stmts[name] = s
	}
	return nil
}

// close closes the statements and the connection.
func (w *writer) close() error {
	var errs []error
	for _, i := range w.inserts {
		errs = append(errs, i.close())
	}
	for _, s := range w.stmts {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, w.conn.Close())...)
}

// forget drops what is kept of the database in memory.
func (w *writer) forget() {
	w.accounts.forget()
	w.people = make(map[uint64]uint64)
	for _, i := range w.inserts {
		i.args = i.args[:0]
	}
}

// write writes everything that is pending and the position, in one transaction.
func (w *writer) write(ctx context.Context, p *pending) error {
	if _, err := w.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := w.rows(ctx, p)
	if err == nil {
		_, err = w.conn.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		_, _ = w.conn.ExecContext(ctx, "ROLLBACK") // the error that matters is the first
		w.forget()
	}
	if len(w.accounts.known) > cachedMax {
		w.accounts.forget()
	}
	if len(w.people) > cachedMax {
		clear(w.people)
	}
	return err
}

// rows writes the rows of each table.
func (w *writer) rows(ctx context.Context, p *pending) error {
	w.changes = make(changes, len(p.staff.commands))
	for i := range p.staff.commands {
		w.changes[p.staff.commands[i].seq] = &change{make(map[string]any), make(map[string]any)}
	}
	for _, part := range [...]func(context.Context, *pending) error{
		w.money, w.users, w.merchants, w.consents, w.accounts.save, w.payments, w.requests, w.calls, w.refusals, w.notices, w.commands, w.approvals, w.lookups, w.rollups, w.position,
	} {
		if err := part(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// exec runs one of statements.
func (w *writer) exec(ctx context.Context, name string, args ...any) error {
	_, err := w.stmts[name].ExecContext(ctx, args...)
	return err
}

// payments writes the payments and their steps, in the order of their numbers.
func (w *writer) payments(ctx context.Context, p *pending) error {
	into, steps := w.inserts["payment"], w.inserts["step"]
	for _, no := range slices.Sorted(maps.Keys(p.payments)) {
		d := p.payments[no]
		var err error
		if d.fresh {
			err = into.add(ctx, w.paymentRow(d)...)
		} else {
			err = w.exec(ctx, "payment", string(d.State), string(d.Reason), d.DeclineReason, outcomeOf(d.Payment), int64(d.Charged), int64(d.Received), int64(d.Fee), int64(d.Discount),
				micros(d.Updated()), int64(d.seq), int64(d.No))
		}
		if err != nil {
			return err
		}
		for n, s := range d.Steps {
			if err := steps.add(ctx, int64(no), n+1, string(s.State), micros(s.At)); err != nil {
				return err
			}
		}
	}
	if err := errors.Join(into.end(ctx), steps.end(ctx)); err != nil {
		return err
	}
	for _, no := range slices.Sorted(maps.Keys(p.returned)) {
		if err := w.exec(ctx, "returned", int64(p.returned[no]), int64(no)); err != nil {
			return err
		}
	}
	for _, no := range slices.Sorted(maps.Keys(p.claims)) {
		if err := w.exec(ctx, "claim", outcomeOfClaim(p.claims[no]), int64(no)); err != nil {
			return err
		}
	}
	return nil
}

// paymentRow returns the columns of a new payment.
func (w *writer) paymentRow(d *paymentDoc) []any {
	var by payment.Actor
	if d.By != nil {
		by = *d.By
	}
	return []any{int64(d.No), string(d.Plan.Product), string(d.State), string(d.Reason), d.DeclineReason, outcomeOf(d.Payment),
		int64(d.Payer.User), partyOf(&d.Payer), int64(d.Payee.User), partyOf(&d.Payee), int64(d.Charged), int64(d.Received), int64(d.Fee), int64(d.Discount), d.Currency, d.Memo, d.Plan.Bank(),
		channelOf(d.Payment), micros(d.Created()), micros(d.Updated()), w.day(d.Created()), int64(d.Of), d.Why, by.Name, int64(by.UID), by.Key, d.Plan.Notice, int64(d.seq)}
}

// partyOf returns a merchant's code, a person's number, or the name of an account; nothing where
// none is recorded.
func partyOf(party *payment.Party) string { return cmp.Or(party.Code, party.Phone, party.Account) }

// Outcomes of a payment that is done.
const (
	Paid      = "paid"
	NotPaid   = "not paid"
	Returned  = "returned"
	Unclaimed = "unclaimed" // its money waits for the payee to register
)

// outcomeOf returns how a payment has ended, or nothing while it is open.
func outcomeOf(p *payment.Payment) string {
	switch {
	case p.State != payment.Done:
		return ""
	case p.Passed(payment.Posted) && p.Plan.Claim != 0:
		return Unclaimed
	case p.Passed(payment.Posted):
		return Paid
	case p.Passed(payment.Returned):
		return Returned
	}
	return NotPaid
}

// outcomeOfClaim returns how a payment has ended whose money waited. What is kept for a payer
// whose purse is closed has reached nobody yet.
func outcomeOfClaim(state payment.ClaimState) string {
	switch state {
	case payment.ClaimPaidOut:
		return Paid
	case payment.ClaimReturned:
		return Returned
	case payment.ClaimOpen, payment.ClaimKept:
	}
	return Unclaimed
}

func (w *writer) requests(ctx context.Context, p *pending) error {
	into := w.inserts["request"]
	for _, no := range slices.Sorted(maps.Keys(p.requests)) {
		r := p.requests[no]
		var people payment.Resolution
		if r.Resolved != nil {
			people = *r.Resolved
		}
		err := into.add(ctx, int64(r.No), int64(r.Payment), r.Ask, r.Bank, string(r.Kind), int64(r.Amount), r.Currency, int64(r.STAN), r.RRN, string(r.State), flag(r.Approved), int64(r.Granted), r.Code, r.AuthID,
			r.Settlement, r.Cause, micros(r.At), micros(r.Answered), micros(r.Since), r.Tries, r.Reversal, len(r.Late), people.As, people.Reason, int64(people.UID), micros(people.At), int64(r.seq))
		if err != nil {
			return err
		}
	}
	return into.end(ctx)
}

func (w *writer) calls(ctx context.Context, p *pending) error {
	into := w.inserts["call"]
	for _, c := range p.calls {
		err := into.add(ctx, c.key, string(c.Purpose), int64(c.User), int64(c.Payment), c.Try, micros(c.At), c.End, flag(c.Answered), c.Ring, c.Talk, string(c.HungUp), c.SIP, c.Cause, c.Text, c.Step, c.Wrong)
		if err != nil {
			return err
		}
	}
	return into.end(ctx)
}

func (w *writer) refusals(ctx context.Context, p *pending) error {
	into := w.inserts["refusal"]
	for _, r := range p.refusals {
		err := into.add(ctx, int64(r.No), micros(r.At), w.day(r.At), string(r.Reason), r.Detail, string(r.Reply), r.Phone, int64(r.User), r.Via, r.Code, string(r.Intent), r.To, int64(r.Amount),
			r.Currency, string(r.Source), r.Ref, int64(r.Short), int64(r.Limit))
		if err != nil {
			return err
		}
	}
	return into.end(ctx)
}

// rollups adds the sums to those that are there.
func (w *writer) rollups(ctx context.Context, p *pending) error {
	hours, shops, stages := w.inserts["hour"], w.inserts["dayshop"], w.inserts["stage"]
	for k, s := range p.sums.hours {
		if err := hours.add(ctx, k.day, k.hour, k.product, k.channel, k.reason, s.count, s.sum, s.ms); err != nil {
			return err
		}
	}
	for k, s := range p.sums.shops {
		if err := shops.add(ctx, k.day, k.shop, k.currency, s.count, s.sum, s.refunds); err != nil {
			return err
		}
	}
	for k, s := range p.sums.stages {
		if err := stages.add(ctx, k.day, k.product, string(k.from), string(k.to), k.bucket, s.count, s.least, s.most); err != nil {
			return err
		}
	}
	return errors.Join(hours.end(ctx), shops.end(ctx), stages.end(ctx))
}

// position writes how far the journal has been read.
func (w *writer) position(ctx context.Context, p *pending) error {
	for _, row := range [...][2]string{{metaSeq, strconv.FormatUint(p.last.seq, 10)}, {metaID, hex.EncodeToString(p.last.id[:])}, {metaAt, strconv.FormatInt(micros(p.last.at), 10)}} {
		if err := w.exec(ctx, "meta", row[1], row[0]); err != nil {
			return err
		}
	}
	return nil
}

func flag(on bool) int {
	if on {
		return 1
	}
	return 0
}

func fromMicros(at int64) time.Time { return time.UnixMicro(at).UTC() }
