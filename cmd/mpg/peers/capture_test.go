package peers

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Sizes of a capture, in octets.
const (
	frameMax  = 1<<16 + 14 // a packet of the loopback device
	bufferMax = 8 << 20    // frames that the kernel keeps for us
	etherHead = 14
)

// capturePoll is how often a capture looks whether it should end.
const capturePoll = 50 * time.Millisecond

// capture takes all frames that one address sends to itself. They travel over
// the loopback device, as everything local does.
type capture struct {
	t    *testing.T
	fd   int
	stop chan struct{}
	done chan struct{}

	mu     sync.Mutex
	frames []frame
}

type frame struct {
	at     time.Time
	octets []byte // from the Ethernet header
}

// startCapture begins to take the frames of ip.
func startCapture(t *testing.T, ip string) *capture {
	t.Helper()
	c := &capture{t: t, stop: make(chan struct{}), done: make(chan struct{})}
	lo, err := net.InterfaceByName("lo")
	if err != nil {
		t.Fatal(err)
	}
	const all = unix.ETH_P_ALL<<8&0xff00 | unix.ETH_P_ALL>>8 // in network order
	if c.fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, all); err != nil {
		t.Fatal(err)
	}
	wait := unix.NsecToTimeval(capturePoll.Nanoseconds())
	err = errors.Join(
		unix.SetsockoptTimeval(c.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait),
		c.widen(),
		unix.SetsockoptSockFprog(c.fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, ownFrames(netip.MustParseAddr(ip))),
		unix.Bind(c.fd, &unix.SockaddrLinklayer{Protocol: all, Ifindex: lo.Index}))
	if err != nil {
		t.Fatal(err)
	}
	go c.run()
	t.Cleanup(c.end)
	return c
}

// widen asks for a large buffer; who is root in his own namespace only gets what
// the machine allows to all.
func (c *capture) widen() error {
	if unix.SetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, bufferMax) == nil {
		return nil
	}
	return unix.SetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_RCVBUF, bufferMax)
}

// run takes frames until it is told to stop and none is left.
func (c *capture) run() {
	defer close(c.done)
	for buf := make([]byte, frameMax); ; {
		n, _, err := unix.Recvfrom(c.fd, buf, 0)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil { // EAGAIN: nothing for capturePoll
			select {
			case <-c.stop:
				return
			default:
				continue
			}
		}
		c.mu.Lock()
		c.frames = append(c.frames, frame{time.Now(), bytes.Clone(buf[:n])})
		c.mu.Unlock()
	}
}

// ownFrames lets through, once each, the IPv4 packets from an address to itself:
// the frames of other worlds would keep a capture awake, and its buffer full.
func ownFrames(ip netip.Addr) *unix.SockFprog {
	const (
		half, word          = unix.BPF_LD | unix.BPF_H | unix.BPF_ABS, unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		same, answer        = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, unix.BPF_RET | unix.BPF_K
		kind                = 0xfffff000 + 4 // SKF_AD_OFF + SKF_AD_PKTTYPE of linux/filter.h
		etherType           = 12
		source, destination = etherHead + 12, etherHead + 16 // RFC 791 3.1
	)
	octets := ip.As4()
	own := binary.BigEndian.Uint32(octets[:])
	filter := []unix.SockFilter{
		{Code: word, K: kind}, {Code: same, K: unix.PACKET_OUTGOING, Jt: 7}, // loopback shows each frame twice
		{Code: half, K: etherType}, {Code: same, K: unix.ETH_P_IP, Jf: 5},
		{Code: word, K: source}, {Code: same, K: own, Jf: 3},
		{Code: word, K: destination}, {Code: same, K: own, Jf: 1},
		{Code: answer, K: frameMax},
		{Code: answer, K: 0},
	}
	return &unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
}

// end stops the capture, which has to be whole.
func (c *capture) end() {
	select {
	case <-c.done:
		return
	default:
	}
	close(c.stop)
	<-c.done
	if stats, err := unix.GetsockoptTpacketStats(c.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS); err != nil || stats.Drops > 0 {
		c.t.Errorf("the capture lacks %d frames, %v", stats.Drops, err)
	}
	if err := unix.Close(c.fd); err != nil {
		c.t.Error(err)
	}
}

// since are the frames from the nth on.
func (c *capture) since(n int) []frame {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.frames[n:])
}

// pcap is the capture as a file of libpcap: a head of 24 octets, and before each
// frame one of 16.
func (c *capture) pcap() []byte {
	const magic, major, minor, ethernet = 0xa1b2c3d4, 2, 4, 1
	le := binary.LittleEndian
	file := le.AppendUint32(nil, magic)
	file = le.AppendUint16(le.AppendUint16(file, major), minor)
	file = le.AppendUint64(file, 0) // zone and accuracy
	file = le.AppendUint32(le.AppendUint32(file, frameMax), ethernet)
	for _, f := range c.since(0) {
		file = le.AppendUint32(file, uint32(f.at.Unix()))
		file = le.AppendUint32(file, uint32(f.at.Nanosecond()/1000))
		file = le.AppendUint32(le.AppendUint32(file, uint32(len(f.octets))), uint32(len(f.octets)))
		file = append(file, f.octets...)
	}
	return file
}
