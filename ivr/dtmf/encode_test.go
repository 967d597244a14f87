package dtmf

import (
	"errors"
	"testing"
	"time"
)

// out is what an Encoder sends until it is idle, with the RTP time of each packet.
func out(t *testing.T, e *Encoder, from uint32) (packets []Out, at []uint32) {
	t.Helper()
	for now := from; e.Busy(); now += packetUnits {
		if now-from > 2*60*ClockRate {
			t.Fatal("the Encoder does not end")
		}
		if o, ok := e.Next(now); ok {
			packets, at = append(packets, o), append(at, now)
		}
	}
	return packets, at
}

func eventsOf(t *testing.T, packets []Out) []Event {
	t.Helper()
	all := make([]Event, len(packets))
	for i, o := range packets {
		all[i], _ = ParseEvent(o.Payload[:])
	}
	return all
}

func TestOneKeyIsSentByTheBook(t *testing.T) {
	t.Parallel()
	var e Encoder
	if err := e.Press('#', 100*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	packets, _ := out(t, &e, 5000)
	want := []Event{
		{11, false, volumeSent, 160}, {11, false, volumeSent, 320}, {11, false, volumeSent, 480}, {11, false, volumeSent, 640},
		{11, true, volumeSent, 800}, {11, true, volumeSent, 800}, {11, true, volumeSent, 800},
	}
	got := eventsOf(t, packets)
	if len(got) != len(want) {
		t.Fatalf("%d packets, want %d: %v", len(got), len(want), got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("packet %d: %v, want %v", i, got[i], want[i])
		}
		if packets[i].Timestamp != 5000 {
			t.Errorf("packet %d has timestamp %d, want that of the begin", i, packets[i].Timestamp)
		}
		if packets[i].Marker != (i == 0) {
			t.Errorf("packet %d has marker %v", i, packets[i].Marker)
		}
	}
}

func TestKeysAreKeptApart(t *testing.T) {
	t.Parallel()
	var e Encoder
	for range 3 {
		if err := e.Press('1', PressMin); err != nil {
			t.Fatal(err)
		}
	}
	packets, at := out(t, &e, 0xFFFFFF00) // the timestamp wraps meanwhile
	begins := 0
	for i, o := range packets {
		if !o.Marker {
			continue
		}
		begins++
		if i > 0 && at[i]-at[i-1] < PauseUnits {
			t.Errorf("only %d units between two keys", at[i]-at[i-1])
		}
	}
	if begins != 3 {
		t.Errorf("%d begins, want 3", begins)
	}
}

func TestALongKeyIsSegmented(t *testing.T) {
	t.Parallel()
	var e Encoder
	if err := e.Press('7', 20*time.Second); err != nil {
		t.Fatal(err)
	}
	packets, at := out(t, &e, 0)
	var d Decoder
	keys, markers, stamps := 0, 0, map[uint32]bool{}
	for i, o := range packets {
		stamps[o.Timestamp] = true
		if o.Marker {
			markers++
		}
		arrival := time.Duration(at[i]) * time.Second / ClockRate
		if _, ok := d.Decode(Packet{Timestamp: o.Timestamp, At: arrival, Payload: o.Payload[:]}); ok {
			keys++
		}
	}
	if keys != 1 || markers != 1 || len(stamps) != 3 {
		t.Errorf("%d keys, %d markers, %d segments; want 1, 1, 3", keys, markers, len(stamps))
	}
	last, _ := ParseEvent(packets[len(packets)-1].Payload[:])
	if total := 2*durationMax + int(last.Duration); total != 20*ClockRate {
		t.Errorf("held for %d units, want %d", total, 20*ClockRate)
	}
}

func TestWhatCannotBePressed(t *testing.T) {
	t.Parallel()
	var e Encoder
	for _, key := range []byte("eE+ \x00") {
		if err := e.Press(key, time.Second); !errors.Is(err, ErrNoKey) {
			t.Errorf("%q: error %v", key, err)
		}
	}
	for range QueueMax {
		if err := e.Press('1', time.Second); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Press('1', time.Second); !errors.Is(err, ErrFull) {
		t.Errorf("one too many: error %v", err)
	}
}
