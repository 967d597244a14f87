package daemon

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"mpg/cmd/mpg/hint"
	"mpg/cmd/mpg/keys"
	"mpg/conf"
	"mpg/engine"
	"mpg/engine/acquirer"
	"mpg/engine/admin"
	"mpg/engine/ask"
	"mpg/engine/books"
	"mpg/engine/claim"
	"mpg/engine/intent"
	"mpg/engine/lang"
	"mpg/engine/local"
	"mpg/engine/module"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/pin"
	"mpg/engine/product"
	"mpg/store/bolt"
	"mpg/store/money"
)

// meant is what the configuration means.
type meant struct {
	currency money.Currency
	rules    engine.Rules
	words    *order.Words
	owes     map[string]money.Amount
}

// prepare reads all that the configuration names. Where there are no books yet it reads the
// keys as well, or makes them, so that no ledger is begun that could not be used.
func (d *Daemon) prepare() error {
	currency, rules, err := meaning(d.conf, d.modules)
	if err != nil {
		return err
	}
	files, wrong := readOwn(d.conf, currency)
	if len(wrong) > 0 {
		return wrong
	}
	words, err := module.Words(d.modules, files.words)
	if err != nil {
		return err
	}
	owes, wrong := owed(d.conf, currency)
	if len(wrong) > 0 {
		return wrong
	}
	if err := d.banks.prepare(); err != nil {
		return err
	}
	if err := d.binds.prepare(); err != nil {
		return err
	}
	d.words, d.tariff = files.words, files.tariff.Version()
	d.means = meant{currency, rules, words, owes}
	if _, err := os.Stat(filepath.Join(d.conf.DataDir, bolt.FileName)); errors.Is(err, fs.ErrNotExist) {
		_, err := loadKeys(d.conf, nil)
		return err
	}
	return nil
}

// recover makes the engine over the store and lets it find what was under way.
func (d *Daemon) recover() error {
	checks, err := books.KeyChecks(d.ctx, d.store)
	if err != nil {
		return err
	}
	secrets, err := loadKeys(d.conf, checks)
	if err != nil {
		return err
	}
	language, _ := lang.Parse(d.conf.Language)
	d.engine, err = engine.New(engine.Config{
		Store: d.store, Rules: d.means.rules, Place: local.Place{Currency: d.means.currency, Language: language, Zone: d.conf.TimeZone},
		Grammar: order.Grammar{Currency: d.means.currency, Country: d.conf.Country, Words: d.means.words}, Modules: d.modules,
		Ports: engine.Ports{SendSMS: d.binds.send, Codes: d.binds.codes, SMSReady: d.binds.ready, SMSUp: d.binds.up, Call: d.calls.Call, Speaks: d.calls.speaks, Banks: d.banks.ports(), Owes: d.means.owes, Breakers: breakers(d.conf)},
		PIN:   pin.Config{Key: secrets.PIN, Parallel: runtime.NumCPU()}, SealKey: secrets.Seal, CallsMax: d.conf.SIP.Calls,
		Binds: d.binds.names(), Code: d.binds.hasCode, Ambiguous: d.binds.ambiguous, ShortCode: d.binds.firstCode(),
		Observe: d.meters.observe(),
		Now:     time.Now, Rand: rand.Reader, Log: d.log, Broken: d.lost,
	})
	var missing *books.MissingError
	if errors.As(err, &missing) {
		return hint.Add(err, "nothing was changed; start the build that these books were kept with")
	}
	if err != nil {
		return err
	}
	d.banks.engine, d.binds.engine = d.engine, d.engine
	return d.engine.Start()
}

// loadKeys reads the keys of the books, or makes them if there are no books yet: checks is nil.
func loadKeys(file *conf.File, checks keys.Checks) (keys.Keys, error) {
	if checks == nil {
		if err := keys.MakeFolders(file); err != nil {
			return keys.Keys{}, err
		}
	}
	k, err := keys.Load(file, checks)
	var wrong *keys.Problem
	if errors.As(err, &wrong) {
		return keys.Keys{}, hint.Add(err, wrong.Remedy)
	}
	return k, err
}

