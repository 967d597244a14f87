package report

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// AuditFilter says which acts of the operator's people are wanted, as people type it.
type AuditFilter struct {
	Who           string // name of a member of staff, or a user id
	What          string // the beginning of a command, such as purse or staff login, or read: what was looked up
	On            string // the number, code or reference that it was about
	Since, Until  string
	Limit, Cursor string
}

// Act is one thing that the operator's people did, one person's data that they read, or a
// login. Logins that were refused to one person within an hour are one Act.
type Act struct {
	At       string          `json:"at"`
	Person   string          `json:"person,omitempty"`
	UID      uint32          `json:"uid"`
	What     string          `json:"what"`            // the command as it is typed, or read and what was read
	On       string          `json:"on,omitempty"`    // the number, code or reference that it was about
	Owner    string          `json:"owner,omitempty"` // the subscriber whose data was read
	Amount   string          `json:"amount,omitempty"`
	Currency string          `json:"currency,omitempty"`
	Reason   string          `json:"reason,omitempty"`
	Key      string          `json:"key,omitempty"`
	Before   json.RawMessage `json:"before,omitempty"`
	After    json.RawMessage `json:"after,omitempty"`
	Approval string          `json:"approval,omitempty"` // ID of the approval that it needed
	Checker  string          `json:"checker,omitempty"`  // who ended the approval
	State    string          `json:"state,omitempty"`    // of the approval, then; joined: another command had asked for it
	Count    int             `json:"count,omitempty"`    // how many logins were refused, at least

	at int64
}

// listOfActs is the name of the list in cursors.
const listOfActs = "audit"

// Audit returns a page of what the operator's people did and read, newest first.
func (r *Reader) Audit(ctx context.Context, filter AuditFilter) (page Page[Act], err error) {
	asOf, err := r.ask(ctx, func(ctx context.Context, in *reading) (err error) {
		page, err = in.audit(ctx, filter)
		return err
	})
	page.AsOf = asOf
	return page, err
}

// audit answers Audit from one reading of view.db.
func (r *reading) audit(ctx context.Context, filter AuditFilter) (Page[Act], error) {
	limit, err := limitOf(filter.Limit)
	if err != nil {
		return Page[Act]{}, err
	}
	wanted, err := r.actsWanted(filter)
	if err != nil {
		return Page[Act]{}, err
	}
	// Each part is in the order of its table or of an index already, so that SQLite merges
	// them and reads no more of them than it returns. Within a record the commands come before
	// what was read, as if they had lower numbers.
	query := `WITH did AS (SELECT seq, n - 65536 AS n, at, person, uid, name AS what, object, '' AS owner, amount, currency, reason, key, before, after, approval, checker, state, 0 AS count FROM command),
			had_read AS (SELECT seq, n, at, person, uid, 'read ' || what AS what, object, coalesce((SELECT phone FROM user WHERE no = lookup.user), '') AS owner,
				0 AS amount, '' AS currency, '' AS reason, '' AS key, '' AS before, '' AS after, '' AS approval, '' AS checker, 'done' AS state, 0 AS count FROM lookup),
			came AS (SELECT seq, n, at, person, uid, what, '' AS object, '' AS owner,
				0 AS amount, '' AS currency, why AS reason, '' AS key, '' AS before, '' AS after, '' AS approval, '' AS checker, 'done' AS state, count FROM login)
		SELECT * FROM did` + wanted.clause() + " UNION ALL SELECT * FROM had_read" + wanted.clause() + " UNION ALL SELECT * FROM came" + wanted.clause() + " ORDER BY 1 DESC, 2 DESC LIMIT ?"
	values := append(slices.Concat(wanted.values, wanted.values, wanted.values), limit+1)
	return paged(rowsOf(ctx, r, query, values, r.actOf), listOfActs, limit, r.cfg.Zone)
}

// actsWanted returns the conditions of a filter.
func (r *reading) actsWanted(filter AuditFilter) (*where, error) {
	wanted := new(where)
	if uid, err := strconv.ParseUint(strings.TrimPrefix(filter.Who, "uid "), 10, 32); err == nil {
		wanted.and("uid = ? AND person = ''", uid)
	} else if filter.Who != "" {
		wanted.and("(person = ? OR checker = ?)", filter.Who, filter.Who)
	}
	if filter.What != "" {
		wanted.and("(what = ? OR substr(what, 1, ?) = ?)", filter.What, len([]rune(filter.What))+1, filter.What+" ")
	}
	if filter.On != "" {
		object := r.parser.object(filter.On)
		wanted.and("(object = ? OR owner = ?)", object, object)
	}
	key, err := keyAt(listOfActs, filter.Cursor)
	if err != nil {
		return nil, err
	}
	if key != "" {
		var seq, n int64
		if _, err := fmt.Sscanf(key, "%d.%d", &seq, &n); err != nil {
			return nil, &FilterError{Filter: "cursor", Value: filter.Cursor, Want: "the cursor that the previous page gave"}
		}
		wanted.and("(seq < ? OR seq = ? AND n < ?)", seq, seq, n)
	}
	period, err := r.ParsePeriod(filter.Since, filter.Until)
	wanted.within("at", period)
	return wanted, err
}

// actOf reads a row of Audit.
func (r *reading) actOf(row *sql.Rows) (keyed[Act], error) {
	var a Act
	var seq, n, amount int64
	var owner, before, after string
	err := row.Scan(&seq, &n, &a.at, &a.Person, &a.UID, &a.What, &a.On, &owner, &amount, &a.Currency, &a.Reason, &a.Key, &before, &after, &a.Approval, &a.Checker, &a.State, &a.Count)
	a.At = rfc3339(a.at)
	a.Owner = r.mask.party(owner)
	a.On, a.Reason, a.Key = r.mask.object(a.On), r.mask.text(a.Reason), r.mask.text(a.Key)
	if amount != 0 {
		a.Amount = r.amountIn(amount, a.Currency)
	}
	if !r.mask { // what a record held may be anybody's name
		a.Before, a.After = jsonOf(before), jsonOf(after)
	}
	if a.Approval == "" {
		a.State = "" // what one person may do is done
	}
	return keyed[Act]{a, fmt.Sprintf("%d.%d", seq, n)}, err
}

// jsonOf returns a column that holds JSON; nil: it is empty, or holds something else.
func jsonOf(text string) json.RawMessage {
	if !json.Valid([]byte(text)) {
		return nil
	}
	return json.RawMessage(text)
}
