package staff

import (
	"cmp"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"
	"time"

	"mpg/engine/auth"
	"mpg/engine/tx"
)

// Kind is what a Change does. The values are stored.
type Kind string

// The kinds of changes.
const (
	Add     Kind = "add"
	Block   Kind = "block"
	Unblock Kind = "unblock"
	SetRole Kind = "role"
	Reset   Kind = "reset"   // a new one-time code in place of a lost password
	Recover Kind = "recover" // the same by root, if no two others can; with a role it adds an admin
)

// GivesCode reports whether the change gives somebody a one-time code.
func (k Kind) GivesCode() bool { return k == Add || k == Reset || k == Recover }

// Change is a change of staff. It can be stored until a second person has approved it: of
// the one-time code it has only the digest.
type Change struct {
	Kind   Kind      `cbor:"1,keyasint"`
	Name   string    `cbor:"2,keyasint"`
	Role   auth.Role `cbor:"3,keyasint,omitempty"` // to Add with, or to set
	UID    uint32    `cbor:"4,keyasint,omitempty"` // to Add with; 0: any
	Reason string    `cbor:"5,keyasint,omitempty"`
	Code   []byte    `cbor:"6,keyasint,omitempty"` // of changes that give one: see CodeDigest
}

// root stands for whoever changes staff without being a member. No member has that name.
const root = "root"

// Check returns what is wrong with the form of a change: ErrName or ErrRole.
func (c Change) Check() error {
	if !nameForm.MatchString(c.Name) || c.Name == root && (c.Kind == Add || c.Kind == Recover) {
		return ErrName
	}
	if _, known := auth.ParseRole(string(c.Role)); !known && (c.Kind == Add || c.Kind == SetRole) {
		return ErrRole
	}
	return nil
}

// codeLasts is how long a one-time code can be used.
const codeLasts = 72 * time.Hour

// codeBytes is the length of a one-time code before it is written as 16 characters.
const codeBytes = 10

// codeText writes one-time codes.
var codeText = base32.NewEncoding("ABCDEFGHJKLMNPQRSTUVWXYZ23456789").WithPadding(base32.NoPadding)

// Code returns the one-time code of the change that maker asks for under key. It is the
// same each time, so that a lost answer can be asked for again, and is stored nowhere.
func (s *Service) Code(key, maker, name string) string {
	text := codeText.EncodeToString(digest(s.cfg.Secret, "one-time code", []byte(key), []byte(maker), []byte(name))[:codeBytes])
	var groups []string
	for group := range slices.Chunk([]byte(text), 4) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, "-")
}

// CodeDigest returns what is stored of a one-time code, which may be written in any case
// and without its hyphens.
func (s *Service) CodeDigest(code []byte) []byte {
	plain := make([]byte, 0, len(code))
	for _, char := range code {
		switch {
		case char == '-' || char == ' ':
		case 'a' <= char && char <= 'z':
			plain = append(plain, char-'a'+'A')
		default:
			plain = append(plain, char)
		}
	}
	defer clear(plain)
	return digest(s.cfg.Secret, "kept code", plain)
}

// isCode reports whether typed is the one-time code of m now.
func (s *Service) isCode(m *Member, typed []byte, now time.Time) bool {
	same := subtle.ConstantTimeCompare(s.CodeDigest(typed), m.Code) == 1
	return same && now.Before(m.CodeEnds)
}

// Do makes a change as part of step t. maker is who asked for it; the zero Person is root,
// who may only add the first two admins, give one of them a new code before the first
// login, and Recover. It may be called again if another step was committed first.
func (s *Service) Do(t *tx.Tx, maker auth.Person, change Change) (View, error) {
	if err := change.Check(); err != nil {
		return View{}, err
	}
	roster, err := rosterOf(t)
	if err != nil {
		return View{}, err
	}
	if maker.Name != "" && roster.Founded < foundersMax {
		return View{}, ErrFounding
	}
	m, err := tx.Read[Member](t, Table, change.Name)
	if err != nil {
		return View{}, err
	}
	if err := mayMake(t, roster, maker, m, change); err != nil {
		return View{}, err
	}
	if m == nil {
		m = add(t, roster, maker, change)
	} else if err := m.change(t.Now, change); err != nil {
		return View{}, err
	}
	m.Changed, m.ChangedBy = t.Now.UTC(), cmp.Or(maker.Name, root)
	tx.Save(t, Table, m.Name, m)
	if change.Kind == Block || change.Kind == Recover {
		t.AfterCommit(func() { s.tellAll(m, change.Kind) })
	}
	err = leaveAnAdmin(t, roster, m, change)
	if err == nil && change.Kind == Block && m.Name == maker.Name {
		err = fmt.Errorf("%s %w", m.Name, ErrOneself) // a slip, which only two others could undo
	}
	return viewOf(m), err
}

