package main

import (
	"cmp"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mpg/cmd/mpg/daemon"
	"mpg/cmd/mpg/hint"
	"mpg/conf"
	"mpg/engine/intent"
	"mpg/engine/lang"
	"mpg/engine/order"
	"mpg/engine/pan"
	"mpg/store/money"
)

func orderCommand() *cobra.Command {
	o := &cobra.Command{Use: "order", Short: "try how texts are read"}
	o.AddCommand(orderParse())
	return o
}

func orderParse() *cobra.Command {
	var place conf.File // of it only currency, country and the file of words
	c := &cobra.Command{
		Use:   "parse TEXT",
		Short: "show how a text is read; needs no daemon",
		Long: `Shows what a text orders, or why it is refused and what its sender is told. Orders that
only a shop or an agent may give are marked: who the sender is, and whether a reference is
that of a payment, is known only to the daemon. With -c, the text is read as the daemon of
that file reads it: by its currency, its country and its own words, if it has any.`,
		Example: "  mpg order parse pay 8001 128.50\n  mpg order parse 'pay 8001 128.50 bank' --json\n  mpg order parse 付8001一百二十八元五角",
		Args:    misuse(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := placeOf(cmd, &place); err != nil {
				return err
			}
			cur, ok := money.Lookup(place.Currency)
			if !ok {
				return misused{daemon.UnknownCurrency(place.Currency)}
			}
			if daemon.CallingCode(place.Country) == "" {
				return misused{hint.Add(daemon.UnknownCountry(place.Country), "give a code such as CN with --country")}
			}
			known, err := daemon.Words(place.Order.Words)
			if err != nil {
				return err
			}
			o, refusal := readText(order.Grammar{Currency: cur, Country: place.Country, Words: known}, strings.Join(args, " "))
			if refusal != nil {
				if err := show(cmd, refusal, func(out io.Writer) { printRefusal(out, refusal) }); err != nil {
					return err
				}
				return silent{exitRefused}
			}
			return show(cmd, o, func(out io.Writer) { printOrder(out, o, cur) })
		}}
	c.Flags().StringVar(&place.Currency, "currency", "CNY", "currency of amounts without one")
	c.Flags().StringVar(&place.Order.Words, "words", "", "file of your own words, such as order.words names")
	c.Flags().StringVar(&place.Country, "country", "CN", "country whose rules read numbers without a +")
	return c
}

// readText reads a text as the daemon does, which orders nothing if it holds a card's number.
func readText(grammar order.Grammar, text string) (order.Order, *order.Refusal) {
	text, card := pan.Redact(text)
	read, refused := grammar.Parse(text)
	if !card {
		return read, refused
	}
	written := read.Written
	if refused != nil {
		written = refused.Written
	}
	return order.Order{}, &order.Refusal{Reason: order.CardInText, Written: written}
}

// placeOf fills in what the command line leaves out from the file that it names.
func placeOf(cmd *cobra.Command, place *conf.File) error {
	if !cmd.Flags().Changed("config") {
		return nil
	}
	path, _ := cmd.Flags().GetString("config")
	file, err := conf.Inspect(path)
	if file == nil { // mistakes elsewhere in it are for check
		return err
	}
	for flag, fill := range map[string]func(){
		"currency": func() { place.Currency = file.Currency },
		"country":  func() { place.Country = file.Country },
		"words":    func() { place.Order.Words = file.Order.Words },
	} {
		if !cmd.Flags().Changed(flag) {
			fill()
		}
	}
	return nil
}

func printRefusal(out io.Writer, refused *order.Refusal) {
	row(out, "refused", string(refused.Reason))
	if refused.Reason != order.Confirms { // that one is told the question that waits
		text, a := intent.Misread(refused)
		row(out, "the sender gets", lang.SMS(cmp.Or(refused.Written, lang.EN), text, a))
	}
	fact(out, "meant", string(refused.Meant))
	fact(out, "nearest form", refused.Hint)
}

func printOrder(out io.Writer, read order.Order, currency money.Currency) {
	row(out, "intent", string(read.Intent))
	switch {
	case read.Refund:
		text, args := intent.Misread(&order.Refusal{Reason: order.BadReference, Meant: order.Refund})
		row(out, "a shop gets", lang.SMS(cmp.Or(read.Written, lang.EN), text, args))
	case read.Intent == order.Refund:
		row(out, "only from", "the phone of the shop that was paid; from others it moves nothing")
	case read.Intent == order.In:
		row(out, "only from", "the phone of an agent")
	}
	for _, cell := range [][2]string{{"to", read.To}, {"ref", read.Ref}, {"source", string(read.Source)}, {"card", read.Card}, {"name", read.Name}, {"memo", read.Memo},
		{"language", string(read.Language)}, {"topic", string(read.Topic)}, {"item", itemOf(read)}, {"always", map[bool]string{true: "yes"}[read.Always]}, {"how many", howMany(read)}} {
		fact(out, cell[0], cell[1])
	}
	if read.Amount != 0 {
		row(out, "amount", currency.Format(read.Amount)+" "+read.Currency.Code)
	}
}

// itemOf returns the number of the request that a text answers; "": it names none.
func itemOf(read order.Order) string {
	if !read.HasItem {
		return ""
	}
	return strconv.Itoa(read.Item)
}

// howMany returns how many payments are asked for; "": the text does not say.
func howMany(read order.Order) string {
	if read.Count == 0 {
		return ""
	}
	return strconv.Itoa(read.Count)
}