// UnknownCurrency returns the error for a code that is not a currency.
func UnknownCurrency(code string) error { return fmt.Errorf("%q is not an ISO 4217 currency", code) }

// UnknownCountry returns the error for a code that is not a country's, or is one of a
// country without phone numbers.
func UnknownCountry(code string) error {
	return fmt.Errorf("%q is not an ISO 3166 country with phone numbers", code)
}

// Meaning reads the values whose form alone conf checks: currency, country, amounts, and
// the operator's files of words, texts, fees and limits. Its error is conf.Mistakes.
func Meaning(file *conf.File) (money.Currency, engine.Rules, error) {
	return meaning(file, Modules(file))
}

// meaning is Meaning with a list of modules.
func meaning(file *conf.File, modules []module.Module) (money.Currency, engine.Rules, error) {
	all := unknownOff(file, modules)
	if CallingCode(file.Country) == "" {
		all = append(all, file.Mistake("country", UnknownCountry(file.Country).Error()+`; want a code such as "CN"`))
	}
	currency, ok := money.Lookup(file.Currency)
	files, wrong := readOwn(file, currency)
	all = append(all, wrong...)
	if !ok { // and what its amounts mean cannot be known
		return currency, engine.Rules{}, append(all, file.Mistake("currency", UnknownCurrency(file.Currency).Error()))
	}
	rules, err := rulesOf(file, currency, files)
	var amounts conf.Mistakes
	switch {
	case errors.As(err, &amounts):
		return currency, rules, append(all, amounts...)
	case err == nil && len(all) > 0:
		return currency, rules, all
	}
	return currency, rules, err
}

// unknownOff returns the mistakes in product.off: names of what cannot be switched off.
// Payments from and to the purse cannot: they are what mpg is for.
func unknownOff(file *conf.File, modules []module.Module) (wrong conf.Mistakes) {
	known := append([]string{string(payment.MDebit), string(payment.MCredit), string(payment.MP2P), string(payment.BankIn), string(payment.BankOut), string(payment.CashOut), string(payment.CashIn)}, module.Names(modules)...)
	for i, name := range file.Product.Off {
		if !slices.Contains(known, name) {
			wrong = append(wrong, file.Mistake(fmt.Sprintf("product.off[%d]", i+1), fmt.Sprintf("%q cannot be switched off; want one of %s", name, strings.Join(known, ", "))))
		}
	}
	return wrong
}

