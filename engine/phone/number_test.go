package phone

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Senders as SMSCs write them, and whose purse they are.
func TestSenders(t *testing.T) {
	t.Parallel()
	const none = ""
	for _, c := range []struct {
		country, from string
		as            AddressType
		want          string
		why           SenderRefusal
	}{
		{"CN", "8613800000001", AddressInternational, "+8613800000001", SenderTaken},
		{"CN", "+8613800000001", AddressInternational, "+8613800000001", SenderTaken},
		{"CN", "+8613800000001", AddressUnknown, "+8613800000001", SenderTaken},
		{"CN", "8613800000001", AddressUnknown, "+8613800000001", SenderTaken},
		{"CN", "13800000001", AddressUnknown, "+8613800000001", SenderTaken},
		{"CN", "13800000001", AddressNational, "+8613800000001", SenderTaken},
		{"CN", "008613800000001", AddressUnknown, "+8613800000001", SenderTaken},
		{"CN", "+86 138-0000 0001", AddressUnknown, "+8613800000001", SenderTaken},
		{"CN", " 138.0000.0001 ", AddressNational, "+8613800000001", SenderTaken},
		{"CN", "(138) 0000/0001", AddressUnknown, "+8613800000001", SenderTaken},
		{"CN", "86-138-0000-0001", AddressInternational, "+8613800000001", SenderTaken},
		// 00 is the international prefix, and no country code begins with 0.
		{"CN", "008613800000001", AddressInternational, "+8613800000001", SenderTaken},
		{"CN", "0013800000178", AddressInternational, "+13800000178", SenderTaken},
		{"CN", "013800000001", AddressInternational, none, SenderAmbiguous},
		{"CN", "+008613800000001", AddressInternational, none, SenderNoNumber},
		{"CN", "+008613800000001", AddressUnknown, none, SenderNoNumber},
		{"CN", "000", AddressInternational, none, SenderNoNumber},
		// Two people's number.
		{"CN", "13800000178", AddressInternational, none, SenderAmbiguous},
		{"CN", "+13800000178", AddressInternational, none, SenderAmbiguous},
		{"CN", "14155550123", AddressInternational, none, SenderAmbiguous},
		{"CN", "+13800000178", AddressUnknown, "+13800000178", SenderTaken},
		{"CN", "12025550123", AddressInternational, "+12025550123", SenderTaken},
		{"CN", "85291234567", AddressInternational, "+85291234567", SenderTaken},
		{"CN", "447911123456", AddressInternational, "+447911123456", SenderTaken},
		{"US", "12025550123", AddressInternational, "+12025550123", SenderTaken},
		{"US", "2025550123", AddressInternational, none, SenderAmbiguous},
		{"KE", "254712345678", AddressInternational, "+254712345678", SenderTaken},
		{"KE", "0712345678", AddressInternational, none, SenderAmbiguous},
		{"KE", "712345678", AddressInternational, none, SenderAmbiguous},
		{"NG", "08031234567", AddressInternational, none, SenderAmbiguous},
		{"RU", "79161234567", AddressInternational, "+79161234567", SenderTaken},
		{"RU", "89161234567", AddressInternational, none, SenderAmbiguous},
		{"IN", "919876543210", AddressInternational, "+919876543210", SenderTaken},
		{"GB", "07911123456", AddressInternational, none, SenderAmbiguous},
		// Not the phone of the number at the end, but a service that writes for it.
		{"CN", "1252013800000001", AddressUnknown, none, SenderNoNumber},
		{"CN", "1259313800000001", AddressNational, none, SenderNoNumber},
		{"CN", "1298613800000001", AddressUnknown, none, SenderNoNumber},
		{"CN", "1791113800000001", AddressUnknown, none, SenderNoNumber},
		{"CN", "012520138000001", AddressUnknown, none, SenderNoNumber},
		{"BR", "01511961234567", AddressUnknown, none, SenderNoNumber},
		{"BR", "011961234567", AddressUnknown, "+5511961234567", SenderTaken},
		{"BR", "11961234567", AddressNational, "+5511961234567", SenderTaken},
		{"CO", "093211234567", AddressUnknown, none, SenderNoNumber},
		{"CO", "3211234567", AddressUnknown, "+573211234567", SenderTaken},
		{"HU", "06201234567", AddressUnknown, "+36201234567", SenderTaken},
		{"RU", "89161234567", AddressUnknown, "+79161234567", SenderTaken},
		{"MX", "2221234567", AddressUnknown, "+522221234567", SenderTaken},
		{"AR", "91123456789", AddressUnknown, "+5491123456789", SenderTaken},
		{"CN", "0086013800000001", AddressUnknown, "+8613800000001", SenderTaken},
		// No subscribers.
		{"CN", "8613800000001", AddressName, none, SenderName},
		{"CN", "BANK", AddressName, none, SenderName},
		{"CN", "8613800000001", AddressOther, none, SenderType},
		{"CN", "BANK", AddressUnknown, none, SenderCharacters},
		{"CN", "", AddressUnknown, none, SenderCharacters},
		{"CN", "+", AddressInternational, none, SenderCharacters},
		{"CN", "86+13800000001", AddressUnknown, none, SenderCharacters},
		{"CN", "１３８００００００００１", AddressUnknown, none, SenderCharacters},
		{"CN", "10086", AddressUnknown, none, SenderNoNumber},
		{"CN", "95588", AddressInternational, none, SenderNoNumber},
		{"CN", "10690000000", AddressUnknown, none, SenderNoNumber},
		{"CN", "8610690000000", AddressInternational, none, SenderNoNumber},
		{"CN", "861380000000", AddressInternational, none, SenderNoNumber},
		{"CN", "86138000000012", AddressInternational, none, SenderNoNumber},
		{"CN", "999123456789", AddressInternational, none, SenderNoNumber},
		{"CN", "2101234567", AddressInternational, none, SenderNoNumber},
		{"CN", strings.Repeat("9", 30), AddressInternational, none, SenderNoNumber},
	} {
		got, why := NewReader(c.country).Sender(c.from, c.as, AmbiguousRefused)
		if got != c.want || why != c.why {
			t.Errorf("%s: %q of type %d is %q (%s), want %q (%s)", c.country, c.from, c.as, got, why, c.want, c.why)
		}
	}
}

