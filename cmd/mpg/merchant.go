package main

import (
	"cmp"
	"io"
	"net/url"

	"github.com/spf13/cobra"

	"mpg/engine/admin"
	"mpg/engine/api"
)

func merchantCommand() *cobra.Command {
	merchant := &cobra.Command{Use: "merchant", Short: "register and manage shops"}
	merchant.AddCommand(merchantAdd(), merchantShow(), merchantList(), merchantSet(), merchantCards(), merchantFund(), merchantReceivable(), merchantClose())
	return merchant
}

func merchantAdd() *cobra.Command {
	var n api.NewMerchant
	c := &cobra.Command{
		Use:   "add CODE --name NAME",
		Short: "register a shop under a code of 4 to 6 digits",
		Long: `Registers a shop. With --agent it is an agent as well: a subscriber who texts OUT
100 CODE pays it 100 from the purse, after a PIN call, and gets the cash; the agent's
number texts IN 100 NUMBER to pay 100 of cash into a subscriber's purse, after a PIN
call to the agent, whose number must be a subscriber's with a PIN. The agent's account
is its float: mpg merchant fund CODE AMOUNT adds to it.`,
		Example: `  mpg merchant add 8001 --name "BLUEBIRD FLORIST" --name-zh 蓝鸟花店 --phone +8613800008001`,
		Args:    misuse(cobra.ExactArgs(1)),
	}
	f := c.Flags()
	f.StringVar(&n.Name, "name", "", "name in Latin letters; a Chinese name goes in --name-zh")
	f.StringVar(&n.NameZH, "name-zh", "", "name in Chinese characters")
	f.StringVar(&n.Number, "phone", "", "number that gets the receipts")
	f.StringVar(&n.Bank, "bank", "", "name of a [[bank]] in the configuration")
	f.StringVar(&n.BankAccount, "bank-account", "", "the shop's account there")
	f.BoolVar(&n.Agent, "agent", false, "it is an agent: it gives cash for money in purses, and takes cash")
	f.StringVar(&n.Class, "class", "", "class that rows of fees and limits name as payee_class")
	f.StringVar(&n.Vertical, "vertical", "", verticalFlag)
	addKey(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		n.Code = args[0]
		if err := needFlag(cmd, "name", n.Name+n.NameZH); err != nil {
			return err
		}
		if n.Number != "" {
			if err := checkNumber(cmd, n.Number); err != nil {
				return err
			}
		}
		var m admin.MerchantView
		if err := change(cmd, "/merchants", n, &m); err != nil {
			return err
		}
		return showMerchant(cmd, m)
	}
	return c
}

// verticalFlag says what the flag --vertical is.
const verticalFlag = "kind of business: sale, fuel, hotel, parking or tickets"

func showMerchant(cmd *cobra.Command, shop admin.MerchantView) error {
	return show(cmd, shop, func(out io.Writer) { printMerchant(out, shop) })
}

func printMerchant(out io.Writer, shop admin.MerchantView) {
	showRepeat(out, shop.Repeated)
	row(out, "code", shop.Code)
	fact(out, "name", shop.Name, shop.NameZH)
	row(out, "phone", cmp.Or(shop.Number, "none; it gets no receipts"))
	if shop.Agent {
		row(out, "agent", "yes; its account is its float")
	}
	fact(out, "class", shop.Class)
	fact(out, "bank", shop.Bank, shop.Account)
	if next := shop.NextBank; next != nil {
		row(out, "next bank", cmp.Or(next.Bank, "none")+" "+next.Account+" from "+seconds(next.From))
	}
	fact(out, "business", shop.Vertical)
	printShopCards(out, shop.Cards)
	row(out, "registered", seconds(shop.Created))
	if shop.Closed != "" {
		row(out, "closed", seconds(shop.Closed)+", "+shop.Why)
	}
}

func merchantShow() *cobra.Command {
	return &cobra.Command{Use: "show CODE", Short: "show a shop", Args: misuse(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := dial(cmd)
			if err != nil {
				return err
			}
			var shop admin.MerchantView
			if err := d.get("/merchants/"+url.PathEscape(args[0]), &shop); err != nil {
				return err
			}
			return showMerchant(cmd, shop)
		}}
}

