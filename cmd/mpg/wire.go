package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"runtime"
	"time"

	"mpg/conf"
	"mpg/engine"
	"mpg/engine/bank"
	"mpg/engine/books"
	"mpg/engine/lang"
	"mpg/engine/order"
	"mpg/store/money"
)

// The files named wire are where two worlds meet: configuration is copied into
// each part's own Config, and the engine's ports are filled with what speaks a
// protocol. wire.go joins conf and engine, wire_smpp.go the binds, wire_ivr.go
// calls and voices, wire_bank.go the banks.

// recover makes the engine over the store and lets it find what was under way.
func (d *daemon) recover() error {
	currency, rules, err := meaningOf(d.conf)
	if err != nil {
		return err
	}
	keys, err := d.loadKeys()
	if err != nil {
		return err
	}
	if err := d.makeLinks(); err != nil {
		return err
	}
	if err := d.makeBinds(); err != nil {
		return err
	}
	language, _ := lang.Parse(d.conf.Language)
	d.engine, err = engine.New(engine.Config{
		Store: d.store, Rules: rules, Currency: currency, Language: language, Zone: d.conf.TimeZone,
		Grammar: order.Grammar{Currency: currency, Country: d.conf.Country},
		Ports:   engine.Ports{SendSMS: d.sendSMS, SMSReady: d.smsReady, SMSUp: d.smsUp, Call: d.call, Speaks: d.speaks, Banks: d.ports()},
		PINKey:  keys.pin, SealKey: keys.seal, PINHash: runtime.NumCPU(), CallsMax: d.conf.SIP.Calls,
		Binds: d.bindNames(), Code: d.hasCode, Ambiguous: d.ambiguous, ShortCode: d.firstCode(),
		Observe: d.measures().observe(),
		Now:     time.Now, Rand: rand.Reader, Log: d.log, Broken: d.lost,
	})
	if err != nil {
		return err
	}
	return d.engine.Start()
}

// loadKeys reads the keys of the books, or makes them if there are no books yet.
func (d *daemon) loadKeys() (keys, error) {
	checks, err := books.KeyChecks(d.store)
	if err != nil {
		return keys{}, err
	}
	if checks == nil {
		if err := makeKeyFolders(d.conf); err != nil {
			return keys{}, err
		}
	}
	k, err := loadKeys(d.conf, checks)
	var p *keyProblem
	if errors.As(err, &p) {
		return keys{}, hinted{err, p.remedy}
	}
	return k, err
}

// meaningOf reads the values of which conf checks only the form: currency, country and amounts.
// Its error is conf.Mistakes.
func meaningOf(f *conf.File) (money.Currency, engine.Rules, error) {
	var all conf.Mistakes
	if callingCode(f.Country) == "" {
		all = append(all, f.Mistake("country", fmt.Sprintf(`%q is not an ISO 3166 country with phone numbers; want a code such as "CN"`, f.Country)))
	}
	currency, ok := money.Lookup(f.Currency)
	if !ok { // and what its amounts mean cannot be known
		return currency, engine.Rules{}, append(all, f.Mistake("currency", errCurrency(f.Currency).Error()))
	}
	rules, err := rulesOf(f, currency)
	var amounts conf.Mistakes
	switch {
	case errors.As(err, &amounts):
		return currency, rules, append(all, amounts...)
	case err == nil && len(all) > 0:
		return currency, rules, all
	}
	return currency, rules, err
}

// rulesOf copies what may change while the daemon runs.
func rulesOf(f *conf.File, c money.Currency) (engine.Rules, error) {
	r := engine.Rules{
		Expires: f.Order.Expires, Repeat: f.Order.Repeat, Redelivery: f.Order.Redelivery,
		UnreadPerHour: f.Order.UnreadPerHour, CallsPerOrder: f.Order.CallsPerOrder, CallsPerHour: f.Order.CallsPerHour,
		BankWait: f.Order.BankWait, NoticeRetry: f.Notice.Retry, Reversals: reversalsOf(f),
		Operator: lang.Operator{Care: f.Texts.Care, Service: lang.Name{EN: f.Texts.Service, ZH: f.Texts.ServiceZH}},
	}
	var wrong conf.Mistakes
	for _, a := range []struct {
		key  string
		text conf.Amount
		to   *money.Amount
	}{
		{"product.mpurse.pin_above", f.Product.MPurse.PINAbove, &r.Products.PINAbove},
		{"product.mpurse.pin_free_day", f.Product.MPurse.PINFreeDay, &r.Products.PINFreeDay},
		{"limit.payment", f.Limit.Payment, &r.Products.PaymentLimit},
		{"limit.day", f.Limit.Day, &r.Products.DayLimit},
		{"limit.topup", f.Limit.TopUp, &r.TopUpLimit},
	} {
		amount, err := c.Parse(string(a.text))
		if err != nil {
			wrong = append(wrong, f.Mistake(a.key, fmt.Sprintf("%q %v", a.text, err)))
		}
		*a.to = amount
	}
	if len(wrong) > 0 {
		return r, wrong
	}
	return r, nil
}