// The operator may say what a bind means.
func TestAmbiguousSendersByTheRuleOfTheBind(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ country, from, national, international string }{
		{"CN", "13800000178", "+8613800000178", "+13800000178"},
		{"CN", "013800000178", "+8613800000178", ""},
		{"KE", "0712345678", "+254712345678", ""},
		{"KE", "712345678", "+254712345678", ""},
		{"US", "2025550123", "+12025550123", "+2025550123"},
		{"RU", "89161234567", "+79161234567", ""},
		{"CN", "8613800000178", "+8613800000178", "+8613800000178"},
		{"CN", "12025550123", "+12025550123", "+12025550123"},
	} {
		n := NewReader(c.country)
		if got, _ := n.Sender(c.from, AddressInternational, AmbiguousNational); got != c.national {
			t.Errorf("%s: national %q is %q, want %q", c.country, c.from, got, c.national)
		}
		if got, _ := n.Sender(c.from, AddressInternational, AmbiguousInternational); got != c.international {
			t.Errorf("%s: international %q is %q, want %q", c.country, c.from, got, c.international)
		}
	}
}

// Ranges that were given out after the library's table was made, or that it
// does not know, are numbers as they are written in all ways.
func TestRangesThatTheTableDoesNotKnow(t *testing.T) {
	t.Parallel()
	for country, ranges := range map[string]struct {
		code, trunk string
		prefixes    string
		rest        string
	}{
		"CN": {"86", "", "130 140 141 144 145 146 147 148 149 162 165 166 167 170 171 172 174 175 176 177 178 190 191 192 193 195 196 197 198 199", "12345678"},
		"KE": {"254", "0", "100 101 102 103 104 105 106 107 108 109 110 111 112 113 114 115 120 121 129 139 700 799", "123456"},
		"NG": {"234", "0", "901 902 907 911 912 913 915 916 704 708 709 804 702", "1234567"},
	} {
		n := NewReader(country)
		for _, p := range strings.Fields(ranges.prefixes) {
			significant := p + ranges.rest
			want := "+" + ranges.code + significant
			for from, as := range map[string]AddressType{
				want: AddressUnknown, ranges.code + significant: AddressInternational, ranges.trunk + significant: AddressNational,
				"00" + ranges.code + significant: AddressInternational,
			} {
				if got, why := n.Sender(from, as, AmbiguousRefused); got != want {
					t.Errorf("%s: %q of type %d is %q (%s)", country, from, as, got, why)
				}
			}
		}
	}
}

// Whatever comes: what is taken is E.164, and reads as itself.
func FuzzSender(f *testing.F) {
	for _, from := range []string{"8613800000001", "+86 138", "0086", "", "٣٤٥", "1-800-FLOWERS", "+1;ext=5", "tel:+8613800000001"} {
		f.Add(from, uint8(1))
	}
	n := NewReader("CN")
	f.Fuzz(func(t *testing.T, from string, as uint8) {
		got, why := n.Sender(from, AddressType(as%5), AmbiguousRefused)
		if (got == "") == (why == SenderTaken) {
			t.Fatalf("%q: %q %s", from, got, why)
		}
		if got == "" {
			return
		}
		if got[0] != '+' || got[1] == '0' || !allDigits(got[1:]) || len(got)-1 < e164Min || len(got)-1 > e164Max {
			t.Fatalf("%q is %q", from, got)
		}
		if again, _ := n.Sender(got, AddressUnknown, AmbiguousRefused); again != got {
			t.Fatalf("%q is %q, which is %q", from, got, again)
		}
	})
}

// A sender in all its spellings is taken in by one worker.
func TestLastDigitsAreTheSameHoweverANumberIsWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.StringMatching(`1[3-9][0-9]{9}`).Draw(t, "number")
		for _, from := range []string{"+86" + number, "86" + number, number, number[:3] + "-" + number[3:7] + " " + number[7:], number[:9] + "-" + number[9:]} {
			if LastDigits(from, 7) != number[4:] {
				t.Fatalf("%q: %q", from, LastDigits(from, 7))
			}
		}
	})
	for _, from := range []string{"", "1", "BANK", "-", "１２３４５６７８"} {
		_ = LastDigits(from, 7) // any is good
	}
}

func BenchmarkSender(b *testing.B) {
	n := NewReader("CN")
	b.ReportAllocs()
	for b.Loop() {
		if _, why := n.Sender("8613800000001", AddressInternational, AmbiguousRefused); why != SenderTaken {
			b.Fatal(why)
		}
	}
}
