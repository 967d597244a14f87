package admin_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/admin"
	"mpg/engine/approval"
	"mpg/store/money"
)

// modelled is what the model knows of one approval.
type modelled struct {
	id, command, maker, key string
	amount                  money.Amount
	ref                     string // of the top-up that it corrects
	expires                 time.Time
	state                   approval.State

	// What its maker saw.
	blocked, hasPIN, corrected bool
}

// model is the office as a plain record of what was asked says.
type model struct {
	o    *office
	list []*modelled
	keys int

	purse           money.Amount
	blocked, hasPIN bool
	topUps          []string // references
	corrected       map[string]bool
	amounts         map[string]money.Amount
}

// key returns a new key.
func (m *model) key() string {
	m.keys++
	return fmt.Sprint("key", m.keys)
}

// alike returns the approval that waits for the same as a, and can still be approved.
func (m *model) alike(a *modelled) *modelled {
	for i := len(m.list) - 1; i >= 0; i-- {
		other := m.list[i]
		if other.command == a.command && other.amount == a.amount && other.ref == a.ref {
			// only the last one can be joined
			if other.state == approval.Waiting && m.o.now.Before(other.expires) && !m.stale(other) {
				return other
			}
			return nil
		}
	}
	return nil
}

// stale reports whether an approval would do something other than what its maker saw.
func (m *model) stale(a *modelled) bool {
	switch a.command {
	case "purse topup":
		return a.blocked != m.blocked
	case "user pin-reset":
		return a.blocked != m.blocked || a.hasPIN != m.hasPIN
	}
	return a.corrected != m.corrected[a.ref]
}

// make gives a command that needs two people.
func (m *model) make(t *testing.T, rt *rapid.T) {
	a := &modelled{command: rapid.SampledFrom([]string{"purse topup", "purse correct", "user pin-reset"}).Draw(rt, "command"),
		maker: rapid.SampledFrom([]string{"lin", "hu", "song"}).Draw(rt, "maker"), key: m.key(),
		expires: m.o.now.Add(24 * time.Hour), state: approval.Waiting, blocked: m.blocked, hasPIN: m.hasPIN}
	by := person(a.maker, a.key)
	var asked admin.Waiting
	var err error
	switch a.command {
	case "purse topup":
		a.amount = money.Amount(rapid.Int64Range(50_001, 50_004).Draw(rt, "amount"))
		asked, err = decoded[admin.Waiting](m.o.TopUp(t.Context(), by, mobile(1), a.amount))
	case "purse correct":
		a.ref = rapid.SampledFrom(m.topUps).Draw(rt, "top-up")
		asked, err = decoded[admin.Waiting](m.o.Correct(t.Context(), by, admin.Correction{Ref: a.ref, Reason: "mistake"}))
		if m.corrected[a.ref] {
			if !errors.Is(err, admin.ErrCorrected) {
				rt.Fatalf("a second correction of %s: %v", a.ref, err)
			}
			return
		}
	default:
		asked, err = decoded[admin.Waiting](m.o.ResetPIN(t.Context(), by, mobile(1), "forgotten"))
	}
	if err != nil || asked.State != string(approval.Waiting) {
		rt.Fatalf("%s: %+v, %v", a.command, asked, err)
	}
	first := m.alike(a)
	switch a.id = asked.Approval; {
	case asked.Joined != (first != nil), first != nil && (asked.Approval != first.id || asked.Maker != first.maker):
		rt.Fatalf("%s again: %+v, want to join %+v", a.command, asked, first)
	case first == nil:
		m.list = append(m.list, a)
	}
}

// wanted returns the state and the error that an answer of a person must lead to.
func (m *model) wanted(a *modelled, who, answer string) (approval.State, error) {
	expired := !m.o.now.Before(a.expires)
	switch {
	case a.state == approval.Expired, a.state == approval.Waiting && expired:
		return a.state, approval.ErrExpired
	case a.state != approval.Waiting:
		return a.state, approval.ErrEnded
	case answer == "withdraw" && who != a.maker:
		return a.state, approval.ErrOthers
	case answer == "withdraw":
		return approval.Withdrawn, nil
	case who == a.maker:
		return a.state, approval.ErrOwn
	case answer == "refuse":
		return approval.Refused, nil
	case m.stale(a):
		return approval.Failed, approval.ErrStale
	}
	return approval.Done, nil
}

// answer has somebody answer one of the approvals.
func (m *model) answer(t *testing.T, rt *rapid.T) {
	if len(m.list) == 0 {
		return
	}
	a := rapid.SampledFrom(m.list).Draw(rt, "approval")
	who := rapid.SampledFrom([]string{"lin", "hu", "song"}).Draw(rt, "who")
	answer := rapid.SampledFrom([]string{"approve", "approve", "refuse", "withdraw"}).Draw(rt, "answer")
	state, want := m.wanted(a, who, answer)
	var view admin.ApprovalView
	var err error
	switch by := person(who, m.key()); answer {
	case "approve":
		view, err = decoded[admin.ApprovalView](m.o.Approvals.Approve(t.Context(), by, a.id, ""))
	case "refuse":
		view, err = decoded[admin.ApprovalView](m.o.Approvals.Refuse(t.Context(), by, a.id, "no"))
	default:
		view, err = decoded[admin.ApprovalView](m.o.Approvals.Withdraw(t.Context(), by, a.id))
	}
	if !errors.Is(err, want) || err == nil && view.State != string(state) {
		rt.Fatalf("%s of %s by %s: %+v, %v; want %s, %v", answer, a.id, who, view, err, state, want)
	}
	if a.state = state; err == nil && state == approval.Done {
		m.happened(t, a)
	}
}

