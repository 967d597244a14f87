package peers

import (
	"encoding/binary"
	"math"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/pion/rtp"
)

const (
	oddPIN  = "582193"
	oddKeys = "1" + oddPIN // agree to listen, then the PIN
	frameTS = 160          // samples of 20 ms
)

// oddRTP is the sound of one call at the odd trunk.
type oddRTP struct {
	conn *net.UDPConn
	to   netip.AddrPort
	next rtp.Header
}

var audioIn = regexp.MustCompile(`(?s)c=IN IP4 (\S+).*m=audio (\d+)`)

// openRTP opens the sound towards where the INVITE wants it.
func (c *oddCall) openRTP() *oddRTP {
	m := audioIn.FindStringSubmatch(c.invite.body)
	if m == nil {
		panic(oddFailure("an INVITE without sound"))
	}
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(c.k.ip)})
	if err != nil {
		panic(oddFailure(err.Error()))
	}
	port, _ := strconv.Atoi(m[2])
	return &oddRTP{conn: conn, to: netip.AddrPortFrom(netip.MustParseAddr(m[1]), uint16(port)), next: rtp.Header{Version: 2, SSRC: 7}}
}

func (r *oddRTP) port() int { return r.conn.LocalAddr().(*net.UDPAddr).Port }

// send sends a packet stamped at, and waits for the next packet's time.
func (r *oddRTP) send(payloadType int, at uint32, payload []byte) {
	h := r.next
	h.PayloadType, h.Timestamp = uint8(payloadType), at
	r.next.SequenceNumber++
	packet, err := (&rtp.Packet{Header: h, Payload: payload}).Marshal()
	if err != nil {
		panic(oddFailure(err.Error()))
	}
	_, _ = r.conn.WriteToUDPAddrPort(packet, r.to)
	time.Sleep(20 * time.Millisecond)
}

// event is the payload of a key (RFC 4733 2.3).
func event(key byte, end bool, duration uint32) []byte {
	b := []byte{byte(strings.IndexByte("0123456789*#", key)), 10, 0, 0}
	if end {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], uint16(duration))
	return b
}

// press presses keys as RFC 4733 wants them.
func (r *oddRTP) press(payloadType int, keys string) {
	for _, key := range []byte(keys) {
		at := r.next.Timestamp
		for i := uint32(1); i <= 4; i++ {
			r.send(payloadType, at, event(key, false, i*frameTS))
		}
		for range 3 {
			r.send(payloadType, at, event(key, true, 5*frameTS))
		}
		r.next.Timestamp += 15 * frameTS
	}
}

// pressRestamped stamps each packet of a press anew.
func (r *oddRTP) pressRestamped(payloadType int, keys string) {
	for _, key := range []byte(keys) {
		at := r.next.Timestamp
		for i := range uint32(5) {
			r.send(payloadType, at+i*frameTS, event(key, false, (i+1)*frameTS))
		}
		for i := range uint32(3) {
			r.send(payloadType, at+(5+i)*frameTS, event(key, true, 5*frameTS))
		}
		r.next.Timestamp += 15 * frameTS
		time.Sleep(100 * time.Millisecond)
	}
}

// sing presses keys as tones in the sound (ITU-T Q.23).
func (r *oddRTP) sing(keys string) {
	low := map[byte]float64{'1': 697, '2': 697, '3': 697, '4': 770, '5': 770, '6': 770, '7': 852, '8': 852, '9': 852, '0': 941}
	high := map[byte]float64{'1': 1209, '4': 1209, '7': 1209, '2': 1336, '5': 1336, '8': 1336, '0': 1336, '3': 1477, '6': 1477, '9': 1477}
	for _, key := range []byte(keys) {
		for i := range 12 {
			payload := make([]byte, frameTS)
			for j := range payload {
				t := float64(i*frameTS+j) / 8000
				v := 0.0
				if i < 6 {
					v = 6000 * (math.Sin(2*math.Pi*low[key]*t) + math.Sin(2*math.Pi*high[key]*t))
				}
				payload[j] = aLaw(v)
			}
			r.send(payloadPCMA, r.next.Timestamp, payload)
			r.next.Timestamp += frameTS
		}
	}
}

// aLaw encodes a sample of 16 bits (ITU-T G.711 table 1a).
func aLaw(v float64) byte {
	sign, size := byte(0x80), int(v)>>4
	if v < 0 {
		sign, size = 0, int(-v)>>4
	}
	segment := 0
	for size > 31 {
		size >>= 1
		segment++
	}
	if size > 15 {
		segment, size = segment+1, size-16
	}
	return (sign | byte(min(segment, 7))<<4 | byte(size)) ^ 0x55
}
