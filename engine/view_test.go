//go:build !race

package engine_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mpg/engine"
	"mpg/engine/admin"
	"mpg/engine/bank"
	"mpg/engine/call"
	"mpg/engine/follow"
	"mpg/engine/lang"
	"mpg/engine/view"
	"mpg/engine/view/viewtest"
	"mpg/store"
)

// The race detector runs over engine/view itself: SQLite is slow under it.

// views opens a view of the world in a folder.
func (w *world) views(dir string) *view.View {
	w.t.Helper()
	zone, _ := time.LoadLocation("Asia/Shanghai")
	feed, _ := w.store.(store.Feed)
	v, err := view.Open(w.t.Context(), view.Config{Dir: dir, Feed: feed, Ledger: w.store, Books: w.e.Books().Identity, Zone: zone, Currency: "CNY",
		Number: w.e.Books().Refs.Number, Now: w.clock, Log: slog.New(slog.DiscardHandler), Every: time.Millisecond})
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// follows has a view follow the world until the returned func ends it and closes the view.
func (w *world) follows(v *view.View) (stop func()) {
	w.t.Helper()
	feed, _ := w.store.(store.Feed)
	runner, err := follow.New(follow.Config{Feed: feed, Followers: []follow.Follower{v.Follower()}, Log: slog.New(slog.DiscardHandler), Retry: time.Millisecond})
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { runner.Run(ctx); close(ended) }()
	return sync.OnceFunc(func() {
		cancel()
		<-ended
		if err := v.Close(); err != nil {
			w.t.Error(err)
		}
	})
}

// A whole life is one in which everything that leaves a record happens once: payments of
// all products, those of modules too, each with each end, and whatever the operator does.
func (w *world) wholeLife(icbc, boc *bookBank, capture func(ref string) error) {
	w.t.Helper()
	ctx := context.Background()
	w.answers(wang, phone{end: call.EndNoAnswer}, phone{keys: []string{pinOne}})
	w.isDown(true) // so that a later text replaces one that is not sent yet
	w.text(wang, "PAY 8001 7")
	w.until("the call", func() bool { return w.last().State == "waiting" })
	w.text(wang, "AGAIN")
	w.until("the later text", func() bool { return w.e.Outbox().Replaced() > 0 })
	w.isDown(false)
	w.expect(wang, "you paid", "7.00")
	w.carries(func(engine.SMS) engine.Sending { return engine.Never })
	w.text(wang, "HELP")
	w.drained()
	w.carries(nil)
	w.answers(wang, phone{end: call.EndBusy}, phone{keys: []string{pinTwo, pinOne}})
	w.text(wang, "PAY 8001 128.50 happy birthday")
	w.expect(wang, "busy")
	w.text(wang, "AGAIN")
	w.expect(wang, "you paid", "128.50")
	first := w.last()
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "SEND 20 13800000002")
	w.expect(li, "20.00")
	w.answers(li, phone{end: call.EndNotMe})
	w.text(li, "PAY 8001 5")
	w.until("the payment that li denies", func() bool { return w.last().Reason == "not me" && w.last().State == "done" })
	w.text(wang, "PAY 8009 1")
	w.text(wang, "PAY 8001 1 "+pinOne)
	w.text("+8613900000077", "PAY 8001 1")
	w.text(wang, "STOP")
	w.relay()
	w.expect(wang, "50.50")
	w.pass(2 * time.Hour) // only so many calls are made in an hour
	icbc.set(func() {
		icbc.request = func(message) (bank.Reply, error) { return bank.Reply{Code: "51", Reason: bank.Approved}, nil }
	})
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 45 BANK")
	w.until("the decline", func() bool { return w.last().Outcome == "not paid" })
	icbc.set(func() {
		icbc.request = func(m message) (bank.Reply, error) { icbc.book(m); return bank.Reply{}, errors.New("silence") }
	})
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 46 BANK")
	w.until("the reversal", func() bool { return w.last().Outcome == "not paid" })
	icbc.set(func() { icbc.request = nil })
	boc.set(func() {
		boc.request = func(message) (bank.Reply, error) { return bank.Reply{Code: "57", Reason: bank.Approved}, nil }
	})
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "RELAY 51 13800000003")
	w.until("the money to come back", func() bool { return w.last().Outcome == "returned" })
	w.answers(zhang, phone{end: call.EndBusy})
	w.text(zhang, "PIN")
	w.expect(zhang, "")
	if err := capture(w.tank()); err != nil {
		w.t.Fatal(err)
	}
	_, err1 := w.refund("r1", first.Ref, 2850)
	_, err2 := w.correct("c1", w.topUp("t2", 500000), false)
	_, err3 := w.e.Admin().SetBlocked(ctx, admin.Command{Key: "b1", UID: 7}, li, false, "it was a mistake")
	_, err4 := w.e.Admin().AddMerchant(ctx, admin.Command{Key: "m2"}, admin.NewMerchant{Code: "8002", Name: lang.Name{EN: "TEA HOUSE"}, Bank: "icbc", BankAccount: "9558801001234567890"})
	_, err5 := w.e.Admin().ResetPIN(ctx, admin.Command{Key: "p1"}, wang, "forgotten")
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		w.t.Fatal(err)
	}
}

