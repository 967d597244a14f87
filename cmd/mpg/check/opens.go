package check

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"mpg/cmd/mpg/daemon"
	"mpg/cmd/mpg/hint"
	"mpg/cmd/mpg/keys"
	"mpg/conf"
	"mpg/engine/bank/filebank"
	"mpg/engine/books"
)

// running reports whether a daemon that uses this file answers.
func running(ask func(*books.Fixed) error) bool { return ask(new(books.Fixed)) == nil }

// mayRun reports whether a daemon that does not answer may be running: it is starting,
// or this user may not ask. A bind beside its own, or a sign-off, would stop payments.
func mayRun(ctx context.Context, file *conf.File, ask func(*books.Fixed) error) bool {
	_, err := keys.BooksOf(ctx, file, ask)
	return errors.Is(err, keys.ErrNoAnswer) || errors.Is(err, fs.ErrPermission)
}

// checkOpens finds what serve could not open.
func checkOpens(file *conf.File, running bool) []conf.Finding {
	var found []conf.Finding
	fails, closing := daemon.TryOpen(file, running)
	for _, err := range fails {
		found = append(found, conf.Finding{Fatal: true, Mistake: mistakeOf(file, err)})
	}
	if closing != nil {
		found = append(found, conf.Finding{Mistake: mistakeOf(file, closing)})
	}
	return found
}

// mistakeOf returns the error of serve, with its hint, as a mistake of the file.
func mistakeOf(file *conf.File, err error) conf.Mistake {
	var m conf.Mistake
	if !errors.As(err, &m) {
		m = file.Mistake("", err.Error())
	}
	if remedy := hint.Of(err); remedy != "" {
		m.Text += "; " + remedy
	}
	return m
}

// checkSense finds settings that are valid but hardly intended.
func checkSense(file *conf.File, unit *Unit) (found []conf.Finding) {
	warn := func(key, format string, args ...any) {
		found = append(found, conf.Finding{Mistake: file.Mistake(key, fmt.Sprintf(format, args...))})
	}
	home := "+" + daemon.CallingCode(file.Country)
	reaches := func(prefix string) bool { return strings.HasPrefix(prefix, home) || strings.HasPrefix(home, prefix) }
	if p := file.SIP.AllowPrefixes; len(p) > 0 && !slices.ContainsFunc(p, reaches) {
		warn("sip.allow_prefixes", "no number of country %[2]s (%[3]s) begins with any of %[1]s: nobody there can be called, and their orders that need a PIN are refused", strings.Join(p, ", "), file.Country, home)
	}
	if _, rules, err := daemon.Meaning(file); err == nil {
		if p := rules.Products; p.DayLimit > 0 && p.PaymentLimit > p.DayLimit {
			warn("limit.payment", "is %s, more than limit.day, which is %s: no payment that large is ever accepted", file.Limit.Payment, file.Limit.Day)
		}
	}
	for i, b := range file.Bank {
		if key := fmt.Sprintf("bank[%d].folder", i+1); b.Dialect == conf.Files {
			if open := filebank.TooOpen(b.Folder); len(open) > 0 {
				warn(key, "others than the owner may use %s, and the files there hold account numbers: chmod 0700 them", strings.Join(open, ", "))
			}
			if info, err := os.Stat(b.Folder); err != nil || !info.IsDir() {
				warn(key, "%s is not there, or is not a folder; until it is, nobody can pay from this bank", b.Folder)
			}
		}
	}
	if unit != nil && unit.stop > 0 && file.Drain+daemon.CloseWait > unit.stop {
		warn("drain", "is %v; with %v for the last answers that is more than TimeoutStopSec of %s, which is %v: systemd would cut calls off", file.Drain, daemon.CloseWait, unit.path, unit.stop)
	}
	return found
}
