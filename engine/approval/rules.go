package approval

import (
	"errors"
	"fmt"
	"time"

	"mpg/engine/auth"
)

// Reasons for which an approval cannot be ended as wanted.
var (
	ErrEnded   = errors.New("no longer waits")
	ErrExpired = errors.New("was not approved in time and has expired")
	ErrOwn     = errors.New("was given by you: another person must approve it")
	ErrNobody  = errors.New("this needs a person who has logged in")
	ErrOthers  = errors.New("was given by somebody else: refuse it instead")
	ErrStale   = errors.New("what it would change has changed since")
)

// MayAnswer returns why person, who has the right, may neither approve nor refuse it now.
func (a *Approval) MayAnswer(person auth.Person, now time.Time) error {
	switch err := a.open(now); {
	case person.Name == "":
		return ErrNobody
	case err != nil:
		return err
	case person.Name == a.Maker.Name:
		return fmt.Errorf("%s %w", a.ID, ErrOwn)
	}
	return nil
}

// MayWithdraw returns why person may not withdraw it now.
func (a *Approval) MayWithdraw(person auth.Person, now time.Time) error {
	switch err := a.open(now); {
	case person.Name == "":
		return ErrNobody
	case err != nil:
		return err
	case person.Name != a.Maker.Name:
		return fmt.Errorf("%s %w", a.ID, ErrOthers)
	}
	return nil
}

// open returns why nobody can end it any more.
func (a *Approval) open(now time.Time) error {
	switch {
	case a.State == Expired, a.State == Waiting && !now.Before(a.Expires):
		return fmt.Errorf("%s %w", a.ID, ErrExpired)
	case a.State != Waiting:
		return fmt.Errorf("%s %w: %s", a.ID, ErrEnded, a.Fate())
	}
	return nil
}

// Fate says in a few words what became of it: refused by li: wrong number.
func (a *Approval) Fate() string {
	words := string(a.State)
	if a.Checker.Name != "" {
		words += " by " + a.Checker.Name
	}
	switch {
	case a.Why != "":
		words += ": " + a.Why
	case a.Word != "":
		words += ": " + a.Word
	}
	return words
}

// End sets the state that the approval has ended in, and who ended it: the zero Who if
// nobody did.
func (a *Approval) End(state State, by Who, at time.Time) {
	a.State, a.Checker, a.Ended = state, by, at.UTC()
}
