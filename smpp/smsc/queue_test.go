package smsc

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mpg/smpp/pdu"
)

// The queue against a slice: what was put back comes first, in its order.
func TestQueueIsAList(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var q queue
		var model []uint32
		next := uint32(0)
		fresh := func() *message {
			next++
			return &message{seq: next}
		}
		t.Repeat(map[string]func(*rapid.T){
			"push": func(*rapid.T) {
				m := fresh()
				q.push(m)
				model = append(model, m.seq)
			},
			"pop": func(t *rapid.T) {
				if len(model) == 0 {
					t.Skip("empty")
				}
				if m := q.pop(); m.seq != model[0] {
					t.Fatalf("popped %d, want %d", m.seq, model[0])
				}
				model = model[1:]
			},
			"put back": func(t *rapid.T) {
				var back []*message
				var seqs []uint32
				for range rapid.IntRange(0, 4).Draw(t, "n") {
					m := fresh()
					back, seqs = append(back, m), append(seqs, m.seq)
				}
				q.pushFront(back)
				model = slices.Concat(seqs, model)
			},
			"": func(t *rapid.T) {
				if q.len() != len(model) {
					t.Fatalf("%d wait, want %d", q.len(), len(model))
				}
			},
		})
	})
}

// NULs that sm_length does not count lie between the text and the parameters, and
// command_length counts them. Four would be a parameter of tag 0. SMPP 3.4 5.1.1
func TestPaddingLiesBehindTheText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		sm := pdu.SM{
			SourceAddr: []byte("8613800000001"), DestinationAddr: []byte("8888"),
			ShortMessage: rapid.SliceOfN(rapid.ByteRange('A', 'Z'), 0, 40).Draw(t, "text"),
		}
		if rapid.Bool().Draw(t, "parameters") {
			sm.TLVs = pdu.TLVs{0x02, 0x04, 0, 2, 0, 7}
		}
		frame, err := pdu.AppendSM(nil, pdu.DeliverSM, 5, &sm)
		if err != nil {
			t.Fatal(err)
		}
		m := message{frame: frame, tlvs: len(sm.TLVs)}
		nuls := rapid.IntRange(-1, 3).Draw(t, "NULs")
		padded := m.padded(nuls)
		if len(padded) != len(frame)+max(nuls, 0) || int(padded.Header().CommandLength) != len(padded) {
			t.Fatalf("%d octets, command_length %d, of %d and %d NULs", len(padded), padded.Header().CommandLength, len(frame), nuls)
		}
		var got pdu.SM
		if err := got.Decode(padded.Body()); err != nil || string(got.ShortMessage) != string(sm.ShortMessage) || string(got.TLVs) != string(sm.TLVs) {
			t.Fatalf("read %q with %x, %v", got.ShortMessage, got.TLVs, err)
		}
	})
}

func TestAddressShowsItsType(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]struct {
		digits string
		ton    pdu.TON
		npi    pdu.NPI
	}{
		"+8613800000001": {"8613800000001", pdu.TONInternational, pdu.NPIISDN},
		"8888":           {"8888", pdu.TONUnknown, pdu.NPIUnknown},
		"BLUEBIRD":       {"BLUEBIRD", pdu.TONAlphanumeric, pdu.NPIUnknown},
		"10690x":         {"10690x", pdu.TONAlphanumeric, pdu.NPIUnknown},
		"":               {"", pdu.TONUnknown, pdu.NPIUnknown},
	} {
		digits, ton, npi := address(given)
		if string(digits) != want.digits || ton != want.ton || npi != want.npi {
			t.Errorf("%q: %q %d %d", given, digits, ton, npi)
		}
		if back := number(digits, ton); back != given {
			t.Errorf("%q comes back as %q", given, back)
		}
	}
}
