package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mpg/conf"
	"mpg/engine/books"
	"mpg/ivr/voice"
	"mpg/store/money"
)

// running reports whether a daemon that uses this file answers.
func running(c *cobra.Command) bool {
	d, err := dial(c)
	return err == nil && d.get("/books", new(books.Fixed)) == nil
}

// mayRun reports whether a daemon may be running that does not answer: it is starting,
// or this user may not ask. A bind beside its own, or a sign-off, would stop payments.
func mayRun(c *cobra.Command, f *conf.File) bool {
	_, err := booksOf(c, f)
	return errors.Is(err, errNoDaemon) || errors.Is(err, fs.ErrPermission)
}

// checkOpens opens what serve opens, by the same functions, and closes it again.
// The ports of a running daemon are in use by that daemon.
func checkOpens(f *conf.File, running bool) []conf.Finding {
	d := &daemon{conf: f, log: slog.New(slog.DiscardHandler), clips: voice.NewCache(voice.CacheConfig{Voice: voice.First()})}
	opens := []func() error{func() error { return socketProblem(f) }, d.makeLinks, d.makeBinds}
	if !running {
		opens = append(opens, d.openSIP, func() error { return tryHTTP(f) })
	}
	var found []conf.Finding
	for _, open := range opens {
		if err := open(); err != nil {
			found = append(found, conf.Finding{Fatal: true, Mistake: mistakeOf(f, err)})
		}
	}
	if err := errors.Join(d.closeSIP(), d.closeBanks()); err != nil {
		found = append(found, conf.Finding{Mistake: mistakeOf(f, err)})
	}
	return found
}

func tryHTTP(f *conf.File) error {
	l, err := listenHTTP(f)
	if err != nil || l == nil {
		return err
	}
	return l.Close()
}

// mistakeOf returns the error of serve, with its hint, as a mistake of the file.
func mistakeOf(f *conf.File, err error) conf.Mistake {
	var m conf.Mistake
	if !errors.As(err, &m) {
		m = f.Mistake("", err.Error())
	}
	var h hinted
	if errors.As(err, &h) && h.hint != "" {
		m.Text += "; " + h.hint
	}
	return m
}

// checkSense finds settings that are valid but hardly intended.
func checkSense(f *conf.File, u *unit) (found []conf.Finding) {
	warn := func(key, format string, args ...any) {
		found = append(found, conf.Finding{Mistake: f.Mistake(key, fmt.Sprintf(format, args...))})
	}
	home := "+" + callingCode(f.Country)
	reaches := func(prefix string) bool { return strings.HasPrefix(prefix, home) || strings.HasPrefix(home, prefix) }
	if p := f.SIP.AllowPrefixes; len(p) > 0 && !slices.ContainsFunc(p, reaches) {
		warn("sip.allow_prefixes", "no number of country %[2]s (%[3]s) begins with any of %[1]s: nobody there is called, and their orders that need a PIN are refused", strings.Join(p, ", "), f.Country, home)
	}
	currency, _ := money.Lookup(f.Currency)
	if rules, err := rulesOf(f, currency); err == nil {
		if p := rules.Products; p.DayLimit > 0 && p.PaymentLimit > p.DayLimit {
			warn("limit.payment", "is %s, more than limit.day, which is %s: no such payment is ever taken", f.Limit.Payment, f.Limit.Day)
		}
	}
	if u != nil && u.stop > 0 && f.Drain+closeWait > u.stop {
		warn("drain", "is %v; with %v for the last answers that is more than TimeoutStopSec of %s, which is %v: systemd would cut calls off", f.Drain, closeWait, u.path, u.stop)
	}
	return found
}
