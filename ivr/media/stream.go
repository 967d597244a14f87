package media

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"mpg/ivr/dtmf"
)

// leadFrames of silence begin a stream: 80 ms in which a session border
// controller learns where the sound comes from, so that no word is lost.
const leadFrames = 4

// Handler is told what happens on a stream. Each field may be nil. The
// functions run on the wheel's thread, one at a time: see the package comment.
type Handler struct {
	Digit  func(key byte) // a key was pressed: 0-9, *, #, A-D
	Played func(PlayID)   // the last frame of a Play was sent; not after Stop or another Play
	Frame  func(Frame)    // a packet of sound was received
}

// Frame is received sound.
type Frame struct {
	Codec     Codec
	Sequence  uint16 // of the RTP header
	Timestamp uint32 // of the RTP header, in samples
	Payload   []byte // valid until the handler returns
}

// Remote is the other side of a stream, as agreed by SDP.
type Remote struct {
	Addr  netip.AddrPort // from the peer's description
	Codec Codec
	// Type is the payload type of Codec; 0: that of RFC 3551 6.
	Type uint8
	// SendEventPT is the payload type of telephone-event in the peer's
	// description, for keys that we press; 0: it takes none (RFC 4733 2.5.1.1).
	SendEventPT uint8
	// EventTypes are the payload types under which the peer's keys are taken; zeros
	// stand for none.
	EventTypes [3]uint8
	// Strict takes packets from Addr only.
	Strict bool
	// Hold sends nothing, neither prompts nor silence, and lets what plays
	// wait, until Start is called without it (RFC 3264 8.4).
	Hold bool
}

// Stream is the sound of one call. Its methods may be called from any
// goroutine; what they ask for happens within one slot of the wheel.
type Stream struct {
	engine  *Engine
	port    *port
	handler Handler
	plays   atomic.Uint64 // the last PlayID given out
	busy    atomic.Int64  // port.shard.clock() when a key was last known to be down, or the call on hold

	keysMu sync.Mutex
	keys   dtmf.Encoder // keys that we press

	// Guarded by engine.mu.
	peer   netip.AddrPort // the remote address that s holds on its port
	closed bool

	// Used by the wheel only.
	started bool
	remote  Remote
	sender  sender
	player  player
	latched netip.AddrPort // a source other than remote.Addr that was taken
	latches int            // sources latched since remote.Addr was set
	heard   bool           // a packet was taken since remote.Addr was set
	decoder dtmf.Decoder
	stats   StreamStats
}

// newStream returns a stream whose SSRC, first sequence number and first timestamp are
// random (RFC 3550 5.1).
func newStream(engine *Engine, home *port, handler Handler) *Stream {
	s := &Stream{engine: engine, port: home, handler: handler}
	s.sender.ssrc = engine.random()
	s.sender.sequence = uint16(engine.random())
	s.sender.timestamp = engine.random()
	s.sender.marker = true
	return s
}

// LocalPort is the UDP port to be told to the peer.
func (s *Stream) LocalPort() int { return int(s.port.addr.Port()) }

// LocalAddr is the address and port to be told to the peer.
func (s *Stream) LocalAddr() netip.AddrPort { return s.port.addr }

// Start begins to send a packet every FrameDuration, silence when nothing
// plays, and to take packets from there. The first leadFrames are silence. Called
// again it follows a peer that moved or changed its codec. It fails with
// ErrPeerTaken, ErrPeerFamily or ErrClosed.
func (s *Stream) Start(remote Remote) error {
	remote.Addr = unmap(remote.Addr)
	if !remote.Addr.IsValid() || remote.Addr.Addr().Is4() != s.port.addr.Addr().Is4() {
		return ErrPeerFamily
	}
	if err := s.engine.claim(s, remote.Addr); err != nil {
		return err
	}
	if !s.port.shard.do(func() { s.port.start(s, remote) }) {
		return ErrClosed
	}
	return nil
}

// Idle returns how long no key has been down and the call has not been on hold.
func (s *Stream) Idle() time.Duration {
	return s.port.shard.clock() - time.Duration(s.busy.Load())
}

// KeyDown notes that a key is being held, as detected in the sound. It must be called
// by a Handler.
func (s *Stream) KeyDown() { s.busy.Store(int64(s.port.shard.clock())) }

// Play plays clips one after the other in place of what plays now. Handler.Played
// is called with the id returned when the last frame was sent.
func (s *Stream) Play(clips ...*Clip) PlayID {
	id := PlayID(s.plays.Add(1))
	s.port.shard.do(func() { s.player = player{clips: clips, id: id} })
	return id
}

// Stop silences what plays.
func (s *Stream) Stop() {
	s.port.shard.do(func() { s.player = player{} })
}

// SendDigit queues a key to be pressed for dur, one after the other. It fails
// with dtmf.ErrNoKey or dtmf.ErrFull. Keys are not sent to a peer that takes none.
func (s *Stream) SendDigit(key byte, dur time.Duration) error {
	s.keysMu.Lock()
	defer s.keysMu.Unlock()
	return s.keys.Press(key, dur)
}

// KeysWait reports whether keys of SendDigit have not begun to be pressed.
func (s *Stream) KeysWait() bool {
	s.keysMu.Lock()
	defer s.keysMu.Unlock()
	return s.keys.Waiting()
}

// Close ends the stream and returns what came of it. No handler runs after it
// returns. Closed again it returns zeros.
func (s *Stream) Close() StreamStats {
	if !s.engine.retire(s) {
		return StreamStats{}
	}
	done := make(chan struct{})
	if s.port.shard.do(func() { s.port.end(s); close(done) }) {
		<-done
	} else {
		<-s.port.shard.stopped
	}
	s.engine.release(s)
	s.keysMu.Lock()
	s.keys = dtmf.Encoder{}
	s.keysMu.Unlock()
	s.decoder = dtmf.Decoder{}
	return s.stats
}
