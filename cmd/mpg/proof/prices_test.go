package proof

import (
	"os"
	"path/filepath"
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
`
	limitsFile = `[all]
payment_max = "9000000.00"
day         = "900000000.00"
day_count   = "900000"
month       = "900000000.00"

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

// price sets what o costs by tariffFile.
func (o *order) price() {
	switch {
	case o.Product == "mpurse" && o.Payee == cheapShop:
		o.PayeeFee = max(1, o.Amount/100)
	case o.Product == "mpurse": // the payer pays one percent, which a refund returns
		o.Fee = max(1, o.Amount/100)
	case o.Product == "mp2p":
		o.Fee = 3
	case o.Product == "mdebit": // ten for each begun 20.00: the payer pays six of them, and the shop four; two are tax
		tens := o.Amount/2000 + 1
		o.Fee, o.PayeeFee, o.Tax = 6*tens, 4*tens, 2*tens
	}
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
