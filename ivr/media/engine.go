package media

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"sync"
)

// Limits of an engine.
const (
	PortStreamsMax = 128 // streams on one local port: one sendmmsg per slot
	PortsDefault   = 32  // Config.Ports if it is 0
	ShardsMax      = 64  // Config.Shards
)

// Errors that callers decide on.
var (
	ErrClosed     = errors.New("the media engine or stream is closed")
	ErrPortsFull  = errors.New("every local RTP port is full")
	ErrPeerTaken  = errors.New("another call on this local port has the same remote address")
	ErrPeerFamily = errors.New("the remote address is not of the local address's family")
)

// Config is what an Engine is made of.
type Config struct {
	// IP is the local address. Peers are told it by SDP, so it is none of the
	// unspecified ones.
	IP netip.Addr
	// PortMin and PortMax bound the local ports, of which the even ones are
	// used (RFC 3550 11). Both 0: the kernel chooses.
	PortMin, PortMax int
	// Ports is how many local ports are shared by all streams, fewer if the
	// range is smaller; 0: PortsDefault. One port for each call that is to be
	// carried at once suits trunks that want no two calls from the same port,
	// at 1.4 times the processor time.
	Ports int
	// Shards is the number of wheel threads; 0: one for each core.
	Shards int
	// Log gets what an operator should know; nil: nothing.
	Log *slog.Logger
	// Random gives SSRCs, first sequence numbers and timestamps
	// (RFC 3550 5.1); nil: math/rand/v2.
	Random func() uint32
}

// Engine owns local RTP ports and the threads that serve them. Its methods may
// be called from any goroutine that is not a Handler.
type Engine struct {
	ip     netip.Addr
	log    *slog.Logger
	random func() uint32
	shards []*shard
	// silence is the frame that is sent when nothing plays.
	silence *Clip

	mu     sync.Mutex
	ports  []*port
	open   int // streams
	closed bool
}

// New opens the local ports and starts the wheels. It fails if not one port of
// the range can be had.
func New(cfg Config) (*Engine, error) {
	cfg = cfg.withDefaults()
	if !cfg.IP.IsValid() || cfg.IP.IsUnspecified() {
		return nil, errors.New("media: the local address must be given: peers are told it")
	}
	e := &Engine{ip: cfg.IP.Unmap(), log: cfg.Log, random: cfg.Random, silence: NewClip(make([]int16, FrameSamples))}
	if err := e.openPorts(cfg); err != nil {
		return nil, err
	}
	if err := e.startShards(min(cfg.Shards, len(e.ports))); err != nil {
		for _, p := range e.ports {
			_ = p.sock.close()
		}
		return nil, err
	}
	return e, nil
}

func (c Config) withDefaults() Config {
	if c.Ports <= 0 {
		c.Ports = PortsDefault
	}
	if c.Shards <= 0 {
		c.Shards = runtime.NumCPU()
	}
	c.Shards = min(c.Shards, ShardsMax)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Random == nil {
		c.Random = rand.Uint32
	}
	return c
}

// openPorts opens up to cfg.Ports ports, passing over those that are in use.
func (e *Engine) openPorts(cfg Config) error {
	var failed error
	for number := range cfg.numbers {
		if len(e.ports) == cfg.Ports {
			break
		}
		sock, err := openSocket(netip.AddrPortFrom(e.ip, number))
		if err != nil {
			failed = err
			if number == 0 {
				break
			}
			continue
		}
		e.ports = append(e.ports, newPort(sock))
	}
	if len(e.ports) == 0 {
		return fmt.Errorf("media: no RTP port on %v between %d and %d: %w", e.ip, cfg.PortMin, cfg.PortMax, failed)
	}
	if failed != nil {
		e.log.Warn("some RTP ports are in use", "open", len(e.ports), "wanted", cfg.Ports, "err", failed)
	}
	return nil
}

// numbers yields the port numbers to try: the even ones of the range, or 0 again and again
// if the kernel is to choose. RFC 3550 11: RTP has the even ones.
func (c Config) numbers(yield func(uint16) bool) {
	if c.PortMin == 0 && c.PortMax == 0 {
		for range c.Ports {
			if !yield(0) {
				return
			}
		}
		return
	}
	for n := (c.PortMin + 1) &^ 1; n <= c.PortMax; n += 2 {
		if !yield(uint16(n)) {
			return
		}
	}
}

// startShards divides the ports among that many wheels and starts them.
func (e *Engine) startShards(count int) error {
	for i := range count {
		var ports []*port
		for j := i; j < len(e.ports); j += count {
			ports = append(ports, e.ports[j])
		}
		sh, err := newShard(ports, e.log)
		if err != nil {
			e.stopShards()
			return fmt.Errorf("media: %w", err)
		}
		e.shards = append(e.shards, sh)
		go sh.run()
	}
	return nil
}

func (e *Engine) stopShards() {
	for _, sh := range e.shards {
		sh.stop()
	}
	for _, sh := range e.shards {
		<-sh.stopped
	}
}

// Close stops the wheels and closes the ports. Streams that are open fall
// silent; their Close still returns their counts.
func (e *Engine) Close() error {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return nil
	}
	e.closed = true
	e.mu.Unlock()
	e.stopShards()
	var errs []error
	for _, p := range e.ports {
		errs = append(errs, p.sock.close())
	}
	return errors.Join(errs...)
}

// Stats sums up the wheels.
func (e *Engine) Stats() Stats {
	var sum Stats
	for _, sh := range e.shards {
		sum.add(sh.snapshot())
	}
	e.mu.Lock()
	sum.Streams = e.open
	e.mu.Unlock()
	return sum
}

// Addr is the local address, as SDP should tell it.
func (e *Engine) Addr() netip.Addr { return e.ip }
