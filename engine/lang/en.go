package lang

import "strings"

// Words of English numbers. None is written to.
var (
	enSmall = [20]string{"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
		"twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"}
	enTens   = [10]string{"", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"}
	enGroups = [7]string{"", " thousand", " million", " billion", " trillion", " quadrillion", " quintillion"}
)

// enNumber words a number that is not negative: one hundred twenty-eight.
func enNumber(number int64) string {
	if number == 0 {
		return enSmall[0]
	}
	var parts []string
	for group := 0; number > 0; number, group = number/1000, group+1 {
		if low := number % 1000; low > 0 {
			parts = append([]string{enBelow1000(low) + enGroups[group]}, parts...)
		}
	}
	return strings.Join(parts, " ")
}

func enBelow1000(number int64) string {
	switch {
	case number < 20:
		return enSmall[number]
	case number < 100 && number%10 == 0:
		return enTens[number/10]
	case number < 100:
		return enTens[number/10] + "-" + enSmall[number%10]
	case number%100 == 0:
		return enSmall[number/100] + " hundred"
	}
	return enSmall[number/100] + " hundred " + enBelow1000(number%100)
}

// enOrdinal words a day of the month: twenty-second.
func enOrdinal(day int) string {
	s := enBelow1000(int64(day))
	for _, odd := range [...][2]string{{"one", "first"}, {"two", "second"}, {"three", "third"}, {"five", "fifth"},
		{"eight", "eighth"}, {"nine", "ninth"}, {"twelve", "twelfth"}, {"ty", "tieth"}} {
		if head, ok := strings.CutSuffix(s, odd[0]); ok {
			return head + odd[1]
		}
	}
	return s + "th"
}
