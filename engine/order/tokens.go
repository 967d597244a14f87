package order

import "strings"

// groupedDigitsMin is how many digits a phone number in groups has at least.
const groupedDigitsMin = 10

// numberTokens are the numbers of a text; a phone number in groups is one, and
// so is an amount with 角 and 分.
func numberTokens(text string) []string {
	tokens := make([]string, 0, 2*orderNumbers)
	phone, end := false, 0
	for i := 0; i < len(text); i++ {
		if !isDigit(text[i:]) {
			continue
		}
		start := i
		for i < len(text) && (isDigit(text[i:]) || text[i] == '.' || text[i] == ',') {
			i++
		}
		token := strings.TrimRight(text[start:i], ".,")
		last := len(tokens) - 1
		switch gap := text[end:start]; {
		case last >= 0 && joins(gap) && grows(tokens[last], token, phone):
			tokens[last] += token
		case last >= 0 && isWithinAmount(gap, token):
			tokens[last] += gap + token
		default:
			phone = start > 0 && text[start-1] == '+' || strings.HasPrefix(token, "00")
			tokens = append(tokens, token)
		}
		end = i
	}
	return tokens
}

// isWithinAmount reports whether a token is the 角 or 分 of the amount before
// it: 100000元零1分.
func isWithinAmount(gap, token string) bool {
	return len(token) <= len("05") && strings.ContainsAny(gap, yuanSigns+"角毛") && strings.Trim(gap, numeralSigns+yuanSigns) == ""
}

// grows reports whether a group goes on a phone number: behind a plus as long
// as it is short of one, else in the form 138 0013 8000.
func grows(number, group string, plus bool) bool {
	if plus {
		return len(number) < groupedDigitsMin
	}
	return onlyDigits(number) && (len(number) == 3 || len(number) == 7) && len(group) == 4 && number[0] == '1'
}
