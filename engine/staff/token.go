package staff

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"mpg/engine/auth"
	"mpg/engine/tx"
)

// tokenBytes is the length of a token before it is written as text.
const tokenBytes = 32

// tokensMax is how many sessions a member can have; the oldest ends when another begins.
const tokensMax = 8

// ErrToken is matched by all errors about a token that is not valid.
var ErrToken = errors.New("log in again")

// badToken says why a token is not valid.
type badToken string

// Error says why.
func (b badToken) Error() string { return string(b) }

// Is reports whether target is ErrToken.
func (badToken) Is(target error) bool { return target == ErrToken }

// Why a token is not valid.
const (
	tokenUnknown badToken = "this login is not known here, or has ended"
	tokenOther   badToken = "this login belongs to another user id"
	tokenExpired badToken = "this login has expired"
	tokenVoid    badToken = "this login has ended: the account was blocked or its password was changed"
)

// tokenKey returns the key of a token's record.
func (s *Service) tokenKey(token string) string {
	return hex.EncodeToString(digest(s.cfg.Secret, "token", []byte(token)))
}

// Caller returns who the process with that user id acts for. token is what it was given at
// login; empty: it has not logged in. The error matches ErrToken if the token is not valid
// for that user id now; for others it is the store's.
func (s *Service) Caller(ctx context.Context, uid uint32, host bool, token string) (auth.Caller, error) {
	t := s.cfg.Run.View(ctx)
	caller := auth.Caller{UID: uid, Host: host}
	roster, err := rosterOf(t)
	if err != nil {
		return caller, err
	}
	caller.Staffed = len(roster.Members) > 0
	caller.Founding = caller.Staffed && roster.Founded < foundersMax
	if token == "" || !caller.Staffed {
		return caller, nil
	}
	caller.Person, err = s.personOf(t, uid, token)
	if errors.Is(err, ErrToken) {
		s.Counts.TokensRefused.Add(1)
	}
	return caller, err
}

// personOf returns whose token it is.
func (s *Service) personOf(t *tx.Tx, uid uint32, token string) (auth.Person, error) {
	issued, err := tx.Read[Token](t, TokenTable, s.tokenKey(token))
	if err != nil {
		return auth.Person{}, err
	}
	if issued == nil {
		s.cfg.Log.Warn("token refused", "why", string(tokenUnknown), "uid", uid)
		return auth.Person{}, tokenUnknown
	}
	m, err := memberOf(t, issued.Staff)
	if err != nil {
		return auth.Person{}, err
	}
	switch {
	case issued.UID != uid:
		err = tokenOther
	case !s.cfg.Now().Before(issued.Expires):
		err = tokenExpired
	case m.State != Active || m.Round != issued.Round:
		err = tokenVoid
	}
	if err != nil {
		s.cfg.Log.Warn("token refused", "why", err, "person", m.Name, "uid", uid)
		return auth.Person{}, err
	}
	return auth.Person{Name: m.Name, Role: m.Role}, nil
}

// issue gives m a new token as part of step t, and drops those that are not needed any
// more. The token is valid from the commit on.
func (s *Service) issue(t *tx.Tx, m *Member, uid uint32, token string) (*Token, error) {
	now := t.Now.UTC()
	kept := make([]string, 0, tokensMax)
	for i, key := range m.Tokens {
		old, err := tx.Read[Token](t, TokenTable, key)
		if err != nil {
			return nil, err
		}
		if old != nil && old.Round == m.Round && now.Before(old.Expires) && len(m.Tokens)-i < tokensMax {
			kept = append(kept, key)
			continue
		}
		tx.Drop(t, TokenTable, key)
	}
	key := s.tokenKey(token)
	if taken, err := tx.Read[Token](t, TokenTable, key); err != nil || taken != nil {
		return nil, errors.Join(err, fmt.Errorf("staff: the token is not new"))
	}
	issued := &Token{Staff: m.Name, UID: uid, Round: m.Round, Issued: now, Expires: now.Add(s.cfg.Session())}
	tx.Save(t, TokenTable, key, issued)
	m.Tokens = append(kept, key)
	return issued, nil
}

// Logout ends the session of a token, and returns whose it was. A token that is not valid is
// not an error: nothing is left to end, and nobody is named.
func (s *Service) Logout(ctx context.Context, uid uint32, token string) (person string, err error) {
	err = s.cfg.Run.Do(ctx, func(t *tx.Tx) error {
		person = ""
		key := s.tokenKey(token)
		issued, err := tx.Read[Token](t, TokenTable, key)
		if err != nil || issued == nil || issued.UID != uid {
			return err
		}
		m, err := memberOf(t, issued.Staff)
		if err != nil {
			return err
		}
		m.Tokens = slices.DeleteFunc(m.Tokens, func(other string) bool { return other == key })
		tx.Drop(t, TokenTable, key)
		tx.Save(t, Table, m.Name, m)
		happened(t, loggedOut, m.Name, uid, key)
		person = m.Name
		return nil
	})
	return person, err
}

// Session is the result of a login.
type Session struct {
	Person  auth.Person
	Token   string
	Expires time.Time
}
