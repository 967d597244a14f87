package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"mpg/engine/approval"
	"mpg/engine/auth"
	"mpg/engine/due"
	"mpg/engine/ref"
	"mpg/engine/staff"
	"mpg/engine/tx"
	"mpg/store"
)

// ErrNoRight says that the role of a person does not include what they want to do. It is
// followed by the roles that do.
var ErrNoRight = errors.New("your role may not do this; it takes")

// ErrAboutYou says that a command acts on the person who wants to approve it.
var ErrAboutYou = errors.New("is about you: another person must approve it")

// ErrMaker says that the person who gave or approved a command could not do so any more.
var ErrMaker = errors.New("may no longer give this command, or approve it")

// usedUp is the error of an approved command that could not be done: its approval has
// failed.
type usedUp struct {
	id    string
	cause error
}

// Error says why.
func (u usedUp) Error() string {
	return u.id + " was approved, but failed and is used up: " + strings.TrimPrefix(u.cause.Error(), "engine: ")
}

// Unwrap returns the error of the command.
func (u usedUp) Unwrap() error { return u.cause }

// Approve carries out the command that waits under id, and ends its approval, in one step. The
// caller must not be the person who gave the command. If the command cannot be done any more,
// or would do something other than what its maker saw, the approval has failed and is used up.
// The result is an ApprovalView.
func (a *Approvals) Approve(ctx context.Context, by Command, id, word string) (json.RawMessage, error) {
	id, word, err := readAnswer(id, word, false)
	if err != nil {
		return nil, err
	}
	var result json.RawMessage
	for range lookTriesMax {
		if result, err = a.approve(ctx, by, id, word); !overtaken(err) {
			break
		}
	}
	if tx.RefusalOf(err) != store.None {
		err = usedUp{id, err}
	}
	var failed usedUp
	if errors.As(err, &failed) && ctx.Err() == nil && !unfinished(err) {
		return nil, errors.Join(err, a.fail(ctx, by, failed, word))
	}
	if err != nil {
		return nil, err
	}
	return a.service.Staff.withRest(ctx, by, id, result)
}

// approve is one try of Approve.
func (a *Approvals) approve(ctx context.Context, by Command, id, word string) (json.RawMessage, error) {
	action := &Action{Name: "approve", Object: id, Reason: word}
	return a.service.Once(ctx, by, action, fmt.Sprintf("approve %s %q", id, word), func(t *tx.Tx) (any, error) {
		waiting, command, err := a.answerable(t, by, id)
		if err == nil {
			err = a.bothMay(t, by, waiting, command)
		}
		if err != nil {
			return nil, err
		}
		done := &Action{Name: waiting.Command, Object: waiting.Object, Amount: waiting.Amount, Reason: waiting.Reason}
		if waiting.Result, err = a.do(t, command, done, waiting); err != nil {
			return nil, usedUp{id, err}
		}
		action.Amount, waiting.Amount = done.Amount, done.Amount
		return a.end(t, waiting, approval.Done, by, word)
	})
}

// overtaken reports whether money moved between the look at an account and the commit, so
// that it is worth looking again.
func overtaken(err error) bool {
	refusal := tx.RefusalOf(err)
	return refusal == store.RefusedNotEmpty || refusal == store.RefusedFunds
}

// unfinished reports whether err says nothing about the command, which can then be
// approved again.
func unfinished(err error) bool {
	for _, passing := range []error{tx.ErrContended, store.ErrClosed, store.ErrBroken, store.ErrFenced, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, passing) {
			return true
		}
	}
	return false
}

// fail notes that the command of an approval could not be done, unless somebody else has
// answered it meanwhile.
func (a *Approvals) fail(ctx context.Context, by Command, failed usedUp, word string) error {
	return a.service.cfg.Run.Do(ctx, func(t *tx.Tx) error {
		waiting, _, err := a.answerable(t, by, failed.id)
		if err != nil {
			return err
		}
		waiting.Why = strings.TrimPrefix(failed.cause.Error(), "engine: ")
		_, err = a.end(t, waiting, approval.Failed, by, word)
		return err
	})
}

