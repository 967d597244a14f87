package dtmf

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// numbered is an event packet and its place.
type numbered struct {
	Packet
	number int // of the packet within its press, from 1
}

// numberedPress is a press of six packets and two repeats of its end, from number 1; anew
// says that a relay stamps each packet by itself.
func numberedPress(key byte, at time.Duration, sequence uint16, timestamp uint32, anew bool) []numbered {
	const length = 6
	code, _ := EventOf(key)
	var all []numbered
	for i := range length + endsSent - 1 {
		var b [PayloadSize]byte
		Event{Code: code, End: i >= length-1, Volume: 10, Duration: uint16(min(i+1, length) * packetUnits)}.Put(&b)
		p := Packet{SSRC: 7, Sequence: sequence + uint16(i), Marker: i == 0, Timestamp: timestamp, At: at + time.Duration(i)*20*ms, Payload: b[:]}
		if anew {
			p.Timestamp += uint32(i) * packetUnits
		}
		all = append(all, numbered{p, i + 1})
	}
	return all
}

func keysOf(stream []numbered) string {
	var d Decoder
	var keys []byte
	for _, p := range stream {
		if key, ok := d.Decode(p.Packet); ok {
			keys = append(keys, key)
		}
	}
	return string(keys)
}

// A copy that the network delivers late is not another press, whatever copies of
// earlier packets came before it.
func TestLateCopiesAreNoKeys(t *testing.T) {
	t.Parallel()
	const seed, lateMax = 20, 400
	random := rand.New(rand.NewPCG(seed, seed))
	for run := range 3000 {
		var stream []numbered
		var want string
		for i := range 6 {
			key := byte('0' + random.IntN(10))
			want += string(key)
			for _, p := range numberedPress(key, time.Duration(i)*220*ms, uint16(i*11), uint32(i)*11*packetUnits, false) {
				stream = append(stream, p)
				if random.IntN(3) == 0 {
					p.At += time.Duration(random.IntN(lateMax)) * ms
					stream = append(stream, p)
				}
			}
		}
		slices.SortStableFunc(stream, func(a, b numbered) int { return int(a.At - b.At) })
		if got := keysOf(stream); got != want {
			t.Fatalf("run %d: %d keys, want %d", run, len(got), len(want))
		}
	}
}

// A relay that stamps each packet anew may lose several in a row, or have them
// overtaken: they are of one press.
func TestGapsOfARestampedPress(t *testing.T) {
	t.Parallel()
	for name, order := range map[string][]int{
		"three lost in the middle": {1, 2, 6, 7, 8},
		"four lost":                {1, 2, 7, 8},
		"all but the last end":     {1, 2, 3, 8},
		"the first overtaken":      {2, 1, 3, 4, 5, 6, 7, 8},
		"the first comes last":     {2, 3, 4, 5, 6, 7, 1},
	} {
		var stream []numbered
		for at, sequence := time.Duration(0), uint16(0); sequence < 22; at, sequence = at+240*ms, sequence+11 {
			press := numberedPress('5', at, sequence, uint32(sequence)*packetUnits, true)
			for _, number := range order {
				p := press[number-1]
				p.At = max(p.At, press[slices.Max(order[:slices.Index(order, number)+1])-1].At) // overtaken by those before it
				stream = append(stream, p)
			}
		}
		if got := keysOf(stream); got != "55" {
			t.Errorf("%s: two presses are %d keys", name, len(got))
		}
	}
}
