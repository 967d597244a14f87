package proof

import (
	"bytes"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// capture is what has gone over one relay, in a file for each way. The files
// are 0600: they hold what subscribers text.
type capture struct {
	name    string
	mu      sync.Mutex
	out, in *os.File // from the daemon, to the daemon
}

// newCapture makes the files in dir.
func newCapture(t *testing.T, dir, name string) *capture {
	t.Helper()
	open := func(way string) *os.File {
		f, err := os.OpenFile(filepath.Join(dir, name+"-"+way), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		return f
	}
	return &capture{name: name, out: open("out"), in: open("in")}
}

func (c *capture) keep(f *os.File, octets []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = f.Write(octets) // a write that fails shows as a capture without traffic
}

// relayTCP listens for the daemon and passes everything on to the peer.
func relayTCP(t *testing.T, peer string, c *capture) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	t.Cleanup(func() {
		_ = l.Close()
		all.Wait()
	})
	all.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { c.join(near, peer) })
		}
	})
	return l.Addr().String()
}

// join carries one connection until either side ends it.
func (c *capture) join(near net.Conn, peer string) {
	defer func() { _ = near.Close() }()
	far, err := net.Dial("tcp", peer)
	if err != nil {
		return
	}
	var both sync.WaitGroup
	carry := func(to, from net.Conn, f *os.File) {
		_, _ = io.Copy(to, io.TeeReader(from, writer{c, f}))
		_, _ = near.Close(), far.Close()
	}
	both.Go(func() { carry(far, near, c.out) })
	both.Go(func() { carry(near, far, c.in) })
	both.Wait()
}

// writer keeps what is written in a capture.
type writer struct {
	c *capture
	f *os.File
}

func (w writer) Write(octets []byte) (int, error) {
	w.c.keep(w.f, octets)
	return len(octets), nil
}

// relaySIP stands between the daemon and the handsets. Each side knows only the
// relay: addresses in Via and Contact are rewritten, so that requests within a
// call take the same way. All ports are of five digits, so no length changes.
func relaySIP(t *testing.T, phones string, c *capture) (trunk string) {
	t.Helper()
	near, far := listenUDP(t), listenUDP(t)
	handsets, err := net.ResolveUDPAddr("udp4", phones)
	if err != nil {
		t.Fatal(err)
	}
	r := &sipRelay{capture: c, near: near, far: far, phones: handsets}
	var both sync.WaitGroup
	t.Cleanup(func() {
		_, _ = near.Close(), far.Close()
		both.Wait()
	})
	both.Go(r.fromDaemon)
	both.Go(r.fromPhones)
	return near.LocalAddr().String()
}

func listenUDP(t *testing.T) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

type sipRelay struct {
	*capture
	near, far *net.UDPConn
	phones    *net.UDPAddr

	mu     sync.Mutex
	daemon *net.UDPAddr // as last seen; another after each start
}

func (r *sipRelay) fromDaemon() {
	for buf := make([]byte, 1<<16); ; {
		n, from, err := r.near.ReadFromUDP(buf)
		if err != nil {
			return
		}
		r.keep(r.out, buf[:n])
		r.mu.Lock()
		r.daemon = from
		r.mu.Unlock()
		_, _ = r.far.WriteToUDP(swap(buf[:n], from, r.far.LocalAddr(), r.near.LocalAddr(), r.phones), r.phones)
	}
}

func (r *sipRelay) fromPhones() {
	for buf := make([]byte, 1<<16); ; {
		n, _, err := r.far.ReadFromUDP(buf)
		if err != nil {
			return
		}
		r.mu.Lock()
		to := r.daemon
		r.mu.Unlock()
		if to == nil {
			continue
		}
		octets := swap(buf[:n], r.phones, r.near.LocalAddr(), r.far.LocalAddr(), to)
		r.keep(r.in, octets)
		_, _ = r.near.WriteToUDP(octets, to)
	}
}

// swap puts the second address for the first and the fourth for the third.
func swap(octets []byte, pairs ...net.Addr) []byte {
	for i := 0; i+1 < len(pairs); i += 2 {
		octets = bytes.ReplaceAll(octets, []byte(pairs[i].String()), []byte(pairs[i+1].String()))
	}
	return octets
}
