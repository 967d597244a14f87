package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"mpg/engine/approval"
	"mpg/engine/auth"
	"mpg/engine/staff"
	"mpg/engine/tx"
)

// The members of results that hold a one-time code, or one half of it.
const (
	staffCode  = "code"
	codeBegins = "code_begins" // whoever gave the command gets it
	codeEnds   = "code_ends"   // whoever approved it gets it
)

// Staff is who may give commands, and the commands that change that.
type Staff struct {
	*staff.Service
	admin *Service
}

// Change makes a change of staff under the command's key. A change that adds a member, or
// replaces a lost password, returns a one-time code with the result. A repeat under the key
// returns it again; it is derived from the key and stored nowhere. Where a second person
// must approve, the approval ends in staff.Service.Do as well, and the maker gets only the
// first half of the code: see withRest.
//
// One person is enough for a block, which only takes rights away: an admin who has seen that
// somebody is doing harm must not have to wait for a second person. Root alone does the little
// that staff.Service.Do allows it.
func (s *Staff) Change(ctx context.Context, by Command, change staff.Change) (json.RawMessage, error) {
	if err := change.Check(); err != nil {
		return nil, badArgument{err}
	}
	if change.Reason != "" || change.Kind != staff.Add {
		var err error
		if change.Reason, err = checkReason(change.Reason); err != nil {
			return nil, err
		}
	}
	code := ""
	if change.Kind.GivesCode() {
		code = s.Code(by.Key, by.Person.Name, change.Name)
		change.Code = s.CodeDigest([]byte(code))
	}
	action := &Action{Name: staffCommand(change.Kind), Object: change.Name, Reason: change.Reason}
	body := fmt.Sprintf("staff %s %q %q %d %q %x", change.Kind, change.Name, change.Role, change.UID, change.Reason, change.Code)
	if by.Person.Name == "" || change.Kind == staff.Block {
		result, err := s.alone(ctx, by, action, body, change)
		if err != nil || code == "" {
			return result, err
		}
		return withMember(result, staffCode, code)
	}
	result, err := Give(ctx, s.admin.Approvals, by, action, body, change)
	switch {
	case err != nil || code == "":
		return result, err
	case action.Joined != "":
		return s.withFirstHalf(ctx, by, action.Joined, result)
	case action.Approval != "":
		return withMember(result, codeBegins, code[:len(code)/2])
	}
	return withMember(result, staffCode, code)
}

// alone makes a change for which one person is enough, if they may still make it.
func (s *Staff) alone(ctx context.Context, by Command, action *Action, body string, change staff.Change) (json.RawMessage, error) {
	return s.admin.Once(ctx, by, action, body, func(t *tx.Tx) (any, error) {
		if by.Person.Name != "" {
			maker, err := staff.Working(t, by.Person.Name)
			if err == nil && !maker.Role.May(auth.ManageStaff) {
				err = fmt.Errorf("%s %w", by.Person.Name, ErrMaker)
			}
			if err != nil {
				return nil, err
			}
		}
		describe(t, action, func() (Change, error) { return s.look(t, change) })
		return s.Do(t, by.Person, change)
	})
}

// withFirstHalf adds the first half of a one-time code to the result of a command that has
// joined the same one, if that was given by the same person. Another admin can approve it,
// and gets the second half then.
func (s *Staff) withFirstHalf(ctx context.Context, by Command, id string, result json.RawMessage) (json.RawMessage, error) {
	change, err := tx.Read[approval.Approval](s.admin.cfg.Run.View(ctx), approval.Table, id)
	if err != nil || change == nil || change.Maker.Name != by.Person.Name {
		return result, err
	}
	code := s.Code(change.Key, change.Maker.Name, change.Object)
	return withMember(result, codeBegins, code[:len(code)/2])
}

// withRest adds the second half of the one-time code to what the person sees who approved a
// change of staff. Neither they nor the maker can log in as the new member with a half, and
// so be both people of the next command.
func (s *Staff) withRest(ctx context.Context, by Command, id string, result json.RawMessage) (json.RawMessage, error) {
	change, err := tx.Read[approval.Approval](s.admin.cfg.Run.View(ctx), approval.Table, id)
	if err != nil || change == nil || change.State != approval.Done || change.Checker.Name != by.Person.Name {
		return result, err
	}
	if change.Command != staffCommand(staff.Add) && change.Command != staffCommand(staff.Reset) {
		return result, nil
	}
	code := s.Code(change.Key, change.Maker.Name, change.Object)
	return withMember(result, codeEnds, strings.TrimLeft(code[len(code)/2:], "-"))
}

// staffCommand returns a change of staff as it is typed.
func staffCommand(kind staff.Kind) string { return "staff " + string(kind) }

// register registers the changes of staff as commands that need two people.
func (s *Staff) register() {
	for _, kind := range []staff.Kind{staff.Add, staff.Unblock, staff.SetRole, staff.Reset} {
		Register(s.admin.Approvals, Approvable[staff.Change]{Name: staffCommand(kind), Maker: auth.ManageStaff, Checker: auth.ApproveStaff,
			NotByObject: kind == staff.SetRole, Prepare: s.look,
			Do: func(t *tx.Tx, by Command, _ *Action, change staff.Change) (any, error) {
				return s.Do(t, by.Person, change)
			}})
	}
}

// look says what a change of staff will change.
func (s *Staff) look(t *tx.Tx, change staff.Change) (Change, error) {
	is, will, err := s.Preview(t, change)
	return Change{Before: is, After: will}, err
}

// withMember adds a member to an object of JSON.
func withMember(object json.RawMessage, name, value string) (json.RawMessage, error) {
	var members map[string]any
	if err := json.Unmarshal(object, &members); err != nil {
		return nil, err
	}
	members[name] = value
	return json.Marshal(members)
}
