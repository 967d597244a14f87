package demo

import (
	"context"
	"reflect"
	"slices"
	"sync"
	"time"
)

// Ledger is the daemon's ledger as the page shows it and the script checks it.
// Its methods may be called from any goroutine.
type Ledger interface {
	// Accounts are those worth showing, in the order to show them. A name is as
	// `mpg account show` has it: purse:+8613800000001, merchant:8001, bank:icbc,
	// float. An account without postings may be left out.
	Accounts() []AccountRow
	// Payments are the latest, the newest first.
	Payments() []PaymentRow
	// Trial reports whether debits equal credits.
	Trial() (ok bool)
	// Changed delivers a value some time after a change; several changes may be
	// one value. It is never closed.
	Changed() <-chan struct{}
}

// AccountRow is an account; amounts are in major units.
type AccountRow struct {
	Account   string `json:"account"`
	Posted    string `json:"posted"`
	Available string `json:"available"`
}

// PaymentRow is a payment. Outcome is "paid" or "not paid" once State is done.
type PaymentRow struct {
	Ref     string `json:"ref"`
	Product string `json:"product"`
	State   string `json:"state"`
	Outcome string `json:"outcome"`
	Payer   string `json:"payer"`
	Payee   string `json:"payee"`
	Amount  string `json:"amount"` // in major units

	Reason string    `json:"reason,omitempty"` // why it is in this state, such as "line busy"
	Steps  []StepRow `json:"steps"`            // the states that it went through, oldest first
	Code   string    `json:"code,omitempty"`   // of the bank's answer, ISO 8583:1987 DE39
}

// StepRow is a state of a payment.
type StepRow struct {
	State string `json:"state"`
	At    string `json:"at"` // RFC 3339
}

// Limits of what the page is told of the ledger.
const (
	accountsShown = 12
	paymentsShown = 8
	ledgerPace    = 150 * time.Millisecond // not told more often than this
)

// books is the ledger at one moment.
type books struct {
	Accounts []AccountRow `json:"accounts"`
	Payments []PaymentRow `json:"payments"`
	Trial    bool         `json:"trial"`
}

func read(ledger Ledger) books {
	return books{slices.Clone(ledger.Accounts()), slices.Clone(ledger.Payments()), ledger.Trial()}
}

// posted returns the balance of an account, or "0" and false if there is none of that name.
func (b books) posted(account string) (string, bool) {
	for _, a := range b.Accounts {
		if a.Account == account {
			return a.Posted, true
		}
	}
	return "0", false
}

// payment finds one by its reference.
func (b books) payment(ref string) (PaymentRow, bool) {
	i := slices.IndexFunc(b.Payments, func(row PaymentRow) bool { return row.Ref == ref })
	if i < 0 {
		return PaymentRow{}, false
	}
	return b.Payments[i], true
}

// shown is what the page gets: the accounts whose balances changed since the demo
// began, and what subscribers ordered.
func (b books) shown(before *baseline) books {
	b.Accounts = slices.DeleteFunc(b.Accounts, func(row AccountRow) bool { return !before.moved(row) })
	b.Payments = slices.DeleteFunc(b.Payments, func(row PaymentRow) bool { return row.Product == "topup" })
	b.Accounts = b.Accounts[:min(len(b.Accounts), accountsShown)]
	b.Payments = b.Payments[:min(len(b.Payments), paymentsShown)]
	return b
}

// baseline is what accounts held before anybody in the demo did anything.
type baseline struct {
	mu       sync.Mutex
	accounts map[string]AccountRow
}

// take remembers accounts as they are now; an account already known keeps its old value.
func (b *baseline) take(rows []AccountRow) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.accounts == nil {
		b.accounts = map[string]AccountRow{}
	}
	for _, row := range rows {
		if _, known := b.accounts[row.Account]; !known {
			b.accounts[row.Account] = row
		}
	}
}

// moved reports whether an account differs from what it held then. One that did not
// exist held nothing.
func (b *baseline) moved(row AccountRow) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	before, known := b.accounts[row.Account]
	return !known || before != row
}

// follow publishes the ledger after each change until ctx ends.
func follow(ctx context.Context, all *hub, ledger Ledger, before *baseline) {
	var told books
	for first := true; ; first = false {
		// What has not changed is not sent again: the page would redraw it.
		if now := read(ledger).shown(before); first || !reflect.DeepEqual(now, told) {
			told = now
			all.set("ledger", now)
		}
		if !sleep(ctx, ledgerPace) {
			return
		}
		select {
		case <-ledger.Changed():
		case <-ctx.Done():
			return
		}
	}
}

// sleep waits and reports whether ctx is still alive.
func sleep(ctx context.Context, lasting time.Duration) bool {
	t := time.NewTimer(lasting)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