// TestTheViewOfAWholeLife: the view that followed it, over a restart of the daemon, and one
// that is built at the end are the same, agree with the ledger, and hold nothing secret.
func TestTheViewOfAWholeLife(t *testing.T) {
	t.Parallel()
	w, products, icbc, boc := relayWorld(t)
	dir := t.TempDir()
	stop := w.follows(w.views(dir))
	w.wholeLife(icbc, boc, func(ref string) error {
		_, err := products.Capture(context.Background(), admin.Command{Key: "c9"}, ref, 12000)
		return err
	})
	stop()
	w.restart()
	live := w.views(dir)
	stop = w.follows(live)
	w.text(wang, "BAL")
	w.expect(wang, "Balance")
	w.drained()
	w.e.Close() // so that nothing more comes
	w.until("the view", func() bool { return live.Lag() == 0 })
	fresh := w.views(t.TempDir())
	end := w.follows(fresh)
	w.until("the new view", func() bool { return fresh.Lag() == 0 && fresh.AsOf().Seq > 0 })
	one, err1 := viewtest.Dump(t.Context(), live)
	two, err2 := viewtest.Dump(t.Context(), fresh)
	if err := errors.Join(err1, err2); err != nil || !slices.Equal(one, two) {
		t.Errorf("%v: they differ:\n%s\n\n%s", err, strings.Join(one, "\n"), strings.Join(two, "\n"))
	}
	if found, err := live.Check(t.Context()); err != nil || found.Differences != 0 || found.Entries < 20 {
		t.Errorf("%+v %v", found, err)
	}
	w.hasRows(one)
	end()
	stop()
	holdsNothingSecret(t, dir)
}

// hasRows checks that each kind of record has left rows.
func (w *world) hasRows(rows []string) {
	w.t.Helper()
	for _, want := range []string{
		"payment product='mpurse' reason='paid' memo='happy birthday' returned=2850", "payment product='mp2p' outcome='paid'", "payment product='relay' bank='icbc' fee=50", "payment product='tank' outcome='paid'",
		"payment product='mdebit' reason='declined' outcome='not paid'", "payment product='mdebit' reason='reversed' outcome='not paid'", "payment reason='not me'",
		"payment product='refund' of=3 why='sold out' channel='operator'", "payment product='correction' why='keyed wrongly'", "payment product='topup' charged=500000 returned=500000",
		"step state='waiting'", "step state='returned'", "call end='busy' sip=486 cause=17", "call end='finished' answered=1 wrong=1", "call purpose='pin'",
		"request bank='icbc' state='reversed' reversal_code='00'", "request bank='boc' kind='credit' approved=1", "request code='51' approved=0",
		"refusal reason='unknown_shop' to_party='8009'", "refusal reason='pin_in_text'", "refusal reason='not_registered' phone='+8613900000077'",
		"notice text_key='line-busy' fate='sent' why=''", "notice text_key='no-answer' fate='dropped' why='replaced'", "notice text_key='help' fate='dropped' why='refused'", "notice text_key='paid-purse' class='receipt'", "user phone='+8613800000002' state='active'", "merchant code='8002' bank='icbc' bank_mask='****7890'",
		"command name='user unblock' uid=7 reason='it was a mistake'", "account name='transit:icbc'", "consent phone='+8613800000001' wanted=0",
		"hour product='tank' reason='paid'", "hour reason='refusal:unknown_shop'", "dayshop merchant='8001' refunds=2850", "stage product='relay' from_state='taken' to_state='sent'",
	} {
		table, cells, _ := strings.Cut(want, " ")
		if !slices.ContainsFunc(rows, func(row string) bool { return strings.HasPrefix(row, table+" ") && hasCells(row, cells) }) {
			w.t.Errorf("no row %s", want)
		}
	}
}

// hasCells reports whether a row has all those cells, which are separated by spaces.
func hasCells(row, cells string) bool {
	row += " "
	for _, cell := range cellForm.FindAllString(cells, -1) {
		if !strings.Contains(row, " "+cell+" ") {
			return false
		}
	}
	return true
}

// cellForm is a cell of a row of a dump.
var cellForm = regexp.MustCompile(`[a-z_]+=('[^']*'|-?[0-9]+)`)

// holdsNothingSecret searches the files of a view for what must not be there, as text and
// as hexadecimal digits.
func holdsNothingSecret(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(data, []byte("BLUEBIRD FLORIST")) && filepath.Base(name) == view.FileName {
			t.Error("the file holds nothing that could be found")
		}
		for _, secret := range []string{pinOne, pinTwo, "6222020200001", "6216610200003", "9558801001234567890", "you paid", "Balance CNY"} {
			if bytes.Contains(data, []byte(secret)) || bytes.Contains(data, []byte(hex.EncodeToString([]byte(secret)))) {
				t.Errorf("%s holds %q", name, secret)
			}
		}
	}
}

// TestAFailingViewStopsNothing: payments go on while nothing can be written, and the view
// shows them once it can.
func TestAFailingViewStopsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dir := t.TempDir()
	v := w.views(dir)
	stop := w.follows(v)
	defer stop()
	w.until("the view", func() bool { return v.AsOf().Seq > 0 && v.Lag() == 0 })
	alter := func(query string) {
		db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, view.FileName)+"?_pragma=busy_timeout(60000)")
		if err == nil {
			_, err = db.Exec(query)
		}
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
	}
	alter("ALTER TABLE entry RENAME TO away")
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 128.50")
	w.expect(wang, "you paid")
	w.until("a failure", func() bool { return v.Failures() > 0 })
	if v.Lag() == 0 {
		t.Error("a view that cannot be written is not behind")
	}
	alter("ALTER TABLE away RENAME TO entry")
	w.until("the view", func() bool { return v.Lag() == 0 })
	if found, err := v.Check(t.Context()); err != nil || found.Differences != 0 {
		t.Errorf("%+v %v", found, err)
	}
}
