package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"mpg/cmd/mpg/rig"
	"mpg/conf"
	"mpg/smpp/pdu"
	"mpg/smpp/smsc"
	"mpg/store/money"
	"mpg/store/storebench"
)

// Settings of the load.
const (
	paySubscribers = 100_000
	payShops       = 100
	payInFlight    = 96 // payments begun and not yet told to both sides
	payTimeMin     = 10 * time.Second
	payPrice       = money.Amount(100) // of a payment in the first round; 1 more in each later one
)

// benchPay measures whole mPurse payments without a call, through the daemon as
// serve opens it: an SMS in, one commit, both receipts out, their marks durable. It
// measures them without the view, which is not part of a payment, and then with it.
func benchPay(ctx context.Context, seconds int) ([]Row, error) {
	people, load := paySubscribers, max(time.Duration(seconds)*time.Second, payTimeMin)
	if seconds == 1 { // a trial
		people, load = paySubscribers/100, time.Second
	}
	p, viewed := newPayLoad(people, payInFlight), newPayLoad(people, payInFlight)
	if err := p.measure(ctx, load, rig.NoView); err != nil {
		return nil, err
	}
	if err := viewed.measure(ctx, load, func(*conf.File) {}); err != nil {
		return nil, err
	}
	rows, err := p.beside(ctx, time.Duration(seconds)*time.Second)
	if err != nil {
		return nil, err
	}
	debits, err := benchDebit(ctx, seconds, p)
	if err != nil {
		return nil, err
	}
	note := fmt.Sprintf("the same with the view, which was %d records behind at most and %d at the end, of %d payments", viewed.lagMost, viewed.lag, len(viewed.took))
	return append(append(rows, moreIsBetter("pay/mpurse-with-view", viewed.rate(), "1/s", "no view", p.rate(), note)), debits...), nil
}

// measure runs the load on a daemon of its own.
func (p *payLoad) measure(ctx context.Context, load time.Duration, tune rig.Tune) error {
	world, err := rig.Open(ctx, p.receive, func(file *conf.File) { rig.NoCalls(file); tune(file) })
	if err != nil {
		return err
	}
	watching, stop := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() { p.watchLag(watching, world); close(watched) }()
	err = p.run(ctx, world, load)
	stop()
	<-watched
	return errors.Join(err, world.Close())
}

// lagTick is how often the lag of the view is looked at.
const lagTick = 100 * time.Millisecond

// watchLag notes how far the view is behind, until ctx ends.
func (p *payLoad) watchLag(ctx context.Context, world *rig.Rig) {
	tick := time.NewTicker(lagTick)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			p.lag = world.Daemon.ViewLag()
			p.lagMost = max(p.lagMost, p.lag)
		case <-ctx.Done():
			return
		}
	}
}

// rate returns how many payments were made in a second.
func (p *payLoad) rate() float64 { return float64(len(p.took)) / p.lasted.Seconds() }

// beside sets the yardsticks beside what was reached: Kannel, which answers each
// text, and a bbolt Update for each payment, which moves the money and tells
// nobody.
func (p *payLoad) beside(ctx context.Context, lasting time.Duration) ([]Row, error) {
	slices.Sort(p.took)
	rate, p99 := p.rate(), percentile(p.took, 0.99)
	note := fmt.Sprintf("SMS in to both receipts acknowledged, TCP on loopback, both ends here; %d subscribers, %d payments, %d at once, p50 %s; each told once, ledger verified",
		p.people, len(p.took), payInFlight, inUnit(percentile(p.took, 0.5), "s"))
	naive, err := measureLedger(ctx, storebench.Update, storebench.Load{Callers: payInFlight, Accounts: p.people, For: lasting})
	if err != nil {
		return nil, err
	}
	rows := []Row{
		moreIsBetter("pay/mpurse", rate, "1/s", "update", naive.Rate, note),
		lessIsBetter("pay/mpurse-p99", p99, "update", naive.P99.Seconds(), fmt.Sprintf("bbolt, one Update a transfer, %d callers", payInFlight)),
	}
	kannel, err := measureKannel(ctx, lasting)
	if errors.Is(err, errNoKannel) {
		return append(rows, missing("pay/mpurse", rate, "1/s", "kannel", err.Error()), missing("pay/mpurse-p99", p99, "s", "kannel", err.Error())), nil
	}
	note = fmt.Sprintf("it answers each text with a fixed one, %d at once, from a file that it does not sync", payInFlight)
	return append(rows, moreIsBetter("pay/mpurse", rate, "1/s", "kannel", kannel.rate, note),
		lessIsBetter("pay/mpurse-p99", p99, "kannel", kannel.p99, note)), err
}

// payLoad sends orders and waits for the receipts of both sides.
type payLoad struct {
	people int
	suffix string        // of the order: from what it is paid
	most   int           // payments; 0: as many as the time allows
	slots  chan struct{} // one token for each payment in flight
	lasted time.Duration // from the first order to the last receipt

	lag, lagMost uint64 // records that the view was behind, last and at most

	mu    sync.Mutex
	begun []time.Time // by subscriber; zero: none in flight
	told  map[string]receipts
	took  []time.Duration
	wrong []string // what should not have happened, a few
	paid  money.Amount
}

