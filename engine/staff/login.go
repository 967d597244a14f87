package staff

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"mpg/engine/auth"
	"mpg/engine/tx"
)

// Errors of a login.
var (
	ErrLogin       = errors.New("the name or the password is wrong")
	ErrThrottled   = errors.New("too many wrong passwords")
	ErrBlocked     = errors.New("is blocked")
	ErrOtherUID    = errors.New("may log in only from another account of this machine")
	ErrNewPassword = errors.New("the one-time code is right; choose a password")
)

// Limits of wrong passwords.
const (
	freeTries  = 5           // wrong ones in a row before the next must wait
	firstWait  = time.Minute // after that many; it doubles with each further one
	longestOut = time.Hour
)

// waitAfter returns how long the next try must wait after so many wrong ones.
func waitAfter(wrong int) time.Duration {
	if wrong < freeTries {
		return 0
	}
	return min(longestOut, firstWait<<min(wrong-freeTries, 10))
}

// Attempt is a try to log in. The caller wipes its secrets.
type Attempt struct {
	Name     string
	UID      uint32 // of the process at the other end of the socket
	Password []byte // or the one-time code at the first login
	New      []byte // the password to choose at the first login, or with Change
	Change   bool   // the member wants New in place of the password; all other logins end
}

// chooses reports whether the attempt of m is to end with a new password.
func (a Attempt) chooses(m *Member) bool { return a.Change || !m.Password.Set() }

// Login checks a password, and issues a token for the user id of the attempt. Each try is
// counted in a commit before its password is compared, so that neither a crash nor many
// tries at once allow more guesses.
func (s *Service) Login(ctx context.Context, attempt Attempt) (Session, error) {
	person := attempt.Name
	m, err := s.count(ctx, attempt)
	if errors.Is(err, ErrNobody) {
		s.hasher.right(attempt.Password, Password{}) // takes as long as for a member
		person, err = "", ErrLogin
	}
	if err == nil {
		err = s.compare(attempt, m)
	}
	if err != nil && !errors.Is(err, ErrNewPassword) {
		return Session{}, s.refuse(ctx, person, attempt, err)
	}
	if err != nil { // the code was right
		return Session{}, errors.Join(err, s.forgive(ctx, m))
	}
	session, err := s.begin(ctx, attempt, m)
	if err == nil {
		s.Counts.LoggedIn.Add(1)
		s.cfg.Log.Info("logged in", "person", session.Person.Name, "role", string(session.Person.Role), "uid", attempt.UID)
	}
	return session, err
}

// refuse counts, logs and records a login that is refused to a member, and returns why.
// person is empty if there is no such member.
func (s *Service) refuse(ctx context.Context, person string, attempt Attempt, why error) error {
	s.Counts.refused(why)
	s.cfg.Log.Warn("login refused", "person", loggedName(attempt.Name), "uid", attempt.UID, "why", why)
	if err := s.noteRefused(ctx, person, attempt.UID, why); err != nil && ctx.Err() == nil {
		s.cfg.Log.Error("refused login not recorded", "err", err)
	}
	return why
}

// refused counts a login that was refused.
func (c *Counts) refused(err error) {
	if errors.Is(err, ErrThrottled) {
		c.Throttled.Add(1)
		return
	}
	c.Refused.Add(1)
}

// loggedName returns a typed name for the log: somebody may have typed a password there.
func loggedName(name string) string {
	if !nameForm.MatchString(name) {
		return "?"
	}
	return name
}

