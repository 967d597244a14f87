package smpp

import (
	"encoding/hex"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/smpp/pdu"
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

func TestClassify(t *testing.T) {
	t.Parallel()
	tlv := func(tag pdu.Tag, value string) pdu.TLVs {
		out, err := pdu.AppendTLV(nil, tag, []byte(value))
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	unhex := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, c := range []struct {
		name string
		sm   pdu.SM
		kind Kind
		text string
	}{
		{"plain", pdu.SM{ShortMessage: []byte("PAY 8001 5")}, Text, "PAY 8001 5"},
		{"empty", pdu.SM{}, Text, ""},
		{"chinese", pdu.SM{DataCoding: 8, ShortMessage: unhex("4ed80035")}, Text, "付5"},
		{"a reference is harmless", pdu.SM{ShortMessage: []byte("x"), TLVs: tlv(pdu.TagUserMessageReference, "\x00\x01")}, Text, "x"},
		{"store and forward mode", pdu.SM{ESMClass: 0x03, ShortMessage: []byte("x")}, Text, "x"},
		{"reply path", pdu.SM{ESMClass: 0x80, ShortMessage: []byte("x")}, Text, "x"},
		{"delivery receipt", pdu.SM{ESMClass: pdu.ESMDeliveryReceipt, ShortMessage: []byte("id:1 stat:DELIVRD")}, Receipt, ""},
		{"delivery acknowledgement", pdu.SM{ESMClass: pdu.ESMDeliveryAck, ShortMessage: []byte("PAY 8001 5")}, Receipt, ""},
		{"user acknowledgement", pdu.SM{ESMClass: pdu.ESMManualAck}, Receipt, ""},
		{"conversation abort", pdu.SM{ESMClass: 0x18}, Receipt, ""},
		{"intermediate notification", pdu.SM{ESMClass: pdu.ESMIntermediate}, Receipt, ""},
		{"receipt by its parameter", pdu.SM{ShortMessage: []byte("x"), TLVs: tlv(pdu.TagReceiptedMessageID, "1\x00")}, Receipt, ""},
		{"part by UDH", pdu.SM{ESMClass: pdu.ESMUDHI, ShortMessage: append(unhex("050003a70201"), "PAY"...)}, Long, "PAY"},
		{"part by wide UDH", pdu.SM{ESMClass: pdu.ESMUDHI, ShortMessage: append(unhex("06080400a70202"), "8001"...)}, Long, "8001"},
		{"ports", pdu.SM{ESMClass: pdu.ESMUDHI, ShortMessage: append(unhex("0605040b8423f0"), "x"...)}, Unreadable, ""},
		{"broken UDH", pdu.SM{ESMClass: pdu.ESMUDHI, ShortMessage: []byte("PAY 8001 5")}, Unreadable, ""},
		{"UDH and nothing", pdu.SM{ESMClass: pdu.ESMUDHI}, Unreadable, ""},
		{"part by SAR", pdu.SM{ShortMessage: []byte("PAY"), TLVs: tlv(pdu.TagSARMsgRefNum, "\x00\x01")}, Long, "PAY"},
		{"part by SAR total", pdu.SM{ShortMessage: []byte("PAY"), TLVs: tlv(pdu.TagSARTotalSegments, "\x02")}, Long, "PAY"},
		{"part by SAR number", pdu.SM{ShortMessage: []byte("PAY"), TLVs: tlv(pdu.TagSARSegmentSeqnum, "\x01")}, Long, "PAY"},
		{"payload", pdu.SM{TLVs: tlv(pdu.TagMessagePayload, "PAY 8001 5")}, Long, "PAY 8001 5"},
		{"unreadable payload", pdu.SM{DataCoding: 4, TLVs: tlv(pdu.TagMessagePayload, "x")}, Long, ""},
		{"binary", pdu.SM{DataCoding: 4, ShortMessage: []byte("PAY 8001 5")}, Unreadable, ""},
		{"Cyrillic", pdu.SM{DataCoding: 6, ShortMessage: []byte("PAY 8001 5")}, Unreadable, ""},
		{"half a character", pdu.SM{DataCoding: 8, ShortMessage: []byte("PAY")}, Unreadable, ""},
		{"octets that are no septets", pdu.SM{ShortMessage: []byte("PAY \xe9")}, Unreadable, ""},
	} {
		c.sm.SourceAddr, c.sm.DestinationAddr = []byte("8613800000001"), []byte("8888")
		m, _ := newMessage(&c.sm, nil)
		if m.Kind != c.kind || m.Text != c.text || m.From != "8613800000001" || m.To != "8888" {
			t.Errorf("%s: %s %q from %s to %s, want %s %q", c.name, m.Kind, m.Text, m.From, m.To, c.kind, c.text)
		}
	}
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
	full := 0.999999
	s, err := New(Config{Addr: "x", Deliver: func(Message) bool { return true }, Rand: func() float64 { return full },
		Backoff: Backoff{Base: 500 * time.Millisecond, Max: time.Minute}})
	if err != nil {
		t.Fatal(err)
	}
	for failures, want := range []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second,
		8 * time.Second, 16 * time.Second, 32 * time.Second, time.Minute, time.Minute} {
		if got := s.backoff(failures, nil).Round(time.Millisecond); got != want {
			t.Errorf("after %d failures %s, want %s", failures, got, want)
		}
	}
	if got := s.backoff(1<<40, nil); got > time.Minute {
		t.Errorf("after very many %s", got)
	}
	for st, want := range map[pdu.Status]time.Duration{
		pdu.RInvPaswd: time.Minute, pdu.RInvSysID: time.Minute, pdu.RAlyBnd: 500 * time.Millisecond, pdu.RBindFail: 500 * time.Millisecond,
	} {
		if got := s.backoff(0, &BindError{Status: st}).Round(time.Millisecond); got != want {
			t.Errorf("%s: %s, want %s", st, got, want)
		}
	}
	full = 0
	if got := s.backoff(5, nil); got != 0 {
		t.Errorf("no share: %s", got)
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
