package lang

import (
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
)

// piece is what stands for one {name} in a text, with where it ends.
type piece struct {
	name, value string
	from, to    int
}

// rendered fills text like wording.fill and returns where each value came to
// stand.
func rendered(w *wording, text string) (string, []piece) {
	var b strings.Builder
	var pieces []piece
	for {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String(), pieces
		}
		name, after, _ := strings.Cut(rest, "}")
		p := piece{name: name, value: w.value(name), from: b.Len()}
		b.WriteString(p.value)
		p.to = b.Len()
		pieces, text = append(pieces, p), after
	}
}

// hardParties are parties whose ends may be taken for a part of the value beside
// them.
func hardParties() map[string]Party {
	shop := func(name string) Party { return Party{Name: Name{EN: name, ZH: name}, Code: "800100"} }
	return map[string]Party{
		"masked number": {Number: "+8613800000002"}, "foreign number": {Number: "+4915112345678"}, "code only": {Code: "8002"},
		"ends in a digit": shop("FRESH 24"), "begins with a digit": shop("7-ELEVEN"), "a number": shop("360"), "ends in a point": shop("SHOP NO. 1."),
		"Chinese and digit": {Name: Name{EN: "FRESH 24", ZH: "便利店24"}, Code: "8009"}, "an amount": shop("99.50"), "a reference": shop("7K4QABCD"),
	}
}

// TestValuesAreNotReadAsOne: between two values of a text stands what is no
// part of either, so that 20.00 to 138****0002 is never read as 220.00.
func TestValuesAreNotReadAsOne(t *testing.T) {
	t.Parallel()
	cny := currency(t, "CNY")
	texts := map[Lang]map[Key]string{EN: Builtin().en.sms, ZH: Builtin().zh.sms}
	for what, party := range hardParties() {
		for _, l := range []Lang{EN, ZH} {
			for k, text := range texts[l] {
				for reason := range Builtin().en.reason {
					w := Builtin().in(l).wording(l, Args{Ref: "8K4QABC2", Amount: 500, Balance: 42240, Short: 220, Limit: 500000, Currency: cny, Party: party, Code: "8001",
						At: time.Date(2026, 11, 2, 4, 5, 0, 0, time.UTC), Tries: 2, Minutes: 5, Reason: reason, Meant: "pay"})
					w.care = "10086"
					s, pieces := rendered(&w, text)
					apart(t, string(l)+" "+string(k)+", "+what, s, pieces)
				}
			}
		}
	}
}

// inWord returns what continues a number, a reference or a name.
func inWord(r rune) bool {
	return r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) || strings.ContainsRune(".*-+", r)
}

func apart(t *testing.T, what, s string, pieces []piece) {
	t.Helper()
	for i, p := range pieces {
		if before := lastRune(s[:p.from]); inWord(before) && p.value != "" && inWord([]rune(p.value)[0]) {
			t.Errorf("%s: %q touches what is before it: %s", what, p.value, s)
		}
		if after := firstRune(s[p.to:]); inWord(lastRune(p.value)) && (unicode.IsLetter(after) && after < unicode.MaxASCII || unicode.IsDigit(after)) {
			t.Errorf("%s: %q touches what is behind it: %s", what, p.value, s)
		}
		if i == 0 || p.value == "" || pieces[i-1].value == "" {
			continue
		}
		between := s[pieces[i-1].to:p.from]
		if p.name == "at" { // brings its own
			between += strings.TrimRight(p.value, "0123456789-: ")
		}
		if strings.Trim(between, " 0123456789") == "" {
			t.Errorf("%s: between %q and %q stands %q: %s", what, pieces[i-1].value, p.value, between, s)
		}
	}
}

func lastRune(s string) rune {
	r := []rune(" " + s)
	return r[len(r)-1]
}

func firstRune(s string) rune { return []rune(s + " ")[0] }

// TestAmountsStandAlone reads the numbers of every text back: the amounts must
// be there whole, and no other number with a point.
func TestAmountsStandAlone(t *testing.T) {
	t.Parallel()
	cny := currency(t, "CNY")
	sums := regexp.MustCompile(`[0-9*]*[0-9]\.[0-9]+`)
	texts := map[Lang]map[Key]string{EN: Builtin().en.sms, ZH: Builtin().zh.sms}
	for what, party := range hardParties() {
		if what == "an amount" {
			continue
		}
		for _, l := range []Lang{EN, ZH} {
			a := Args{Ref: "8K4QABC2", Amount: 2000, Balance: 42240, Short: 2000, Limit: 2000, Figures: Figures{Fee: 150, Left: 2000, Count: 4, More: 2000}, Currency: cny, Party: party, Code: "8001", Meant: "pay",
				At: time.Date(2026, 11, 2, 4, 5, 0, 0, time.UTC), Tries: 2, Minutes: 5,
				Items: []Item{{Ref: "8K4QABC2", At: time.Date(2026, 11, 2, 4, 5, 0, 0, time.UTC), Amount: -2000, Party: party}, {Ref: "8K4QABC3", Amount: 2000}}}
			for k := range texts[l] {
				s := Operator{Care: "10086", Service: Name{EN: "PAY24", ZH: "掌付24"}}.SMS(l, k, a)
				for _, sum := range sums.FindAllString(s, -1) {
					if sum != "20.00" && sum != "422.40" && (sum != "1.50" || !k.namesFee()) {
						t.Errorf("%s %s, %s: %s is read in %s", l, k, what, sum, s)
					}
				}
			}
		}
	}
}

func TestWhatTheOperatorSays(t *testing.T) {
	t.Parallel()
	full := Operator{Care: "+86 10086 88", Service: Name{EN: strings.Repeat("S", ServiceENMax), ZH: strings.Repeat("付", ServiceZHMax)}}
	for l, texts := range map[Lang]map[Key]string{EN: Builtin().en.sms, ZH: Builtin().zh.sms} {
		for k, text := range texts {
			for reason := range Builtin().en.reason {
				a := longOf(t, l, k)
				a.Reason = reason
				w := Builtin().in(l).wording(l, a)
				w.care = full.Care
				s, want := full.SMS(l, k, a), w.fill(text)
				if k == LastItems {
					want = Operator{Care: full.Care}.SMS(l, k, a)
				}
				if segments(s) != 1 || (s != want && s != full.signature(l)+want) {
					t.Errorf("%s %s: %d segments: %s\nwant %s", l, k, segments(s), s, want)
				}
			}
		}
	}
	a := Args{Ref: "7K4QABCD", Amount: 12850, Currency: currency(t, "CNY"), Party: Party{Code: "8001"}}
	for o, want := range map[Operator]string{
		{}: "Your PIN is locked after too many wrong tries. Nothing was taken. Please call your operator to unlock it.",
		{Care: "10086", Service: Name{EN: "TIANXIA"}}: "TIANXIA: Your PIN is locked after too many wrong tries. Nothing was taken. Please call 10086 to unlock it.",
		{Service: Name{ZH: "天下通"}}:                    "Your PIN is locked after too many wrong tries. Nothing was taken. Please call your operator to unlock it.", // one such character would halve the room
	} {
		if got := o.SMS(EN, Locked, a); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if got := (Operator{Care: "10086", Service: Name{EN: "TX", ZH: "天下通"}}).SMS(ZH, Locked, a); got != "【天下通】密码多次输错，已锁定。未扣款。请致电10086解锁。" {
		t.Error(got)
	}
}

// filled returns text with nothing cut.
func filled(l Lang, a Args, text string) string {
	w := Builtin().in(l).wording(l, a)
	return w.fill(text)
}