// newPayLoad returns a load with that many payments at once.
func newPayLoad(people, atOnce int) *payLoad {
	return &payLoad{people: people, slots: make(chan struct{}, atOnce), begun: make([]time.Time, people), told: make(map[string]receipts)}
}

// receipts of one payment, by its reference.
type receipts struct {
	payer, shop bool
	begun       time.Time
}

// run registers the people and pays.
func (p *payLoad) run(ctx context.Context, world *rig.Rig, load time.Duration) error {
	if err := errors.Join(world.Populate(ctx, p.people, payShops, nil), world.Quiet(ctx)); err != nil {
		return err
	}
	return p.pay(ctx, world, load)
}

// pay runs the load for that long, and checks that each payment was made, and its payer
// told, exactly once.
func (p *payLoad) pay(ctx context.Context, world *rig.Rig, load time.Duration) error {
	p.mu.Lock()
	clear(p.told)
	p.wrong = nil
	p.mu.Unlock()
	if err := p.drive(ctx, world.SMSC, load); err != nil {
		return err
	}
	if err := world.Quiet(ctx); err != nil {
		return err
	}
	if len(p.wrong) > 0 {
		return fmt.Errorf("what should not have happened: %s", strings.Join(p.wrong, "; "))
	}
	if got := world.Daemon.Engine().Stats().Ended.Paid.Load(); got != int64(len(p.took)) {
		return fmt.Errorf("%d payments were told, %d made", len(p.took), got)
	}
	return world.Sound(ctx, payShops, p.paid)
}

// drive sends orders for that long, or up to the limit, then waits for those in flight.
func (p *payLoad) drive(ctx context.Context, srv *smsc.Server, load time.Duration) error {
	begun := time.Now()
	for i := 0; time.Since(begun) < load && (p.most == 0 || i < p.most); i++ {
		select {
		case p.slots <- struct{}{}:
		case <-time.After(rig.Wait):
			return p.stuck()
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := p.order(srv, i); err != nil {
			return err
		}
	}
	for range cap(p.slots) {
		select {
		case p.slots <- struct{}{}:
		case <-time.After(rig.Wait):
			return p.stuck()
		}
	}
	p.lasted = time.Since(begun)
	return nil
}

func (p *payLoad) stuck() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return fmt.Errorf("payments got no receipts: %s", strings.Join(p.wrong, "; "))
}

// order sends the order with that number. Each subscriber's next one differs, or it would be asked
// "again?".
func (p *payLoad) order(srv *smsc.Server, number int) error {
	who, price := number%p.people, payPrice+money.Amount(number/p.people)
	shop, _ := rig.Shop(number % payShops)
	text := "PAY " + shop + " " + strconv.Itoa(int(price/100)) + "." + fmt.Sprintf("%02d", price%100) + p.suffix
	p.mu.Lock()
	p.begun[who] = time.Now()
	p.paid += price
	p.mu.Unlock()
	return srv.DeliverAsync(rig.Number(who), rig.Code, text, func(st pdu.Status) {
		if st != pdu.ROK {
			p.complain("an order was answered " + st.String())
		}
	})
}

// callSoon is what a payer is told while all lines are busy.
const callSoon = "All lines are busy"

// receive is the SMSC's: the text that the payer or the shop gets.
func (p *payLoad) receive(submit smsc.Submit) {
	if strings.Contains(submit.Text, callSoon) {
		return // on a slow machine a call waits for the one before it; the receipt comes later
	}
	now := time.Now()
	ref := refIn(submit.Text)
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.told[ref]
	who, payer := p.payer(submit.To)
	switch {
	case payer && !r.payer:
		r.payer, r.begun, p.begun[who] = true, p.begun[who], time.Time{}
	case !payer && !r.shop:
		r.shop = true
	default:
		p.note("told twice, or not a receipt: " + submit.Text)
		return
	}
	p.told[ref] = r
	if r.payer && r.shop {
		p.took = append(p.took, now.Sub(r.begun))
		<-p.slots
	}
}

// payer is which subscriber a number belongs to.
func (p *payLoad) payer(number string) (int, bool) {
	digits, ok := strings.CutPrefix(number, "+86138")
	who, err := strconv.Atoi(digits)
	return who, ok && err == nil && who < p.people
}

// refIn is the reference in a receipt: at the beginning in English, after 单号 in Chinese.
func refIn(text string) string {
	_, after, ok := strings.Cut(text, "单号")
	if !ok {
		after = text
	}
	ref, _, _ := strings.Cut(cmp.Or(after, text), ":")
	return ref[:min(len(ref), 8)]
}

func (p *payLoad) complain(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.note(what)
}

// note keeps the first few complaints. The caller holds mu.
func (p *payLoad) note(what string) {
	if len(p.wrong) < 5 {
		p.wrong = append(p.wrong, what)
	}
}
