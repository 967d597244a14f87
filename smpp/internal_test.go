package smpp

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/smpp/pdu"
	"mpg/smpp/text"
)

// The slot table against a map: every request is found under its number, once,
// and none under another's.
func TestSlotsAreAMap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		window := rapid.IntRange(1, 40).Draw(t, "window")
		table := newSlots(window)
		table.seq = rapid.SampledFrom([]uint32{0, 1, 1000, pdu.SequenceMax - 3}).Draw(t, "first")
		model := make(map[uint32]uint64)
		var id uint64
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				if len(model) == window {
					t.Skip("full")
				}
				id++
				seq := table.put(slot{acks: id, at: time.Unix(int64(id), 0)})
				if _, taken := model[seq]; taken || seq == 0 || seq > pdu.SequenceMax {
					t.Fatalf("sequence_number %d", seq)
				}
				model[seq] = id
			},
			"take": func(t *rapid.T) {
				seq := rapid.Uint32Range(0, 200).Draw(t, "seq")
				if known := keys(model); len(known) > 0 && rapid.Bool().Draw(t, "known") {
					seq = rapid.SampledFrom(known).Draw(t, "which")
				}
				s, ok := table.take(seq)
				if want, has := model[seq]; ok != has || s.acks != want {
					t.Fatalf("take(%d) = %+v, %v", seq, s, ok)
				}
				delete(model, seq)
			},
			"expire": func(t *rapid.T) {
				now := time.Unix(int64(id), 0)
				s, ok := table.expired(now, 5*time.Second)
				for seq, put := range model {
					if late := int64(id)-int64(put) >= 5; late && !ok {
						t.Fatalf("%d is not found late", seq)
					}
				}
				if ok {
					delete(model, s.seq)
				}
			},
			"": func(t *rapid.T) {
				if table.used != len(model) {
					t.Fatalf("%d used of %d", table.used, len(model))
				}
			},
		})
	})
}

func keys(m map[uint32]uint64) []uint32 {
	ks := make([]uint32, 0, len(m))
	for seq := uint32(0); len(ks) < len(m) && seq < 400; seq++ {
		if _, ok := m[seq]; ok {
			ks = append(ks, seq)
		}
	}
	return ks
}

func TestAddress(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in, out string
		ton     pdu.TON
		npi     pdu.NPI
	}{
		{"+8613800000001", "8613800000001", pdu.TONInternational, pdu.NPIISDN},
		{"13800000001", "13800000001", pdu.TONUnknown, pdu.NPIISDN},
		{"8888", "8888", pdu.TONUnknown, pdu.NPIUnknown},
		{"BLUEBIRD", "BLUEBIRD", pdu.TONAlphanumeric, pdu.NPIUnknown},
		{"+8613800O00001", "", 0, 0},
		{"+", "", 0, 0},
		{"", "", 0, 0},
		{"蓝鸟", "", 0, 0},
		{"a\x00b", "", 0, 0},
		{"123456789012345678901", "", 0, 0},
	} {
		got, ton, npi := address(nil, c.in)
		if string(got) != c.out || ton != c.ton || npi != c.npi {
			t.Errorf("%q: %q %d %d", c.in, got, ton, npi)
		}
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	const full = 0.999999
	wait := Backoff{Base: 500 * time.Millisecond, Max: time.Minute}
	for failures, want := range []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second,
		8 * time.Second, 16 * time.Second, 32 * time.Second, time.Minute, time.Minute} {
		if got := wait.after(failures, nil, full).Round(time.Millisecond); got != want {
			t.Errorf("after %d failures %s, want %s", failures, got, want)
		}
	}
	if got := wait.after(1<<40, nil, full); got > time.Minute {
		t.Errorf("after very many %s", got)
	}
	for st, want := range map[pdu.Status]time.Duration{
		pdu.RInvPaswd: time.Minute, pdu.RInvSysID: time.Minute, pdu.RInvSysTyp: time.Minute,
		pdu.RAlyBnd: 5 * time.Second, pdu.RBindFail: 5 * time.Second, pdu.RThrottled: 5 * time.Second, 0x401: 5 * time.Second,
	} {
		if got := wait.after(0, &BindError{Status: st}, full).Round(time.Millisecond); got != want {
			t.Errorf("%s: %s, want %s", st, got, want)
		}
	}
	for failures, want := range []time.Duration{250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second} {
		if got := wait.after(failures, nil, 0); got != want {
			t.Errorf("after %d failures at least %s, want %s", failures, got, want)
		}
	}
	// However the dice fall, an SMSC that refuses is not asked more than a few
	// times in twenty seconds.
	var at time.Duration
	binds := 1
	for failures := 0; at < 20*time.Second; failures++ {
		at += wait.after(failures, &BindError{Status: pdu.RAlyBnd}, 0)
		binds++
	}
	if binds > 5 {
		t.Errorf("%d binds in twenty seconds", binds)
	}
}