// count counts a try, and returns the member as they are then.
func (s *Service) count(ctx context.Context, attempt Attempt) (counted Member, err error) {
	err = s.cfg.Run.Do(ctx, func(t *tx.Tx) error {
		m, err := memberOf(t, attempt.Name)
		if err != nil {
			return err
		}
		if m.UID != 0 && m.UID != attempt.UID { // not counted: others could lock the member out
			return fmt.Errorf("%s %w", m.Name, ErrOtherUID)
		}
		if ends := m.Tried.Add(waitAfter(m.Wrong)); m.Wrong >= freeTries && t.Now.Before(ends) {
			return fmt.Errorf("%w: the next try is possible in %s", ErrThrottled, ends.Sub(t.Now).Round(time.Second))
		}
		m.Wrong++
		m.Tried = t.Now.UTC()
		tx.Save(t, Table, m.Name, m)
		counted = *m
		return nil
	})
	return counted, err
}

// compare checks the secrets of an attempt against the member that was counted.
func (s *Service) compare(attempt Attempt, m Member) error {
	first := !m.Password.Set()
	right := false
	if first {
		right = s.isCode(&m, attempt.Password, s.cfg.Now())
	} else {
		right = s.hasher.right(attempt.Password, m.Password)
	}
	switch {
	case !right:
		return ErrLogin
	case m.State != Active:
		return fmt.Errorf("%s %w", m.Name, ErrBlocked)
	case first && len(attempt.New) == 0:
		return ErrNewPassword
	case first && s.isCode(&m, attempt.New, s.cfg.Now()), attempt.Change && bytes.Equal(attempt.New, attempt.Password):
		return ErrPassword
	case attempt.chooses(&m):
		return checkPassword(m.Name, attempt.New)
	}
	return nil
}

// forgive takes back the count of a try whose secret was right.
func (s *Service) forgive(ctx context.Context, seen Member) error {
	return s.cfg.Run.Do(ctx, func(t *tx.Tx) error {
		m, err := memberOf(t, seen.Name)
		if err != nil {
			return err
		}
		m.Wrong = 0
		tx.Save(t, Table, m.Name, m)
		return nil
	})
}

// begin issues the token of an attempt whose secrets were right for seen, and keeps a
// password that it chooses.
func (s *Service) begin(ctx context.Context, attempt Attempt, seen Member) (Session, error) {
	raw := make([]byte, tokenBytes)
	if _, err := io.ReadFull(s.cfg.Rand, raw); err != nil {
		return Session{}, err
	}
	session := Session{Token: base64.RawURLEncoding.EncodeToString(raw)}
	var chosen Password
	if attempt.chooses(&seen) {
		var err error
		if chosen, err = s.hasher.hash(attempt.New); err != nil {
			return Session{}, err
		}
	}
	err := s.cfg.Run.Do(ctx, func(t *tx.Tx) error {
		m, err := memberOf(t, seen.Name)
		if err != nil {
			return err
		}
		if m.State != Active || m.Round != seen.Round || m.Password.Set() != seen.Password.Set() || !slices.Equal(m.Code, seen.Code) {
			return ErrLogin // it was changed since the comparison
		}
		if chosen.Set() {
			if err := s.choose(t, m, chosen); err != nil {
				return err
			}
		}
		m.Wrong = 0
		issued, err := s.issue(t, m, attempt.UID, session.Token)
		if err != nil {
			return err
		}
		tx.Save(t, Table, m.Name, m)
		happened(t, map[bool]string{true: newPassword, false: loggedIn}[attempt.Change], m.Name, attempt.UID, s.tokenKey(session.Token))
		session.Person, session.Expires = auth.Person{Name: m.Name, Role: m.Role}, issued.Expires
		return nil
	})
	if err != nil {
		return Session{}, err
	}
	return session, nil
}

// choose keeps a new password. A one-time code is used up, and earlier logins end.
func (s *Service) choose(t *tx.Tx, m *Member, chosen Password) error {
	roster, err := rosterOf(t)
	if err != nil {
		return err
	}
	if m.Round == 0 && slices.Contains(roster.Founders, m.Name) {
		roster.Founded++
		tx.Save(t, RosterTable, rosterKey, roster)
	}
	m.Password, m.Code = chosen, nil
	m.void()
	return nil
}
