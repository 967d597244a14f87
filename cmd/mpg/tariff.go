package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"mpg/cmd/mpg/daemon"
	"mpg/conf"
	"mpg/engine/payment"
	"mpg/engine/product"
	"mpg/engine/tariff"
	"mpg/store/money"
)

func tariffCommand() *cobra.Command {
	c := &cobra.Command{Use: "tariff", Short: "show what payments cost"}
	c.AddCommand(tariffTest())
	return c
}

// tariffOrder is the payment that is tried.
type tariffOrder struct {
	product, amount, shop, class, date, currency string
	tier                                         int
	files                                        []string
}

func tariffTest() *cobra.Command {
	var given tariffOrder
	c := &cobra.Command{
		Use:   "test --amount AMOUNT [--product NAME]",
		Short: "show what a payment would cost, which row decides, and why; needs no daemon",
		Long: `Shows what a payment would cost according to tariff.files of the daemon's configuration,
or to the files that --file names: how much each side pays and gets, which row decides,
and why no other row does.

The files are read as they are now; a daemon charges by those that it loaded at its start
or last reload. A shop's class and a payer's tier are not looked up: if rows depend on
them, give --class, which mpg merchant show prints, and --tier, which mpg limit test prints.`,
		Example: "  mpg tariff test --product mpurse --amount 128.50 --merchant 8001\n  mpg tariff test --file new-tariff.toml --product mp2p --amount 50 --tier 1 --date 2027-01-01",
		Args:    misuse(cobra.NoArgs),
	}
	f := c.Flags()
	f.StringVar(&given.product, "product", "mpurse", "how it is paid: "+productNames())
	f.StringVar(&given.amount, "amount", "", "what is ordered, without the fee")
	f.StringVar(&given.shop, "merchant", "", "code of the shop that is paid, or of the agent")
	f.StringVar(&given.class, "class", "", "class of the shop that is paid; a person is always of class \"person\"")
	f.IntVar(&given.tier, "tier", 0, "tier of the payer")
	f.StringVar(&given.date, "date", "", "local day of the order, such as 2026-11-30 (default: today)")
	f.StringArrayVar(&given.files, "file", nil, "a file of fees, in place of those of the configuration; may be repeated")
	f.StringVar(&given.currency, "currency", "CNY", "with --file: currency of rows that name none")
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		order, set, currency, err := given.read(cmd)
		if err != nil {
			return err
		}
		view := tariffView(order, set, currency)
		return show(cmd, view, view.print)
	}
	return c
}

// read returns the order that is tried, and the tariff.
func (o *tariffOrder) read(cmd *cobra.Command) (tariff.Order, *tariff.Set, money.Currency, error) {
	order := tariff.Order{Product: o.product, Channel: tariff.ChannelSMS, Shop: o.shop, Class: o.class, Tier: o.tier, Date: o.date}
	zone := time.Local
	if len(o.files) == 0 {
		path, _ := cmd.Flags().GetString("config")
		file, err := conf.Inspect(path)
		if file == nil { // mistakes elsewhere in it are for check
			return order, nil, money.Currency{}, err
		}
		o.files, zone = file.Tariff.Files, file.TimeZone
		if !cmd.Flags().Changed("currency") {
			o.currency = file.Currency
		}
	}
	currency, ok := money.Lookup(o.currency)
	if !ok {
		return order, nil, currency, misused{daemon.UnknownCurrency(o.currency)}
	}
	order.Currency = currency.Code
	if o.amount == "" {
		return order, nil, currency, misusedBy(cmd, "--amount is missing")
	}
	var err error
	if order.Amount, err = currency.Parse(o.amount); err != nil {
		return order, nil, currency, misusedBy(cmd, "--amount: %q %v", o.amount, err)
	}
	switch {
	case order.Amount == 0:
		return order, nil, currency, misusedBy(cmd, "--amount: want more than zero")
	case o.tier < 0 || o.tier > tariff.TierMax:
		return order, nil, currency, misusedBy(cmd, "--tier: want 0 to %d", tariff.TierMax)
	case order.Date == "":
		order.Date = time.Now().In(zone).Format(time.DateOnly)
	}
	if order.Class, err = o.classOf(cmd); err != nil {
		return order, nil, currency, err
	}
	if day, err := time.Parse(time.DateOnly, order.Date); err != nil || day.Format(time.DateOnly) != order.Date {
		return order, nil, currency, misusedBy(cmd, "--date: %q is not a day such as 2026-11-30", order.Date)
	}
	set, err := daemon.Tariff(o.files, currency)
	return order, set, currency, err
}

