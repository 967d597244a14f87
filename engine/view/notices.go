package view

import (
	"context"
	"database/sql"
	"errors"

	"mpg/engine/payment"
	"mpg/store"
)

// Fates of a notice.
const (
	fateWaiting = "waiting"
	fateSent    = "sent"
	fateDropped = "dropped"
)

// notice is a row of the table notice.
type notice struct {
	id                                                   store.RowID
	payment                                              uint64
	recipient, medium, via, class, text, lang, fate, why string
	madeAt, endedAt                                      int64
}

// noticeOf returns the row of a text that a record added to the outbox.
func (p *pending) noticeOf(entry *store.Entry, row told, of facts) notice {
	return notice{id: row.id, payment: p.paymentOf(row.About.Ref, of), recipient: row.To, medium: string(row.Medium), via: row.Via, class: row.Class.String(),
		text: string(row.Text), lang: string(row.Lang), fate: fateWaiting, madeAt: micros(entry.At)}
}

// paymentOf returns the number of the payment with a reference, 0 for none. It is usually
// one of the payments of the same record.
func (p *pending) paymentOf(ref string, of facts) uint64 {
	if ref == "" {
		return 0
	}
	for i := range of.docs {
		if record, ok := of.docs[i].record.(*payment.Payment); ok && record.Ref == ref {
			return record.No
		}
	}
	no, err := p.number(ref)
	if err != nil {
		return 0
	}
	return no
}

// notices writes the texts and what became of them, and counts those that have ended.
func (w *writer) notices(ctx context.Context, p *pending) error {
	into, counts := w.inserts["notice"], make(map[noticeKey]int64)
	for i := range p.notices {
		n := &p.notices[i]
		if err := into.add(ctx, int64(n.id), int64(n.payment), n.recipient, n.medium, n.via, n.class, n.text, n.lang, n.madeAt, n.endedAt, n.fate, n.why); err != nil {
			return err
		}
		if n.endedAt != 0 {
			counts[noticeKey{w.day(fromMicros(n.endedAt)), n.medium, n.class, n.fate, n.why}]++
		}
	}
	if err := into.end(ctx); err != nil {
		return err
	}
	for _, e := range p.ended {
		key := noticeKey{day: w.day(fromMicros(e.at)), fate: e.fate, why: e.why}
		err := w.stmts["ended"].QueryRowContext(ctx, e.at, e.fate, e.why, int64(e.id)).Scan(&key.medium, &key.class)
		if errors.Is(err, sql.ErrNoRows) {
			continue // the row was no text
		}
		if err != nil {
			return err
		}
		counts[key]++
	}
	sums := w.inserts["daynotice"]
	for k, count := range counts {
		if err := sums.add(ctx, k.day, k.medium, k.class, k.fate, k.why, count); err != nil {
			return err
		}
	}
	return sums.end(ctx)
}