// do carries out the command of an approval as part of the step, if it would do what
// its maker saw.
func (a *Approvals) do(t *tx.Tx, command *approvable, action *Action, waiting *approval.Approval) (json.RawMessage, error) {
	args, seen, err := a.open(waiting, command)
	if err != nil {
		return nil, err
	}
	var now approval.Approval
	change, err := a.look(t, command, args, &now)
	if err != nil {
		return nil, err
	}
	if change.Seen != seen || !waiting.Same(now.Before, now.After, now.Versions) {
		return nil, approval.ErrStale
	}
	value, err := command.do(t, makerOf(waiting), action, args)
	if err != nil {
		return nil, err
	}
	for _, doc := range waiting.Versions { // what the command itself has read counts
		if version, err := t.Version(doc.Table, doc.Key); err != nil || version != doc.Version {
			return nil, errors.Join(approval.ErrStale, err)
		}
	}
	return json.Marshal(value)
}

// Refuse ends the approval under id: its command is not carried out. The caller must be
// somebody who could approve it.
func (a *Approvals) Refuse(ctx context.Context, by Command, id, reason string) (json.RawMessage, error) {
	id, reason, err := readAnswer(id, reason, true)
	if err != nil {
		return nil, err
	}
	action := &Action{Name: "approve refuse", Object: id, Reason: reason}
	return a.service.Once(ctx, by, action, fmt.Sprintf("refuse %s %q", id, reason), func(t *tx.Tx) (any, error) {
		waiting, _, err := a.answerable(t, by, id)
		if err != nil {
			return nil, err
		}
		return a.end(t, waiting, approval.Refused, by, reason)
	})
}

// Withdraw ends the approval under id: its command is not carried out. The caller
// must be the person who gave it.
func (a *Approvals) Withdraw(ctx context.Context, by Command, id string) (json.RawMessage, error) {
	id, _, err := readAnswer(id, "", false)
	if err != nil {
		return nil, err
	}
	return a.service.Once(ctx, by, &Action{Name: "approve withdraw", Object: id}, "withdraw "+id, func(t *tx.Tx) (any, error) {
		waiting, err := approvalOf(t, id)
		if err == nil {
			err = waiting.MayWithdraw(by.Person, t.Now)
		}
		if err != nil {
			return nil, err
		}
		return a.end(t, waiting, approval.Withdrawn, by, "")
	})
}

// readAnswer reads an ID and what was said about it.
func readAnswer(written, word string, needed bool) (id, said string, err error) {
	if id, err = ref.Code(written); err != nil {
		return "", "", badArgument{err}
	}
	if word == "" && !needed {
		return id, "", nil
	}
	said, err = checkReason(word)
	return id, said, err
}

// approvalOf returns the approval under id; if there is none, the error is ErrNoRecord.
func approvalOf(t *tx.Tx, id string) (*approval.Approval, error) {
	found, err := tx.Read[approval.Approval](t, approval.Table, id)
	if err == nil && found == nil {
		err = fmt.Errorf("approval %s: %w", id, ErrNoRecord)
	}
	return found, err
}

// answerable returns the approval under id and its command, if by may answer it now.
func (a *Approvals) answerable(t *tx.Tx, by Command, id string) (*approval.Approval, *approvable, error) {
	waiting, err := approvalOf(t, id)
	if err != nil {
		return nil, nil, err
	}
	if err := waiting.MayAnswer(by.Person, t.Now); err != nil {
		return nil, nil, err
	}
	command := a.by[waiting.Command]
	switch {
	case command == nil:
		return nil, nil, fmt.Errorf("%w: %s", ErrNoVerb, waiting.Command)
	case !by.Person.Role.May(command.checker):
		return nil, nil, fmt.Errorf("%w: %s", ErrNoRight, auth.With(command.checker))
	}
	return waiting, command, nil
}

