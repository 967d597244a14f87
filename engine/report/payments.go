package report

import (
	"context"
	"database/sql"
	"iter"
	"strconv"
)

// PaymentFilter says which payments are wanted, as people type it. An empty field matches
// all.
type PaymentFilter struct {
	Payer, Payee    string // a phone number in any spelling, or a shop's code
	Product, Reason string
	State           string // or what became of it: open, paid, not paid, returned or unclaimed
	Since, Until    string // of the order; see ParsePeriod
	Amount          string // what the payer pays, in the operator's currency
	Limit, Cursor   string
}

// Payment is one line of a list of payments. Its fields are those of admin.PaymentView, as
// far as both have them.
type Payment struct {
	Ref      string `json:"ref"`
	Product  string `json:"product"`
	State    string `json:"state"`
	Outcome  string `json:"outcome,omitempty"`
	Payer    string `json:"payer"`
	Payee    string `json:"payee"`
	Amount   string `json:"amount"` // what the payer pays
	Received string `json:"received"`
	Fee      string `json:"fee,omitempty"`
	Currency string `json:"currency"`
	Reason   string `json:"reason"`
	Decline  string `json:"decline,omitempty"` // class of the bank's answer
	Memo     string `json:"memo,omitempty"`
	Channel  string `json:"channel"` // the bind that the order came by, or operator
	Bank     string `json:"bank,omitempty"`
	Asked    string `json:"bank_state,omitempty"` // of the request to a bank that was made last

	Origin
	Created string `json:"created"`
	Updated string `json:"updated"`

	no uint64
}

// Origin says which other payments a payment belongs to, and who entered it.
type Origin struct {
	Of       string `json:"of,omitempty"`           // reference of the payment that it takes back
	Why      string `json:"why,omitempty"`          // the operator's reason
	Returned string `json:"returned,omitempty"`     // how much of it later payments have given back
	Charged  string `json:"charged_back,omitempty"` // how much of that its card issuer took back
	Person   string `json:"person,omitempty"`       // member of staff who entered it
}

// listOfPayments is the name of the list in cursors.
const listOfPayments = "payment"

// Payments returns a page of the payments that are wanted, newest first.
func (r *Reader) Payments(ctx context.Context, filter PaymentFilter) (page Page[Payment], err error) {
	asOf, err := r.ask(ctx, func(ctx context.Context, in *reading) (err error) {
		page, err = in.payments(ctx, filter)
		return err
	})
	page.AsOf = asOf
	return page, err
}

// payments answers Payments from one reading of view.db.
func (r *reading) payments(ctx context.Context, filter PaymentFilter) (Page[Payment], error) {
	limit, err := limitOf(filter.Limit)
	if err != nil {
		return Page[Payment]{}, err
	}
	wanted, err := r.paymentsWanted(ctx, filter)
	if err != nil {
		return Page[Payment]{}, err
	}
	page, err := paged(r.paymentRows(ctx, wanted, limit+1), listOfPayments, limit, r.cfg.Zone)
	if err == nil && len(page.Items) == 0 && filter.Cursor == "" {
		err = r.partiesKnown(ctx, filter.Payer, filter.Payee)
	}
	return page, err
}

// paymentsWanted returns the conditions of a filter.
func (r *reading) paymentsWanted(ctx context.Context, filter PaymentFilter) (*where, error) {
	wanted := new(where)
	if err := r.partiesWanted(filter, wanted); err != nil {
		return nil, err
	}
	// A plus keeps SQLite from the index of a column: where a party or an amount is wanted,
	// there are fewer of these than of a reason.
	reason := "reason"
	if len(wanted.conditions) > 0 {
		reason = "+reason"
	}
	if err := wanted.equal(reason, filter.Reason, reasonOfPayment); err != nil {
		return nil, err
	}
	if err := stateWanted(filter.State, wanted); err != nil {
		return nil, err
	}
	before, err := numberAt(listOfPayments, filter.Cursor)
	if err != nil {
		return nil, err
	}
	if before != 0 {
		wanted.and("no < ?", before)
	}
	period, err := r.ParsePeriod(filter.Since, filter.Until)
	if err != nil {
		return nil, err
	}
	wanted.within("created_at", period)
	if err := r.numbersWithin(ctx, wanted, "payment", "product", period); err != nil {
		return nil, err
	}
	return wanted, r.productWanted(ctx, filter.Product, wanted)
}

// partiesWanted adds who pays, who is paid, and how much.
func (r *reading) partiesWanted(filter PaymentFilter, wanted *where) error {
	for _, side := range []struct{ column, typed string }{{"payer", filter.Payer}, {"payee", filter.Payee}} {
		err := wanted.equal(side.column, side.typed, func(typed string) (string, error) { return r.parser.party(side.column, typed) })
		if err != nil {
			return err
		}
	}
	if filter.Amount == "" {
		return nil
	}
	amount, err := r.cfg.Currency.Parse(filter.Amount)
	if err != nil {
		return &FilterError{Filter: "amount", Value: filter.Amount, Want: "an amount such as 128.50"}
	}
	wanted.and("charged = ?", int64(amount))
	return nil
}

// rareMax is the most payments that a product looked up by day may have.
const rareMax = 20_000

