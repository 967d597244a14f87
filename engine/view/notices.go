package view

import (
	"mpg/engine/payment"
	"mpg/store"
)

// Fates of a notice.
const (
	fateWaiting = "waiting"
	fateSent    = "sent"
)

// notice is a row of the table notice.
type notice struct {
	id                                              store.RowID
	payment                                         uint64
	recipient, medium, via, class, text, lang, fate string
	madeAt, endedAt                                 int64
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
