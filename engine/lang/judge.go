package lang

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"mpg/engine/sheet"
	"mpg/store/money"
)

// With returns the texts with those of an operator's sheet in place of the ones of the same
// names. The error is sheet.Mistakes, which reports a name that no text has, a {name} for
// which the text has no value, a {name} that is missing, letters or digits next to a
// {name}, and a text longer than one segment with the longest values. A nil sheet changes
// nothing.
func (t *Texts) With(own *sheet.Sheet) (*Texts, error) {
	if own == nil {
		return t, nil
	}
	changed := &Texts{en: t.en.clone(), zh: t.zh.clone()}
	var wrong sheet.Mistakes
	for i := range own.Entries {
		e := &own.Entries[i]
		language, table, _ := strings.Cut(e.Table, ".")
		l := Lang(language)
		if l != EN && l != ZH || t.in(l).get(table, e.Name) == nil {
			wrong = append(wrong, own.Mistake(e, len(e.Lines), "mpg has no such text; mpg conf sample --texts prints all of them"))
			continue
		}
		if found := t.judge(own, e, l, table); len(found) > 0 {
			wrong = append(wrong, found...)
			continue
		}
		changed.in(l).put(table, e)
	}
	wrong = append(wrong, changed.tooLong(own, t)...)
	return changed, wrong.Err()
}

// named matches the names that are replaced by values.
var named = regexp.MustCompile(`\{[a-z-]*\}`)

// timeNames name the same moment: a text needs one of them.
var timeNames = []string{"{at}", "{when}"}

// judge looks at one entry by itself.
func (t *Texts) judge(own *sheet.Sheet, entry *sheet.Entry, language Lang, table string) (wrong sheet.Mistakes) {
	if isList := table == "call"; entry.List != isList || len(entry.Texts) == 0 {
		return sheet.Mistakes{own.Mistake(entry, len(entry.Lines), "%s", map[bool]string{true: "want a list of sentences", false: "want one text"}[isList])}
	}
	needs := named.FindAllString(strings.Join(t.in(language).get(table, entry.Name), ""), -1)
	may := slices.Concat(needs, named.FindAllString(strings.Join(t.en.get(table, entry.Name), "")+strings.Join(t.zh.get(table, entry.Name), ""), -1))
	if table == "sms" || table == "remedy" {
		may = append(may, "{care}")
	}
	if slices.ContainsFunc(needs, isTime) {
		may = append(may, timeNames...)
	}
	for i, text := range entry.Texts {
		if strings.TrimSpace(text) == "" {
			wrong = append(wrong, own.Mistake(entry, i, "is empty"))
		}
		for _, name := range named.FindAllString(text, -1) {
			if !slices.Contains(may, name) {
				wrong = append(wrong, own.Mistake(entry, i, "has no value for %s", name))
			}
		}
		if strings.ContainsAny(named.ReplaceAllString(text, ""), "{}") {
			wrong = append(wrong, own.Mistake(entry, i, "has an unmatched brace; braces are only for names such as {amount}"))
		}
		if name := touched(text); name != "" {
			wrong = append(wrong, own.Mistake(entry, i, "%s touches what is beside it, so that one could be read as part of the other; want a space or a punctuation mark between them", name))
		}
	}
	all := strings.Join(entry.Texts, "")
	if joins := part(entry.Name) == partAt && table == "part"; joins && (isWordByte((all + "x")[0]) || all[0] == '{') {
		wrong = append(wrong, own.Mistake(entry, 0, "must begin with a space or a punctuation mark: it follows an amount or a name"))
	}
	for _, name := range needs {
		if !has(all, name) {
			wrong = append(wrong, own.Mistake(entry, len(entry.Lines), "lacks %s, which this text must have", name))
		}
	}
	return wrong
}

// isTime reports whether a name is one of timeNames.
func isTime(name string) bool { return slices.Contains(timeNames, name) }

// has reports whether a text gives the value of a name. The number to call may be written
// out instead, and {deed} may be left out.
func has(text, name string) bool {
	switch {
	case name == "{care}" || name == "{deed}":
		return true
	case isTime(name):
		return slices.ContainsFunc(timeNames, func(same string) bool { return strings.Contains(text, same) })
	}
	return strings.Contains(text, name)
}

