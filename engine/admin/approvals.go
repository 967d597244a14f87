package admin

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync/atomic"

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
	Until    string          `json:"until"`
	Checker  string          `json:"checker,omitempty"` // who ended it
	Ended    string          `json:"ended,omitempty"`
	Word     string          `json:"word,omitempty"`   // what they said
	Why      string          `json:"why,omitempty"`    // why the command failed
	Result   json.RawMessage `json:"result,omitempty"` // of the command

	Ends string `json:"code_ends,omitempty"` // second half of a one-time code; for whoever has approved it
}

// ApprovalCounts counts approvals.
type ApprovalCounts struct {
	Waiting atomic.Int64                // now
	Ended   meter.Tally[approval.State] // since the start, by how they ended
}

// newApprovals returns a registry without commands.
func newApprovals(service *Service) *Approvals {
	return &Approvals{Counts: &ApprovalCounts{Ended: meter.NewTally(approval.States()...)}, service: service, by: make(map[string]*approvable)}
}

// Resume counts the approvals that wait. It is called once, before the first command.
func (a *Approvals) Resume(ctx context.Context) error {
	for _, err := range a.service.cfg.Store.Docs(ctx, approval.WaitingTable, "", 0) {
		if err != nil {
			return err
		}
		a.Counts.Waiting.Add(1)
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
	if now.State == approval.Waiting {
		a.Counts.Waiting.Add(1)
	} else {
		a.Counts.Waiting.Add(-1)
		a.Counts.Ended.Add(now.State, 1)
		attrs = append(attrs, "checker", now.Checker.Name)
	}
	a.service.cfg.Log.Info("approval", attrs...)
}

// Show returns the approval under id. The error is ErrArgument if id cannot be one, and
// ErrNoRecord if there is none.
func (a *Approvals) Show(ctx context.Context, id string) (ApprovalView, error) {
	id, err := ref.Code(id)
	if err != nil {
		return ApprovalView{}, badArgument{err}
	}
	found, err := approvalOf(a.service.view(ctx), id)
	if err != nil {
		return ApprovalView{}, err
	}
	return a.view(found), nil
}

// approvalsMax is how many approvals List returns at most.
const approvalsMax = 1000

// List returns the approvals that wait, or the latest of all, the newest first: at most a
// thousand.
func (a *Approvals) List(ctx context.Context, all bool) ([]ApprovalView, error) {
	newest := []*approval.Approval{}
	keep := func(found *approval.Approval) {
		if newest = append(newest, found); len(newest) >= 2*approvalsMax {
			newest = latest(newest)
		}
	}
	table := approval.WaitingTable
	if all {
		table = approval.Table
	}
	t := a.service.view(ctx)
	for doc, err := range a.service.cfg.Store.Docs(ctx, table, "", 0) {
		if err != nil {
			return nil, err
		}
		found, err := a.listed(t, table, doc)
		if err != nil {
			return nil, err
		}
		if found != nil && (all || found.State == approval.Waiting) {
			keep(found)
		}
	}
	views := make([]ApprovalView, 0, len(newest))
	for _, found := range latest(newest) {
		views = append(views, a.view(found))
	}
	return views, nil
}

// listed returns the approval that a document of a table is or names. It is nil if the
// document was deleted, which happens only in the table of those that wait.
func (a *Approvals) listed(t *tx.Tx, table store.Table, doc store.Doc) (*approval.Approval, error) {
	if table == approval.Table {
		return tx.Decode[approval.Approval](doc)
	}
	return tx.Read[approval.Approval](t, approval.Table, doc.Key)
}

// latest returns the approvals that were made last, the newest first.
func latest(list []*approval.Approval) []*approval.Approval {
	slices.SortFunc(list, func(left, right *approval.Approval) int {
		return cmp.Or(right.Made.Compare(left.Made), cmp.Compare(left.ID, right.ID))
	})
	return list[:min(len(list), approvalsMax)]
}

// view shows an approval.
func (a *Approvals) view(of *approval.Approval) ApprovalView {
	v := ApprovalView{Approval: of.ID, State: string(of.State), Command: of.Command, Object: of.Object, Reason: of.Reason, Before: of.Before, After: of.After,
		Maker: of.Maker.Name, Made: rfc3339(of.Made), Until: rfc3339(of.Expires), Checker: of.Checker.Name, Word: of.Word, Why: of.Why, Result: of.Result}
	if of.Amount != 0 {
		v.Amount, v.Currency = a.service.cfg.Place.Currency.Format(of.Amount), a.service.cfg.Place.Currency.Code
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