// productWanted adds the product. One that is rare, such as corrections, would be looked for
// among all payments; its numbers are gathered from the index over day and product instead.
func (r *reading) productWanted(ctx context.Context, typed string, wanted *where) error {
	err := wanted.equal("product", typed, func(typed string) (string, error) { return r.product(ctx, typed) })
	if err != nil || typed == "" || len(wanted.conditions) > 1 {
		return err
	}
	const numbers = `WITH RECURSIVE days(day) AS (SELECT max(day) FROM payment
			UNION ALL SELECT (SELECT max(day) FROM payment AS one WHERE one.day < days.day) FROM days WHERE days.day IS NOT NULL)
		SELECT one.no FROM days CROSS JOIN payment AS one ON one.day = days.day AND one.product = ?`
	count, _, err := oneOf(ctx, r, "SELECT count(*) FROM ("+numbers+" LIMIT ?)", []any{typed, rareMax}, numberOf)
	if err == nil && count < rareMax {
		wanted.and("no IN ("+numbers+")", typed)
	}
	return err
}

// numbersWithin adds the condition that a row's number is between the bounds of a period.
// Numbers grow with time, but no rule says that they do so without exception: so the
// bounds are those of the days of the period, which an index over the day and another
// column tells at once.
func (r *reading) numbersWithin(ctx context.Context, wanted *where, table, column string, period Period) error {
	if period.From.IsZero() && period.To.IsZero() {
		return nil
	}
	first, last := 0, 9999_12_31
	if !period.From.IsZero() {
		first = dayNumber(period.From.In(r.cfg.Zone))
	}
	if !period.To.IsZero() {
		last = dayNumber(period.To.In(r.cfg.Zone))
	}
	query := `WITH RECURSIVE
		days(day) AS (SELECT min(day) FROM ` + table + ` WHERE day >= ?1
			UNION ALL SELECT (SELECT min(day) FROM ` + table + ` AS later WHERE later.day > days.day) FROM days WHERE days.day <= ?2),
		parts(day, part) AS (SELECT day, (SELECT min(` + column + `) FROM ` + table + ` AS one WHERE one.day = days.day) FROM days WHERE day <= ?2
			UNION ALL SELECT day, (SELECT min(` + column + `) FROM ` + table + ` AS one WHERE one.day = parts.day AND one.` + column + ` > part) FROM parts WHERE part IS NOT NULL)
	SELECT min((SELECT no FROM ` + table + ` AS one WHERE one.day = parts.day AND one.` + column + ` = part ORDER BY no LIMIT 1)),
		max((SELECT no FROM ` + table + ` AS one WHERE one.day = parts.day AND one.` + column + ` = part ORDER BY no DESC LIMIT 1))
	FROM parts WHERE part IS NOT NULL`
	type bounds struct{ low, high sql.NullInt64 }
	found, _, err := oneOf(ctx, r, query, []any{first, last}, func(row *sql.Rows) (b bounds, err error) { return b, row.Scan(&b.low, &b.high) })
	if err != nil {
		return err
	}
	if !found.low.Valid {
		wanted.and("no < 0") // the period has no rows at all
		return nil
	}
	wanted.and("no BETWEEN ? AND ?", found.low.Int64, found.high.Int64)
	return nil
}

// paymentColumns are what paymentOf reads.
const paymentColumns = `no, product, state, outcome, payer, payee, charged, received, fee, currency, reason, decline, memo, channel, bank,
	of, why, returned, person, created_at, updated_at,
	CASE returned WHEN 0 THEN 0 ELSE (SELECT coalesce(sum(back.charged), 0) FROM payment AS back WHERE back.of = payment.no AND back.of <> 0 AND back.product = 'chargeback') END,
	coalesce((SELECT request.state FROM request WHERE request.payment = payment.no ORDER BY request.no DESC LIMIT 1), '')`

// paymentRows yields at most limit payments, newest first.
func (r *reading) paymentRows(ctx context.Context, wanted *where, limit int) iter.Seq2[keyed[Payment], error] {
	query := "SELECT " + paymentColumns + " FROM payment" + wanted.clause() + " ORDER BY no DESC LIMIT ?"
	return rowsOf(ctx, r, query, append(wanted.values, limit), func(row *sql.Rows) (keyed[Payment], error) {
		p, err := r.paymentOf(row)
		return keyed[Payment]{p, strconv.FormatUint(p.no, 10)}, err
	})
}

// paymentOf reads a row of paymentColumns.
func (r *reading) paymentOf(row *sql.Rows) (Payment, error) {
	var p Payment
	var charged, received, fee, returned, chargedBack, created, updated int64
	var of uint64
	err := row.Scan(&p.no, &p.Product, &p.State, &p.Outcome, &p.Payer, &p.Payee, &charged, &received, &fee, &p.Currency, &p.Reason, &p.Decline, &p.Memo,
		&p.Channel, &p.Bank, &of, &p.Why, &returned, &p.Person, &created, &updated, &chargedBack, &p.Asked)
	p.Ref = r.cfg.Refs.Ref(p.no)
	p.Payer, p.Payee, p.Memo, p.Why = r.mask.side(p.Payer, p.Product), r.mask.side(p.Payee, p.Product), r.mask.memo(p.Memo), r.mask.text(p.Why)
	p.Amount, p.Received = amountOf(charged, p.Currency), amountOf(received, p.Currency)
	if fee != 0 {
		p.Fee = amountOf(fee, p.Currency)
	}
	if returned != 0 {
		p.Returned = amountOf(returned, p.Currency)
	}
	if chargedBack != 0 {
		p.Charged = amountOf(chargedBack, p.Currency)
	}
	if of != 0 {
		p.Of = r.cfg.Refs.Ref(of)
	}
	p.Created, p.Updated = rfc3339(created), rfc3339(updated)
	return p, err
}
