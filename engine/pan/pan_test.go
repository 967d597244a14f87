package pan_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"mpg/engine/pan"
)

// TestRedact: card numbers as people write them.
func TestRedact(t *testing.T) {
	t.Parallel()
	for _, one := range []struct{ text, want string }{
		{"4111111111111111", "[card number *1111]"},
		{"my card is 4111 1111 1111 1111, thanks", "my card is [card number *1111], thanks"},
		{"PAY 8001 128.50 4111111111111111", "PAY 8001 128.50 [card number *1111]"},
		{"PAY 8001 128.50 4111 1111 1111 1111 CARD", "PAY 8001 128.50 [card number *1111] CARD"},
		{"5555-5555-5555-4444", "[card number *4444]"},
		{"5555 - 5555 - 5555 - 4444", "[card number *4444]"},
		{"5555.5555.5555.4444", "[card number *4444]"},
		{"card5555555555554444exp1227", "card[card number *4444]exp1227"},
		{"卡号４１１１１１１１１１１１１１１１，谢谢", "卡号[card number *1111]，谢谢"},
		{"４１１１　１１１１　１１１１　１１１１", "[card number *1111]"},
		{"٤١١١ ١١١١ ١١١١ ١١١١", "[card number *1111]"},
		{"④①①①①①①①①①①①①①①①", "[card number *1111]"},
		{"4111\u200b1111\u200b1111\u200b1111", "[card number *1111]"},
		{"4111\u00a01111\u20111111\u20131111", "[card number *1111]"},
		{"4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "[card number *1111]"},
		{"41 11 11 11 11 11 11 11", "[card number *1111]"},
		{"41111111 11111111", "[card number *1111]"},
		{"3782 822463 10005", "[card number *0005]"},
		{"378282246310005", "[card number *0005]"},
		{"3056 930902 5904", "[card number *5904]"},
		{"6011111111111117", "[card number *1117]"},
		{"3530111333300000", "[card number *0000]"},
		{"2223000048400011", "[card number *0011]"},
		{"6759649826438453", "[card number *8453]"},
		{"4222222222222", "[card number *2222]"},
		{"6222020200112233446", "[card number *3446]"},
		{"622202 0200112233446", "[card number *3446]"},
		{"6222 0202 0011 2233 446", "[card number *3446]"},
		{"4111111111111111 1227 123", "[card number *1111] 1227 123"},
		{"4111 1111 1111 1111 12 27 123", "[card number *1111] 12 27 123"},
		{"4111111111111111 5555555555554444", "[card number *1111] [card number *4444]"},
		{"%B4111111111111111^WANG/MEI^2712?", "%B[card number *1111]^WANG/MEI^2712?"},
		{";4111111111111111=27121010000?", ";[card number *1111]=27121010000?"},
		{`{"memo":"4111111111111111"}`, `{"memo":"[card number *1111]"}`},
	} {
		if got, found := pan.Redact(one.text); got != one.want || !found || !pan.Holds(one.text) {
			t.Errorf("%q is %q, %v; want %q", one.text, got, found, one.want)
		}
	}
}

// TestNoCard: what is no card number stays as it is.
func TestNoCard(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "PAY 8001 128.50", "4111111111111112", "41111111111111111", "411111111111111111111111",
		"SEND 50 13800138000", "SEND 5000 +8613800138000", "SEND 62220 13800138000", "+86 138 0013 8000", "8613800138000 13900139000",
		"SEND 5012 447700900123", "+4111111111111111", "4915123456788", "+49 1512 3456788",
		"RRN 633013000123", "2026-11-26 13:31:35.123456789", "1764163875123456789", "127.0.0.1:45871", "K7QH2M9X",
		"PAY 365432 123456.74", "PAY 8001 4111.11", "4111 1111 1111, 1111", "1111111111111117",
		"4111/1111-1111 1111", "7111111111111118",
	} {
		if got, found := pan.Redact(text); found || got != text {
			t.Errorf("%q is taken for %q", text, got)
		}
	}
}

// numbers draws card numbers.
func numbers() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		lengths := map[string][]int{"4": {13, 16, 19}, "51": {16}, "55": {16}, "2221": {16}, "2720": {16}, "34": {15}, "37": {15}, "36": {14}, "39": {14}, "300": {14},
			"3528": {16}, "3589": {16}, "6011": {16, 19}, "62": {16, 17, 18, 19}, "81": {16}, "50": {16, 19}, "67": {16}, "9": {16, 19}}
		prefix := rapid.SampledFrom([]string{"4", "51", "55", "2221", "2720", "34", "37", "36", "39", "300", "3528", "3589", "6011", "62", "81", "50", "67", "9"}).Draw(t, "prefix")
		length := rapid.SampledFrom(lengths[prefix]).Draw(t, "length")
		digits := prefix
		for len(digits) < length-1 {
			digits += string(rune('0' + rapid.IntRange(0, 9).Draw(t, "digit")))
		}
		if length == 13 && (strings.HasPrefix(digits, "491") || strings.HasPrefix(digits, "436")) {
			digits = "40" + digits[2:]
		}
		for check := range 10 {
			if number := digits + string(rune('0'+check)); luhn(number) {
				return number
			}
		}
		panic("no check digit")
	})
}

