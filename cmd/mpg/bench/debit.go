package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"time"

	"mpg/cmd/mpg/rig"
	"mpg/conf"
	"mpg/engine/admin"
	"mpg/engine/bank/host"
	"mpg/engine/lang"
	"mpg/engine/pin"
	"mpg/store/money"
)

// Settings of payments from bank accounts. The people are few, since each PIN takes some
// 20 ms of a core, once when it is set and once in each call.
const (
	debitPeople = 400
	debitAtOnce = 16 // enough to keep all cores busy; more would only wait for a PIN to be hashed
	debitTrial  = 40
	debitBank   = "bench"
	debitLimit  = 100_000 // calls that a subscriber may get in an hour
	debitHas    = money.Amount(1_000_000_00)
)

// benchDebit measures whole mDebit payments: an SMS in, the PIN, a debit at a simulated bank
// over TCP, both receipts out. The call alone is left out: the PIN is keyed as soon as it is
// asked for, and is hashed as ever. purse is the load of mPurse, measured before.
func benchDebit(ctx context.Context, seconds int, purse *payLoad) ([]Row, error) {
	people, load := debitPeople, max(time.Duration(seconds)*time.Second, payTimeMin)
	if seconds == 1 { // a trial
		people, load = debitTrial, time.Second
	}
	d := debitLoad{payLoad: newPayLoad(people, debitAtOnce)}
	d.suffix = " BANK"
	if err := d.measure(ctx, load); err != nil {
		return nil, err
	}
	hashes, err := hashPINs(time.Duration(seconds) * time.Second)
	if err != nil {
		return nil, err
	}
	slices.Sort(d.took)
	const worst = 0.99
	note := fmt.Sprintf("SMS in to both receipts acknowledged, with a PIN keyed as soon as it is asked for and a 0200 to a simulated bank over TCP; %d subscribers, %d payments, %d at once, p50 %s, %.0f allocations each with the bank and the SMSC in the same process; the bank's book agrees",
		people, len(d.took), cap(d.slots), inUnit(percentile(d.took, 0.5), "s"), d.allocations)
	beside := "no PIN and no bank; " + strconv.Itoa(payInFlight) + " at once"
	return []Row{
		moreIsBetter("pay/mdebit", d.rate(), "1/s", "mpurse", purse.rate(), note),
		moreIsBetter("pay/mdebit", d.rate(), "1/s", "pin-hash", hashes, "Argon2id alone on all cores, once for each payment: the most that a keyed PIN allows"),
		lessIsBetter("pay/mdebit-p99", percentile(d.took, worst), "mpurse", percentile(purse.took, worst), beside),
	}, nil
}

// debitLoad pays from accounts of a simulated bank.
type debitLoad struct {
	*payLoad
	allocations float64 // a payment
}

// measure runs the load on a daemon and a bank of its own, and compares the bank's book with
// what was paid.
func (d *debitLoad) measure(ctx context.Context, load time.Duration) (err error) {
	cny, _ := money.Lookup("CNY")
	bank, err := host.New(host.Config{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, bank.Close()) }()
	for i := range d.people {
		if err := bank.Open(host.Account{No: debitAccount(i), Balance: debitHas, Currency: cny}); err != nil {
			return err
		}
	}
	addr, err := bank.Listen("127.0.0.1:0")
	if err != nil {
		return err
	}
	secret := pin.PIN([]byte(ivrPIN))
	world, err := rig.OpenAnswered(ctx, d.receive, func(file *conf.File) { d.tune(file, addr) }, rig.Keys(secret))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, world.Close()) }()
	if err := d.prepare(ctx, world, secret); err != nil {
		return err
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := d.pay(ctx, world, load); err != nil {
		return err
	}
	runtime.ReadMemStats(&after)
	d.allocations = float64(after.Mallocs-before.Mallocs) / float64(max(1, len(d.took)))
	return d.agrees(bank)
}

// tune gives a daemon the bank, and lines for all payments in flight.
func (d *debitLoad) tune(file *conf.File, addr string) {
	rig.NoView(file)
	one := conf.DefaultBank()
	one.Name, one.Addr = debitBank, addr
	file.Bank = []conf.Bank{one}
	file.SIP.Calls, file.SIP.AllowPrefixes = cap(d.slots), []string{"+86"}
	file.Limit.Day, file.Order.CallsPerHour = "0", debitLimit
}

// prepare registers the people and waits until the bank can be asked.
func (d *debitLoad) prepare(ctx context.Context, world *rig.Rig, secret pin.PIN) error {
	err := world.Register(ctx, d.people, payShops, func(i int) admin.NewUser {
		return admin.NewUser{Name: lang.Name{EN: "Person"}, PIN: &secret, Bank: debitBank, BankAccount: debitAccount(i)}
	})
	if err := errors.Join(err, world.Quiet(ctx)); err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, rig.Wait)
	defer cancel()
	for !world.Daemon.Engine().Banks().States()[0].Up {
		select {
		case <-time.After(rig.Look):
		case <-waiting.Done():
			return errors.New("the simulated bank was not signed on to in time")
		}
	}
	return nil
}

// agrees compares the bank's book with what was paid.
func (d *debitLoad) agrees(bank *host.Host) error {
	left := money.Amount(0)
	for _, balance := range bank.Balances() {
		left += balance
	}
	if took := money.Amount(d.people)*debitHas - left; took != d.paid {
		return fmt.Errorf("the bank took %d and %d was paid", took, d.paid)
	}
	return nil
}

// debitAccount returns the account of a subscriber at the bank.
func debitAccount(number int) string { return fmt.Sprintf("6222%012d", number) }

// hashPINs returns how many PINs this machine can judge in a second.
func hashPINs(lasting time.Duration) (float64, error) {
	var name [32]byte
	if _, err := rand.Read(name[:]); err != nil {
		return 0, err
	}
	key, err := pin.ParseKey(fmt.Sprintf("%x", name))
	if err != nil {
		return 0, err
	}
	hasher := pin.NewHasher(pin.Config{Key: key, Parallel: runtime.NumCPU()}, rand.Reader)
	secret := pin.PIN([]byte(ivrPIN))
	record, err := hasher.Make(&secret)
	if err != nil {
		return 0, err
	}
	var all sync.WaitGroup
	counts := make([]int, runtime.NumCPU())
	begun := time.Now()
	for i := range counts {
		all.Go(func() {
			for time.Since(begun) < lasting && hasher.Right(&secret, record) {
				counts[i]++
			}
		})
	}
	all.Wait()
	sum := 0
	for _, count := range counts {
		sum += count
	}
	return float64(sum) / time.Since(begun).Seconds(), nil
}
