package engine

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"mpg/engine/bank"
	"mpg/engine/lang"
	"mpg/engine/merchant"
)

func (e *Engine) checkUser(n NewUser) error {
	if phone, ok := e.number(n.Phone); !ok || phone != n.Phone {
		return fmt.Errorf("%q is not a phone number in E.164", n.Phone)
	}
	if n.Name == "" && n.NameZH == "" {
		return errors.New("a name is needed")
	}
	if err := checkBank(n.Bank, n.BankAccount); err != nil {
		return err
	}
	if n.Bank != "" && e.cfg.Ports.Banks[n.Bank] == nil {
		return fmt.Errorf("no bank %q is configured", n.Bank)
	}
	return checkNames(n.Name, n.NameZH)
}

func (e *Engine) checkMerchant(n NewMerchant) error {
	if !merchant.ValidCode(n.Code) {
		return fmt.Errorf("%q is not a merchant code: 4 to 6 digits", n.Code)
	}
	if phone, ok := e.number(n.Phone); n.Phone != "" && (!ok || phone != n.Phone) {
		return fmt.Errorf("%q is not a phone number in E.164", n.Phone)
	}
	if n.Name == "" && n.NameZH == "" {
		return errors.New("a name is needed")
	}
	if err := checkBank(n.Bank, n.BankAccount); err != nil {
		return err
	}
	return checkNames(n.Name, n.NameZH)
}

// checkBank refuses what no message to a bank could carry: it would be found out
// only when money is to move.
func checkBank(name, account string) error {
	if (name == "") != (account == "") {
		return errors.New("a bank and an account there go together")
	}
	if account != "" && !bank.ValidAccount(account) {
		return fmt.Errorf("a bank account has 1 to %d letters, digits or punctuation marks of ASCII, and no blank in front or behind", bank.AccountMax)
	}
	return nil
}

func checkNames(en, zh string) error {
	unprintable := func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }
	if strings.ContainsFunc(en+zh, unprintable) {
		return errors.New("a name is one line of printable signs")
	}
	if len([]rune(en)) > lang.PartyRunesMaxEN || len([]rune(zh)) > lang.PartyRunesMaxZH {
		return fmt.Errorf("a name has at most %d letters, or %d Chinese signs: it must fit a text", lang.PartyRunesMaxEN, lang.PartyRunesMaxZH)
	}
	return nil
}
