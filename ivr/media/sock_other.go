//go:build !(linux && (amd64 || arm64)) || portable

package media

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// Where the kernel has no mmsg system calls, package net does the same packet
// by packet, at several times the cost. `go test -tags portable` runs it on Linux.

// Sizes of batches and buffers.
const (
	batchMax   = PortStreamsMax
	packetMax  = 1500 // octets of a received packet; longer ones are not RTP of ours
	waitingMax = 1024 // packets that wait for the wheel on one port
)

// sockaddr is a socket address.
type sockaddr struct{ netip.AddrPort }

func (s *sockaddr) set(addr netip.AddrPort) { s.AddrPort = addr }

// outBatch is a list of packets to be sent.
type outBatch struct {
	n       int
	ok      [batchMax]bool // which were sent
	to      [batchMax]netip.AddrPort
	packets [batchMax][headerSize + FrameSamples]byte
	sizes   [batchMax]int
}

func (b *outBatch) reset() { b.n = 0 }

// add puts a packet into the batch; there must be room.
func (b *outBatch) add(to *sockaddr, head *[headerSize]byte, payload []byte) {
	b.to[b.n] = to.AddrPort
	b.sizes[b.n] = copy(b.packets[b.n][:], head[:]) + copy(b.packets[b.n][headerSize:], payload)
	b.ok[b.n] = false
	b.n++
}

// datagram is a packet that waits for the wheel.
type datagram struct {
	from netip.AddrPort
	data []byte
}

// inBatch is where a receive puts packets.
type inBatch struct{ packets [batchMax]datagram }

func (*inBatch) init() {}

// packet returns one packet of the last receive; whole is false if it was truncated.
func (b *inBatch) packet(place int) (src netip.AddrPort, data []byte, whole bool) {
	p := &b.packets[place]
	return p.from, p.data, len(p.data) <= packetMax
}

// socket is a UDP socket with a goroutine that reads it.
type socket struct {
	conn    *net.UDPConn
	addr    netip.AddrPort
	waiting chan datagram
	reader  sync.WaitGroup
}

func openSocket(at netip.AddrPort) (*socket, error) {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return nil, err
	}
	s := &socket{
		conn:    conn,
		addr:    netip.AddrPortFrom(at.Addr(), conn.LocalAddr().(*net.UDPAddr).AddrPort().Port()),
		waiting: make(chan datagram, waitingMax),
	}
	s.reader.Go(s.read)
	return s, nil
}

// read queues what comes until the socket is closed; what finds no room is lost.
func (s *socket) read() {
	buf := make([]byte, packetMax+1)
	for {
		n, from, err := s.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			if s.isClosed() {
				return
			}
			continue
		}
		select {
		case s.waiting <- datagram{unmap(from), append([]byte(nil), buf[:n]...)}:
		default:
		}
	}
}

// isClosed tells a closed socket from a passing error, such as one of ICMP.
func (s *socket) isClosed() bool { return s.conn.SetReadDeadline(time.Time{}) != nil }

func (s *socket) close() error {
	err := s.conn.Close()
	s.reader.Wait()
	return err
}

// send sends the batch and marks in it what was sent.
func (s *socket) send(batch *outBatch) {
	for i := range batch.n {
		_, err := s.conn.WriteToUDPAddrPort(batch.packets[i][:batch.sizes[i]], batch.to[i])
		batch.ok[i] = err == nil
	}
}

// receive fills the batch with packets that wait and returns how many.
func (s *socket) receive(batch *inBatch) int {
	for i := range batchMax {
		select {
		case batch.packets[i] = <-s.waiting:
		default:
			return i
		}
	}
	return batchMax
}

// poller tells which ports have packets waiting.
type poller struct{ ports []*port }

func newPoller(ports []*port) (*poller, error) { return &poller{ports}, nil }

func (*poller) close() {}

// ready calls serve for each port that has packets; it does not wait for any.
func (p *poller) ready(serve func(*port)) {
	for _, port := range p.ports {
		if len(port.sock.waiting) > 0 {
			serve(port)
		}
	}
}

func sleepFor(wait time.Duration) { time.Sleep(wait) }

// threadCPU is not known here.
func threadCPU() time.Duration { return 0 }

func favourThread() {}
