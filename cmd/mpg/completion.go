package main

import (
	"strings"

	"github.com/spf13/cobra"
)

// lister returns the words that may stand in one place of the command line. An
// error is not told: completion just offers nothing.
type lister func(c *cobra.Command) []string

// onlyFirst completes the first argument by list, and no other.
func onlyFirst(list lister) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return list(c), cobra.ShellCompDirectiveNoFileComp
	}
}

// complete gives a flag the words that it takes.
func complete(c *cobra.Command, flag string, words ...string) {
	if err := c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic("mpg: completion of a flag that is not there: " + err.Error())
	}
}

// purses begins the names of the subscribers' accounts.
const purses = "purse:"

// accountNames lists the accounts, as the running daemon knows them.
func accountNames(c *cobra.Command) []string {
	d, err := dial(c)
	if err != nil {
		return nil
	}
	var names []string
	if d.get("/accounts", &names) != nil {
		return nil
	}
	return names
}

// subscribers lists the numbers of the subscribers.
func subscribers(c *cobra.Command) []string {
	var numbers []string
	for _, name := range accountNames(c) {
		if number, ok := strings.CutPrefix(name, purses); ok {
			numbers = append(numbers, number)
		}
	}
	return numbers
}
