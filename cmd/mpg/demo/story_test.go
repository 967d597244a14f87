package demo

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestParseStory(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		line string
		want storyLine
		err  error
	}{
		{"0486 texts PAY 8001 12.50", storyLine{who: "0486", deed: deedTexts, what: "PAY 8001 12.50"}, nil},
		{"+8613800000001 texts 付 8001 5", storyLine{who: "+8613800000001", deed: deedTexts, what: "付 8001 5"}, nil},
		{"0486 is told line was busy", storyLine{who: "0486", deed: deedTold, what: "line was busy"}, nil},
		{"0001 rings", storyLine{who: "0001", deed: deedRings}, nil},
		{"0001 answers", storyLine{who: "0001", deed: deedAnswers}, nil},
		{"0001 presses 582193#", storyLine{who: "0001", deed: deedPresses, what: "582193#"}, nil},
		{"0001 presses pin", storyLine{who: "0001", deed: deedPresses, what: "pin"}, nil},
		{"0001 hears  your PIN ", storyLine{who: "0001", deed: deedHears, what: "your PIN"}, nil},
		{"0001 hangs up", storyLine{who: "0001", deed: deedHangsUp}, nil},
		{"0001 is off the phone", storyLine{who: "0001", deed: deedOver}, nil},
		{"switch bank-silent on", storyLine{who: BankSilent, deed: deedSwitch, what: "on"}, nil},
		{"account merchant:8001 is 128.50", storyLine{who: "merchant:8001", deed: deedAccount, what: "128.50"}, nil},
		{"bank 0099 has 1000.00", storyLine{who: "0099", deed: deedBank, what: "1000.00"}, nil},
		{"balanced", storyLine{deed: deedTrial}, nil},
		{"brief", storyLine{deed: deedBrief}, nil},
		{"scene 1. The purse", storyLine{deed: deedScene, what: "1. The purse"}, nil},
		{"0001 confirms hearing The fee", storyLine{who: "0001", deed: deedConfirm, what: "The fee"}, nil},
		{`operator runs payment refund {ref} --reason "one vase broken"`, storyLine{deed: deedRuns, what: `payment refund {ref} --reason "one vase broken"`}, nil},
		{"operator reads in doubt", storyLine{deed: deedReads, what: "in doubt"}, nil},
		{"card 0001 holds 300.00", storyLine{who: "0001", deed: deedHolds, what: "300.00"}, nil},
		{"card 0001 owes 0.00", storyLine{who: "0001", deed: deedOwes, what: "0.00"}, nil},
		{"card 0001 has 0.00", storyLine{}, errCard},
		{"card Wang owes 1", storyLine{}, errCard},
		{"card 0001 owes", storyLine{}, errCard},
		{"till 8004 captures 268.40", storyLine{who: "8004", deed: deedTill, what: "capture 268.40"}, nil},
		{"till 8001 accepts", storyLine{who: "8001", deed: deedTill, what: "accept"}, nil},
		{"till 8001 shows paid 268.40", storyLine{who: "8001", deed: deedShows, what: "paid 268.40"}, nil},
		{"till 8001 accept", storyLine{}, errTill},
		{"till 8001 captures", storyLine{}, errTill},
		{"till 8001 accepts 5", storyLine{}, errTill},
		{"till 8001 explodes", storyLine{}, errTill},
		{"till 81 accepts", storyLine{}, errTill},
		{"till", storyLine{}, errTill},
		{"operator", storyLine{}, errRuns},
		{"operator sleeps soundly", storyLine{}, errRuns},
		{"operator reads", storyLine{}, errRuns},
		{`operator runs payment refund --reason "half`, storyLine{}, errQuote},
		{"scene", storyLine{}, errScene},
		{"0001 confirms", storyLine{}, errLine},
		{"0001 confirms hearing", storyLine{}, errNoWhat},
		{"balanced now", storyLine{}, errLine},
		{"brief scene", storyLine{}, errLine},
		{"0486 dances", storyLine{}, errLine},
		{"0486 is", storyLine{}, errLine},
		{"0486 is told", storyLine{}, errNoWhat},
		{"0486 texts", storyLine{}, errNoWhat},
		{"0486 rings twice", storyLine{}, errLine},
		{"486 texts BAL", storyLine{}, errWho},
		{"Wang texts BAL", storyLine{}, errWho},
		{"0001 presses 12a", storyLine{}, errKeys},
		{"switch gravity on", storyLine{}, errSwitch},
		{"switch bank-silent maybe", storyLine{}, errSwitch},
		{"account float", storyLine{}, errIs},
		{"bank 99 has 1", storyLine{}, errHas},
		{"0486", storyLine{}, errLine},
	} {
		got, err := parseStoryLine(tt.line)
		if got != tt.want || !errors.Is(err, tt.err) || (err == nil) != (tt.err == nil) {
			t.Errorf("%q: got %+v, %v; want %+v, %v", tt.line, got, err, tt.want, tt.err)
		}
	}
	for line, want := range map[string]time.Duration{"0486 is told busy within 5s": 5 * time.Second, "0486 is told busy": tellMax, "0486 is told we call within 4 min": tellMax} {
		if _, within := cutWithin(line); within != want {
			t.Errorf("%q: within %s, want %s", line, within, want)
		}
	}
	for name, text := range map[string]string{"nothing": "", "comments": "# one\n\n", "line:2": "0486 rings\nfoo\n"} {
		if list, err := parseStory(name, text); !errors.Is(err, ErrScript) {
			t.Errorf("%q: %+v, %v", text, list, err)
		}
	}
}

