package filebank_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mpg/engine/bank"
)

// TestRefusedFiles: each is kept in refused beside a text that names the file and the line,
// nothing of it is taken, and the request waits on.
func TestRefusedFiles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(good string) string
		why    string
	}{
		{"empty", func(string) string { return "" }, "the file is empty"},
		{"empty lines", func(string) string { return "\n\r\n" }, "the file is empty"},
		{"cut off", func(good string) string { return good[:len(good)-4] }, "line 3: the file ends in the middle of a line"},
		{"a line is missing", func(good string) string { return good[:strings.LastIndex(good[:len(good)-1], "\n")+1] }, "line 1: the file says that 1 answers follow; 0 do"},
		{"another sum", swap(",128.50,CNY\n", ",128.51,CNY\n"), "line 1: the file says that the amounts add up to 128.51; they add up to 128.50"},
		{"another bank", swap(",icbc,", ",boc,"), "line 1: the file is not from icbc"},
		{"another edition", swap("answers,1", "answers,2"), "line 1: the edition is not 1"},
		{"no day", swap("20261126", "26.11.26"), "line 1: the day is not written"},
		{"number 0", swap("20261126,1", "20261126,0"), "line 1: the number is not 1 or more"},
		{"no count", swap("1,1,128", "1,one,128"), "line 1: the count is not a number"},
		{"no currency", swap("128.50,CNY\n", "128.50,XXY\n"), "line 1: the currency is not one of ISO 4217"},
		{"no sum", swap("1,1,128.50", "1,1,much"), "line 1: the sum is not an amount in CNY"},
		{"no file from a bank", func(string) string { return "hello\n" }, "line 1: want mpg-answers"},
		{"other columns", swap("key,status", "status,key"), "line 2: the columns are not named key"},
		{"more columns", swap("A1,", "A1,,"), "line 3: 9 columns, not 8"},
		{"another status", swap("approved", "ok"), "line 3: the status is not one of"},
		{"no amount", swap("approved,128.50", "approved,"), "line 3: the amount is not a positive amount in CNY"},
		{"nothing", swap("approved,128.50", "approved,0.00"), "line 3: the amount is not a positive amount in CNY"},
		{"two currencies", swap("128.50,CNY,00", "128.50,USD,00"), "line 3: the currency is not CNY"},
		{"another date", swap("2000-01-02", "02.01.2000"), "line 3: the settlement date"},
		{"no CSV", swap("approved", `app"roved`), "line 3: not a line of CSV"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := open(t)
				came := d.ask(d.packed(1, nil))
				time.Sleep(time.Minute)
				good := answersFile(t, 1, approved(1))
				bad := c.change(good)
				name := putFile(t, d.folder, bad)
				d.looks()
				refused := d.files("refused")
				if why := refused[name+".txt"]; refused[name] != bad || !strings.Contains(why, name+": "+c.why) || len(d.files("incoming")) != 0 || len(d.files("done")) != 0 {
					t.Errorf("refused: %q", refused)
				}
				if err := d.connector.Try(t.Context(), false); err == nil || !strings.Contains(err.Error(), "were refused: 1; see ") {
					t.Errorf("try: %v", err)
				}
				putFile(t, d.folder, good) // the same number, corrected
				d.looks()
				if got := <-came; got.err != nil || !got.reply.Approved {
					t.Errorf("after the correction: %+v", got)
				}
				d.stop()
			})
		})
	}
}

// swap returns what replaces the first occurrence of old.
func swap(old, with string) func(string) string {
	return func(good string) string { return strings.Replace(good, old, with, 1) }
}