// luhn is the check of another hand: it doubles by a table.
func luhn(number string) bool {
	doubled := [...]int{0, 2, 4, 6, 8, 1, 3, 5, 7, 9}
	sum := 0
	for i := range number {
		digit := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			digit = doubled[digit]
		}
		sum += digit
	}
	return sum%10 == 0
}

// TestEveryCardIsFound: whatever its scheme, its digits, and how they are parted.
func TestEveryCardIsFound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		number := numbers().Draw(t, "number")
		size := rapid.SampledFrom([]int{1, 2, 3, 4, 5, 6, 19}).Draw(t, "size")
		part := rapid.SampledFrom([]string{" ", "-", "\u00a0", " - ", ".", "\u2013", "_"}).Draw(t, "part")
		var groups []string
		for rest := number; rest != ""; {
			n := min(size, len(rest))
			groups, rest = append(groups, rest[:n]), rest[n:]
		}
		written := strings.Join(groups, part)
		if rapid.Bool().Draw(t, "wide") {
			written = strings.Map(func(r rune) rune {
				if r >= '0' && r <= '9' {
					return r - '0' + '０'
				}
				return r
			}, written)
		}
		before := rapid.SampledFrom([]string{"", "PAY 8001 3.20: ", "卡", "x", "card no."}).Draw(t, "before")
		behind := rapid.SampledFrom([]string{"", " ok", "。", "x", "\n"}).Draw(t, "behind")
		want := before + "[card number *" + number[len(number)-4:] + "]" + behind
		if got, found := pan.Redact(before + written + behind); !found || got != want {
			t.Fatalf("%q is %q, want %q", before+written+behind, got, want)
		}
	})
}

// TestNoOrderIsACard: an order names a shop or a phone number, and an amount, in many forms,
// and none of them is taken for a card number.
func TestNoOrderIsACard(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		digits := func(name string, least, most int) string {
			text := string(rune('1' + rapid.IntRange(0, 8).Draw(t, name)))
			for range rapid.IntRange(least, most).Draw(t, name+" length") - 1 {
				text += string(rune('0' + rapid.IntRange(0, 9).Draw(t, name)))
			}
			return text
		}
		amount := digits("amount", 1, 7)
		if rapid.Bool().Draw(t, "point") {
			amount += "." + digits("fraction", 1, 2)
		}
		phone := "1" + digits("phone", 10, 10)
		phone = rapid.SampledFrom([]string{phone, "+86" + phone, "86" + phone, "+86 " + phone, phone[:3] + " " + phone[3:7] + " " + phone[7:], phone[:3] + "-" + phone[3:7] + "-" + phone[7:]}).Draw(t, "written")
		payee := rapid.SampledFrom([]string{phone, digits("code", 4, 6)}).Draw(t, "payee")
		text := rapid.SampledFrom([]string{"PAY " + payee + " " + amount, "SEND " + amount + " " + payee, "付" + payee + " " + amount + "元", amount + " " + payee}).Draw(t, "order")
		if got, found := pan.Redact(text); found {
			t.Fatalf("%q is taken for %q", text, got)
		}
	})
}

// FuzzRedact: nothing that is left holds a card number, all that is no digit is left as it
// was, and what comes out is text if what went in was.
func FuzzRedact(f *testing.F) {
	for _, text := range []string{"4111 1111 1111 1111", "PAY 8001 1 5555555555554444", "４１１１１１１１１１１１１１１１", "3782 822463 10005+", "6222 0202 0011 2233 446 4111111111111111"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, found := pan.Redact(text)
		if found != pan.Holds(text) || !found && got != text {
			t.Fatalf("%q: found is %v, and it is %q", text, found, got)
		}
		if pan.Holds(got) {
			t.Fatalf("%q holds a card number still: %q", text, got)
		}
		if again, found := pan.Redact(got); found || again != got {
			t.Fatalf("%q is redacted twice: %q", got, again)
		}
		if utf8.ValidString(text) && !utf8.ValidString(got) {
			t.Fatalf("%q is no text", got)
		}
	})
}

func ExampleRedact() {
	text, _ := pan.Redact("PAY 8001 128.50 4111 1111 1111 1111")
	fmt.Println(text)
	// Output: PAY 8001 128.50 [card number *1111]
}
