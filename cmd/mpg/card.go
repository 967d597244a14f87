package main

import (
	"cmp"
	"io"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"mpg/engine/admin"
	"mpg/engine/api"
	"mpg/engine/card"
)

func cardCommand() *cobra.Command {
	group := &cobra.Command{Use: "card", Short: "link cards to subscribers, who then pay shops with them by text"}
	group.AddCommand(cardAdd(), cardList(), cardRemove())
	return group
}

func cardAdd() *cobra.Command {
	var n api.NewCard
	c := &cobra.Command{
		Use:   "add MSISDN --issuer NAME --token TOKEN --last4 DIGITS --expires YYYY-MM --holder NAME",
		Short: "link a card to a subscriber, if its issuer confirms that it is good",
		Long: `Asks the issuer, a [[bank]] of mpg.toml, whether it knows the token and would let the
card pay, and links the card only if the issuer confirms it. The token is what the issuer
or its vault gives in place of the card's number; the number itself is refused, since mpg
must not store it. The token, the expiry and the holder's name are sealed, and are
never shown. If TOKEN is -, it is read from stdin, so that it does not show in the list
of processes.

An order that says only CARD is paid with the subscriber's first card. --nick is what
they call the card in an order: letters and then a digit or two.`,
		Example: `  mpg card add +8613800000001 --issuer visa-bank --token tok_8f21c0 --last4 1111 \
      --expires 2029-08 --holder "WANG FANG" --scheme visa --nick visa1`,
		Args: misuse(cobra.ExactArgs(1)),
	}
	f := c.Flags()
	f.StringVar(&n.Issuer, "issuer", "", "name of a [[bank]] in the configuration")
	f.StringVar(&n.Token, "token", "", "what the issuer gives in place of the card's number; - reads it from stdin")
	f.StringVar(&n.Last4, "last4", "", "the last four digits of the card's number")
	f.StringVar(&n.Expires, "expires", "", "the card's last month, such as 2029-08")
	f.StringVar(&n.Holder, "holder", "", "the name on the card")
	f.StringVar(&n.Scheme, "scheme", "", "one of "+strings.Join(card.Schemes(), ", ")+" (default: other)")
	f.StringVar(&n.Nick, "nick", "", "what its holder calls it, such as visa1 (default: the scheme and a number)")
	f.BoolVar(&n.HolderShown, "show-holder", false, "the holder agrees that shops may see the name on the card")
	addKey(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		err := cmp.Or(checkNumber(cmd, args[0]), needFlag(cmd, "issuer", n.Issuer), needFlag(cmd, "token", n.Token), needFlag(cmd, "last4", n.Last4),
			needFlag(cmd, "expires", n.Expires), needFlag(cmd, "holder", n.Holder))
		if err != nil {
			return err
		}
		if n.Token == "-" {
			lines, err := readSecrets(cmd.InOrStdin(), 1)
			if err != nil || len(lines) == 0 {
				return misusedBy(cmd, "--token -: a token is one line on stdin")
			}
			n.Token = string(lines[0])
		}
		var view admin.WalletView
		if err := change(cmd, "/users/"+url.PathEscape(args[0])+"/cards", n, &view); err != nil {
			return err
		}
		return showWallet(cmd, view)
	}
	return c
}

func cardList() *cobra.Command {
	return &cobra.Command{Use: "list MSISDN", Short: "list the cards of a subscriber; the first pays unless another is named", Args: misuse(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := dial(cmd)
			if err != nil {
				return err
			}
			var view admin.WalletView
			if err := d.get("/users/"+url.PathEscape(args[0])+"/cards", &view); err != nil {
				return err
			}
			return showWallet(cmd, view)
		}}
}

func cardRemove() *cobra.Command {
	c := &cobra.Command{
		Use: "remove MSISDN NICK", Short: "remove a card from a subscriber", Args: misuse(cobra.ExactArgs(2)),
		Long: `Removes a card: no new order can be paid with it. An open order goes on, and what was
paid with the card can still be refunded to it.`,
		Example: `  mpg card remove +8613800000001 visa1`,
	}
	addKey(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if err := checkNumber(cmd, args[0]); err != nil {
			return err
		}
		var view admin.WalletView
		if err := change(cmd, "/users/"+url.PathEscape(args[0])+"/cards/"+url.PathEscape(args[1])+"/remove", struct{}{}, &view); err != nil {
			return err
		}
		return showWallet(cmd, view)
	}
	return c
}

func showWallet(cmd *cobra.Command, view admin.WalletView) error {
	return show(cmd, view, func(out io.Writer) {
		showRepeat(out, view.Repeated)
		if len(view.Cards) == 0 {
			row(out, view.Number, "has no cards")
			return
		}
		row(out, "CARD", "SCHEME", "NUMBER", "ISSUER", "ADDED", "SHOPS SEE THE HOLDER")
		for _, one := range view.Cards {
			row(out, one.Nick, one.Scheme, "**** "+one.Last4, one.Issuer, seconds(one.Added), map[bool]string{true: "yes", false: "no"}[one.HolderShown])
		}
	})
}

func merchantCards() *cobra.Command {
	c := &cobra.Command{
		Use:   "cards CODE",
		Short: "set how a shop takes cards",
		Long: `Changes only what is given; an empty value means what [product.mcredit] of mpg.toml
says. With --capture later the shop says afterwards how much it charges: mpg payment
capture. With --ask its till is asked whether it accepts an order that the issuer has
approved, and --silence says which it means if the till does not answer in time.`,
		Example: `  mpg merchant cards 8001 --mcc 7011 --capture later
  mpg merchant cards 8001 --ask --silence refuse`,
		Args: misuse(cobra.ExactArgs(1)),
	}
	f := c.Flags()
	mcc := f.String("mcc", "", "merchant category code of four digits (ISO 18245): what the shop sells")
	capture := f.String("capture", "", "when an approved amount is captured: at_once or later")
	silence := f.String("silence", "", "what it means if the till does not answer: accept or refuse")
	ask := f.Bool("ask", false, "ask the shop's till before the card is charged; --ask=false: do not ask")
	addKey(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		in := api.ShopCards{MCC: whereGiven(cmd, "mcc", mcc), Capture: whereGiven(cmd, "capture", capture), Silence: whereGiven(cmd, "silence", silence)}
		if cmd.Flags().Changed("ask") {
			in.Ask = ask
		}
		if in == (api.ShopCards{}) {
			return misusedBy(cmd, "nothing to change: give --mcc, --capture, --ask or --silence")
		}
		var view admin.MerchantView
		if err := change(cmd, "/merchants/"+url.PathEscape(args[0])+"/cards", in, &view); err != nil {
			return err
		}
		return showMerchant(cmd, view)
	}
	return c
}

// printShopCards prints how a shop takes cards.
func printShopCards(out io.Writer, takes *admin.ShopCardsView) {
	if takes == nil {
		return
	}
	if takes.MCC != "" {
		row(out, "deals in", "MCC "+takes.MCC)
	}
	fact(out, "capture", takes.Capture)
	if takes.Ask {
		row(out, "is asked", "yes; its silence means "+cmp.Or(takes.Silence, "what mpg.toml says"))
	}
}
