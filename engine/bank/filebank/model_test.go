package filebank

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/bank"
	"mpg/store/money"
)

// modelBank asks, crashes and starts again as rapid likes.
type modelBank struct {
	folder    string
	connector *Connector
	packed    []bank.Packed
	now       time.Time
}

func (m *modelBank) start(t *rapid.T) {
	c, err := Open(Config{Name: "icbc", Folder: m.folder, Timeout: time.Hour, Now: func() time.Time { return m.now }})
	if err != nil {
		t.Fatal(err)
	}
	c.turn()
	m.connector = c
}

// ask asks for request number i again, or for the first time.
func (m *modelBank) ask(t *rapid.T, number int, undo bool) {
	if number == len(m.packed) {
		cny, _ := money.Lookup("CNY")
		p, err := m.connector.Prepare(bank.Request{STAN: uint32(number + 1), RRN: bank.RRN(m.now, uint64(number+1)), At: m.now, Account: "6222000000000001", Amount: money.Amount(number + 1), Currency: cny})
		if err != nil {
			t.Fatal(err)
		}
		m.packed = append(m.packed, p)
	}
	line, err := open(m.packed[number])
	if err != nil {
		t.Fatal(err)
	}
	if undo {
		line = line.reversal()
	}
	if _, err := m.connector.enlist(line, true); err != nil {
		t.Fatal(err)
	}
}

// crash stops between two steps of writing a file, as a power cut does.
func (m *modelBank) crash(t *rapid.T) {
	sent, err := filepath.Glob(filepath.Join(m.folder, folderSent, "*.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if last := len(sent) - 1; last >= 0 && rapid.Bool().Draw(t, "before it is in outgoing") {
		name := filepath.Base(sent[last])
		if err := os.Rename(sent[last], sent[last]+dueEnding); err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(t, "half of it") {
			_ = os.Remove(filepath.Join(m.folder, folderOutgoing, name)) // the carrier may have it
			if err := os.WriteFile(filepath.Join(m.folder, folderOutgoing, name+newEnding), []byte("mpg-req"), fileMode); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// check holds the files against what was asked: no key in two lines, no number missing, each
// file in outgoing as it is in sent.
func (m *modelBank) check(t *rapid.T) {
	lines := make(map[string]string)
	sent, err := filepath.Glob(filepath.Join(m.folder, folderSent, "*.csv"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(sent)
	for i, path := range sent {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("%06d.csv", i+1); !strings.HasSuffix(path, want) {
			t.Fatalf("%s is where %s should be", path, want)
		}
		for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[2:] {
			key, _, _ := strings.Cut(line, ",")
			if earlier := lines[key]; earlier != "" {
				t.Fatalf("%s is in %s and in %s", key, earlier, path)
			}
			lines[key] = path
		}
		if out, err := os.ReadFile(filepath.Join(m.folder, folderOutgoing, filepath.Base(path))); err == nil && !bytes.Equal(out, text) {
			t.Fatalf("%s went out as %q, and is kept as %q", path, out, text)
		}
	}
}

// TestModelOfWriting: whatever is asked, asked again, undone, cut off and started again, each
// line is in one file only, and the files are numbered without a gap.
func TestModelOfWriting(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	runs := 0
	rapid.Check(t, func(t *rapid.T) {
		runs++
		m := &modelBank{folder: filepath.Join(base, fmt.Sprint(runs)), now: time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)}
		if err := os.Mkdir(m.folder, folderMode); err != nil {
			t.Fatal(err)
		}
		m.start(t)
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			case 0, 1:
				m.ask(t, rapid.IntRange(0, len(m.packed)).Draw(t, "request"), false)
			case 2:
				m.ask(t, rapid.IntRange(0, len(m.packed)).Draw(t, "undone"), true)
			case 3:
				m.connector.turn()
				m.check(t)
			case 4:
				m.connector.turn()
				m.crash(t)
				m.start(t)
				m.check(t)
			case 5:
				m.now = m.now.Add(time.Minute)
				m.start(t) // what was pending was in no file
			}
		}
		m.connector.turn()
		m.check(t)
	})
}

// FuzzAnswers: a file from the bank is read whole or not at all; what is read agrees with its
// first line.
func FuzzAnswers(f *testing.F) {
	const first, columns = "mpg-answers,1,icbc,20261126,1,1,128.50,CNY\n", "key,status,amount,currency,code,reason,authorization,settlement_date\n"
	f.Add([]byte(first + columns + "632600000001-000001,approved,128.50,CNY,00,,A1,2026-11-26\n"))
	f.Add([]byte("\uFEFF" + first + columns + "\"632600000001-000001\",declined,128.50,CNY,,funds,,\r\n"))
	f.Add([]byte("\n"))
	f.Add([]byte("mpg-answers,1,icbc,20261126,2,0,0.00,CNY\n" + columns))
	f.Fuzz(func(t *testing.T, text []byte) {
		came, err := parseAnswers("icbc", text)
		if err != nil {
			if came != nil || err.Error() == "" {
				t.Errorf("%+v, %v", came, err)
			}
			return
		}
		total := money.Amount(0)
		for _, one := range came.answers {
			if !bank.ValidAmount(one.amount) || one.line < 3 || len(one.code) > wordMax {
				t.Errorf("%+v", one)
			}
			total += one.amount
		}
		rows, err := records(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, count, told, err := parseFirst("icbc", rows[0]); err != nil || count != len(came.answers) || told != total || came.number == 0 {
			t.Errorf("%+v: %d answers of %d in all, %v", came, count, told, err)
		}
	})
}