// What is read behind a time in which the process stood still may have lain
// there as long.
func TestStall(t *testing.T) {
	t.Parallel()
	start := time.Unix(1_000_000, 0)
	at := func(d time.Duration) time.Time { return start.Add(d) }
	age := func(s *stall, now time.Time) time.Duration {
		return time.Duration(now.UnixNano() - s.earliest(now)).Round(time.Millisecond)
	}
	var s stall
	s.beat(at(0))
	for d := tickMax; d <= 5*time.Second; d += tickMax {
		s.beat(at(d))
	}
	if got := age(&s, at(5*time.Second+50*time.Millisecond)); got > tickMax {
		t.Errorf("a running process: up to %s old", got)
	}
	if got := age(&s, at(9*time.Second)); got != 4*time.Second {
		t.Errorf("read before the clock is looked at: up to %s old, want 4s", got)
	}
	for _, d := range []time.Duration{0, 1, 20 * time.Millisecond, tickMax, 900 * time.Millisecond} {
		s.beat(at(9*time.Second + d))
		if got, want := age(&s, at(9*time.Second+d)), (4*time.Second + d).Round(time.Millisecond); got != want {
			t.Errorf("read %s after the stall: up to %s old, want %s", d, got, want)
		}
	}
	for d := 10 * time.Second; d <= 12*time.Second; d += tickMax {
		s.beat(at(d))
	}
	if got := age(&s, at(12*time.Second)); got > tickMax {
		t.Errorf("long after a stall: up to %s old", got)
	}
	if got := age(&s, at(11*time.Second)); got > 0 {
		t.Errorf("a clock that goes back: %s old", got)
	}
}

// Three submits in a row without an answer, and a time in which a slow centre
// would have answered, end the link, and so does a single one after which nothing is
// answered for longer; one answer, however late, starts the count again.
func TestMute(t *testing.T) {
	t.Parallel()
	const response = 10 * time.Second
	start := time.Unix(1_000_000, 0)
	var m mute
	for i := range unansweredMax {
		if m.proved(start.Add(2*response), response) {
			t.Fatalf("given up after %d", i)
		}
		m.unanswered(start.Add(time.Duration(unansweredMax-i) * time.Second)) // found in any order
	}
	if first := start.Add(time.Second); m.proved(first.Add(2*response-1), response) || !m.proved(first.Add(2*response), response) {
		t.Error("not at twice the time of a response")
	}
	m.answered()
	if m.proved(start.Add(time.Hour), response) {
		t.Error("an answer counts for nothing")
	}
	one := start.Add(time.Minute)
	m.unanswered(one)
	if m.proved(one.Add(3*response-1), response) || !m.proved(one.Add(3*response), response) {
		t.Error("a single one is not given three times as long")
	}
}

// An acknowledgement that lay in a slow Write proves nothing, and the ones around
// it do.
func TestProofOfSlowWrites(t *testing.T) {
	t.Parallel()
	var ps proofs
	p := ps.add(1)
	early := p.next()
	p.reached(1)
	slow := p.next()
	p.doubt()
	racing := p.next() // handed over while the Write ran
	later := p.next()
	p.reached(4)
	if !ps.holds(early) || ps.holds(slow) || ps.holds(racing) || !ps.holds(later) {
		t.Errorf("proved: early %v, slow %v, racing %v, later %v", ps.holds(early), ps.holds(slow), ps.holds(racing), ps.holds(later))
	}
	for range 2 * spansRemembered {
		p.doubt()
	}
	if len(p.doubtful) > spansRemembered {
		t.Errorf("%d spans are kept", len(p.doubtful))
	}
}

func TestProofsForgetOldLinks(t *testing.T) {
	t.Parallel()
	var ps proofs
	first := ps.add(1)
	token := first.next()
	first.reached(1)
	first.reached(0) // an older answer changes nothing
	if !ps.holds(token) {
		t.Error("not proved")
	}
	for epoch := uint64(2); epoch <= linksRemembered; epoch++ {
		ps.add(epoch).reached(5)
	}
	if !ps.holds(token) {
		t.Error("forgotten too early")
	}
	ps.add(1 + linksRemembered).reached(5)
	if ps.holds(token) {
		t.Error("proved by the link that took its place")
	}
}

// TestNumbers: the marks and the form that a bind insists on.
func TestNumbers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to string
		numbers  *Numbers
		source   string // digits, TON and NPI
		dest     string
	}{
		{"8888", "+8613800000001", nil, "8888 0 0", "8613800000001 1 1"},
		{"8888", "+8613800000001", &Numbers{SourceTON: 3, DestTON: 1, DestNPI: 1}, "8888 3 0", "8613800000001 1 1"},
		{"106900000001", "+8613800000001", &Numbers{SourceTON: 6, SourceNPI: 8, DestTON: 2, DestNPI: 1, Home: "86"}, "106900000001 6 8", "13800000001 2 1"},
		{"8888", "+12025550123", &Numbers{DestTON: 2, DestNPI: 1, Home: "86"}, "8888 0 0", "12025550123 1 1"},
		{"8888", "+86", &Numbers{DestTON: 2, DestNPI: 1, Home: "86"}, "8888 0 0", "86 1 1"},
		{"8888", "+8613800000001", &Numbers{DestTON: 1, DestNPI: 1, DestPlus: true}, "8888 0 0", "+8613800000001 1 1"},
		{"8888", "13800000001", &Numbers{DestTON: 2, DestNPI: 1, DestPlus: true}, "8888 0 0", "13800000001 2 1"},
		{"BLUEBIRD", "+8613800000001", &Numbers{SourceTON: 3, DestTON: 1, DestNPI: 1}, "BLUEBIRD 5 0", "8613800000001 1 1"},
	} {
		frame, err := appendSubmit(nil, &Outgoing{From: c.from, To: c.to, Text: "x", Numbers: c.numbers}, text.GSM)
		if err != nil {
			t.Fatal(err)
		}
		var m pdu.SM
		if err := m.Decode(pdu.Frame(frame).Body()); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%s %d %d", m.SourceAddr, m.SourceAddrTON, m.SourceAddrNPI); got != c.source {
			t.Errorf("%s to %s: source %s, want %s", c.from, c.to, got, c.source)
		}
		if got := fmt.Sprintf("%s %d %d", m.DestinationAddr, m.DestAddrTON, m.DestAddrNPI); got != c.dest {
			t.Errorf("%s to %s: destination %s, want %s", c.from, c.to, got, c.dest)
		}
	}
}
