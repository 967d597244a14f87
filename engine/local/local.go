// Package local is where the operator is: language, time zone and currency.
//
// It imports engine/lang, engine/user and store/money, and is pure.
package local

import (
	"time"

	"mpg/engine/lang"
	"mpg/engine/user"
	"mpg/store/money"
)

// Place is the operator's country as its subscribers meet it.
type Place struct {
	Language lang.Lang // of those who have not chosen
	Zone     *time.Location
	Currency money.Currency
}

// LangOf returns the subscriber's choice, or else the language of what they wrote, or
// otherwise the operator's. person may be nil and written empty.
func (p Place) LangOf(person *user.User, written lang.Lang) lang.Lang {
	switch {
	case person != nil && person.Lang != "":
		return person.Lang
	case written != "":
		return written
	}
	return p.Language
}

// Time returns at in the operator's zone.
func (p Place) Time(at time.Time) time.Time { return at.In(p.Zone) }

// Day returns the local day of at, such as 2026-11-25.
func (p Place) Day(at time.Time) string { return at.In(p.Zone).Format(user.DateForm) }