// bothMay returns an error if the command acts on the person who approves it, if that person
// was blocked since they asked, or if whoever gave the command could not give it now: they
// were blocked since, or have another role.
func (a *Approvals) bothMay(t *tx.Tx, by Command, waiting *approval.Approval, command *approvable) error {
	if command.notByObject && waiting.Object == by.Person.Name {
		return fmt.Errorf("%s %w", waiting.ID, ErrAboutYou)
	}
	if checker, err := staff.Working(t, by.Person.Name); err != nil || !checker.Role.May(command.checker) {
		return errors.Join(err, fmt.Errorf("%s %w", by.Person.Name, ErrMaker))
	}
	maker, err := staff.Working(t, waiting.Maker.Name)
	if err == nil && (maker.Name == "" || !maker.Role.May(command.maker)) {
		err = fmt.Errorf("%s %w", waiting.Maker.Name, ErrMaker)
	}
	return err
}

// end ends an approval, notes its end under the key of its command, and returns how it
// looks then.
func (a *Approvals) end(t *tx.Tx, waiting *approval.Approval, state approval.State, by Command, word string) (ApprovalView, error) {
	waiting.Word = word
	waiting.End(state, whoOf(by), t.Now)
	tx.Save(t, approval.Table, waiting.ID, waiting)
	if _, err := tx.Read[struct{}](t, approval.WaitingTable, waiting.ID); err != nil {
		return ApprovalView{}, err
	}
	tx.Drop(t, approval.WaitingTable, waiting.ID)
	if err := dropAlike(t, waiting); err != nil {
		return ApprovalView{}, err
	}
	if state != approval.Expired { // whose row is the one that is being done
		if _, err := a.service.cfg.Due().Cancel(t, dueKind, waiting.ID, waiting.Expires); err != nil {
			return ApprovalView{}, err
		}
	}
	if err := noteUnderKey(t, waiting); err != nil {
		return ApprovalView{}, err
	}
	t.AfterCommit(func() { a.moved(waiting) })
	return a.view(waiting), nil
}

// noteUnderKey makes the end of an approval the result of its command: a repeat under the
// maker's key is answered with it.
func noteUnderKey(t *tx.Tx, ended *approval.Approval) error {
	first, err := tx.Read[done](t, keyTable, ended.Key)
	if err == nil && first == nil {
		err = fmt.Errorf("engine: the command of approval %s is gone", ended.ID)
	}
	if err != nil {
		return err
	}
	first.At, first.Amount, first.Checker = rfc3339(t.Now), ended.Amount, ended.Checker.Name
	first.Result = ended.Result
	if ended.State != approval.Done {
		if first.Result, err = json.Marshal(waitingOf(ended)); err != nil {
			return err
		}
	}
	tx.Save(t, keyTable, ended.Key, first)
	return nil
}

// newID returns an ID that no approval has.
func (a *Approvals) newID(t *tx.Tx) (string, error) {
	for {
		id := ref.NewCode(a.service.cfg.Rand)
		taken, err := tx.Read[approval.Approval](t, approval.Table, id)
		if err != nil || taken == nil {
			return id, err
		}
	}
}

// dueKind is the kind of due work that ends approvals which nobody answers.
const dueKind = "approval"

// dueOf returns the work of ending an approval that nobody answers.
func dueOf(made *approval.Approval) due.Item {
	return due.Item{Kind: dueKind, ID: made.ID, At: made.Expires}
}

// expire ends an approval that nobody has answered in time.
func (a *Approvals) expire(t *tx.Tx, item due.Item) error {
	waiting, err := tx.Read[approval.Approval](t, approval.Table, item.ID)
	if err != nil || waiting == nil || waiting.State != approval.Waiting {
		return err
	}
	_, err = a.end(t, waiting, approval.Expired, Command{}, "")
	return err
}

// whoOf returns who gives a command, as approvals keep it.
func whoOf(by Command) approval.Who { return approval.Who{Name: by.Person.Name, UID: by.UID} }

// makerOf returns the command of an approval as its maker gave it.
func makerOf(waiting *approval.Approval) Command {
	return Command{Key: waiting.Key, UID: waiting.Maker.UID, Person: auth.Person{Name: waiting.Maker.Name}}
}
