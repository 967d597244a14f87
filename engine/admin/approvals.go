package admin

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"mpg/engine/approval"
	"mpg/engine/lang"
	"mpg/engine/meter"
	"mpg/engine/ref"
	"mpg/engine/tx"
	"mpg/store"
)

// Waiting is the result of a command that waits for a second person, or that waited for one
// and was not done.
type Waiting struct {
	Repeated
	Approval string `json:"approval"` // its ID, which the maker tells the checker
	State    string `json:"state"`
	Until    string `json:"until"`             // when it expires
	Checker  string `json:"checker,omitempty"` // who ended it
	Why      string `json:"why,omitempty"`
	Begins   string `json:"code_begins,omitempty"` // first half of a one-time code, if it adds a member of staff or resets one

	Joined bool   `json:"joined,omitempty"` // the same command waited already, and this one adds nothing
	Maker  string `json:"maker,omitempty"`  // who gave that one
	Made   string `json:"made,omitempty"`
}

// ApprovalView is a command that waits, or waited, for a second person.
type ApprovalView struct {
	Repeated
	Approval string          `json:"approval"`
	State    string          `json:"state"`
	Command  string          `json:"command"`
	Object   string          `json:"object"`
	Amount   string          `json:"amount,omitempty"`
	Currency string          `json:"currency,omitempty"`
	Reason   string          `json:"reason,omitempty"` // of the person who gave the command
	Before   json.RawMessage `json:"before"`
	After    json.RawMessage `json:"after"`
	Maker    string          `json:"maker"`
	Made     string          `json:"made"`
	Key      string          `json:"key"` // of the maker's command
	Until    string          `json:"until"`

	Age   int64             `json:"age_seconds,omitempty"` // for how long it has waited
	Stake map[string]string `json:"stake,omitempty"`       // while it waits: what else to know, as it is now
	EndView
}

// EndView is how a command that waited for a second person has ended.
type EndView struct {
	Checker string          `json:"checker,omitempty"` // who ended it
	Ended   string          `json:"ended,omitempty"`
	Word    string          `json:"word,omitempty"`   // what they said
	Why     string          `json:"why,omitempty"`    // why the command failed
	Result  json.RawMessage `json:"result,omitempty"` // of the command

	Ends string `json:"code_ends,omitempty"` // second half of a one-time code; for whoever has approved it
}

// ApprovalCounts counts approvals.
type ApprovalCounts struct {
	Ended meter.Tally[approval.State] // since the start, by how they ended

	mu      sync.Mutex
	waiting map[string]time.Time // when those that wait were made, by ID
}

// Waiting returns how many wait, and since when the oldest does; none: the zero time.
func (c *ApprovalCounts) Waiting() (count int, since time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, made := range c.waiting {
		if since.IsZero() || made.Before(since) {
			since = made
		}
	}
	return len(c.waiting), since
}

// moved counts an approval in its new state.
func (c *ApprovalCounts) moved(now *approval.Approval) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.State == approval.Waiting {
		c.waiting[now.ID] = now.Made
		return
	}
	delete(c.waiting, now.ID)
	c.Ended.Add(now.State, 1)
}

// newApprovals returns a registry without commands.
func newApprovals(service *Service) *Approvals {
	return &Approvals{Counts: &ApprovalCounts{Ended: meter.NewTally(approval.States()...), waiting: make(map[string]time.Time)}, service: service, by: make(map[string]*approvable)}
}

// Resume counts the approvals that wait. It is called once, before the first command.
func (a *Approvals) Resume(ctx context.Context) error {
	t := a.service.view(ctx)
	for doc, err := range a.service.cfg.Store.Docs(ctx, approval.WaitingTable, "", 0) {
		if err != nil {
			return err
		}
		found, err := approvalOf(t, doc.Key)
		if err != nil {
			return err
		}
		a.Counts.moved(found)
	}
	return nil
}

// moved counts and logs an approval in its new state. It runs after the commit.
func (a *Approvals) moved(now *approval.Approval) {
	object := now.Object
	if strings.HasPrefix(object, "+") {
		object = lang.Mask(object)
	}
	attrs := []any{"approval", now.ID, "state", now.State, "command", now.Command, "object", object, "maker", now.Maker.Name}
	a.Counts.moved(now)
	if now.State != approval.Waiting {
		attrs = append(attrs, "checker", now.Checker.Name)
	}
	a.service.cfg.Log.Info("approval", attrs...)
}

// Show returns the approval under id, and records that the caller has read it. The error is
// ErrArgument if id cannot be one, and ErrNoRecord if there is none.
func (a *Approvals) Show(ctx context.Context, id string) (ApprovalView, error) {
	id, err := ref.Code(id)
	if err != nil {
		return ApprovalView{}, badArgument{err}
	}
	t := a.service.view(ctx)
	found, err := approvalOf(t, id)
	if err == nil {
		err = a.service.looked(ctx, "approve show", 0, id)
	}
	if err != nil {
		return ApprovalView{}, err
	}
	view := a.view(found)
	if command := a.by[found.Command]; command != nil && found.State == approval.Waiting {
		args, _, err := a.open(found, command)
		if err == nil {
			view.Stake, err = command.stake(t, args)
		}
		if err != nil {
			return ApprovalView{}, err
		}
	}
	return view, nil
}