// FuzzParseStory holds that whatever is read ends, and that what is understood can
// be done: a number, and keys that are keys.
func FuzzParseStory(f *testing.F) {
	for _, seed := range []string{"0486 texts BAL", "0001 presses pin", "switch smsc-down off", "account float is 1", "bank 0099 has 1", "balanced", "# x", "0001 is told a within 1s",
		"operator runs a \"b c\"", "scene 1", "0001 confirms hearing x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := parseStory("fuzz", text)
		if err == nil && len(list) == 0 {
			t.Error("a script without a line")
		}
		for _, l := range list {
			if l.deed == deedPresses && l.what != pinKeys && !keysOK(l.what) || l.deed == deedTexts && (!whoOK(l.who) || l.what == "") || l.within <= 0 {
				t.Errorf("%q was read as %+v", l.text, l)
			}
		}
	})
}

// TestStory plays scripts against a gateway that pays, and finds what is wrong.
func TestStory(t *testing.T) {
	t.Parallel()
	const order = "0001 texts PAY 8001 128.50\n0001 rings\n0001 answers\n0001 hears press 1\n0001 presses 1\n0001 hears key your pin\n0001 presses pin\n"
	for _, tt := range []struct{ name, script, says string }{
		{"right", order + "0001 is off the phone\n0001 is told Paid CNY 128.50\n8001 is told received CNY 128.50\naccount merchant:8001 is 128.50\nbank 0001 has 1000.00\nbalanced", ""},
		{"another sum", order + "8001 is told received CNY 128.50\n0001 is told Paid CNY 129 within 300ms", "WRONG  script.txt:9: 0001 is told Paid CNY 129 within 300ms: it was told: 7K4Q"},
		{"the books", order + "account merchant:8001 is 1.00 within 300ms", "WRONG  script.txt:8: account merchant:8001 is 1.00 within 300ms: it is "},
		{"nothing", "0002 is told anything within 100ms", "WRONG  script.txt:1: 0002 is told anything within 100ms: it was told nothing"},
		{"one of two", "# a comment\nbalanced\n0002 is told anything within 100ms", "1 of 2 did not come true: script.txt:3: 0002 is told anything within 100ms: it was told nothing"},
		{"two of two", "0002 is told a within 50ms\n0002 rings within 50ms", "2 of 2 did not come true, first script.txt:1: 0002 is told a"},
		{"confirmed", "0001 texts PAY 8001 128.50\n0001 confirms hearing BLUEBIRD FLORIST\n0001 is told Paid\n8001 is told received\naccount merchant:8001 is 128.50", ""},
		{"confirmed, what was not said", "0001 texts PAY 8001 128.50\n0001 confirms hearing the fee within 1s", "WRONG  script.txt:2: 0001 confirms hearing the fee within 1s: it heard: BLUEBIRD FLORIST"},
		{"nobody rings", "0002 confirms hearing anything within 50ms", "WRONG  script.txt:1: 0002 rings: it did not ring"},
		{"operator", "0001 texts PAY 8001 128.50\n0001 confirms hearing yuan\n0001 is told Paid\noperator runs find {ref} \"a b\"\noperator reads find|7K4QXYZ2|a b|-c|mpg.toml", ""},
		{"operator fails", "operator runs fail", "WRONG  script.txt:1: operator runs fail: not today"},
		{"operator prints something else", "operator runs status\noperator reads asleep", "WRONG  script.txt:2: operator reads asleep: it printed: status|-c|"},
		{"nobody", "0777 texts BAL", "script.txt:1: 0777 texts BAL: " + errNobody.Error()},
		{"no call", "0001 answers", errNoCall.Error()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g, out := openGateway(t, ""), &lockedBuffer{}
			path := filepath.Join(t.TempDir(), "script.txt")
			if err := os.WriteFile(path, []byte(tt.script), 0o600); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), testWait)
			defer cancel()
			err := g.world.Play(ctx, path, out, "")
			said := out.String()
			if err != nil {
				said += err.Error()
			}
			said = strings.ReplaceAll(said, filepath.Dir(path)+"/", "")
			if (err == nil) != (tt.says == "") || !strings.Contains(said, tt.says) || strings.Contains(said, g.world.people.Subscribers[0].PIN) {
				t.Errorf("Play: %v\n%s", err, said)
			}
		})
	}
}

