package proof

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// cardNumbers is the group of card numbers that people have sent.
const cardNumbers = "card number"

// cardNumber is the ith of the run: sixteen digits of one scheme or another, with their check
// digit.
func cardNumber(i int) string {
	prefix := []string{"4", "52", "62", "3530"}[i%4]
	digits := prefix + fmt.Sprintf("%015d", (i+1)*104_729_104_729)[:15-len(prefix)]
	for check := range 10 {
		if number := fmt.Sprintf("%s%d", digits, check); passesCheck(number) {
			return number
		}
	}
	panic("no digit checks")
}

// passesCheck reports whether the last digit of a number is its check digit, by the formula of
// Luhn.
func passesCheck(number string) bool {
	sum := 0
	for i := range number {
		digit := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			digit = digit*2/10 + digit*2%10
		}
		sum += digit
	}
	return sum%10 == 0
}

// cardLike finds what may be a card number by its length and its first digits: in one piece,
// or in groups of four. A figure, a time and a part of a longer number are not.
var cardLike = regexp.MustCompile(`(^|[^0-9A-Za-z.])((?:4|5[1-5]|2[2-7]|3[4-7]|30[0-5]|6(?:0|2|4|5))[0-9]{11,17}|(?:4[0-9]{3}|5[1-5][0-9]{2}|35[0-9]{2}|6[0-9]{3})([ -])[0-9]{4}[ -][0-9]{4}[ -][0-9]{4})($|[^0-9A-Za-z.]|\.($|[^0-9]))`)

// cardsIn returns how many card numbers stand in octets, whoever made them.
func cardsIn(octets []byte) int {
	found := 0
	for _, match := range cardLike.FindAllSubmatch(octets, -1) {
		digits := strings.NewReplacer(" ", "", "-", "").Replace(string(match[2]))
		if len(digits) >= 13 && passesCheck(digits) {
			found++
		}
	}
	return found
}

// noCards looks for card numbers in everything that the daemon has written or said, and then
// for one that is planted there. Captures are left out, for what comes in stands there as it
// came, and so are the files of a bank, which name accounts.
func noCards(t *testing.T, sources []source) {
	t.Helper()
	for i, s := range sources {
		if strings.HasPrefix(s.name, captureDir) || slices.Contains(s.but, accounts) {
			continue
		}
		if n := cardsIn(s.octets); n > 0 {
			t.Errorf("%s: %d card numbers", s.name, n)
		}
		spoilt := slices.Concat(s.octets[:len(s.octets)/2], []byte(" "+cardNumber(i)+" "), s.octets[len(s.octets)/2:])
		if cardsIn(spoilt) == 0 {
			t.Errorf("a card number planted in %s was not found", s.name)
		}
	}
}

// textCard lets person i text a card number in every way there is, and be warned of each.
func (w *world) textCard(i int) {
	w.t.Helper()
	p, begun, number := w.people[i], time.Now(), cardNumber(i)
	spaced := number[:4] + " " + number[4:8] + " " + number[8:12] + " " + number[12:]
	wide := strings.Map(func(r rune) rune { return r - '0' + '０' }, number)
	for _, words := range []string{number, "PAY 8001 5.00 " + spaced, "我的卡号是" + wide, "BAL " + number} {
		w.say(p.Number, words)
	}
	eventually(w.t, stateMax, "four warnings", func() bool {
		warned := 0
		for _, words := range w.journal.textsTo(p.Number, begun) {
			if strings.Contains(words, "Never text a card number") || strings.Contains(words, "切勿用短信发送银行卡号") {
				warned++
			}
		}
		return warned == 4
	})
}

// giveCards gives card numbers to commands, which refuse them.
func (w *world) giveCards() {
	w.t.Helper()
	p, number := w.people[0], cardNumber(0)
	for _, args := range [][]string{
		{"user", "add", "+8613700000001", "--name", "WANG " + number}, {"merchant", "add", "8077", "--name", number},
		{"user", "block", p.Number, "--reason", "texted " + number}, {"find", number}, {"user", "list", "--name", number}, {"payment", "list", "--payer", number},
	} {
		if _, err := w.op.run("", args...); err == nil || !strings.Contains(err.Error(), "card number") {
			w.t.Errorf("mpg %s … is not refused as holding a card number: %v", strings.Join(args[:2], " "), err)
		}
	}
}

// TestCardsAreFound: the search knows a card number in the forms in which one is written, and
// does not take other figures for one.
func TestCardsAreFound(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"4111111111111111", "memo: 5555 5555 5555 4444.", "x=4111-1111-1111-1111;", `"6222020200112233446"`, "378282246310005"} {
		if cardsIn([]byte(text)) != 1 {
			t.Errorf("%s is not found", text)
		}
	}
	for _, text := range []string{"4111111111111112", "[card number *1111]", "0.4111111111111111", "1764163875123456789", "+8613800138000", "e4111111111111111f"} {
		if cardsIn([]byte(text)) != 0 {
			t.Errorf("%s is taken for a card number", text)
		}
	}
	for i := range 8 {
		if number := cardNumber(i); len(number) != 16 || cardsIn([]byte(number)) != 1 {
			t.Errorf("%s is no card number", number)
		}
	}
}