// happened notes what a command has done.
func (m *model) happened(t *testing.T, a *modelled) {
	switch a.command {
	case "purse topup":
		m.purse += a.amount
		first := read[admin.PaymentView](t)(m.o.TopUp(t.Context(), person(a.maker, a.key), mobile(1), a.amount))
		m.topUps = append(m.topUps, first.Ref)
		m.amounts[first.Ref] = a.amount
	case "purse correct":
		m.purse -= m.amounts[a.ref]
		m.corrected[a.ref] = true
	default:
		m.hasPIN = false
	}
}

// underneath blocks the subscriber, or lifts the block.
func (m *model) underneath(t *testing.T) {
	m.blocked = !m.blocked
	if _, err := m.o.SetBlocked(t.Context(), admin.Command{Key: m.key()}, mobile(1), m.blocked, ""); err != nil {
		t.Fatal(err)
	}
}

// wait lets time pass, and perhaps what is due be done.
func (m *model) wait(t *testing.T, rt *rapid.T) {
	m.o.now = m.o.now.Add(time.Duration(rapid.IntRange(1, 30).Draw(rt, "hours")) * time.Hour)
	if !rapid.Bool().Draw(rt, "sweep") {
		return
	}
	if err := m.o.due.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, a := range m.list {
		if a.state == approval.Waiting && !m.o.now.Before(a.expires) {
			a.state = approval.Expired
		}
	}
}

// pages reads the whole list, in pages of some length.
func (m *model) pages(t *testing.T, rt *rapid.T) (all []admin.ApprovalView) {
	page := admin.ApprovalPage{All: true, Limit: rapid.IntRange(1, 9).Draw(rt, "limit")}
	for {
		list, err := m.o.Approvals.List(t.Context(), page)
		if err != nil || len(list.Items) > page.Limit || list.Next != "" && len(list.Items) < page.Limit {
			rt.Fatalf("%d approvals, then %q, %v", len(list.Items), list.Next, err)
		}
		all = append(all, list.Items...)
		if page.Cursor = list.Next; page.Cursor == "" {
			return all
		}
	}
}

// agrees compares the office with the model.
func (m *model) agrees(t *testing.T, rt *rapid.T) {
	all := m.pages(t, rt)
	if len(all) != len(m.list) {
		rt.Fatalf("%d approvals, want %d", len(all), len(m.list))
	}
	states, waiting := make(map[string]string), 0
	for i, view := range all {
		if states[view.Approval] = view.State; i > 0 && view.Made > all[i-1].Made {
			rt.Errorf("%s is listed after an older one", view.Approval)
		}
	}
	for _, a := range m.list {
		if states[a.id] != string(a.state) {
			rt.Errorf("%s of %s is %s, want %s", a.command, a.id, states[a.id], a.state)
		}
		if a.state == approval.Waiting {
			waiting++
		}
	}
	if got, _ := m.o.Approvals.Counts.Waiting(); got != waiting {
		rt.Errorf("%d are counted as waiting, want %d", got, waiting)
	}
	purse, err := m.o.Account(t.Context(), "purse:"+mobile(1))
	if want := fmt.Sprintf("%d.%02d", m.purse/100, m.purse%100); err != nil || purse.Posted != want {
		rt.Errorf("the purse has %s, want %s, %v", purse.Posted, want, err)
	}
	if u, err := m.o.User(t.Context(), mobile(1)); err != nil || u.PIN != m.hasPIN {
		rt.Errorf("a PIN is chosen: %v, want %v, %v", u.PIN, m.hasPIN, err)
	}
	m.o.sound(t)
}

// TestApprovalsModel: whatever is asked for, answered, left alone and changed underneath,
// in whatever order, what is done and what is not is as a plain record of it says.
func TestApprovalsModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		o, closeIt := openOffice(t)
		defer closeIt()
		o.furnish(t)
		o.employ(t, "lin", "hu", "song")
		m := &model{o: o, purse: 20_000, hasPIN: true, topUps: []string{o.toppedUp}, corrected: make(map[string]bool), amounts: map[string]money.Amount{o.toppedUp: 20_000}}
		for range rapid.IntRange(4, 24).Draw(rt, "steps") {
			switch rapid.IntRange(0, 9).Draw(rt, "step") {
			case 0, 1, 2:
				m.make(t, rt)
			case 3:
				m.underneath(t)
			case 4:
				m.wait(t, rt)
			default:
				m.answer(t, rt)
			}
		}
		m.agrees(t, rt)
	})
}
