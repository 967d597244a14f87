package report

import (
	"context"
	"database/sql"
	"iter"
	"strconv"
	"strings"
)

// PeopleFilter says which subscribers or shops are wanted, as people type it.
type PeopleFilter struct {
	Name          string // any part of a name, in either language; whole words for those who see masked names
	State         string
	Limit, Cursor string
}

// User is one line of a list of subscribers. Its fields are those of admin.UserView.
type User struct {
	Number  string `json:"number"`
	Name    string `json:"name"`
	NameZH  string `json:"name_zh,omitempty"`
	Lang    string `json:"lang,omitempty"`
	State   string `json:"state"`
	Why     string `json:"why,omitempty"`
	PIN     bool   `json:"pin"` // whether one was chosen
	Bank    string `json:"bank,omitempty"`
	Account string `json:"bank_account,omitempty"` // masked
	Open    bool   `json:"open"`                   // whether an order is open
	Created string `json:"created"`
	Balance string `json:"balance,omitempty"` // what the purse holds

	no uint64
}

// Merchant is one line of a list of shops. Its fields are those of admin.MerchantView.
type Merchant struct {
	Code    string `json:"code"`
	Name    string `json:"name"`
	NameZH  string `json:"name_zh,omitempty"`
	Number  string `json:"number,omitempty"`
	Bank    string `json:"bank,omitempty"`
	Account string `json:"bank_account,omitempty"` // masked
	Created string `json:"created"`
	Closed  string `json:"closed,omitempty"` // when it was closed; empty: it is open
	Why     string `json:"why,omitempty"`    // the reason for that
	State   string `json:"state"`
	Balance string `json:"balance,omitempty"` // what its account holds
}

// The names of the lists in cursors.
const (
	listOfUsers     = "user"
	listOfMerchants = "merchant"
)

// userStates and merchantStates are the states of those lists.
func userStates() []string     { return []string{"active", "blocked", "locked"} }
func merchantStates() []string { return []string{"open", "closed"} }

// Users returns a page of the subscribers that are wanted, most recently registered first.
func (r *Reader) Users(ctx context.Context, filter PeopleFilter) (page Page[User], err error) {
	asOf, err := r.ask(ctx, func(ctx context.Context, in *reading) (err error) {
		page, err = in.users(ctx, filter)
		return err
	})
	page.AsOf = asOf
	return page, err
}

// users answers Users from one reading of view.db.
func (r *reading) users(ctx context.Context, filter PeopleFilter) (Page[User], error) {
	wanted, limit, err := peopleWanted(filter, userStates(), r.namedPerson)
	if err != nil {
		return Page[User]{}, err
	}
	before, err := numberAt(listOfUsers, filter.Cursor)
	if err != nil {
		return Page[User]{}, err
	}
	if before != 0 {
		wanted.and("no < ?", before)
	}
	return paged(r.userRows(ctx, wanted, limit+1), listOfUsers, limit, r.cfg.Zone)
}

// Merchants returns a page of the shops that are wanted, in the order of their codes: 8001
// is before 80010, and that before 8002.
func (r *Reader) Merchants(ctx context.Context, filter PeopleFilter) (page Page[Merchant], err error) {
	asOf, err := r.ask(ctx, func(ctx context.Context, in *reading) (err error) {
		page, err = in.merchants(ctx, filter)
		return err
	})
	page.AsOf = asOf
	return page, err
}

// merchants answers Merchants from one reading of view.db.
func (r *reading) merchants(ctx context.Context, filter PeopleFilter) (Page[Merchant], error) {
	wanted, limit, err := peopleWanted(filter, merchantStates(), (*where).named)
	if err != nil {
		return Page[Merchant]{}, err
	}
	after, err := keyAt(listOfMerchants, filter.Cursor)
	if err != nil {
		return Page[Merchant]{}, err
	}
	if after != "" {
		wanted.and("code > ?", after)
	}
	return paged(r.merchantRows(ctx, wanted, limit+1), listOfMerchants, limit, r.cfg.Zone)
}