// classOf returns the class of the payee. A person has only one.
func (o *tariffOrder) classOf(cmd *cobra.Command) (string, error) {
	p, err := productOf(cmd, o.product)
	switch {
	case err != nil:
		return "", err
	case o.shop != "" && !p.HasShop:
		return "", noShopIn(cmd, p)
	case p.PaysShop && o.class == tariff.Person:
		return "", misusedBy(cmd, "--class: the payee of %s is a shop, and no shop is of class %s", p.Name, tariff.Person)
	case p.PaysShop:
		return o.class, nil
	case o.class != "" && o.class != tariff.Person:
		return "", misusedBy(cmd, "--class: the payee of %s is a person, who is of class %s", p.Name, tariff.Person)
	}
	return tariff.Person, nil
}

// costView is what a payment costs.
type costView struct {
	Row      string        `json:"row"` // that decides; empty: none
	Version  string        `json:"version"`
	Date     string        `json:"date"`
	Amount   string        `json:"amount"`
	Currency string        `json:"currency"`
	Charged  string        `json:"charged"`
	Received string        `json:"received"`
	Fee      string        `json:"fee"`
	PayerFee string        `json:"payer_fee"`
	PayeeFee string        `json:"payee_fee"`
	Tax      string        `json:"tax"`
	Account  string        `json:"account,omitempty"`
	Returned bool          `json:"returned"`
	Rows     []verdictView `json:"rows"`
}

// verdictView is one row that was looked at.
type verdictView struct {
	Row   string `json:"row"`
	Place string `json:"place"`
	Why   string `json:"why,omitempty"` // it does not decide; empty: it does
}

// tariffView works out what an order costs.
func tariffView(order tariff.Order, set *tariff.Set, currency money.Currency) *costView {
	fee, _ := set.Fee(order)
	fee = product.OnTop(payment.Product(order.Product), fee)
	price := currency.Format
	v := &costView{Row: fee.Row, Version: set.Version(), Date: order.Date, Amount: price(order.Amount), Currency: currency.Code,
		Charged: price(order.Amount + fee.Payer), Received: price(order.Amount - fee.Payee), Fee: price(fee.Sum()),
		PayerFee: price(fee.Payer), PayeeFee: price(fee.Payee), Tax: price(fee.Tax), Account: fee.Terms.Account, Returned: fee.Terms.Returned}
	v.Rows = make([]verdictView, 0, len(set.Rows()))
	for _, verdict := range set.Explain(order) {
		v.Rows = append(v.Rows, verdictView{verdict.Row.ID, verdict.Row.Place(), verdict.Why})
	}
	return v
}

// print writes what an order costs, and then row by row why.
func (v *costView) print(out io.Writer) {
	row(out, "order", fmt.Sprintf("%s %s on %s", v.Amount, v.Currency, v.Date))
	if v.Row == "" {
		row(out, "fee", "none: no row applies to it")
	} else {
		row(out, "fee", v.Fee+", by row "+v.Row+" of version "+v.Version)
		row(out, "payer pays", v.Charged+", with a fee of "+v.PayerFee)
		row(out, "payee gets", v.Received+", after a fee of "+v.PayeeFee)
		row(out, "tax in it", v.Tax)
		row(out, "account", v.Account)
		row(out, "a refund", map[bool]string{true: "returns the fee", false: "does not return the fee"}[v.Returned])
	}
	for _, one := range v.Rows {
		why := one.Why
		if why == "" {
			why = "decides"
		}
		row(out, "row "+one.Row, why, one.Place)
	}
}