// tellAll logs a change that one person has made alone.
func (s *Service) tellAll(m *Member, kind Kind) {
	s.cfg.Log.Warn("one person changed staff alone", "change", string(kind), "person", m.Name, "by", m.ChangedBy)
}

// mayMake returns why maker may not make a change of m, who is nil if there is no such
// member.
func mayMake(t *tx.Tx, roster *Roster, maker auth.Person, m *Member, change Change) error {
	byRoot := maker.Name == ""
	switch adds := change.Kind == Add || change.Kind == Recover && change.Role != ""; {
	case adds && m != nil:
		return fmt.Errorf("%s %w", change.Name, ErrExists)
	case !adds && m == nil:
		return nobodyError(change.Name)
	case change.Kind == Recover:
		return mayRecover(t, roster, byRoot, m, change)
	case byRoot && adds && change.Role != auth.Admin && len(roster.Founders) < foundersMax:
		return ErrFirst
	case byRoot && adds && (change.Role != auth.Admin || len(roster.Founders) == foundersMax),
		byRoot && !adds && (change.Kind != Reset || m.Round != 0 || !slices.Contains(roster.Founders, m.Name)):
		return ErrFounders
	}
	return nil
}

// mayRecover returns why a member is not given a new code by root, or a new admin is not
// added: others can do it.
func mayRecover(t *tx.Tx, roster *Roster, byRoot bool, m *Member, change Change) error {
	tx.Save(t, RosterTable, rosterKey, roster) // so that what is changed meanwhile counts
	switch pair, err := Pair(t, auth.ManageStaff, auth.ApproveStaff, change.Name); {
	case err != nil:
		return err
	case !byRoot, m == nil && (change.Role != auth.Admin || roster.Founded < foundersMax):
		return ErrFounders
	case m != nil && !m.Role.May(auth.ApproveStaff):
		return ErrRecover
	case pair:
		return fmt.Errorf("%s %w", change.Name, ErrHelped)
	}
	return nil
}

// add returns a new member, who is on the roster.
func add(t *tx.Tx, roster *Roster, maker auth.Person, change Change) *Member {
	m := &Member{Name: change.Name, Role: change.Role, UID: change.UID, State: Active, Code: change.Code, CodeEnds: t.Now.UTC().Add(codeLasts),
		Created: t.Now.UTC(), AddedBy: maker.Name, Why: change.Reason}
	switch {
	case change.Kind == Recover:
		m.Recovered = t.Now.UTC()
	case maker.Name == "":
		roster.Founders = append(roster.Founders, change.Name)
	}
	roster.Members = append(roster.Members, change.Name)
	tx.Save(t, RosterTable, rosterKey, roster)
	return m
}

// change makes a change of the member.
func (m *Member) change(now time.Time, change Change) error {
	m.Why = change.Reason
	switch change.Kind {
	case Block:
		if m.State == Blocked {
			return ErrUnchanged
		}
		m.State = Blocked
		m.void()
	case Unblock:
		if m.State == Active && m.Wrong == 0 {
			return ErrUnchanged
		}
		m.State, m.Wrong = Active, 0
	case SetRole:
		if m.Role == change.Role {
			return ErrUnchanged
		}
		m.Role = change.Role
	case Recover:
		m.State, m.Recovered = Active, now.UTC()
		m.giveCode(now, change.Code)
	case Reset:
		m.giveCode(now, change.Code)
	default:
		return fmt.Errorf("staff: a change of kind %q", change.Kind)
	}
	return nil
}

// giveCode gives the member a one-time code in place of the password.
func (m *Member) giveCode(now time.Time, code []byte) {
	m.Password, m.Wrong = Password{}, 0
	m.Code, m.CodeEnds = code, now.UTC().Add(codeLasts)
	if m.Round != 0 {
		m.void()
	}
}

// void ends all sessions of the member.
func (m *Member) void() { m.Round++ }

// leaveAnAdmin refuses a change after which nobody could change staff.
func leaveAnAdmin(t *tx.Tx, roster *Roster, changed *Member, change Change) error {
	if change.Kind == Add || change.Kind == Unblock || change.Kind == Recover || roster.Founded < foundersMax {
		return nil
	}
	tx.Save(t, RosterTable, rosterKey, roster) // so that of two such changes at once the second counts again
	able, err := Able(t, auth.ManageStaff)
	if err == nil && len(able) == 0 {
		err = fmt.Errorf("%s %w", changed.Name, ErrLastAdmin)
	}
	return err
}
