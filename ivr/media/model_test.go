package media

import (
	"bytes"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/ivr/dtmf"
)

// A play hands out its clips frame by frame, without a gap between them, and says with
// the last frame that it has ended.
func TestPlayerIsItsClips(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		codec := rapid.SampledFrom([]Codec{PCMA, PCMU}).Draw(t, "codec")
		var clips []*Clip
		var want []byte
		for i := range rapid.IntRange(0, 5).Draw(t, "clips") {
			pcm := make([]int16, rapid.IntRange(0, 3*FrameSamples).Draw(t, "samples"))
			for j := range pcm {
				pcm[j] = int16(1000*i + j)
			}
			clips = append(clips, NewClip(pcm))
			want = append(want, clips[i].Payload(codec)...)
		}
		p := player{clips: clips, id: 9}
		var got []byte
		for n := 0; ; n++ {
			frame, ended := p.frame(codec)
			got = append(got, frame...)
			if ended != 0 {
				if ended != 9 {
					t.Fatalf("play %d ended", ended)
				}
				break
			}
			if frame == nil || n > len(want) {
				t.Fatal("silence within a play that has not ended")
			}
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("%d octets of %d", len(got), len(want))
		}
		if frame, ended := p.frame(codec); frame != nil || ended != 0 {
			t.Fatal("a play goes on after its end")
		}
	})
}

// sent is what a receiver of a stream makes of its packets.
type sent struct {
	t       *rapid.T
	first   bool
	last    header
	decoder dtmf.Decoder
	keys    []byte
	sound   [][]byte
}

// take checks a packet against the one before (RFC 3550 5.1, RFC 4733 2.5.1).
func (r *sent) take(head *[headerSize]byte, payload []byte, at time.Duration) {
	h, body, ok := parseRTP(append(slices.Clone(head[:]), payload...))
	if !ok || !bytes.Equal(body, payload) {
		r.t.Fatalf("not RTP: %x", head)
	}
	if !r.first && (h.sequence != r.last.sequence+1 || h.ssrc != r.last.ssrc) {
		r.t.Fatalf("%+v behind %+v", h, r.last)
	}
	if h.payloadType == 101 {
		if key, ok := r.decoder.Decode(dtmf.Packet{
			SSRC: h.ssrc, Sequence: h.sequence, Marker: h.marker, Timestamp: h.timestamp, At: at, Payload: payload,
		}); ok {
			r.keys = append(r.keys, key)
		}
	} else {
		r.sound = append(r.sound, slices.Clone(payload))
	}
	r.first, r.last = false, h
}

// Whatever is asked of a stream, its packets are one RTP stream: numbers without gaps,
// a clock that neither stops nor goes back, every key once and in order, and in between
// the frames of what plays.
func TestWhatAStreamSends(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := newDesk()
		s := d.seat(described, false)
		s.remote.SendEventPT = 101
		r := &sent{t: t, first: true}
		var pressed []byte
		clock, packets := s.sender.timestamp, uint32(0)
		next := func() {
			if got := s.sender.timestamp; got != clock+packets*FrameSamples {
				t.Fatalf("the clock is at %d after %d packet times", got, packets)
			}
			head, payload := s.next()
			packets++
			r.take(head, payload, time.Duration(packets)*FrameDuration)
		}
		t.Repeat(map[string]func(*rapid.T){
			"send": func(t *rapid.T) {
				for range rapid.IntRange(1, 30).Draw(t, "packets") {
					next()
				}
			},
			"press": func(t *rapid.T) {
				key := rapid.SampledFrom([]byte("0123456789*#")).Draw(t, "key")
				if err := s.SendDigit(key, time.Duration(rapid.IntRange(0, 200).Draw(t, "ms"))*time.Millisecond); err == nil {
					pressed = append(pressed, key)
				}
			},
			"play": func(t *rapid.T) {
				s.player = player{clips: []*Clip{ramp(rapid.IntRange(1, 5).Draw(t, "frames"))}, id: 1}
			},
			"hold": func(*rapid.T) {
				s.rest(d.sh)
				packets++
			},
			"lag": func(t *rapid.T) {
				n := rapid.Uint64Range(1, 20).Draw(t, "packet times")
				s.skip(n)
				packets += uint32(n)
			},
		})
		for range 64 * 20 { // until all keys have gone
			next()
		}
		if string(r.keys) != string(pressed) {
			t.Fatalf("pressed %q, heard %q", pressed, r.keys)
		}
		for _, frame := range r.sound {
			if len(frame) != FrameSamples {
				t.Fatalf("a packet of %d octets", len(frame))
			}
		}
	})
}

