package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"mpg/engine/bank"
	"mpg/engine/bank/iso8583"
	"mpg/store/money"
)

// bankWindow is how many requests are outstanding on the link.
const bankWindow = 100

// benchBank measures debits on one link over TCP, to a bank that approves everything at once,
// beside a program that sends frames of the same length and gets them back: what the network
// and the scheduler leave to be won.
func benchBank(ctx context.Context, seconds int) ([]Row, error) {
	load := time.Duration(seconds) * time.Second
	took, allocations, err := askBank(ctx, load)
	if err != nil {
		return nil, err
	}
	echoed, err := echoFrames(ctx, load)
	if err != nil {
		return nil, err
	}
	slices.Sort(took)
	slices.Sort(echoed)
	const worst = 0.99
	rate := func(times []time.Duration) float64 { return float64(len(times)) / load.Seconds() }
	note := fmt.Sprintf("%d outstanding; %.0f allocations a request, those of the bank in the same process included", bankWindow, allocations)
	return []Row{
		moreIsBetter("bank/authorise", rate(took), "1/s", "echo", rate(echoed), note),
		lessIsBetter("bank/authorise-p99", percentile(took, worst), "echo", percentile(echoed, worst), note),
	}, nil
}

// askBank has bankWindow callers ask for debits until the time is over. It returns how long
// each took.
func askBank(ctx context.Context, load time.Duration) (took []time.Duration, allocations float64, err error) {
	approving, err := iso8583.Named(iso8583.ISO87)
	if err != nil {
		return nil, 0, err
	}
	addr, stop, err := frames(func(packed []byte) ([]byte, error) { return approve(approving, packed) })
	if err != nil {
		return nil, 0, err
	}
	defer stop()
	link, err := bank.Open(bank.Config{Name: "bench", Addr: addr})
	if err != nil {
		return nil, 0, err
	}
	running, end := context.WithCancel(ctx)
	ran := make(chan error, 1)
	go func() { ran <- link.Run(running) }()
	defer func() { end(); err = errors.Join(err, <-ran) }()
	const look = 5 * time.Millisecond
	for !link.Up() {
		if time.Sleep(look); ctx.Err() != nil {
			return nil, 0, ctx.Err()
		}
	}
	return askFor(ctx, link, load)
}

// askFor asks over a link that is up.
func askFor(ctx context.Context, link *bank.Link, load time.Duration) (took []time.Duration, allocations float64, err error) {
	cny, _ := money.Lookup("CNY")
	var serial atomic.Uint32
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	took, err = inParallel(load, func() error {
		no, now := serial.Add(1)%bank.STANMax+1, time.Now()
		packed, err := link.Prepare(bank.Request{STAN: no, RRN: bank.RRN(now.UTC(), uint64(no)), At: now, Account: "6222000000000001", Amount: 12850, Currency: cny, Merchant: "8001", Ref: "K7QH2M9X"})
		if err != nil {
			return err
		}
		reply, err := link.Authorize(ctx, packed)
		if err == nil && !reply.Approved {
			err = fmt.Errorf("the bank answered %q", reply.Code)
		}
		return err
	})
	runtime.ReadMemStats(&after)
	return took, float64(after.Mallocs-before.Mallocs) / float64(max(1, len(took))), err
}

// inParallel calls do from bankWindow goroutines until the time is over, and returns how long
// each call took.
func inParallel(load time.Duration, do func() error) ([]time.Duration, error) {
	var callers sync.WaitGroup
	var mu sync.Mutex
	var all []time.Duration
	var failed error
	end := time.Now().Add(load)
	for range bankWindow {
		callers.Go(func() {
			var mine []time.Duration
			var err error
			for start := time.Now(); err == nil && start.Before(end); start = time.Now() {
				err = do()
				mine = append(mine, time.Since(start))
			}
			mu.Lock()
			defer mu.Unlock()
			all, failed = append(all, mine...), errors.Join(failed, err)
		})
	}
	callers.Wait()
	return all, failed
}

// approve answers any message with an approval.
func approve(dialect *iso8583.Dialect, packed []byte) ([]byte, error) {
	m, err := dialect.Unpack(packed)
	if err != nil || m.MTI.IsResponse() {
		return nil, err
	}
	return dialect.Pack(m.Answer("00"))
}

// frames listens on loopback and answers each frame with what answer makes of it, over one
// connection at a time.
func frames(answer func(packed []byte) ([]byte, error)) (addr string, stop func(), err error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			answerFrames(conn, answer)
		}
	}()
	return ln.Addr().String(), func() { _ = ln.Close(); <-ended }, nil
}

func answerFrames(conn net.Conn, answer func(packed []byte) ([]byte, error)) {
	defer func() { _ = conn.Close() }()
	in := bufio.NewReader(conn)
	for {
		packed, err := iso8583.ReadFrame(in)
		if err != nil {
			return
		}
		if packed, err = answer(packed); err != nil || packed == nil {
			continue
		}
		frame, err := iso8583.AppendFrame(nil, packed)
		if err != nil {
			return
		}
		if _, err := conn.Write(frame); err != nil {
			return
		}
	}
}

// echoFrames sends frames of the length of a request, bankWindow outstanding, and returns how
// long each took to come back.
func echoFrames(ctx context.Context, load time.Duration) ([]time.Duration, error) {
	addr, stop, err := frames(func(packed []byte) ([]byte, error) { return packed, nil })
	if err != nil {
		return nil, err
	}
	defer stop()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	const length = 230 // of a packed 0200
	waiting := make(chan chan struct{}, bankWindow)
	go func() {
		in := bufio.NewReader(conn)
		for one := range waiting {
			if _, err := iso8583.ReadFrame(in); err != nil && !errors.Is(err, io.EOF) {
				return
			}
			close(one)
		}
	}()
	defer close(waiting)
	var writing sync.Mutex
	return inParallel(load, func() error {
		frame, err := iso8583.AppendFrame(nil, make([]byte, length))
		if err != nil {
			return err
		}
		back := make(chan struct{})
		writing.Lock()
		waiting <- back
		_, err = conn.Write(frame)
		writing.Unlock()
		if err == nil {
			<-back
		}
		return err
	})
}
