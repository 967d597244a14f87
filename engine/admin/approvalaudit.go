package admin

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"mpg/engine/approval"
	"mpg/engine/codec"
	"mpg/engine/due"
	"mpg/engine/merchant"
	"mpg/store"
)

// approvalCheck is the audit of commands that need two people. Each approval ends once, by
// somebody other than its maker and in time; the command's own record names it and has its
// result; and what waits, or cools off, has the due work that ends it.
type approvalCheck struct {
	waiting map[string]bool // approvals that wait, by ID
	ended   map[string]bool
	listed  map[string]bool // IDs in the table of those that wait
	cooling map[string]bool // codes of shops that will have another bank account
	due     map[string]bool // keys of the rows of due work

	alike map[string]string // IDs of approvals that the same command would join, by key
}

// newApprovalCheck returns an approvalCheck before the first record.
func newApprovalCheck() *approvalCheck {
	return &approvalCheck{waiting: make(map[string]bool), ended: make(map[string]bool), listed: make(map[string]bool),
		cooling: make(map[string]bool), due: make(map[string]bool),
		alike: make(map[string]string)}
}

// Entry implements audit.Check. No transfer is an approval's own: they are the payment's of
// its command.
func (c *approvalCheck) Entry(e *store.Entry) (own []int, faults []string) {
	var moved []*approval.Approval
	keys := make(map[string]done)
	for i := range e.Writes {
		w := &e.Writes[i]
		gone := w.Mode == store.Delete
		var err error
		switch w.Table {
		case approval.Table:
			var one approval.Approval
			if err = codec.Decode(w.Data, &one); err == nil {
				moved = append(moved, &one)
			}
		case approval.WaitingTable:
			mark(c.listed, w.Key, !gone)
		case approval.AlikeTable:
			var of approval.Alike
			if delete(c.alike, w.Key); !gone {
				err = codec.Decode(w.Data, &of)
				c.alike[w.Key] = of.ID
			}
		case keyTable:
			var first done
			if err = codec.Decode(w.Data, &first); err == nil && first.Approval != "" {
				keys[w.Key] = first
			}
		case merchant.Table:
			var shop merchant.Merchant
			if err = codec.Decode(w.Data, &shop); err == nil {
				mark(c.cooling, shop.Code, shop.Next != nil)
			}
		case due.Table:
			mark(c.due, w.Key, !gone)
		}
		if err != nil {
			faults = append(faults, fmt.Sprintf("table %d: document %s cannot be read: %v", w.Table, w.Key, err))
		}
	}
	for _, one := range moved {
		faults = append(faults, c.move(one, keys)...)
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if id := keys[key].Approval; !c.waiting[id] && !c.ended[id] {
			faults = append(faults, fmt.Sprintf("a command names approval %s, which does not exist", id))
		}
	}
	return nil, faults
}

// mark adds key to a set, or removes it.
func mark(set map[string]bool, key string, in bool) {
	if in {
		set[key] = true
	} else {
		delete(set, key)
	}
}

// move checks an approval that was written, and the commands that were written with it.
func (c *approvalCheck) move(now *approval.Approval, keys map[string]done) (faults []string) {
	fault := func(format string, args ...any) {
		faults = append(faults, "approval "+now.ID+" "+fmt.Sprintf(format, args...))
	}
	switch {
	case c.ended[now.ID]:
		fault("changed after it had ended")
	case c.waiting[now.ID] && now.State == approval.Waiting:
		fault("changed while it was waiting")
	case !c.waiting[now.ID] && now.State != approval.Waiting:
		fault("ended without having waited")
	}
	first, there := keys[now.Key]
	if !there || first.Approval != now.ID {
		fault("is not named by the record of its command")
	}
	if now.State == approval.Waiting {
		c.waiting[now.ID] = true
		return faults
	}
	delete(c.waiting, now.ID)
	c.ended[now.ID] = true
	byOther := now.State == approval.Done || now.State == approval.Failed || now.State == approval.Refused
	switch {
	case byOther && (now.Checker.Name == "" || now.Checker.Name == now.Maker.Name):
		fault("was answered by its own maker, or by nobody")
	case now.State == approval.Withdrawn && now.Checker.Name != now.Maker.Name:
		fault("was withdrawn by somebody else")
	case now.State != approval.Expired && !now.Ended.Before(now.Expires):
		fault("was ended after it had expired")
	case now.State == approval.Done && string(first.Result) != string(now.Result):
		fault("has another result than its command")
	}
	return faults
}

// End implements audit.Check.
func (c *approvalCheck) End() (faults []string) {
	due := make(map[string]int) // rows by kind and ID
	for key := range c.due {
		_, item, _ := strings.Cut(key, "/") // of MINUTE/KIND/ID
		due[item]++
	}
	for _, id := range slices.Sorted(maps.Keys(c.waiting)) {
		if !c.listed[id] {
			faults = append(faults, fmt.Sprintf("approval %s waits and is not listed", id))
		}
		if due[dueKind+"/"+id] != 1 {
			faults = append(faults, fmt.Sprintf("approval %s waits and would never expire", id))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(c.listed)) {
		if !c.waiting[id] {
			faults = append(faults, fmt.Sprintf("approval %s is listed and does not wait", id))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(c.alike)) {
		if id := c.alike[key]; !c.waiting[id] {
			faults = append(faults, fmt.Sprintf("approval %s can be joined and does not wait", id))
		}
	}
	for _, code := range slices.Sorted(maps.Keys(c.cooling)) {
		if due[shopBankKind+"/"+code] != 1 {
			faults = append(faults, fmt.Sprintf("the bank account of shop %s would never change", code))
		}
	}
	return faults
}