func TestCheckScript(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	there := filepath.Join(dir, "there.wav")
	if err := os.WriteFile(there, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		script, wav string
		ok          bool
	}{
		{Florist, filepath.Join(dir, "new.wav"), true},
		{Florist, there, true},
		{Florist, filepath.Join(dir, "missing", "call.wav"), false},
		{Florist, dir, false},
		{Florist, "/proc/call.wav", false},
		{magic, "/proc/call.wav", true}, // it writes none
		{filepath.Join(dir, "missing.txt"), there, false},
	} {
		if err := CheckScript(tt.script, tt.wav); (err == nil) != tt.ok {
			t.Errorf("%s, %s: %v", tt.script, tt.wav, err)
		}
	}
	if kept, err := os.ReadFile(there); err != nil || string(kept) != "kept" {
		t.Errorf("the file that was there holds %q, %v", kept, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestBriefStory tells the sums that are right in one line, by name, and counts the rest.
func TestBriefStory(t *testing.T) {
	t.Parallel()
	g, out := openGateway(t, ""), &lockedBuffer{}
	path := filepath.Join(t.TempDir(), "script.txt")
	script := "brief\nscene 1. The purse\naccount purse:" + wangFang + " is 500.00\nbank 0001 has 1000.00\nbank 0002 has 200.00\naccount merchant:8001 is 0.00\n" +
		"account bank:icbc is 0.00\nbalanced\nscene 2. Nothing\naccount float is 500.00\naccount float is 1.00 within 50ms\n"
	if err := os.WriteFile(path, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), testWait)
	defer cancel()
	if err := g.world.Play(ctx, path, out, ""); !errors.Is(err, errChecks) {
		t.Errorf("Play: %v", err)
	}
	want := "\n1. The purse\n  ✓ Wang Fang's purse 500.00 · Wang Fang at the bank 1000.00 · Li Lei at the bank 200.00 · BLUEBIRD FLORIST 0.00 · owed by icbc 0.00 · debits = credits\n" +
		"\n2. Nothing\n  ✓ float 500.00\n\n  WRONG  " + path + ":11: account float is 1.00 within 50ms: it is 500.00\n  7 of 8 checks were right\n"
	if got := out.String(); got != want {
		t.Errorf("told\n%s\nwant\n%s", got, want)
	}
}