// reversalsOf says how each bank's requests are reversed.
func reversalsOf(f *conf.File) map[string]engine.Reversal {
	by := make(map[string]engine.Reversal, len(f.Bank))
	for _, b := range f.Bank {
		by[b.Name] = engine.Reversal{Retry: b.ReversalRetry, For: b.ReversalFor}
	}
	return by
}

// reload takes over what may change while the daemon runs and logs what needs
// a restart. A file with mistakes changes nothing.
func (d *daemon) reload() {
	f, err := conf.Load(d.conf.Path())
	if err != nil {
		d.log.Error("configuration not reloaded", "err", err)
		return
	}
	_, _, err = meaningOf(f)
	if err != nil {
		d.log.Error("configuration not reloaded", "err", err)
		return
	}
	currency, _ := money.Lookup(d.conf.Currency) // a changed currency waits for a restart, which the books refuse
	rules, err := rulesOf(f, currency)
	if err != nil {
		d.log.Error("configuration not reloaded", "err", err)
		return
	}
	if keys := conf.Restart(d.conf, f); len(keys) > 0 {
		d.log.Warn("these keys change at the next start", "keys", keys)
	}
	d.engine.SetRules(rules)
	d.reloadSending(f)
	d.level.Set(levelOf(f.Log))
	d.log.Info("configuration reloaded")
}

// ports are the banks as the engine sees them.
func (d *daemon) ports() map[string]engine.Bank {
	banks := make(map[string]engine.Bank, len(d.links))
	for name, l := range d.links {
		banks[name] = l
	}
	return banks
}

// makeLinks makes a link for each bank; none is dialled yet.
func (d *daemon) makeLinks() error {
	d.links = make(map[string]*bank.Link, len(d.conf.Bank))
	for _, b := range d.conf.Bank {
		l, err := bank.Open(bank.Config{
			Name: b.Name, Addr: b.Addr, Dialect: b.Dialect, Timeout: b.Timeout, EchoEvery: b.Echo, DialTimeout: b.Dial,
			BackoffMin: b.Backoff, BackoffMax: b.BackoffMax, SignOffWait: b.SignOffWait,
			Acquirer: b.Acquirer, Terminal: b.Terminal, MerchantType: b.MerchantType, Zone: d.conf.TimeZone,
			Reversals: reversals(&b), Window: b.ReversalWindow, Log: d.log,
			OnAnswer: observer(d.measures().bank, b.Name),
			OnLate:   func(l bank.Late) { d.engine.LateAnswer(b.Name, l) },
			OnHost:   func(m bank.HostMessage) (bool, error) { return d.engine.HostReversal(b.Name, m) },
		})
		if err != nil {
			return err
		}
		d.links[b.Name] = l
	}
	return nil
}

// reversals returns what a bank's answers to reversals mean, by code.
func reversals(b *conf.Bank) map[string]bank.UndoOutcome {
	table := make(map[string]bank.UndoOutcome)
	for outcome, codes := range map[bank.UndoOutcome][]string{
		bank.UndoDone: b.ReversalDone, bank.UndoAbsent: b.ReversalAbsent,
		bank.UndoAgain: b.ReversalAgain, bank.UndoOperator: b.ReversalOperator,
	} {
		for _, code := range codes {
			table[code] = outcome
		}
	}
	return table
}

// openBanks keeps each link signed on from now on.
func (d *daemon) openBanks() error {
	for name, l := range d.links {
		d.serves.Go(func() {
			if err := l.Run(d.ctx); err != nil && d.ctx.Err() == nil {
				d.log.Error("bank link ended", "bank", name, "err", err)
			}
		})
	}
	return nil
}

func (d *daemon) closeBanks() error {
	var err error
	for _, l := range d.links {
		err = l.Close()
	}
	return err
}
