package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	gosmpp "github.com/fiorix/go-smpp/smpp"
	gopdu "github.com/fiorix/go-smpp/smpp/pdu"
	"github.com/fiorix/go-smpp/smpp/pdu/pdufield"
	"github.com/fiorix/go-smpp/smpp/pdu/pdutext"

	"mpg/cmd/mpg/rig"
	"mpg/smpp"
	"mpg/smpp/pdu"
	"mpg/smpp/smsc"
)

// Settings of the SMPP figures.
const (
	codecBatch = 256 // operations between two looks at the clock
	smppText   = "Paid 128.50 CNY to BLUEBIRD FLOWERS 8001. Ref K7M2QX4P. Purse 371.50. 12:04 22 Nov. Reply HELP for help."
	smppFrom   = rig.Code
	smppTo     = "+8613800000001"
	smppUser   = "bench"
)

// benchSMPP measures the codec and one link, both beside go-smpp, and what is made
// of an SMSC that throttles.
func benchSMPP(ctx context.Context, seconds int) ([]Row, error) {
	d := time.Duration(seconds) * time.Second
	rows, err := benchCodec(d)
	if err != nil {
		return nil, err
	}
	for _, window := range []int{1, 10, 100} {
		ours, err := measureSubmit(ctx, window, d, submitOurs)
		if err != nil {
			return nil, err
		}
		theirs, err := measureSubmit(ctx, window, d, submitGoSMPP)
		if err != nil {
			return nil, err
		}
		note := fmt.Sprintf("one link, TCP on loopback, %d characters, the same SMSC in this process; go-smpp submits from %d goroutines", len(smppText), window)
		rows = append(rows, moreIsBetter(fmt.Sprintf("smpp/submit/window=%d", window), ours, "1/s", "go-smpp", theirs, note))
	}
	throttled, err := benchThrottled(ctx, seconds)
	return append(rows, throttled), err
}

// benchCodec measures one receipt in memory.
func benchCodec(lasting time.Duration) ([]Row, error) {
	m := receiptSM()
	frame, err := pdu.AppendSM(nil, pdu.DeliverSM, 1, &m)
	if err != nil {
		return nil, err
	}
	decode, err := beside("smpp/decode-deliver_sm", lasting, decodeOurs(frame), decodeGoSMPP(frame), "all mandatory fields")
	if err != nil {
		return nil, err
	}
	encode, err := beside("smpp/encode-submit_sm", lasting, encodeOurs(&m), encodeGoSMPP(&m), "fields set and written to a buffer used again")
	return []Row{decode, encode}, err
}

// receiptSM is a receipt as it goes over the line.
func receiptSM() pdu.SM {
	return pdu.SM{SourceAddr: []byte(smppFrom), DestinationAddr: []byte(smppTo[1:]), DestAddrTON: 1, DestAddrNPI: 1,
		RegisteredDelivery: 1, ShortMessage: []byte(smppText)}
}

// errCodec says that a codec refused its own octets.
var errCodec = errors.New("the codec refuses a whole PDU")

func decodeOurs(frame pdu.Frame) func() error {
	var m pdu.SM
	return func() error {
		if frame.Header().CommandID != pdu.DeliverSM {
			return errCodec
		}
		return m.Decode(frame.Body())
	}
}

func decodeGoSMPP(frame pdu.Frame) func() error {
	r := bytes.NewReader(nil)
	return func() error {
		r.Reset(frame)
		_, err := gopdu.Decode(r)
		return err
	}
}

func encodeOurs(message *pdu.SM) func() error {
	buf := make([]byte, 0, pdu.SizeMax)
	return func() error {
		_, err := pdu.AppendSM(buf, pdu.SubmitSM, 1, message)
		return err
	}
}

func encodeGoSMPP(message *pdu.SM) func() error {
	var buf bytes.Buffer
	from, to := string(message.SourceAddr), string(message.DestinationAddr)
	return func() error {
		buf.Reset()
		p := gopdu.NewSubmitSM(nil)
		set := p.Fields().Set
		return errors.Join(set(pdufield.SourceAddr, from), set(pdufield.DestinationAddr, to),
			set(pdufield.DestAddrTON, uint8(message.DestAddrTON)), set(pdufield.DestAddrNPI, uint8(message.DestAddrNPI)),
			set(pdufield.RegisteredDelivery, message.RegisteredDelivery),
			set(pdufield.ShortMessage, pdutext.Raw(message.ShortMessage)), p.SerializeTo(&buf))
	}
}

// beside times ours and go-smpp's, each for half of d.
func beside(name string, lasting time.Duration, ours, theirs func() error, what string) (Row, error) {
	our, err := timeEach(lasting/2, ours)
	if err != nil {
		return Row{}, err
	}
	their, err := timeEach(lasting/2, theirs)
	note := fmt.Sprintf("%s, %d characters; allocations ours %.0f, its %.0f", what, len(smppText), our.allocs, their.allocs)
	return lessIsBetter(name, our.seconds, "go-smpp", their.seconds, note), err
}

