package local_test

import (
	"testing"
	"time"

	"mpg/engine/lang"
	"mpg/engine/local"
	"mpg/engine/user"
)

// The subscriber's own choice comes first, then what was written, then the operator's.
func TestLangOf(t *testing.T) {
	t.Parallel()
	place := local.Place{Language: lang.ZH}
	for _, tt := range []struct {
		name    string
		reader  *user.User
		written lang.Lang
		want    lang.Lang
	}{
		{"a choice", &user.User{Lang: lang.EN}, lang.ZH, lang.EN},
		{"a choice that is the operator's", &user.User{Lang: lang.ZH}, lang.EN, lang.ZH},
		{"no choice, as written", &user.User{}, lang.EN, lang.EN},
		{"no choice, nothing written", &user.User{}, "", lang.ZH},
		{"a stranger who wrote", nil, lang.EN, lang.EN},
		{"a stranger who is called", nil, "", lang.ZH},
	} {
		if got := place.LangOf(tt.reader, tt.written); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// A day is the operator's, in whatever zone the time is given: the limits of a day start
// afresh at the operator's midnight, even on days when clocks change.
func TestDay(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ zone, at, day, clock string }{
		{"Asia/Shanghai", "2026-11-25T15:59:59Z", "2026-11-25", "23:59"},
		{"Asia/Shanghai", "2026-11-25T16:00:00Z", "2026-11-26", "00:00"},
		{"Asia/Shanghai", "2026-11-25T23:00:00-05:00", "2026-11-26", "12:00"},
		{"UTC", "2026-11-25T23:59:59+00:00", "2026-11-25", "23:59"},
		{"Europe/Berlin", "2026-03-29T00:59:00Z", "2026-03-29", "01:59"}, // the clocks go forward next
		{"Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29", "03:00"},
		{"Europe/Berlin", "2026-10-25T22:59:00Z", "2026-10-25", "23:59"}, // of a day of 25 hours
		{"America/St_Johns", "2026-11-26T03:29:00Z", "2026-11-25", "23:59"},
	} {
		zone, err := time.LoadLocation(tt.zone)
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse(time.RFC3339, tt.at)
		if err != nil {
			t.Fatal(err)
		}
		place := local.Place{Zone: zone}
		if got := place.Day(at); got != tt.day || got != place.Time(at).Format(user.DateForm) {
			t.Errorf("%s in %s: day %s, want %s", tt.at, tt.zone, got, tt.day)
		}
		if got := place.Time(at).Format("15:04"); got != tt.clock || !place.Time(at).Equal(at) {
			t.Errorf("%s in %s: %s, want %s", tt.at, tt.zone, got, tt.clock)
		}
	}
}
