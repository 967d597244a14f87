package lang

import (
	"strings"
	"testing"
	"time"
	"unicode"
)

// TestNamesKeepTheirLetters: a text shows a shop's name with all its letters, or
// the shop's code.
func TestNamesKeepTheirLetters(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 26, 2, 19, 0, 0, time.UTC)
	for _, name := range []string{"Łódź Pizza", "ΕΛΛΑΣ Grill", "Кафе BAR", "Đà Nẵng", "ร้าน 7", "마포 BAR", "Iğdır Çay", "蓝鸟 BAR", "Ž 😀 花"} {
		for key := range Builtin().en.sms {
			a := Args{Ref: "PLYSSAYH", Amount: 12850, Balance: 37150, At: at, Party: Party{Code: "8001", Name: Name{EN: name}}, Minutes: 3, Tries: 2}
			s := SMS(EN, key, a)
			if !fits(s) {
				t.Errorf("%s: %q is more than one segment", key, s)
			}
			without := a
			without.Party.Name = Name{}
			if s == SMS(EN, key, without) { // the code, or a text without a party
				continue
			}
			if !strings.Contains(s, strings.TrimSpace(name)) {
				t.Errorf("%s: %q shows %q mutilated", key, s, name)
			}
		}
	}
	short := SMS(EN, ReceivedMerchant, Args{Ref: "PLYSSAYH", Amount: 100, Party: Party{Code: "8001", Name: Name{EN: "Łódź"}}})
	if !strings.Contains(short, "Łódź") {
		t.Errorf("%q has room for the name", short)
	}
	long := SMS(EN, PaidPurse, Args{Ref: "PLYSSAYH", Amount: 12850, Balance: 37150, Currency: currency(t, "CNY"), At: at, Party: Party{Code: "8001", Name: Name{EN: "Łódź Pizza"}}})
	if !strings.Contains(long, "8001") || strings.ContainsFunc(long, func(r rune) bool { return r > unicode.MaxASCII }) {
		t.Errorf("%q has no room for the name and does not show the code", long)
	}
}
