package view_test

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/view"
	"mpg/engine/view/viewtest"
)

// reading returns a function for Read that calls with for each row of a query.
func reading(query string, args []any, with func(text string)) func(context.Context, *sql.Tx, view.AsOf) error {
	return func(ctx context.Context, tx *sql.Tx, _ view.AsOf) error {
		rows, err := tx.QueryContext(ctx, query, args...)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var text string
			if err := rows.Scan(&text); err != nil {
				return err
			}
			with(text)
		}
		return rows.Err()
	}
}

// TestHowItCameAboutDoesNotMatter: whatever happened, in batches of any size, with crashes
// and rebuilds in between, the view is the one that is built from the beginning, and agrees
// with the ledger.
func TestHowItCameAboutDoesNotMatter(t *testing.T) {
	t.Parallel()
	notUnderRace(t)
	rapid.Check(t, func(rt *rapid.T) {
		d := newDesk(rt, t.TempDir(), rapid.Uint64().Draw(rt, "seed"))
		defer d.close()
		d.live(rapid.IntRange(0, 40).Draw(rt, "before"))
		d.open()
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			switch rapid.SampledFrom([]string{"live", "live", "take", "take", "again", "keep", "crash", "rebuild"}).Draw(rt, "step") {
			case "live":
				d.live(rapid.IntRange(1, 60).Draw(rt, "events"))
			case "take":
				d.take(rapid.IntRange(1, 80).Draw(rt, "records"))
			case "again": // the last records come twice, as after a failure
				d.taken -= min(d.taken, rapid.Uint64Range(1, 5).Draw(rt, "records"))
				d.take(1 << 30)
			case "keep":
				d.keep()
			case "crash":
				d.shut()
				d.open()
			case "rebuild":
				if _, err := d.view.Rebuild(context.Background(), d.busy()); err != nil {
					rt.Fatal(err)
				}
			}
		}
		d.catchUp()
		d.sameAsNew()
	})
}

