package main

import (
	"errors"
	"regexp"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mpg/cmd/mpg/hint"
)

// amountForm is a plain amount in major units; the daemon knows the currency.
var amountForm = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)

// negativeForm is a negative number in the place of an argument, which cobra
// takes for flags.
var negativeForm = regexp.MustCompile(`^-[0-9]*\.?[0-9]+$`)

// valueForms says what the values of flags are, by the types of pflag. Never written to.
var valueForms = map[string]string{"int": "a whole number", "bool": "true or false"}

// flagError adds the command's usage to a mistake in its flags. A negative amount is
// reported as a negative amount, and a misspelt command as one.
func flagError(cmd *cobra.Command, err error) error {
	if wrong := misspelt(cmd); wrong != nil {
		return wrong
	}
	var unknown interface{ GetSpecifiedShortnames() string } // pflag's errors of flags such as -x
	if errors.As(err, &unknown) && takesAmount(cmd) && negativeForm.MatchString("-"+unknown.GetSpecifiedShortnames()) {
		return misusedBy(cmd, "-%s: the amount must be positive", unknown.GetSpecifiedShortnames())
	}
	if unknown != nil && strings.Contains(cmd.Use, " TEXT") {
		return misused{hint.Add(err, "if the text has words that begin with -, put -- before it, as in "+cmd.CommandPath()+" -- TEXT")}
	}
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		if want := valueForms[invalid.GetFlag().Value.Type()]; want != "" {
			return misusedBy(cmd, "--%s is %q; want %s", invalid.GetFlag().Name, invalid.GetValue(), want)
		}
	}
	return misusedBy(cmd, "%w", err)
}

// amountMark marks, among its annotations, the command of a module that takes an amount.
const amountMark = "amount"

// takesAmount reports whether an argument of cmd is an amount.
func takesAmount(cmd *cobra.Command) bool {
	_, marked := cmd.Annotations[amountMark]
	return marked || strings.Contains(cmd.Use, "AMOUNT")
}

// checkAmount refuses what is not an amount in any currency.
func checkAmount(cmd *cobra.Command, amount string) error {
	switch {
	case negativeForm.MatchString(amount), amountForm.MatchString(amount) && strings.Trim(amount, "0.") == "":
		return misusedBy(cmd, "%s: the amount must be positive", amount)
	case !amountForm.MatchString(amount):
		return misusedBy(cmd, "%q is not an amount such as 128.50", amount)
	}
	return nil
}

// numberForm is a phone number as people write it; the daemon knows which exist.
var numberForm = regexp.MustCompile(`^[ (]*\+?([0-9][ ().\-/\x{a0}]*){5,}$`)

// checkNumber refuses what is no phone number in any country, before the command
// has a key.
func checkNumber(cmd *cobra.Command, number string) error {
	if !numberForm.MatchString(number) {
		return misusedBy(cmd, "%q is not a phone number such as +8613800000001 or 13800000001", number)
	}
	return nil
}

// refGroupsMax is how many groups a reference may be written in.
const refGroupsMax = 8

// refArgs requires one reference, perhaps in groups: B2HL GHUA.
func refArgs(cmd *cobra.Command, args []string) error {
	return cobra.RangeArgs(1, refGroupsMax)(cmd, args)
}

// refArg returns the reference of a command, which may have been written in groups.
func refArg(args []string) string { return strings.Join(args, " ") }

// refAndAmount returns the reference of a command and the amount that may follow it. The
// reference has eight letters and digits, however they are grouped, so what comes after
// them is the amount.
func refAndAmount(args []string) (ref, amount string) {
	const refChars = 8
	written := 0
	for i, arg := range args {
		if i > 0 && written >= refChars {
			return refArg(args[:i]), refArg(args[i:])
		}
		for _, r := range arg {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				written++
			}
		}
	}
	return refArg(args), ""
}

// needFlag refuses a command that lacks a required flag.
func needFlag(cmd *cobra.Command, name, value string) error {
	if strings.TrimSpace(value) == "" {
		return misusedBy(cmd, "--%s is missing or empty", name)
	}
	return nil
}