func merchantSet() *cobra.Command {
	c := &cobra.Command{
		Use:   "set CODE",
		Short: "change a shop's names, number, kind of business or bank account",
		Long: `Changes only what is given. An empty value removes a name, of which at least
one must stay, or the number, after which the shop gets no receipts. An open
order keeps the names and the number that it was made with.

--vertical says what kind of business it is, for orders from then on. At fuel (a petrol
station) and hotel, what a customer orders is only authorised, and the shop captures its
price later, by a till or mpg payment capture; what it does not capture in time, see
[product.vertical] of mpg.toml, is released. At parking, the tills see what the customer
wrote behind the amount, as in PAY 8002 6 PLATE AB123C. At tickets, the reference of a
payment is the number of a ticket, which a till can redeem once.

--bank and --bank-account are given together, and without other changes. A new bank
account takes two people, and is used only once approval.cooling_off of mpg.toml has
passed. The shop is told at once by text, and nothing is paid out to it meanwhile. Empty
values remove the account. --keep-bank cancels a change that has not taken effect yet.`,
		Example: `  mpg merchant set 8001 --name "BLUEBIRD FLOWERS"
  mpg merchant set 8001 --phone +8613800008002 --key till-7-0816
  mpg merchant set 8001 --bank icbc --bank-account 6222020200112233445`,
		Args: misuse(cobra.ExactArgs(1)),
	}
	f := c.Flags()
	name := f.String("name", "", "name in Latin letters")
	nameZH := f.String("name-zh", "", "name in Chinese characters")
	phone := f.String("phone", "", "number that gets the receipts")
	vertical := f.String("vertical", "", verticalFlag)
	var bank api.ShopBank
	f.StringVar(&bank.Bank, "bank", "", "name of a [[bank]] in the configuration")
	f.StringVar(&bank.BankAccount, "bank-account", "", "the shop's account there")
	f.BoolVar(&bank.Keep, "keep-bank", false, "cancel a change of the bank account that has not taken effect yet")
	agent := f.Bool("agent", false, "whether it is an agent, which gives and takes cash; --agent=false: no longer")
	class := f.String("class", "", "class that rows of fees and limits name as payee_class; empty: none")
	addKey(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		in := api.MerchantChange{Name: whereGiven(cmd, "name", name), NameZH: whereGiven(cmd, "name-zh", nameZH), Number: whereGiven(cmd, "phone", phone),
			Vertical: whereGiven(cmd, "vertical", vertical), Agent: whereGiven(cmd, "agent", agent), Class: whereGiven(cmd, "class", class)}
		shop := "/merchants/" + url.PathEscape(args[0])
		var view admin.MerchantView
		switch changesBank, err := checkBankFlags(cmd, in); {
		case err != nil:
			return err
		case changesBank:
			return changeOrWait(cmd, shop+"/bank", bank, &view, func() error { return showMerchant(cmd, view) })
		case in == (api.MerchantChange{}):
			return misusedBy(cmd, "nothing to change: give --name, --name-zh, --phone, --vertical, --agent, --class or --bank")
		}
		if *phone != "" {
			if err := checkNumber(cmd, *phone); err != nil {
				return err
			}
		}
		if err := change(cmd, shop+"/set", in, &view); err != nil {
			return err
		}
		return showMerchant(cmd, view)
	}
	return c
}

// checkBankFlags reports whether a command changes the bank account of a shop, and refuses
// one that also changes something else, or only half of the account.
func checkBankFlags(cmd *cobra.Command, besides api.MerchantChange) (changesBank bool, err error) {
	bank, account, keep := cmd.Flags().Changed("bank"), cmd.Flags().Changed("bank-account"), cmd.Flags().Changed("keep-bank")
	switch {
	case !bank && !account && !keep:
		return false, nil
	case besides != (api.MerchantChange{}), keep && (bank || account):
		return false, misusedBy(cmd, "change the bank account by a command of its own")
	case bank != account:
		return false, misusedBy(cmd, "--bank and --bank-account go together")
	}
	return true, nil
}

func merchantFund() *cobra.Command {
	c := &cobra.Command{
		Use:   "fund CODE AMOUNT",
		Short: "add to an agent's float, against the operator's float account",
		Long: `Adds AMOUNT to the account of the agent CODE, which is its float; the agent is told by
text. It takes two people if the agent is then funded with more than
approval.topup_above of mpg.toml in one day. What was funded by mistake is taken back by
mpg purse correct REF.`,
		Example: "  mpg merchant fund 8005 5000.00 --key float-8005-1126",
		Args:    misuse(cobra.ExactArgs(2)),
	}
	addKey(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if err := checkAmount(cmd, args[1]); err != nil {
			return err
		}
		var p admin.PaymentView
		return changeOrWait(cmd, "/merchants/"+url.PathEscape(args[0])+"/fund", api.Funding{Amount: args[1]}, &p, func() error { return showPayment(cmd, p) })
	}
	return c
}

func merchantClose() *cobra.Command {
	var in api.Closing
	c := &cobra.Command{
		Use:   "close CODE --reason TEXT",
		Short: "close a shop for good",
		Long: `Closes a shop: anyone who tries to pay it is told so, and its account takes
nothing in. It is refused while a payment to the shop is open, or while its account
holds money. --pay-out pays that money in cash, against the float, and takes two people:
what the account holds when it is approved is paid.`,
		Example: `  mpg merchant close 8001 --reason "gave up business" --pay-out --key close-8001`,
		Args:    misuse(cobra.ExactArgs(1)),
	}
	c.Flags().StringVar(&in.Reason, "reason", "", "why; kept for auditors")
	c.Flags().BoolVar(&in.PayOut, "pay-out", false, "pay what its account holds in cash")
	addKey(c)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if err := needFlag(cmd, "reason", in.Reason); err != nil {
			return err
		}
		var shop admin.ClosedView
		return changeOrWait(cmd, "/merchants/"+url.PathEscape(args[0])+"/close", in, &shop, func() error {
			return show(cmd, shop, func(out io.Writer) {
				printMerchant(out, shop.MerchantView)
				if paid := shop.PaidOut; paid != nil {
					row(out, "paid out", paid.Currency+" "+paid.Amount+" in cash, "+paid.Ref)
				}
			})
		})
	}
	return c
}

// whereGiven returns the value of a flag that is on the command line; nil: it is not.
func whereGiven[T any](cmd *cobra.Command, flag string, value *T) *T {
	if !cmd.Flags().Changed(flag) {
		return nil
	}
	return value
}