// rulesOf copies what may change while the daemon runs.
func rulesOf(file *conf.File, currency money.Currency, files own) (engine.Rules, error) {
	r := engine.Rules{
		Rules: intent.Rules{
			Expires: file.Order.Expires, Repeat: file.Order.Repeat, Redelivery: file.Order.Redelivery, RefundWithin: file.Order.RefundWithin,
			Ask:           ask.Rules{Expires: file.Ask.Expires, PerDay: file.Ask.PerDay, PerPair: file.Ask.PerPair, Open: file.Ask.Open},
			UnreadPerHour: file.Order.UnreadPerHour, CallsPerOrder: file.Order.CallsPerOrder, CallsPerHour: file.Order.CallsPerHour,
		},
		BankWait: file.Order.BankWait, NoticeRetry: file.Notice.Retry, Reversals: reversalsOf(file),
		Session:      file.Staff.Session,
		CommandRules: admin.CommandRules{SecondWithin: file.Approval.Expires, CoolingOff: file.Approval.CoolingOff, PINWait: file.Approval.PINWait},
		Operator:     lang.Operator{Care: file.Texts.Care, Service: lang.Name{EN: file.Texts.Service, ZH: file.Texts.ServiceZH}, Texts: files.texts},
	}
	if file.Claim.Enabled {
		r.Claim = claim.Rules{Expires: file.Claim.Expires, Open: file.Claim.Open, PerNumber: file.Claim.PerNumber}
	}
	if file.FirstPayee.Action == "wait" {
		r.First.Wait = file.FirstPayee.Wait
	}
	var wrong conf.Mistakes
	r.Products.Cards, wrong = cardsOf(file)
	r.Products.Tariff, r.Products.Limits = files.tariff, files.limits
	r.Products.Verticals = product.Verticals{Fuel: file.Product.Vertical.Fuel, Hotel: file.Product.Vertical.Hotel, Increase: int64(file.Product.Vertical.Increase)}
	for _, name := range file.Product.Off {
		r.Products.Off = append(r.Products.Off, payment.Product(name))
	}
	for _, a := range []struct {
		key  string
		text conf.Amount
		to   *money.Amount
	}{
		{"product.mpurse.pin_above", file.Product.MPurse.PINAbove, &r.Products.PINAbove},
		{"product.mpurse.pin_free_day", file.Product.MPurse.PINFreeDay, &r.Products.PINFreeDay},
		{"first_payee.above", file.FirstPayee.Above, &r.First.Above},
		{"limit.payment", file.Limit.Payment, &r.Products.PaymentLimit},
		{"limit.day", file.Limit.Day, &r.Products.DayLimit},
		{"limit.topup", file.Limit.TopUp, &r.TopUpLimit},
		{"approval.topup_above", file.Approval.TopUpAbove, &r.TopUpAbove},
		{"approval.refund_above", file.Approval.RefundAbove, &r.RefundAbove},
	} {
		amount, err := currency.Parse(string(a.text))
		if err != nil {
			wrong = append(wrong, file.Mistake(a.key, fmt.Sprintf("%q %v", a.text, err)))
		}
		*a.to = amount
	}
	if _, err := owed(file, currency); len(err) > 0 {
		wrong = append(wrong, err...)
	}
	if len(wrong) > 0 {
		return r, wrong
	}
	return r, nil
}

// reversalsOf says how each bank's requests are reversed.
func reversalsOf(file *conf.File) map[string]acquirer.Reversal {
	by := make(map[string]acquirer.Reversal, len(file.Bank))
	for _, b := range file.Bank {
		by[b.Name] = acquirer.Reversal{Retry: b.ReversalRetry, For: b.ReversalFor}
	}
	return by
}

// reload takes over what may change while the daemon runs and logs what needs
// a restart. A file with mistakes changes nothing.
func (d *Daemon) reload() {
	f, files, rules, err := reread(d.conf, d.modules)
	if err != nil {
		d.log.Error("configuration not reloaded; what was loaded before stays in force", "err", err)
		rules := d.engine.Rules()
		rules.Refused = &admin.Refused{At: time.Now().UTC().Format(time.RFC3339), Why: strings.Split(err.Error(), "\n")}
		d.engine.SetRules(rules)
		return
	}
	later := conf.Restart(d.conf, f)
	if files.changes(d.words) && !slices.Contains(later, wordsKey) {
		later = append(later, wordsKey)
	}
	if len(later) > 0 {
		d.log.Warn("changes to these keys take effect at the next start", "keys", later)
	}
	d.engine.SetRules(rules)
	d.calls.prepare(rules.Operator.Texts)
	d.binds.reload(f)
	d.tills.reload()
	d.level.Set(levelOf(f.Log))
	if version := files.tariff.Version(); version != d.tariff {
		d.tariff = version
		d.log.Info("new fees apply from now on", "version", version)
	}
	d.log.Info("configuration reloaded")
}

// reread reads the configuration that is running, and the files that it names, as they are now.
// Its error lists the mistakes in them.
func reread(running *conf.File, modules []module.Module) (*conf.File, own, engine.Rules, error) {
	f, err := conf.Load(running.Path())
	if err == nil {
		_, _, err = meaning(f, modules)
	}
	if err != nil {
		return nil, own{}, engine.Rules{}, err
	}
	currency, _ := money.Lookup(running.Currency) // a changed currency waits for a restart, which the books refuse
	files, wrong := readOwn(f, currency)
	if len(wrong) > 0 {
		return nil, own{}, engine.Rules{}, wrong
	}
	rules, err := rulesOf(f, currency, files)
	return f, files, rules, err
}