// touched returns the first name that is so close to another, or to letters and digits,
// that the values could be read as one. {at} brings its own space or punctuation mark.
func touched(text string) string {
	for _, place := range named.FindAllStringIndex(text, -1) {
		name, before, after := text[place[0]:place[1]], text[:place[0]], text[place[1]:]
		if name == "{orders}" {
			continue
		}
		if last := len(before) - 1; last >= 0 && name != "{at}" && (isWordByte(before[last]) || strings.IndexByte(".*-+}", before[last]) >= 0) {
			return name
		}
		if after != "" && isWordByte(after[0]) {
			return name
		}
	}
	return ""
}

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// tooLong finds the texts that do not fit in one segment. If such a text is not in the
// sheet, the parts that are, and that are longer than before, are to blame.
func (t *Texts) tooLong(own *sheet.Sheet, before *Texts) (wrong sheet.Mistakes) {
	for _, l := range []Lang{EN, ZH} {
		table := string(l) + ".sms"
		blamed := make(map[string]bool)
		for _, k := range slices.Sorted(maps.Keys(t.in(l).sms)) {
			longest, fault := t.in(l).overlong(l, k)
			if fault == "" {
				continue
			}
			for i := range own.Entries {
				e := &own.Entries[i]
				language, kind, _ := strings.Cut(e.Table, ".")
				was := strings.Join(before.in(l).get(kind, e.Name), "")
				switch {
				case e.Table == table && e.Name == string(k):
					wrong = append(wrong, own.Mistake(e, 0, "%s with the longest values: %s", fault, longest))
				case own.Has(table, string(k)) || language != string(l) || was == "" || kind == "sms" || kind == "call" || blamed[e.Key()]:
				case len(e.Text()) > len(was):
					blamed[e.Key()] = true
					wrong = append(wrong, own.Mistake(e, 0, "makes %s.%s too long, which then %s with the longest values: %s", table, k, fault, longest))
				}
			}
		}
	}
	return wrong
}

// overlong returns the text of a key with the longest values, and what is wrong if it is
// longer than one segment.
func (b *book) overlong(language Lang, key Key) (longest, fault string) {
	if key == LastItems { // lists as many payments as fit
		return "", ""
	}
	for _, a := range b.longestArgs(language, key) {
		w := b.wording(language, a)
		text := w.fill(b.sms[key])
		if w.care = strings.Repeat("0", CareMax); fits(text) {
			text = w.fill(b.sms[key])
		}
		if fits(text) {
			continue
		}
		if count, ok := septets(text); ok {
			return text, fmt.Sprintf("has %d characters of the GSM alphabet, and one segment has %d,", count, septetsMax)
		}
		count := len(utf16.Encode([]rune(text)))
		if language == EN {
			return text, fmt.Sprintf("has %d characters, and one segment has only %d, because %q is not in the GSM alphabet,", count, unitsMax, notGSM(text))
		}
		return text, fmt.Sprintf("has %d characters, and one segment has %d,", count, unitsMax)
	}
	return "", ""
}

// notGSM returns the first character that the GSM alphabet lacks.
func notGSM(text string) string {
	for _, r := range text {
		if _, ok := septets(string(r)); !ok {
			return string(r)
		}
	}
	return ""
}

// The greatest amounts beside which names are never cut: in most texts, and in those that
// name a fee, or two amounts.
const (
	longestSum     = money.Amount(99_999_999_99)
	longestWithFee = money.Amount(99_999_99)
	longestFee     = money.Amount(999_99)
	longestCount   = 999_999
	longestScheme  = "mastercard"
	longestCards   = "wwwwww99, wwwwww99, wwwwww99, wwwwww99, wwwwww99"
)

// longestMeant are the intents that have words of their own in a text not understood. Never
// written to.
var longestMeant = []string{"", "pay", "send", "lang", "balance", "ask", "refund", "topup", "out", "in", "name", "unname", "receive", "yes"}

// longestArgs returns the longest possible values of the text of a key: one set for each
// reason, and for a text not understood also for each thing to do about it.
func (b *book) longestArgs(language Lang, key Key) []Args {
	name, hints := strings.Repeat("W", PartyRunesMaxEN), []string{"", "SEND 99999999.99 +8613800138000"}
	if language == ZH {
		name, hints = strings.Repeat("龍", PartyRunesMaxZH), []string{"", "转 99999999.99 13800138000"}
	}
	cny, _ := money.Lookup("CNY")
	a := Args{Ref: "WWWWWWWW", Of: "WWWWWWWW", Amount: longestSum, Balance: longestSum, Short: longestSum, Limit: longestSum, Figures: Figures{Left: longestSum, Count: longestCount, Scheme: longestScheme, Last4: "0000"}, Currency: cny,
		Party: Party{Name: Name{EN: name, ZH: name}, Code: "800100"}, Code: "800100", At: time.Date(2026, 12, 28, 23, 59, 0, 0, time.UTC),
		Tries: 2, Minutes: 1440}
	if key.namesFee() {
		a.Amount, a.Balance, a.Fee = longestWithFee, longestWithFee, longestFee
	}
	if key.namesMore() {
		a.Amount, a.Balance, a.More = longestWithFee, longestWithFee, longestWithFee
	}
	switch key {
	case UnknownCard:
		a.Hint = longestCards
	case NameMoved:
		a.Party, a.Items = Party{Number: "+8613800138000"}, []Item{{Party: Party{Number: "+8613800138000"}}}
	}
	reasons := b.reason
	if key == NotUnderstood {
		reasons = b.why
	}
	var all []Args
	for reason := range reasons {
		a.Reason = reason
		if key != NotUnderstood {
			all = append(all, a)
			continue
		}
		for _, meant := range longestMeant {
			for _, hint := range hints {
				for _, source := range []string{"bank", AnySource} {
					a.Meant, a.Hint, a.Source = meant, hint, source
					all = append(all, a)
				}
			}
		}
	}
	return all
}
