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
	if n.Name == (lang.Name{}) {
		return errors.New("a name is needed")
	}
	if err := checkBank(n.Bank, n.BankAccount); err != nil {
		return err
	}
	if n.Bank != "" && e.cfg.Ports.Banks[n.Bank] == nil {
		return fmt.Errorf("no bank %q is configured", n.Bank)
	}
	return checkNames(n.Name)
}

func (e *Engine) checkMerchant(n NewMerchant) error {
	if !merchant.ValidCode(n.Code) {
		return fmt.Errorf("%q is not a merchant code: 4 to 6 digits", n.Code)
	}
	if phone, ok := e.number(n.Phone); n.Phone != "" && (!ok || phone != n.Phone) {
		return fmt.Errorf("%q is not a phone number in E.164", n.Phone)
	}
	if n.Name == (lang.Name{}) {
		return errors.New("a name is needed")
	}
	if err := checkBank(n.Bank, n.BankAccount); err != nil {
		return err
	}
	return checkNames(n.Name)
}

// checkBank refuses what no message to a bank could carry: it would be found out
// only when money is to move.
func checkBank(name, account string) error {
	if (name == "") != (account == "") {
		return errors.New("a bank and an account there go together")
	}
	if account != "" && !bank.ValidAccount(account) {
		return fmt.Errorf("a bank account has at most %d printable ASCII characters", bank.AccountMax)
	}
	return nil
}

func checkNames(n lang.Name) error {
	unprintable := func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }
	if strings.ContainsFunc(n.EN+n.ZH, unprintable) {
		return errors.New("a name is one line of printable characters")
	}
	if len([]rune(n.EN)) > lang.PartyRunesMaxEN || len([]rune(n.ZH)) > lang.PartyRunesMaxZH {
		return fmt.Errorf("a name has at most %d letters, or %d Chinese characters: it must fit a text", lang.PartyRunesMaxEN, lang.PartyRunesMaxZH)
	}
	return nil
}
