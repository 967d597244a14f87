package admin

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"

	"mpg/engine/bank"
	"mpg/engine/lang"
	"mpg/engine/merchant"
)

var errNoName = errors.New("a name is needed")

// checkUser refuses a subscriber who cannot be registered as wanted.
func checkUser(s *Service, wanted NewUser) error {
	if err := s.checkNumber(wanted.Phone); err != nil {
		return err
	}
	if err := checkNames(wanted.Name); err != nil {
		return err
	}
	return checkBank(wanted.Bank, wanted.BankAccount)
}

// checkMerchant refuses a shop that cannot be registered as wanted.
func (s *Service) checkMerchant(wanted NewMerchant) error {
	if !merchant.ValidCode(wanted.Code) {
		return fmt.Errorf("%q is not a merchant code: 4 to 6 digits", wanted.Code)
	}
	if wanted.Phone != "" {
		if err := s.checkNumber(wanted.Phone); err != nil {
			return err
		}
	}
	if err := checkNames(wanted.Name); err != nil {
		return err
	}
	if err := checkClass(wanted.Class); err != nil {
		return err
	}
	if wanted.Vertical != "" {
		if err := checkVertical(wanted.Vertical); err != nil {
			return err
		}
	}
	return checkBank(wanted.Bank, wanted.BankAccount)
}

// checkVertical refuses a kind of business that is not known.
func checkVertical(wanted merchant.Vertical) error {
	if slices.Contains(merchant.Verticals(), wanted) {
		return nil
	}
	var names []string
	for _, one := range merchant.Verticals() {
		names = append(names, string(one))
	}
	return fmt.Errorf("%q is not a kind of business; want one of %s", wanted, strings.Join(names, ", "))
}

// checkNumber refuses a number that cannot exist in its country: one with a
// digit too few or too many could never be reached. A number of the right
// length in a range that the tables do not know yet is accepted, because
// countries open new ranges.
func (s *Service) checkNumber(number string) error {
	if phone, ok := s.cfg.Numbers.Number(number); !ok || phone != number {
		return s.errNoNumber(number)
	}
	parsed, err := phonenumbers.Parse(number, "")
	if err != nil {
		return s.errNoNumber(number)
	}
	if got := phonenumbers.IsPossibleNumberWithReason(parsed); got != phonenumbers.IS_POSSIBLE {
		return fmt.Errorf("%q has the wrong number of digits for +%d", number, parsed.GetCountryCode())
	}
	return checkMobile(number, parsed)
}

// errNoNumber says how a number of the country is written.
func (s *Service) errNoNumber(written string) error {
	return fmt.Errorf("%q is not a phone number; want one%s", written, s.cfg.Numbers.Such())
}

// checkMobile refuses a length that no mobile number of the country has: a
// registered number gets calls and texts.
func checkMobile(number string, parsed *phonenumbers.PhoneNumber) error {
	region := phonenumbers.GetRegionCodeForCountryCode(int(parsed.GetCountryCode()))
	example := phonenumbers.GetExampleNumberForType(region, phonenumbers.MOBILE)
	if example == nil || phonenumbers.IsValidNumber(parsed) {
		return nil
	}
	want := len(phonenumbers.GetNationalSignificantNumber(example))
	if got := len(phonenumbers.GetNationalSignificantNumber(parsed)); got != want {
		return fmt.Errorf("%q has %d digits after +%d; a mobile number there has %d", number, got, parsed.GetCountryCode(), want)
	}
	return nil
}

// blank reports whether a text shows nothing.
func blank(text string) bool { return strings.TrimSpace(text) == "" }

// checkBank refuses what no message to a bank could carry: it would be found out
// only when money is to move.
func checkBank(name, account string) error {
	if (name == "") != (account == "") {
		return errors.New("a bank and an account there go together: give --bank and --bank-account, or neither")
	}
	if account != "" && !bank.ValidAccount(account) {
		return fmt.Errorf("a bank account has 1 to %d letters, digits or punctuation marks of ASCII, and no space before or after", bank.AccountMax)
	}
	return nil
}

// checkNames refuses what no text could show as a name, and a name in the wrong place.
func checkNames(name lang.Name) error {
	if blank(name.EN) && blank(name.ZH) {
		return errNoName
	}
	unprintable := func(char rune) bool { return char == utf8.RuneError || !unicode.IsPrint(char) }
	if strings.ContainsFunc(name.EN+name.ZH, unprintable) {
		return errors.New("a name is one line of printable characters")
	}
	chinese := func(char rune) bool { return unicode.Is(unicode.Han, char) }
	if strings.ContainsFunc(name.EN, chinese) {
		return fmt.Errorf("%q is a Chinese name: give it with --name-zh (name_zh), and --name in Latin letters or not at all", name.EN)
	}
	if !blank(name.ZH) && !strings.ContainsFunc(name.ZH, chinese) {
		return fmt.Errorf("%q has no Chinese characters: give it with --name (name); without a Chinese name, Chinese texts show that one", name.ZH)
	}
	if len([]rune(name.EN)) > lang.PartyRunesMaxEN || len([]rune(name.ZH)) > lang.PartyRunesMaxZH {
		return fmt.Errorf("a name has at most %d letters, or %d Chinese characters: it must fit in a text", lang.PartyRunesMaxEN, lang.PartyRunesMaxZH)
	}
	return nil
}