// TestRowsTellWhatHappened: a short life, as the tables tell it.
func TestRowsTellWhatHappened(t *testing.T) {
	t.Parallel()
	notUnderRace(t)
	d := newDesk(t, t.TempDir(), 1)
	defer d.close()
	d.open()
	d.live(400)
	d.catchUp()
	for query, want := range map[string]string{
		"SELECT count(*) > 50 FROM payment": "1",
		"SELECT count(*) FROM payment p WHERE outcome = 'paid' AND NOT EXISTS (SELECT 1 FROM entry e WHERE e.payment = p.no)": "0",
		"SELECT count(*) FROM payment p WHERE outcome <> 'paid' AND EXISTS (SELECT 1 FROM entry e WHERE e.payment = p.no)":    "0",
		"SELECT group_concat(DISTINCT outcome) FROM (SELECT outcome FROM payment ORDER BY outcome)":                           ",not paid,paid",
		"SELECT count(*) FROM entry WHERE amount = 0":                                                                         "0",
		// Both sides of each transfer.
		"SELECT count(*) FROM entry e WHERE NOT EXISTS (SELECT 1 FROM entry o WHERE o.account = e.other AND o.other = e.account AND o.seq = e.seq AND o.n = e.n AND abs(o.amount) = abs(e.amount))": "0",
		// Each payment that has ended is counted once, and no other.
		"SELECT (SELECT sum(count) FROM hour WHERE product <> '') = (SELECT count(*) FROM payment WHERE state = 'done')":                                                     "1",
		"SELECT (SELECT sum(sum) FROM hour WHERE product <> '') = (SELECT sum(charged) FROM payment WHERE state = 'done')":                                                   "1",
		"SELECT (SELECT sum(count) FROM hour WHERE product = '') = (SELECT count(*) FROM refusal)":                                                                           "1",
		"SELECT (SELECT sum(count) FROM dayshop) = (SELECT count(*) FROM payment WHERE outcome = 'paid' AND payee_user = 0)":                                                 "1",
		"SELECT (SELECT sum(refunds) FROM dayshop) = (SELECT sum(charged) FROM payment WHERE product = 'refund')":                                                            "1",
		"SELECT (SELECT sum(count) FROM stage WHERE from_state = '') = (SELECT count(*) FROM payment WHERE state = 'done')":                                                  "1",
		"SELECT (SELECT sum(count) FROM stage WHERE from_state <> '') = (SELECT count(*) FROM step s JOIN payment p ON p.no = s.payment WHERE p.state = 'done' AND s.n > 1)": "1",
		"SELECT (SELECT sum(returned) FROM payment) = (SELECT sum(charged) FROM payment WHERE product = 'refund')":                                                           "1",
		"SELECT count(*) FROM payment p WHERE state <> (SELECT state FROM step s WHERE s.payment = p.no ORDER BY n DESC LIMIT 1)":                                            "0",
		"SELECT count(*) FROM notice n WHERE payment = 0 OR NOT EXISTS (SELECT 1 FROM payment p WHERE p.no = n.payment)":                                                     "0",
		"SELECT group_concat(DISTINCT fate || why) FROM (SELECT * FROM notice ORDER BY fate)":                                                                                "droppedreplaced,sent,waiting",
		"SELECT count(*) FROM notice WHERE (fate = 'waiting') <> (ended_at = 0)":                                                                                             "0",
		"SELECT count(*) > 3 AND count(*) = count(DISTINCT key) FROM call":                                                                                                   "1",
		"SELECT count(*) FROM request r WHERE NOT EXISTS (SELECT 1 FROM payment p WHERE p.no = r.payment)":                                                                   "0",
		"SELECT count(DISTINCT state) > 2 FROM request":                                                                                                                      "1",
		"SELECT count(*) FROM account WHERE name = ''":                                                                                                                       "0",
		"SELECT name || owner_kind || owner FROM account WHERE id = 4294967297":                                                                                              "purse:+8613800000000user1",
		"SELECT name || owner_kind || owner FROM account WHERE id = 8589934592":                                                                                              "merchant:100000merchant100000",
		"SELECT owner_kind || kind || currency FROM account WHERE name = 'float'":                                                                                            "operatorassetCNY",
		"SELECT count(*) FROM user":     "7",
		"SELECT count(*) FROM alias":    "7",
		"SELECT count(*) FROM merchant": "3",
		"SELECT count(*) FROM user u WHERE open <> 0 AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.no = u.open AND p.payer_user = u.no AND p.state <> 'done')":          "0",
		"SELECT count(*) > 5 FROM command WHERE person = 'chen' AND uid = 7":                                                                                              "1",
		"SELECT count(*) > 0 FROM command WHERE name = 'user rename' AND before LIKE '{\"name\":\"%' AND after LIKE '{\"name\":\"%'":                                      "1",
		"SELECT count(*) > 0 FROM command WHERE name = 'merchant set' AND before LIKE '{\"phone\":\"%' AND after LIKE '{\"phone\":\"%'":                                   "1",
		"SELECT count(*) FROM command WHERE after LIKE '%secret%' OR name = 'purse topup' AND amount = 0":                                                                 "0",
		"SELECT count(*) = 1 AND max(count) = (SELECT count(*) FROM lookup) AND max(seq) = (SELECT max(seq) FROM lookup) FROM login WHERE person = ''":                    "1",
		"SELECT count(*) = (SELECT count(*) FROM lookup) FROM login WHERE what = 'staff login'":                                                                           "1",
		"SELECT count(*) > 0 AND min(user) > 0 FROM lookup":                                                                                                               "1",
		"SELECT count(*) > 0 FROM command WHERE state = 'waiting' AND approval <> '' AND checker = ''":                                                                    "1",
		"SELECT group_concat(DISTINCT state) FROM (SELECT * FROM command ORDER BY state)":                                                                                 "done,refused,waiting",
		"SELECT count(*) FROM command c WHERE approval <> '' AND state <> 'waiting' AND (checker <> 'wu' OR state <> (SELECT state FROM approval WHERE id = c.approval))": "0",
		"SELECT count(*) FROM command WHERE name = 'approve' AND (state <> 'done' OR approval <> '')":                                                                     "0",
		"SELECT count(*) > 2 AND max(before) = '{\"pin\":true}' AND min(maker) = 'chen' FROM approval":                                                                    "1",
		"SELECT count(*) > 0 FROM consent":                                                "1",
		"SELECT count(DISTINCT day) FROM payment WHERE day BETWEEN 20261122 AND 20261123": "1",
	} {
		if got := d.query(query); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	d.agrees()
}

// TestUnclaimedMoneyIsPaidOnce: what is sent to a number that is not registered is not paid,
// in the lists and in the sums, until its payee has it; and then it is counted once.
func TestUnclaimedMoneyIsPaidOnce(t *testing.T) {
	t.Parallel()
	notUnderRace(t)
	d := newDesk(t, t.TempDir(), 1)
	defer d.close()
	d.open()
	apply := func() {
		if err := d.life.Apply(t.Context()); err != nil {
			t.Fatal(err)
		}
		d.catchUp()
	}
	const outcome, sums = "SELECT outcome FROM payment WHERE no = ?", "SELECT coalesce(group_concat(product || sum), '') FROM (SELECT product, sum FROM hour WHERE reason = 'paid' AND product IN ('mp2p', 'claim'))"
	d.life.TopUp(0, 200_00)
	no := viewtest.Claim(d.life, 0, 120_00)
	apply()
	if got, paid := d.query(outcome, no), d.query(sums); got != view.Unclaimed || paid != "" {
		t.Errorf("while it waits it is %q, and %q was paid", got, paid)
	}
	viewtest.EndClaim(d.life, 1)
	apply()
	if got, paid := d.query(outcome, no), d.query(sums); got != view.Paid || paid != "claim12000" {
		t.Errorf("once it is claimed it is %q, and %q was paid", got, paid)
	}
	d.sameAsNew()
}

// TestAFileThatDoesNotFitIsReplaced, whatever is wrong with it.
func TestAFileThatDoesNotFitIsReplaced(t *testing.T) {
	t.Parallel()
	notUnderRace(t)
	file := func(d *desk) string { return filepath.Join(d.dir, view.FileName) }
	rewrite := func(query string) func(*desk) {
		return func(d *desk) {
			db, err := sql.Open("sqlite", file(d))
			if err == nil {
				_, err = db.Exec(query)
			}
			if err := errors.Join(err, db.Close()); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, tt := range map[string]struct {
		spoil func(d *desk)
		tune  func(cfg *view.Config)
	}{
		"another schema":  {spoil: rewrite("UPDATE meta SET value = '0-0' WHERE key = 'schema'")},
		"never completed": {spoil: rewrite("UPDATE meta SET value = 0 WHERE key = 'built'")},
		"ahead":           {spoil: rewrite("UPDATE meta SET value = '1000000' WHERE key = 'seq'")},
		"another journal": {spoil: rewrite("UPDATE meta SET value = '01' || substr(value, 3, 28) || 'aa' WHERE key = 'id'")},
		"no position":     {spoil: rewrite("DELETE FROM meta WHERE key = 'seq'")},
		"no tables":       {spoil: rewrite("DROP TABLE meta")},
		"not a database":  {spoil: func(d *desk) { _ = os.WriteFile(file(d), []byte(strings.Repeat("nothing ", 1000)), 0o600) }},
		"empty":           {spoil: func(d *desk) { _ = os.WriteFile(file(d), nil, 0o600) }},
		"gone":            {spoil: func(d *desk) { _ = os.Remove(file(d)) }},
		"another zone":    {tune: func(cfg *view.Config) { cfg.Zone = time.UTC }},
		"of other books":  {tune: func(cfg *view.Config) { cfg.Books = "those" }},
		"half of another": {spoil: func(d *desk) { _ = os.WriteFile(filepath.Join(d.dir, view.FileName+".new"), []byte("half"), 0o600) }, tune: func(cfg *view.Config) { cfg.Zone = time.UTC }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, t.TempDir(), 2)
			defer d.close()
			d.live(30)
			d.open()
			before := d.dump(d.view)
			d.shut()
			if tt.spoil != nil {
				tt.spoil(d)
			}
			if tt.tune == nil {
				tt.tune = func(*view.Config) {}
			}
			var log strings.Builder
			d.open(tt.tune, func(cfg *view.Config) { cfg.Log = slog.New(slog.NewTextHandler(&log, nil)) })
			if said := strings.Contains(log.String(), "the view is deleted"); said == (name == "gone") {
				t.Errorf("said %q", &log)
			}
			after := d.dump(d.view)
			if len(after) != len(before) || d.view.Lag() != 0 {
				t.Errorf("%d rows, before %d", len(after), len(before))
			}
			d.agrees()
			info, err := os.Stat(file(d))
			if err != nil || info.Mode() != 0o600 {
				t.Errorf("%v %v", info, err)
			}
			for _, left := range []string{".new", ".new-wal", ".new-journal"} {
				if _, err := os.Stat(file(d) + left); !errors.Is(err, os.ErrNotExist) {
					t.Errorf("%s is left: %v", left, err)
				}
			}
		})
	}
}

// TestAFileThatFitsIsKept: it is not built again at each start.
func TestAFileThatFitsIsKept(t *testing.T) {
	t.Parallel()
	notUnderRace(t)
	d := newDesk(t, t.TempDir(), 3)
	defer d.close()
	d.live(30)
	d.open()
	d.shut()
	before, err := os.Stat(filepath.Join(d.dir, view.FileName))
	if err != nil {
		t.Fatal(err)
	}
	d.live(30)
	d.open()
	if d.view.Lag() == 0 {
		t.Error("it was built again")
	}
	d.catchUp()
	after, err := os.Stat(filepath.Join(d.dir, view.FileName))
	if err != nil || !os.SameFile(before, after) {
		t.Errorf("another file: %v", err)
	}
	d.sameAsNew()
}

// TestWhatCannotBeWrittenComesAgain: the failure is counted, nothing is lost, and what is
// pending is bounded.
func TestWhatCannotBeWrittenComesAgain(t *testing.T) {
	t.Parallel()
	notUnderRace(t)
	d := newDesk(t, t.TempDir(), 4)
	defer d.close()
	d.open()
	rename := func(from, to string) {
		db, err := sql.Open("sqlite", filepath.Join(d.dir, view.FileName))
		if err == nil {
			_, err = db.Exec("ALTER TABLE " + from + " RENAME TO " + to)
		}
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
	}
	rename("payment", "away")
	d.live(60)
	d.take(30)
	was := d.view.AsOf()
	if err := d.view.Follower().Keep(t.Context(), d.taken); err == nil {
		t.Fatal("written without a table")
	}
	if d.view.Failures() != 1 || d.view.AsOf() != was {
		t.Errorf("%d failures, as of %+v", d.view.Failures(), d.view.AsOf())
	}
	refused := 0
	for entry, err := range d.store.Records(t.Context(), d.taken+1) {
		if err != nil {
			t.Fatal(err)
		}
		if err := d.view.Follower().Take(t.Context(), &entry); err != nil {
			refused++
			break
		}
		d.taken = entry.Seq
	}
	if refused != 1 {
		t.Error("more and more is pending")
	}
	rename("away", "payment")
	d.catchUp()
	d.sameAsNew()
}
