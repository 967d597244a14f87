package bench

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"mpg/ivr/media"
)

// The yardsticks of calls: a goroutine and a ticker for each stream, which is
// how one would begin, and a thread that only sleeps.

// RTP with G.711, as the ticker sends it.
const (
	rtpHeader  = 12   // RFC 3550 5.1, without CSRCs
	rtpVersion = 2    // the same
	rtpPCMA    = 8    // RFC 3551 6
	rtpMax     = 1500 // octets of a packet read
)

// ticked is what came of the ticker's streams.
type ticked struct {
	soundCost
	due  int64
	read int64
	late []time.Duration // sorted
}

// measureTicker carries that many two-way calls without signalling. Each side
// has a UDP socket, a goroutine with a time.Ticker that copies and sends a
// frame, and one that reads.
func measureTicker(ctx context.Context, calls int, lasting time.Duration) (ticked, error) {
	socks, err := udpSockets(2 * calls)
	defer func() {
		for _, s := range socks {
			_ = s.Close() // its reader ends by it
		}
	}()
	if err != nil {
		return ticked{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, lasting)
	defer cancel()
	var read atomic.Int64
	for _, s := range socks {
		go readAll(s, &read)
	}
	out := make([]tickerStream, len(socks))
	before, begun := processorTime(unix.RUSAGE_SELF), time.Now()
	var all sync.WaitGroup
	for i := range socks {
		all.Go(func() {
			// Spread over a packet time, as calls are that begin when they like.
			start := begun.Add(time.Duration(i) * media.FrameDuration / time.Duration(len(socks)))
			out[i].run(ctx, socks[i], socks[i^1].LocalAddr().(*net.UDPAddr), start)
		})
	}
	all.Wait()
	t := ticked{soundCost: soundCost{cpu: processorTime(unix.RUSAGE_SELF) - before}, read: read.Load()}
	for i := range out {
		t.packets += uint64(len(out[i].late))
		t.late = append(t.late, out[i].late...)
		err = errors.Join(err, out[i].err)
	}
	t.due = int64(len(socks)) * int64(lasting/media.FrameDuration)
	slices.Sort(t.late)
	return t, err
}

// tickerStream is one direction of one call.
type tickerStream struct {
	late []time.Duration // of each packet that left
	err  error
}

func (t *tickerStream) run(ctx context.Context, from *net.UDPConn, to *net.UDPAddr, start time.Time) {
	peer := to.AddrPort()
	packet := make([]byte, rtpHeader+media.FrameSamples)
	packet[0], packet[1] = rtpVersion<<6, rtpPCMA
	frame := make([]byte, media.FrameSamples)
	time.Sleep(time.Until(start))
	tick := time.NewTicker(media.FrameDuration)
	defer tick.Stop()
	base := time.Now()
	for n := 1; ; n++ {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		binary.BigEndian.PutUint16(packet[2:], uint16(n))                    // sequence number
		binary.BigEndian.PutUint32(packet[4:], uint32(n)*media.FrameSamples) // timestamp
		copy(packet[rtpHeader:], frame)
		if _, t.err = from.WriteToUDPAddrPort(packet, peer); t.err != nil {
			return
		}
		t.late = append(t.late, time.Since(base.Add(time.Duration(n)*media.FrameDuration)))
	}
}

// readAll reads packets until the socket is closed.
func readAll(conn *net.UDPConn, read *atomic.Int64) {
	b := make([]byte, rtpMax)
	for {
		if _, _, err := conn.ReadFromUDPAddrPort(b); err != nil {
			return
		}
		read.Add(1)
	}
}

// udpSockets opens that many sockets on loopback; with an error, it returns those that
// could be opened.
func udpSockets(count int) ([]*net.UDPConn, error) {
	var socks []*net.UDPConn
	for range count {
		s, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			return socks, err
		}
		socks = append(socks, s)
	}
	return socks, nil
}

// sleeperNap is how long the sleeping thread sleeps, as long as the media
// engine's wheel does.
const sleeperNap = time.Millisecond

// slept is what a thread that only sleeps noted.
type slept struct {
	late []time.Duration // after each nap; sorted
	cpu  time.Duration   // that it took
}

// sleeper starts a thread that sleeps and notes how late it wakes; stop ends
// it. It shows what the machine does to anybody who sleeps on it.
func sleeper() (stop func() slept) {
	var over atomic.Bool
	noted := make(chan slept)
	go func() {
		runtime.LockOSThread()
		var s slept
		before := processorTime(unix.RUSAGE_THREAD) // it may have served others
		for due := time.Now().Add(sleeperNap); !over.Load(); due = due.Add(sleeperNap) {
			nap := unix.NsecToTimespec(int64(max(time.Until(due), 0)))
			_ = unix.Nanosleep(&nap, nil) // woken early it is on time
			s.late = append(s.late, max(time.Since(due), 0))
		}
		s.cpu = processorTime(unix.RUSAGE_THREAD) - before
		slices.Sort(s.late)
		noted <- s
	}()
	return func() slept { over.Store(true); return <-noted }
}

// processorTime is what this process or thread, as getrusage(2) names them, has
// taken so far, user and system.
func processorTime(who int) time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(who, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
