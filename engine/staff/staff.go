// Package staff keeps the operator's staff: members by name, their passwords, the
// tokens of those who have logged in, and what they have read about subscribers.
//
//	staff.go     Service, and the views of members      records.go   what is stored
//	change.go    Change: add, block, unblock, role, reset, recover
//	able.go      who can log in now, and whether there are two
//	login.go     passwords and one-time codes to tokens  token.go    tokens to people
//	password.go  passwords at rest                        lookup.go  what was read by whom
//	preview.go   what a change will change                events.go  logins, for auditors
//
// The first two members are admins, and root adds them. From then on only admins change
// staff, and root only looks after the machine; see engine/auth for the rights. A member
// begins with a one-time code, which whoever added the member knows too, and replaces it
// with a password at the first login.
//
// If there are no longer two members who could give somebody a new code, root can: see Recover.
// A block takes one admin, since it only takes rights away; everything else takes two.
//
// Nothing here can be turned back into a password, a code or a token: only digests are
// stored, under a key that is not in the data directory.
//
// The package imports store, the unit of work (engine/tx), engine/auth and engine/pin.
// golang.org/x/crypto/argon2 is the reference implementation in Go.
package staff

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"regexp"
	"sync/atomic"
	"time"

	"mpg/engine/pin"
	"mpg/engine/tx"
	"mpg/store"
)

// RosterTable holds the one Roster, under the key rosterKey.
const (
	RosterTable store.Table = 53
	rosterKey               = "staff"
)

// foundersMax is how many admins root may add.
const foundersMax = 2

// Errors of logins and of changes.
var (
	ErrNobody    = errors.New("is not a member of staff")
	ErrExists    = errors.New("is a member of staff already; names are never reused")
	ErrName      = errors.New("a name is 2 to 32 lower-case letters, digits, dots and hyphens, begins with a letter, and is not root")
	ErrRole      = errors.New("the roles are viewer, support, operator, finance and admin")
	ErrFounders  = errors.New("root can add only the first two members, who are admins")
	ErrFirst     = errors.New("the first two members of staff must be admins")
	ErrFounding  = errors.New("staff cannot be changed before the first two admins have logged in")
	ErrLastAdmin = errors.New("is the last admin who can log in")
	ErrOneself   = errors.New("is your own name: you cannot block yourself")
	ErrUnchanged = errors.New("nothing would change")
	ErrHelped    = errors.New("needs no recovery: two other members of staff can give a new code")
	ErrRecover   = errors.New("root can give a new code only to somebody who may approve changes to staff: a member with the role finance or admin")
)

// nameForm is the form of a member's name.
var nameForm = regexp.MustCompile(`^[a-z][a-z0-9.-]{1,31}$`)

// Roster lists all members.
type Roster struct {
	Members  []string `cbor:"1,keyasint"`           // in the order in which they were added
	Founders []string `cbor:"2,keyasint,omitempty"` // admins whom root has added
	Founded  int      `cbor:"3,keyasint,omitempty"` // how many founders have chosen a password
}

// Config is what a Service works with.
type Config struct {
	Run     *tx.Runner
	Secret  []byte               // a key that is not in the data directory
	Session func() time.Duration // how long a token is valid
	Hashes  int                  // passwords that are checked at once
	Argon   pin.Argon            // what a new password costs to hash
	Now     func() time.Time
	Rand    io.Reader
	Log     *slog.Logger
}

// Counts are what a Service has counted since the start.
type Counts struct {
	LoggedIn      atomic.Int64
	Refused       atomic.Int64 // logins with a wrong name or secret, or of members who may not log in
	Throttled     atomic.Int64 // logins that came too soon after wrong ones
	TokensRefused atomic.Int64
}

// Service keeps staff. It may be used by any number of goroutines.
type Service struct {
	Counts Counts

	cfg      Config
	hasher   hasher
	refusals refusals
}

// New returns a Service.
func New(cfg Config) *Service {
	return &Service{cfg: cfg, hasher: hasher{cost: cfg.Argon, secret: cfg.Secret, rand: cfg.Rand, slot: make(chan struct{}, max(1, cfg.Hashes))}}
}

// View shows a member of staff.
type View struct {
	Name     string `json:"name"`
	Role     string `json:"role"`
	UID      uint32 `json:"uid,omitempty"` // the only user id that may log in; left out: any
	State    string `json:"state"`
	Why      string `json:"why,omitempty"`
	Password bool   `json:"password"` // whether one was chosen
	Created  string `json:"created"`
	AddedBy  string `json:"added_by"`
	Changed  string `json:"changed"`

	ChangedBy string `json:"changed_by,omitempty"` // who made the last change, or root; left out: it is not known
	Recovered string `json:"recovered,omitempty"`  // when root gave a new code
}

func viewOf(m *Member) View {
	v := View{Name: m.Name, Role: string(m.Role), UID: m.UID, State: string(m.State), Why: m.Why, Password: m.Password.Set(),
		Created: rfc3339(m.Created), AddedBy: m.AddedBy, Changed: rfc3339(m.Changed), ChangedBy: m.ChangedBy}
	if !m.Recovered.IsZero() {
		v.Recovered = rfc3339(m.Recovered)
	}
	if v.AddedBy == "" {
		v.AddedBy = root
	}
	return v
}

// rfc3339 writes a time as the views do.
func rfc3339(at time.Time) string { return at.UTC().Format(time.RFC3339Nano) }

// List returns all members in the order in which they were added.
func (s *Service) List(ctx context.Context) ([]View, error) {
	t := s.cfg.Run.View(ctx)
	roster, err := rosterOf(t)
	if err != nil {
		return nil, err
	}
	views := []View{}
	for _, name := range roster.Members {
		m, err := memberOf(t, name)
		if err != nil {
			return nil, err
		}
		views = append(views, viewOf(m))
	}
	return views, nil
}

// Show returns the member with that name. The error is ErrNobody if there is none.
func (s *Service) Show(ctx context.Context, name string) (View, error) {
	m, err := memberOf(s.cfg.Run.View(ctx), name)
	if err != nil {
		return View{}, err
	}
	return viewOf(m), nil
}

// rosterOf returns the list of members, which is empty before there are any.
func rosterOf(t *tx.Tx) (*Roster, error) {
	roster, err := tx.Read[Roster](t, RosterTable, rosterKey)
	if err == nil && roster == nil {
		roster = &Roster{}
	}
	return roster, err
}

// memberOf returns the member with that name; if there is none, the error is ErrNobody.
func memberOf(t *tx.Tx, name string) (*Member, error) {
	m, err := tx.Read[Member](t, Table, name)
	if err == nil && m == nil {
		err = nobodyError(name)
	}
	return m, err
}

// nobodyError names who is not a member.
type nobodyError string

// Error names the person.
func (n nobodyError) Error() string { return string(n) + " " + ErrNobody.Error() }

// Unwrap returns ErrNobody.
func (nobodyError) Unwrap() error { return ErrNobody }