// TestNumbers: a file with the number of an earlier one is refused, and a number that is
// missing is reported until the file comes; nothing waits for it.
func TestNumbers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := open(t)
		var came []<-chan asked
		for number := range uint32(4) {
			came = append(came, d.ask(d.packed(number+1, nil)))
		}
		time.Sleep(time.Minute)
		first := answersFile(t, 1, approved(1))
		for _, put := range []struct {
			text, gap string
			refused   int
			why       string
		}{
			{first, "", 0, ""},
			{first, "", 1, "the file is the same as"},
			{answersFile(t, 1, approved(2)), "", 2, "with other content"},
			{answersFile(t, 4, approved(4)), "2, 3", 2, ""},
			{answersFile(t, 3, approved(3)), "2", 2, ""},
			{answersFile(t, 2, approved(2)), "", 2, ""},
		} {
			name := putFile(t, d.folder, put.text)
			d.looks()
			why := d.files("refused")[name+".txt"]
			if count := len(d.files("refused")) / 2; count != put.refused || !strings.Contains(why, put.why) {
				t.Errorf("refused %d files: %q", count, why)
			}
			err := d.connector.Try(t.Context(), false)
			if missing := err != nil && strings.Contains(err.Error(), "missing: number "+put.gap); missing != (put.gap != "") {
				t.Errorf("gap %q: %v", put.gap, err)
			}
		}
		for i, one := range came {
			if got := <-one; got.err != nil || !got.reply.Approved {
				t.Errorf("request %d: %+v", i+1, got)
			}
		}
		d.stop()
		d.start()
		if err := d.connector.Try(t.Context(), false); err == nil || strings.Contains(err.Error(), "missing") {
			t.Errorf("after a restart: %v", err)
		}
		name := putFile(t, d.folder, first)
		d.looks()
		if d.files("refused")[name] != first {
			t.Error("a number is forgotten by a restart")
		}
		d.stop()
	})
}

// TestLinesNotTaken: a line about nothing that was asked is named, the others count. A
// request that was answered with something else has no certain outcome.
func TestLinesNotTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := open(t)
		good, odd, other := d.ask(d.packed(1, nil)), d.ask(d.packed(2, nil)), d.ask(d.packed(3, nil))
		time.Sleep(time.Minute)
		less := approved(2)
		less[2] = "128.49"
		kind := approved(3)
		kind[1] = "reversed"
		name := putFile(t, d.folder, answersFile(t, 1, approved(9), less, kind, approved(1)))
		d.looks()
		if got := <-good; got.err != nil || !got.reply.Approved {
			t.Errorf("the good line: %+v", got)
		}
		for what, came := range map[string]<-chan asked{"another amount": odd, "a reversal": other} {
			if got := <-came; !errors.Is(got.err, bank.ErrUnknown) || bank.Cause(got.err) != bank.CauseElement {
				t.Errorf("%s: %+v", what, got)
			}
		}
		why := d.files("refused")["000001-"+name+".txt"]
		for _, want := range []string{"done/000001-" + name + " were not taken", "line 3: nothing was asked", "line 4: the amount", "line 5: the answer is to a reversal"} {
			if !strings.Contains(why, want) {
				t.Errorf("%q lacks %q", why, want)
			}
		}
		if strings.Contains(why, account) || len(d.files("done")) != 1 {
			t.Errorf("%q, done %v", why, d.files("done"))
		}
		putFile(t, d.folder, answersFile(t, 2, approved(2)))
		d.looks()
		if late := d.heard(); len(late) != 1 || !late[0].Approved || late[0].STAN != 2 || late[0].RRN != key(2)[:12] || late[0].Amount != 12_850 {
			t.Errorf("the right answer, later: %+v", late)
		}
		if s := d.connector.Stats(); s.Answers["unmatched"] != 3 || s.Answers["late"] != 1 || s.Requests["approved"] != 1 || s.Requests["unknown"] != 2 {
			t.Errorf("%+v", s)
		}
		d.stop()
	})
}

// TestLateAnswers: what nobody waits for is passed on, once, and the file stays where it is
// until that is recorded. An answer that says something other than the first counts, too.
func TestLateAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := open(t)
		came := d.ask(d.packed(1, nil))
		time.Sleep(time.Minute)
		declined := approved(1)
		declined[1], declined[4] = "declined", account // a bank that has the account in a code
		putFile(t, d.folder, answersFile(t, 1, declined))
		d.looks()
		if got := <-came; got.err != nil || got.reply.Approved || strings.Contains(got.reply.Code, account) {
			t.Errorf("declined: %+v", got)
		}
		d.refuse(true)
		name := putFile(t, d.folder, answersFile(t, 2, approved(1)))
		d.looks()
		if _, err := os.Stat(filepath.Join(d.folder, "incoming", name)); err != nil || len(d.heard()) != 0 {
			t.Errorf("%v; heard %+v", err, d.heard())
		}
		d.refuse(false)
		d.looks()
		putFile(t, d.folder, answersFile(t, 3, approved(1)))
		d.looks()
		if late := d.heard(); len(late) != 1 || !late[0].Approved || late[0].Code != "00" {
			t.Errorf("heard %+v", late)
		}
		if s := d.connector.Stats(); s.Answers["contradicting"] == 0 || s.Answers["duplicate"] != 1 {
			t.Errorf("%+v", s.Answers)
		}
		d.stop()
	})
}
