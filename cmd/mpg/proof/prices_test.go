package proof

import (
	"os"
	"path/filepath"

	"mpg/store/money"
)

// What payments cost in a world with a tariff, and limits that nobody reaches. The files are
// the operator's; price works the same out by itself.
const (
	tariffFile = `[shop]
product  = "mpurse"
percent  = "1"
min      = "0.01"
rounding = "down"
returned = "yes"

[parking-tiny]
product  = "mpurse"
merchant = "8002"
to       = "0.99"

[parking]
product     = "mpurse"
merchant    = "8002"
from        = "1.00"
percent     = "1"
min         = "0.01"
rounding    = "down"
payer_share = "payee"

[send]
product = "mp2p"
flat    = "0.03"

[bank-tiny]
product = "mdebit"
to      = "0.99"

[bank]
product     = "mdebit"
from        = "1.00"
flat        = "0.10"
percent     = "0.5"
rounding    = "down"
unit        = "0.10"
payer_share = "60"
tax_rate    = "25"

[card]
product = "mcredit"
flat    = "0.07"

[to-the-bank]
product = "bankout"
flat    = "0.05"

[cash-out]
product = "cashout"
flat    = "0.20"

[cash-in]
product     = "cashin"
percent     = "1"
rounding    = "down"
payer_share = "payee"
`
	limitsFile = `[all]
payment_max = "900000000.00"
day         = "9000000000.00"
day_count   = "900000"
month       = "9000000000.00"

[send-to-one]
product   = ["mp2p"]
per       = "payee"
day       = "900000000.00"

[purses]
direction   = "in"
balance_max = "900000000.00"
`
	cheapShop              = "8002" // which pays the fee of payments from purses itself
	tariffName, limitsName = "tariff.toml", "limits.toml"
)

// price is what a payment costs by tariffFile.
func price(product, payee string, amount money.Amount) fees {
	switch {
	case product == "mpurse" && payee == cheapShop:
		return fees{Payee: max(1, amount/100)}
	case product == "mpurse": // the payer pays one percent, which a refund returns
		return fees{Payer: max(1, amount/100)}
	case product == "mp2p":
		return fees{Payer: 3}
	case product == bankOut:
		return fees{Payer: 5}
	case product == cardAtOnce:
		return fees{Payer: 7}
	case product == cashOut:
		return fees{Payer: 20}
	case product == cashIn: // of the subscriber
		return fees{Payee: amount / 100}
	case product == "mdebit": // ten for each begun 20.00: the payer pays six of them, and the shop four; two are tax
		tens := amount/2000 + 1
		return fees{Payer: 6 * tens, Payee: 4 * tens, Tax: 2 * tens}
	}
	return fees{}
}

// writePrices writes the files, and returns the lines of mpg.toml that name them.
func (w *world) writePrices() (tariff, limits string) {
	w.t.Helper()
	if !w.set.tariff {
		return "", ""
	}
	for name, text := range map[string]string{tariffName: tariffFile, limitsName: limitsFile} {
		if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
	return "[tariff]\nfiles = [\"" + tariffName + "\"]\n", "files = [\"" + limitsName + "\"]\n"
}
