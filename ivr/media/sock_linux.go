//go:build linux && (amd64 || arm64) && !portable

package media

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Sizes of batches and buffers.
const (
	batchMax    = PortStreamsMax
	packetMax   = 1500    // octets of a received packet; longer ones are not RTP of ours
	socketBytes = 4 << 20 // asked of the kernel for what waits; it may grant less
)

// sockaddr is a socket address in the kernel's form.
type sockaddr struct {
	raw  unix.RawSockaddrInet6 // or an Inet4 in the same memory
	size uint32
}

// set stores addr in the sockaddr.
func (s *sockaddr) set(addr netip.AddrPort) {
	*s = sockaddr{size: unix.SizeofSockaddrInet6}
	s.raw.Family = unix.AF_INET6
	s.raw.Addr = addr.Addr().As16()
	if addr.Addr().Is4() {
		s.size = unix.SizeofSockaddrInet4
		v4 := s.v4()
		*v4 = unix.RawSockaddrInet4{Family: unix.AF_INET, Addr: addr.Addr().As4()}
	}
	binary.BigEndian.PutUint16(s.portBytes(), addr.Port())
}

// get returns the address; it does not allocate.
func (s *sockaddr) get() netip.AddrPort {
	port := binary.BigEndian.Uint16(s.portBytes())
	if s.raw.Family == unix.AF_INET {
		return netip.AddrPortFrom(netip.AddrFrom4(s.v4().Addr), port)
	}
	return netip.AddrPortFrom(netip.AddrFrom16(s.raw.Addr), port)
}

func (s *sockaddr) v4() *unix.RawSockaddrInet4 {
	return (*unix.RawSockaddrInet4)(unsafe.Pointer(&s.raw))
}

// portBytes is the port in network order; it lies at the same place in both families.
func (s *sockaddr) portBytes() []byte {
	return (*[2]byte)(unsafe.Pointer(&s.raw.Port))[:]
}

// mmsghdr is struct mmsghdr of recvmmsg(2), which x/sys does not have.
type mmsghdr struct {
	hdr unix.Msghdr
	len uint32
	_   [4]byte
}

// outBatch is a list of packets for one sendmmsg. The packets are not copied:
// the kernel reads headers and payloads where they lie.
type outBatch struct {
	n    int
	ok   [batchMax]bool // which were sent
	msgs [batchMax]mmsghdr
	iovs [batchMax][2]unix.Iovec
}

func (b *outBatch) reset() { b.n = 0 }

// add puts a packet into the batch; there must be room.
func (b *outBatch) add(to *sockaddr, head *[headerSize]byte, payload []byte) {
	m, iov := &b.msgs[b.n], &b.iovs[b.n]
	iov[0].Base = &head[0]
	iov[0].SetLen(headerSize)
	iov[1].Base = unsafe.SliceData(payload)
	iov[1].SetLen(len(payload))
	m.hdr.Name = (*byte)(unsafe.Pointer(&to.raw))
	m.hdr.Namelen = to.size
	m.hdr.Iov = &iov[0]
	m.hdr.SetIovlen(len(iov))
	b.ok[b.n] = false
	b.n++
}

// inBatch is where one recvmmsg puts packets.
type inBatch struct {
	msgs  [batchMax]mmsghdr
	iovs  [batchMax]unix.Iovec
	addrs [batchMax]sockaddr
	data  [batchMax][packetMax]byte
}

func (b *inBatch) init() {
	for i := range b.msgs {
		b.iovs[i].Base = &b.data[i][0]
		b.iovs[i].SetLen(packetMax)
		b.msgs[i].hdr.Iov = &b.iovs[i]
		b.msgs[i].hdr.SetIovlen(1)
		b.msgs[i].hdr.Name = (*byte)(unsafe.Pointer(&b.addrs[i].raw))
		b.msgs[i].hdr.Namelen = unix.SizeofSockaddrInet6
	}
}

// packet returns one packet of the last receive; whole is false if it was truncated.
func (b *inBatch) packet(place int) (src netip.AddrPort, data []byte, whole bool) {
	m := &b.msgs[place]
	return b.addrs[place].get(), b.data[place][:m.len], m.hdr.Flags&unix.MSG_TRUNC == 0
}

// socket is a UDP socket that never blocks.
type socket struct {
	fd   int
	addr netip.AddrPort
}

func openSocket(at netip.AddrPort) (*socket, error) {
	family := unix.AF_INET6
	var bind unix.Sockaddr = &unix.SockaddrInet6{Port: int(at.Port()), Addr: at.Addr().As16()}
	if at.Addr().Is4() {
		family = unix.AF_INET
		bind = &unix.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().As4()}
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	if err := unix.Bind(fd, bind); err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("bind %v: %w", at, err)
	}
	// Larger buffers ride out a stall; the kernel's default does as well.
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, socketBytes)
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, socketBytes)
	s := &socket{fd: fd, addr: at}
	if at.Port() == 0 {
		s.addr, err = boundTo(fd, at.Addr())
	}
	if err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	return s, nil
}

func boundTo(fd int, ip netip.Addr) (netip.AddrPort, error) {
	name, err := unix.Getsockname(fd)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("getsockname: %w", err)
	}
	switch a := name.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(ip, uint16(a.Port)), nil
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(ip, uint16(a.Port)), nil
	}
	return netip.AddrPort{}, fmt.Errorf("getsockname: %T", name)
}

func (s *socket) close() error { return unix.Close(s.fd) }

// send sends the batch and marks in it what the kernel took. It uses raw
// system calls: they never block, and the wheel keeps its processor.
func (s *socket) send(batch *outBatch) {
	for at := 0; at < batch.n; {
		n, _, errno := unix.RawSyscall6(unix.SYS_SENDMMSG, uintptr(s.fd),
			uintptr(unsafe.Pointer(&batch.msgs[at])), uintptr(batch.n-at), unix.MSG_DONTWAIT, 0, 0)
		switch errno {
		case 0:
			for range n {
				batch.ok[at] = true
				at++
			}
		case unix.EINTR:
		case unix.EAGAIN, unix.ENOBUFS:
			return // the socket is full; what is left would only be later
		default:
			at++ // this packet cannot be sent; the others may
		}
	}
}

// receive fills the batch with packets that wait and returns how many.
func (s *socket) receive(batch *inBatch) int {
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVMMSG, uintptr(s.fd),
		uintptr(unsafe.Pointer(&batch.msgs[0])), batchMax, unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return 0
	}
	for i := range n {
		batch.msgs[i].hdr.Namelen = unix.SizeofSockaddrInet6
	}
	return int(n)
}
