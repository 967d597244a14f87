package admin

import (
	"context"
	"maps"
	"slices"

	"mpg/engine/acquirer"
	"mpg/engine/bank"
	"mpg/engine/notice"
	"mpg/engine/reconcile"
	"mpg/store/money"
)

// Errors of totals of banks.
var (
	ErrUnknownBank = acquirer.ErrUnknownBank
	ErrNoTotals    = acquirer.ErrNoTotals
)

// TotalsView shows what one side has counted for a business date in one currency.
type TotalsView struct {
	reconcile.Totals
	CreditAmount string `json:"credit_amount"`
	CreditBack   string `json:"credit_reversal_amount"`
	DebitAmount  string `json:"debit_amount"`
	DebitBack    string `json:"debit_reversal_amount"`
	Net          string `json:"net"` // what was debited less what was credited
}

// CurrencyTotals shows our totals in one currency, and what was told about them last.
type CurrencyTotals struct {
	Currency string      `json:"currency"`
	Ours     TotalsView  `json:"ours"`
	Told     string      `json:"told,omitempty"`     // when; left out: never
	ByBank   bool        `json:"by_bank,omitempty"`  // the bank sent its totals
	Balanced bool        `json:"balanced,omitempty"` // they agreed then
	Apart    bool        `json:"apart,omitempty"`    // they agreed apart from requests that were open or undated
	Code     string      `json:"code,omitempty"`     // of the bank's answer, ISO 8583:1987 DE66 or DE39
	Theirs   *TotalsView `json:"theirs,omitempty"`   // as the bank told them; left out: it gave none
}

// DayTotalsView shows the totals of a business date of a bank.
type DayTotalsView struct {
	Bank   string           `json:"bank"`
	Day    string           `json:"day"`
	Closed string           `json:"closed,omitempty"` // when the bank has closed it
	Totals []CurrencyTotals `json:"totals"`
	Open   []OpenView       `json:"open"` // what is not decided, and is carried over
	// Undated is decided, but the bank has not given its date: it may count here, or not.
	Undated []OpenView `json:"undated"`
}

// OpenView shows a request that is not decided, or whose date the bank has not given.
type OpenView struct {
	Ref string `json:"ref"`
	RequestView
}

// BreakView shows something on which we and a bank do not agree.
type BreakView struct {
	Bank     string      `json:"bank"`
	Kind     string      `json:"kind"` // totals, advice or amount
	Day      string      `json:"day"`
	Currency string      `json:"currency,omitempty"`
	Found    string      `json:"found"`
	Last     string      `json:"last"`
	Ended    string      `json:"ended,omitempty"`
	Ours     *TotalsView `json:"ours,omitempty"`
	Theirs   *TotalsView `json:"theirs,omitempty"` // left out: the bank gave none
	RRN      string      `json:"rrn,omitempty"`
	STAN     uint32      `json:"stan,omitempty"`
	Code     string      `json:"code,omitempty"`
	Amount   string      `json:"amount,omitempty"`
	Approved bool        `json:"approved,omitempty"`
	Ref      string      `json:"ref,omitempty"` // of the payment, if it is ours
}

// Totals is what we and the banks have booked, for comparison.
type Totals struct{ service *Service }

// Day returns our totals of a business date of a bank; an empty day is the one that is open
// there. The error is ErrUnknownBank, acquirer.ErrDay, or one of the store.
func (t Totals) Day(ctx context.Context, bankName, day string) (DayTotalsView, error) {
	all, err := t.service.cfg.Acquirer.Totals(ctx, bankName, day)
	return t.shown(all, err)
}

// Send tells the bank our totals of a business date, and returns them with its answer. The
// error is one of Day, ErrNoTotals, acquirer.ErrNotBegun, or says why the bank was not told.
func (t Totals) Send(ctx context.Context, by Command, bankName, day string) (DayTotalsView, error) {
	all, err := t.service.cfg.Acquirer.SendTotals(ctx, bankName, day)
	if err == nil {
		t.service.logCommand(by, Action{Name: "bank totals --send", Object: bankName}, false)
	}
	return t.shown(all, err)
}

// Breaks returns what is open with a bank, or with all of them if bankName is empty; with all
// set, what has ended as well.
func (t Totals) Breaks(ctx context.Context, bankName string, all bool) ([]BreakView, error) {
	list, err := t.service.cfg.Acquirer.Breaks(ctx, bankName, all)
	views := []BreakView{}
	for _, one := range list {
		in := notice.Currency(one.Currency)
		v := BreakView{Bank: one.Bank, Kind: string(one.Kind), Day: one.Day, Currency: one.Currency, Found: rfc3339(one.At), Last: rfc3339(one.Last),
			Ours: viewTotals(one.Ours, in), Theirs: viewTotals(one.Theirs, in), RRN: one.RRN, STAN: one.STAN, Code: one.Code, Approved: one.Approved}
		if one.Amount != 0 {
			v.Amount = in.Format(one.Amount)
		}
		if !one.Ended.IsZero() {
			v.Ended = rfc3339(one.Ended)
		}
		if one.Payment != 0 {
			v.Ref = t.service.cfg.Books.Refs.Ref(one.Payment)
		}
		views = append(views, v)
	}
	return views, err
}

// shown shows the totals of a day.
func (t Totals) shown(all *acquirer.DayTotals, err error) (DayTotalsView, error) {
	if err != nil {
		return DayTotalsView{}, err
	}
	v := DayTotalsView{Bank: all.Bank, Day: all.Day, Totals: []CurrencyTotals{}, Open: []OpenView{}, Undated: []OpenView{}}
	told := make(map[string]reconcile.Told)
	if all.Told != nil {
		for _, one := range all.Told.Told {
			told[one.Currency] = one
		}
		if !all.Told.Closed.IsZero() {
			v.Closed = rfc3339(all.Told.Closed)
		}
	}
	currencies := slices.Collect(maps.Keys(all.Sums))
	for code := range told {
		if _, there := all.Sums[code]; !there {
			currencies = append(currencies, code)
		}
	}
	slices.Sort(currencies)
	for _, code := range currencies {
		sums, in := all.Sums[code], notice.Currency(code)
		shown := CurrencyTotals{Currency: code, Ours: *viewTotals(&sums, in)}
		if last, known := told[code]; known {
			shown.Told, shown.ByBank, shown.Balanced, shown.Code, shown.Theirs = rfc3339(last.At), last.ByBank, last.Balanced, last.Code, viewTotals(last.Theirs, in)
			shown.Apart = last.Balanced && last.Theirs != nil && !bank.Totals(*last.Theirs).Equal(bank.Totals(last.Ours))
		}
		v.Totals = append(v.Totals, shown)
	}
	for _, req := range all.Open {
		v.Open = append(v.Open, OpenView{t.service.cfg.Books.Refs.Ref(req.Payment), *viewRequest(req)})
	}
	for _, req := range all.Undated {
		v.Undated = append(v.Undated, OpenView{t.service.cfg.Books.Refs.Ref(req.Payment), *viewRequest(req)})
	}
	return v, nil
}

// viewTotals shows totals; nil: nil.
func viewTotals(of *reconcile.Totals, in money.Currency) *TotalsView {
	if of == nil {
		return nil
	}
	return &TotalsView{Totals: *of, CreditAmount: in.Format(of.CreditSum), CreditBack: in.Format(of.CreditBackSum), DebitAmount: in.Format(of.DebitSum),
		DebitBack: in.Format(of.DebitBackSum), Net: in.Format(bank.Totals(*of).Net())}
}
