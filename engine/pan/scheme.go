package pan

import "strings"

// scheme is a range of card numbers: those whose leading digits are from first to last,
// inclusive, with as many digits as first has, and which have one of the lengths.
type scheme struct {
	first, last string
	lengths     []int
}

// schemes lists what card schemes issue. It is never written to. ISO/IEC 7812-1
var schemes = [...]scheme{
	{"4", "4", []int{13, 16, 19}},       // Visa
	{"51", "55", []int{16}},             // Mastercard
	{"2221", "2720", []int{16}},         // Mastercard
	{"34", "34", []int{15}},             // American Express
	{"37", "37", []int{15}},             // American Express
	{"300", "305", []int{14, 16, 19}},   // Diners Club
	{"3095", "3095", []int{14, 16, 19}}, // Diners Club
	{"36", "36", []int{14, 16, 19}},     // Diners Club
	{"38", "39", []int{14, 16, 19}},     // Diners Club
	{"3528", "3589", []int{16, 17, 18, 19}},
	{"6011", "6011", []int{16, 17, 18, 19}}, // Discover
	{"644", "659", []int{16, 17, 18, 19}},   // Discover, RuPay
	{"62", "62", []int{16, 17, 18, 19}},     // UnionPay
	{"81", "82", []int{16, 17, 18, 19}},     // UnionPay, RuPay
	{"60", "60", []int{16, 18, 19}},         // RuPay, and Chinese banks
	{"50", "50", []int{16, 18, 19}},         // Maestro, Verve, RuPay
	{"56", "58", []int{16, 18, 19}},         // Maestro
	{"63", "63", []int{16, 18, 19}},         // Maestro, Elo
	{"66", "69", []int{16, 18, 19}},         // Maestro
	{"2200", "2204", []int{16, 17, 18, 19}}, // Mir
	{"9", "9", []int{16, 17, 18, 19}},       // Troy, and cards of Chinese banks for use at home
}

// phones lists leading digits of mobile numbers that are as long as the shortest card
// numbers: Austria's and Germany's, with their country codes. It is never written to.
var phones = [...]string{"4366", "4367", "4368", "4369", "4915", "4916", "4917"}

// issued reports whether digits are of a range, and of one of its lengths.
func issued(digits string) bool {
	if len(digits) == digitsMin {
		for _, prefix := range phones {
			if strings.HasPrefix(digits, prefix) {
				return false
			}
		}
	}
	for _, one := range schemes {
		if head := digits[:len(one.first)]; head < one.first || head > one.last {
			continue
		}
		for _, length := range one.lengths {
			if length == len(digits) {
				return true
			}
		}
	}
	return false
}

// checks reports whether the last digit is the check digit of those before: doubling every
// second digit from the right, and adding up all of the digits, gives a multiple of ten.
// ISO/IEC 7812-1 annex B
func checks(digits string) bool {
	const base = 10
	sum, double := 0, false
	for i := len(digits) - 1; i >= 0; i-- {
		value := int(digits[i] - '0')
		if double {
			value *= 2
		}
		sum += value/base + value%base
		double = !double
	}
	return sum%base == 0
}
