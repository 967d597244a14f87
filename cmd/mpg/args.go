package main

import (
	"errors"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"mpg/cmd/mpg/hint"
)

// amountForm is a plain amount in major units; the daemon knows the currency.
var amountForm = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)

// negativeForm is a negative number in the place of an argument, which cobra
// takes for flags.
var negativeForm = regexp.MustCompile(`^-[0-9]*\.?[0-9]+$`)

// flagError adds the command's usage to a mistake in its flags. A negative amount is
// reported as a negative amount, and a misspelt command as one.
func flagError(c *cobra.Command, err error) error {
	if wrong := misspelt(c); wrong != nil {
		return wrong
	}
	var unknown interface{ GetSpecifiedShortnames() string } // pflag's errors of flags such as -x
	if errors.As(err, &unknown) && strings.Contains(c.Use, "AMOUNT") && negativeForm.MatchString("-"+unknown.GetSpecifiedShortnames()) {
		return misusedBy(c, "-%s: the amount must be positive", unknown.GetSpecifiedShortnames())
	}
	if unknown != nil && strings.Contains(c.Use, " TEXT") {
		return misused{hint.Add(err, "if the text has words that begin with -, put -- before it, as in "+c.CommandPath()+" -- TEXT")}
	}
	return misusedBy(c, "%w", err)
}

// checkAmount refuses what is not an amount in any currency.
func checkAmount(c *cobra.Command, amount string) error {
	switch {
	case negativeForm.MatchString(amount), amountForm.MatchString(amount) && strings.Trim(amount, "0.") == "":
		return misusedBy(c, "%s: the amount must be positive", amount)
	case !amountForm.MatchString(amount):
		return misusedBy(c, "%q is not an amount such as 128.50", amount)
	}
	return nil
}

// numberForm is a phone number as people write it; the daemon knows which exist.
var numberForm = regexp.MustCompile(`^[ (]*\+?([0-9][ ().\-/\x{a0}]*){5,}$`)

// checkNumber refuses what is no phone number in any country, before the command
// has a key.
func checkNumber(c *cobra.Command, number string) error {
	if !numberForm.MatchString(number) {
		return misusedBy(c, "%q is not a phone number such as +8613800000001 or 13800000001", number)
	}
	return nil
}

// refGroupsMax is how many groups a reference may be written in.
const refGroupsMax = 8

// refArgs requires one reference, perhaps in groups: B2HL GHUA.
func refArgs(c *cobra.Command, args []string) error {
	return cobra.RangeArgs(1, refGroupsMax)(c, args)
}

// refArg returns the reference of a command, which may have been written in groups.
func refArg(args []string) string { return strings.Join(args, " ") }

// needFlag refuses a command that lacks a required flag.
func needFlag(c *cobra.Command, name, value string) error {
	if strings.TrimSpace(value) == "" {
		return misusedBy(c, "--%s is missing or empty", name)
	}
	return nil
}