// peopleWanted returns the conditions of a filter, except that of the cursor. named adds that
// of the name.
func peopleWanted(filter PeopleFilter, states []string, named func(wanted *where, name string)) (wanted *where, limit int, err error) {
	wanted = new(where)
	if limit, err = limitOf(filter.Limit); err != nil {
		return nil, 0, err
	}
	if filter.Name != "" {
		named(wanted, filter.Name)
	}
	return wanted, limit, wanted.equal("state", filter.State, func(typed string) (string, error) { return among("state", typed, states) })
}

// named adds the condition that a text is part of one of the names.
func (w *where) named(part string) {
	w.and(`(name LIKE ? ESCAPE '\' OR name_zh LIKE ? ESCAPE '\')`, like(part), like(part))
}

// namedPerson adds the condition that a person has a name. Those who see masked names have
// to know whole words of it: parts would let them spell out, letter by letter, what the mask
// hides.
func (r *reading) namedPerson(wanted *where, name string) {
	if !r.mask {
		wanted.named(name)
		return
	}
	for _, word := range strings.Fields(name) {
		wanted.and(`(' ' || name || ' ' LIKE ? ESCAPE '\' OR ' ' || name_zh || ' ' LIKE ? ESCAPE '\')`, like(" "+word+" "), like(" "+word+" "))
	}
}

// userRows yields at most limit subscribers, most recently registered first.
func (r *reading) userRows(ctx context.Context, wanted *where, limit int) iter.Seq2[keyed[User], error] {
	query := `SELECT no, phone, name, name_zh, lang, state, why, pin, bank, bank_mask, open, created_at, currency, credits - debits
		FROM user LEFT JOIN (SELECT name AS purse, currency, credits, debits FROM account) ON purse = 'purse:' || phone` +
		wanted.clause() + " ORDER BY no DESC LIMIT ?"
	return rowsOf(ctx, r, query, append(wanted.values, limit), func(row *sql.Rows) (keyed[User], error) {
		var u User
		var open uint64
		var created int64
		var currency sql.NullString
		var balance sql.NullInt64
		err := row.Scan(&u.no, &u.Number, &u.Name, &u.NameZH, &u.Lang, &u.State, &u.Why, &u.PIN, &u.Bank, &u.Account, &open, &created, &currency, &balance)
		u.Number, u.Name, u.NameZH, u.Why = r.mask.party(u.Number), r.mask.name(u.Name), r.mask.name(u.NameZH), r.mask.text(u.Why)
		u.Open, u.Created = open != 0, rfc3339(created)
		if balance.Valid {
			u.Balance = amountOf(balance.Int64, currency.String)
		}
		return keyed[User]{u, strconv.FormatUint(u.no, 10)}, err
	})
}

// merchantRows yields at most limit shops, in the order of their codes.
func (r *reading) merchantRows(ctx context.Context, wanted *where, limit int) iter.Seq2[keyed[Merchant], error] {
	query := `SELECT code, name, name_zh, phone, bank, bank_mask, created_at, closed_at, why, state, currency, credits - debits
		FROM merchant LEFT JOIN (SELECT name AS till, currency, credits, debits FROM account) ON till = 'merchant:' || code` +
		wanted.clause() + " ORDER BY code LIMIT ?"
	return rowsOf(ctx, r, query, append(wanted.values, limit), func(row *sql.Rows) (keyed[Merchant], error) {
		var m Merchant
		var created, closed int64
		var currency sql.NullString
		var balance sql.NullInt64
		err := row.Scan(&m.Code, &m.Name, &m.NameZH, &m.Number, &m.Bank, &m.Account, &created, &closed, &m.Why, &m.State, &currency, &balance)
		m.Number, m.Why = r.mask.party(m.Number), r.mask.text(m.Why)
		m.Created, m.Closed = rfc3339(created), rfc3339(closed)
		if balance.Valid {
			m.Balance = amountOf(balance.Int64, currency.String)
		}
		return keyed[Merchant]{m, m.Code}, err
	})
}