// ApprovalPage says which part of the list of approvals is wanted.
type ApprovalPage struct {
	All    bool   // also those that have ended
	Cursor string // Next of the page before; empty: from the newest
	Limit  int    // how many at most
}

// ApprovalList is a page of the list of approvals, the newest first.
type ApprovalList struct {
	Items []ApprovalView `json:"items"`
	Next  string         `json:"next,omitempty"` // cursor of the next page; left out: there is none
	AsOf  string         `json:"as_of"`
	Zone  string         `json:"zone"`
}

// List returns a page of the approvals that wait, or of all. It holds no more than two
// pages in memory, however many there are.
func (a *Approvals) List(ctx context.Context, page ApprovalPage) (ApprovalList, error) {
	list := ApprovalList{Items: []ApprovalView{}, AsOf: rfc3339(a.service.cfg.Now()), Zone: a.service.cfg.Place.Zone.String()}
	after, err := readPlace(page.Cursor)
	if err != nil {
		return list, err
	}
	table := approval.WaitingTable
	if page.All {
		table = approval.Table
	}
	var newest []*approval.Approval
	t := a.service.view(ctx)
	for doc, err := range a.service.cfg.Store.Docs(ctx, table, "", 0) {
		if err != nil {
			return list, err
		}
		found, err := a.listed(t, table, doc)
		if err != nil {
			return list, err
		}
		if found == nil || !page.All && found.State != approval.Waiting || !after.before(found) {
			continue
		}
		if newest = append(newest, found); len(newest) > 2*page.Limit {
			newest = latest(newest, page.Limit+1)
		}
	}
	newest = latest(newest, page.Limit+1)
	if len(newest) > page.Limit {
		newest = newest[:page.Limit]
		list.Next = placeOf(newest[page.Limit-1])
	}
	for _, found := range newest {
		list.Items = append(list.Items, a.view(found))
	}
	if len(list.Items) > 0 {
		err = a.service.looked(ctx, "approve list", 0, "")
	}
	return list, err
}

// place is a place in the list of approvals: that of the last one of a page.
type place struct {
	made int64 // in nanoseconds since 1970
	id   string
}

// placeOf returns the place of an approval as a cursor.
func placeOf(of *approval.Approval) string { return fmt.Sprintf("%d-%s", of.Made.UnixNano(), of.ID) }

// readPlace reads a cursor. An empty one is the place before the newest approval.
func readPlace(cursor string) (place, error) {
	if cursor == "" {
		return place{made: math.MaxInt64}, nil
	}
	made, id, found := strings.Cut(cursor, "-")
	nanos, err := strconv.ParseInt(made, 10, 64)
	if err != nil || !found || id == "" {
		return place{}, badArgument{fmt.Errorf("cursor %q is not the one that the previous page gave", cursor)}
	}
	return place{nanos, id}, nil
}

// before reports whether of comes after the place in the list.
func (p place) before(of *approval.Approval) bool {
	return cmp.Or(cmp.Compare(of.Made.UnixNano(), p.made), cmp.Compare(p.id, of.ID)) < 0
}

// listed returns the approval that a document of a table is or names. It is nil if the
// document was deleted, which happens only in the table of those that wait.
func (a *Approvals) listed(t *tx.Tx, table store.Table, doc store.Doc) (*approval.Approval, error) {
	if table == approval.Table {
		return tx.Decode[approval.Approval](doc)
	}
	return tx.Read[approval.Approval](t, approval.Table, doc.Key)
}

// latest returns the approvals that were made last, at most so many, the newest first.
func latest(list []*approval.Approval, count int) []*approval.Approval {
	slices.SortFunc(list, func(left, right *approval.Approval) int {
		return cmp.Or(right.Made.Compare(left.Made), cmp.Compare(left.ID, right.ID))
	})
	return list[:min(len(list), count)]
}

// view shows an approval.
func (a *Approvals) view(of *approval.Approval) ApprovalView {
	v := ApprovalView{Approval: of.ID, State: string(of.State), Command: of.Command, Object: of.Object, Reason: of.Reason, Before: of.Before, After: of.After,
		Maker: of.Maker.Name, Made: rfc3339(of.Made), Key: of.Key, Until: rfc3339(of.Expires), EndView: EndView{Checker: of.Checker.Name, Word: of.Word, Why: of.Why, Result: of.Result}}
	if of.Amount != 0 {
		v.Amount, v.Currency = a.service.cfg.Place.Currency.Format(of.Amount), a.service.cfg.Place.Currency.Code
	}
	if of.State == approval.Waiting {
		v.Age = int64(a.service.cfg.Now().Sub(of.Made).Seconds())
	}
	if !of.Ended.IsZero() {
		v.Ended = rfc3339(of.Ended)
	}
	return v
}

// waitingOf returns what the maker of an approval is told while it waits, or when its
// command was not done.
func waitingOf(of *approval.Approval) Waiting {
	return Waiting{Approval: of.ID, State: string(of.State), Until: rfc3339(of.Expires), Checker: of.Checker.Name, Why: cmp.Or(of.Why, of.Word)}
}