// seated is one call of the model below.
type seated struct {
	stream    *Stream
	described netip.AddrPort
	strict    bool
	latched   netip.AddrPort
	heard     bool // it was heard from where it was described
	packets   int
}

// departure is a source that a call had when it ended.
type departure struct {
	described netip.AddrPort
	seen      time.Duration
}

// PINs must not cross calls: whichever calls begin and end on a local port, and from
// wherever packets come, each packet reaches the call that described its source, or the
// only one that may latch it, or none.
func TestPacketsNeverCrossCalls(t *testing.T) {
	t.Parallel()
	var addrs []netip.AddrPort
	for host := range 3 {
		for port := range 3 {
			addrs = append(addrs, netip.MustParseAddrPort(fmt.Sprintf("10.0.0.%d:%d", host+1, 5000+2*port)))
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		d := newDesk()
		var calls []*seated
		left := map[netip.AddrPort]departure{}
		any := func(t *rapid.T) netip.AddrPort { return rapid.SampledFrom(addrs).Draw(t, "address") }
		of := func(addr netip.AddrPort) *seated {
			for _, c := range calls {
				if c.described == addr {
					return c
				}
			}
			return nil
		}
		t.Repeat(map[string]func(*rapid.T){
			"begin": func(t *rapid.T) {
				addr := any(t)
				if of(addr) != nil || len(calls) == 4 {
					t.Skip("taken") // Engine.claim refuses it
				}
				c := &seated{described: addr, strict: rapid.Bool().Draw(t, "strict")}
				c.stream = d.seat(addr.String(), c.strict)
				c.stream.handler = Handler{Frame: func(Frame) { c.packets++ }}
				for _, other := range calls { // a description is worth more than a latch
					if other.latched == addr {
						other.latched, other.heard = netip.AddrPort{}, false
					}
				}
				delete(left, addr)
				calls = append(calls, c)
			},
			"end": func(t *rapid.T) {
				if len(calls) == 0 {
					t.Skip("no call")
				}
				at := rapid.IntRange(0, len(calls)-1).Draw(t, "call")
				c := calls[at]
				d.leave(c.stream)
				now := d.sh.clock()
				left[c.described] = departure{c.described, now}
				if c.latched.IsValid() {
					left[c.latched] = departure{c.described, now}
				}
				calls = slices.Delete(calls, at, at+1)
			},
			"time": func(*rapid.T) { d.sh.origin = d.sh.origin.Add(-leftMax / 2) },
			"hear": func(t *rapid.T) {
				from := any(t)
				before := make(map[*seated]int)
				for _, c := range calls {
					before[c] = c.packets
				}
				d.hear(from.String(), header{payloadType: uint8(PCMA)}, 0xd5)
				var to *seated
				for _, c := range calls {
					if c.packets > before[c] {
						if to != nil {
							t.Fatalf("a packet from %s reached two calls", from)
						}
						to = c
					}
				}
				checkOwner(t, d, from, to, of(from), left, len(calls))
				if gone, ok := left[from]; ok && d.sh.clock()-gone.seen > leftMax {
					delete(left, from) // it was silent for long enough
				} else if ok {
					left[from] = departure{gone.described, d.sh.clock()}
				}
			},
		})
	})
}

// checkOwner judges who got a packet; owner is the call that described its source.
func checkOwner(t *rapid.T, d *desk, from netip.AddrPort, to, owner *seated, left map[netip.AddrPort]departure, calls int) {
	switch gone, was := left[from]; {
	case to != owner && owner != nil:
		t.Fatalf("%s was described, and its packet went elsewhere", from)
	case to == nil:
		return
	case to == owner:
		to.heard = true
		if to.latched.IsValid() { // the described address ends the latch; the source was this call's a moment ago
			left[to.latched] = departure{to.described, d.sh.clock()}
			to.latched = netip.AddrPort{}
		}
	case to.strict:
		t.Fatalf("a strict call took a packet from %s", from)
	case to.latched == from:
	case to.latched.IsValid() || to.heard:
		t.Fatalf("a call that has a source took another, %s", from)
	case from.Port() != to.described.Port() && (from.Addr() != to.described.Addr() || calls > 1):
		t.Fatalf("%s is no source for a call described at %s among %d", from, to.described, calls)
	case was && gone.described != to.described && d.sh.clock()-gone.seen < leftMax:
		t.Fatalf("%s belonged to another call a moment ago", from)
	default:
		to.latched = from
		delete(left, from)
	}
}