// each is what one operation takes.
type each struct{ seconds, allocs float64 }

// timeEach repeats op on this goroutine for that long.
func timeEach(lasting time.Duration, op func() error) (each, error) {
	var before, after runtime.MemStats
	runtime.GC() // the garbage of whoever ran before
	runtime.ReadMemStats(&before)
	begun, n := time.Now(), 0
	for time.Since(begun) < lasting {
		for range codecBatch {
			if err := op(); err != nil {
				return each{}, err
			}
		}
		n += codecBatch
	}
	took := time.Since(begun)
	runtime.ReadMemStats(&after)
	return each{took.Seconds() / float64(n), float64(after.Mallocs-before.Mallocs) / float64(n)}, nil
}

// submitRun submits to the SMSC at addr until stop, never with more than window
// under way, and returns how many were accepted.
type submitRun func(ctx context.Context, addr string, window int, stop *stopwatch) (int, error)

// measureSubmit is the rate against an SMSC of its own.
func measureSubmit(ctx context.Context, window int, lasting time.Duration, run submitRun) (float64, error) {
	srv, err := smsc.Listen(smsc.Config{Addr: "127.0.0.1:0", SystemID: smppUser})
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, lasting+rig.Wait)
	defer cancel()
	watch := &stopwatch{limit: lasting}
	n, err := run(ctx, srv.Addr(), window, watch)
	return float64(n) / watch.lasted.Seconds(), errors.Join(err, srv.Close())
}

// stopwatch is started once bound and read once the last response is there.
type stopwatch struct {
	limit  time.Duration
	begun  time.Time
	over   atomic.Bool // a time.Now for each submit would be seen
	lasted time.Duration
}

func (w *stopwatch) start() {
	w.begun = time.Now()
	time.AfterFunc(w.limit, func() { w.over.Store(true) })
}

func (w *stopwatch) read() { w.lasted = time.Since(w.begun) }

// submitOurs submits through a Session, whose window it keeps full.
func submitOurs(ctx context.Context, addr string, window int, watch *stopwatch) (int, error) {
	s, err := smpp.New(smpp.Config{Name: "bench", Addr: addr, Account: smpp.Account{SystemID: smppUser}, Window: window,
		Deliver: func(smpp.Message) bool { return false }})
	if err != nil {
		return 0, err
	}
	run, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(run) }()
	defer func() { stop(); <-ended }()
	if err := s.WaitBound(ctx); err != nil {
		return 0, err
	}
	watch.start()
	n, err := sendMany(ctx, s, watch)
	watch.read()
	return n, err
}

// sendMany sends until the time is over and waits for the last outcome.
func sendMany(ctx context.Context, session *smpp.Session, watch *stopwatch) (accepted int, err error) {
	var under sync.WaitGroup
	var failed atomic.Int64
	done := func(outcome smpp.Outcome) {
		if outcome.Verdict != smpp.Accepted {
			failed.Add(1)
		}
		under.Done()
	}
	n, text := 0, smpp.Outgoing{From: smppFrom, To: smppTo, Text: smppText}
	for ; err == nil && !watch.over.Load(); n++ {
		under.Add(1)
		if err = session.Send(ctx, text, done); err != nil {
			under.Done()
			n--
		}
	}
	under.Wait()
	if f := failed.Load(); f > 0 {
		err = errors.Join(err, fmt.Errorf("%d of %d submits were not accepted", f, n))
	}
	return n, err
}

// submitGoSMPP submits through go-smpp's Transceiver. It waits for each response
// on the goroutine that submits, and refuses where its own window is full, so as
// many goroutines as the window submit.
func submitGoSMPP(_ context.Context, addr string, window int, watch *stopwatch) (int, error) {
	t := &gosmpp.Transceiver{Addr: addr, User: smppUser, RespTimeout: rig.Wait}
	if st := <-t.Bind(); st.Error() != nil {
		return 0, errors.Join(st.Error(), t.Close())
	}
	var accepted atomic.Int64
	var all sync.WaitGroup
	failed := make(chan error, window)
	watch.start()
	for range window {
		all.Go(func() {
			for !watch.over.Load() {
				sm := gosmpp.ShortMessage{Src: smppFrom, Dst: smppTo[1:], Text: pdutext.Raw(smppText)}
				if _, err := t.Submit(&sm); err != nil {
					failed <- err
					return
				}
				accepted.Add(1)
			}
		})
	}
	all.Wait()
	watch.read()
	close(failed)
	return int(accepted.Load()), errors.Join(<-failed, t.Close())
}
