package call

import (
	"context"
	"strings"
	"time"

	"mpg/engine/cdr"
	"mpg/engine/tx"
	"mpg/store"
)

// View shows a call that has ended.
type View struct {
	At     string `json:"at"`
	End    string `json:"end"`
	Rang   string `json:"rang,omitempty"`   // such as 4.2s
	Talked string `json:"talked,omitempty"` // set if it was answered
	HungUp string `json:"hung_up,omitempty"`
	SIP    int    `json:"sip,omitempty"`
	Cause  int    `json:"q850,omitempty"`
	Text   string `json:"text,omitempty"`
	Step   string `json:"step,omitempty"`
	Wrong  int    `json:"wrong_pins,omitempty"`
}

func viewOf(record *cdr.Record) View {
	v := View{At: record.At.UTC().Format(time.RFC3339Nano), End: record.End, HungUp: string(record.HungUp),
		SIP: record.SIP, Cause: record.Cause, Text: record.Text, Step: record.Step, Wrong: record.Wrong}
	if record.Ring != 0 {
		v.Rang = (time.Duration(record.Ring) * time.Millisecond).String()
	}
	if record.Answered {
		v.Talked = (time.Duration(record.Talk) * time.Millisecond).String()
	}
	return v
}

// OfPayment returns the calls of a payment that have ended.
func OfPayment(ctx context.Context, books store.Reader, no uint64) ([]View, error) {
	var views []View
	prefix := cdr.OfPayment(no)
	for doc, err := range books.Docs(ctx, cdr.Table, prefix, 0) {
		if err == nil && !strings.HasPrefix(doc.Key, prefix) {
			break
		}
		r, err := tx.Decoded[cdr.Record](doc, err)
		if err != nil {
			return nil, err
		}
		views = append(views, viewOf(r))
	}
	return views, nil
}
