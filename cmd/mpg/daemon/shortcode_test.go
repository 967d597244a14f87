package daemon

import (
	"strconv"
	"strings"
	"testing"

	"mpg/smpp/pdu"
)

// Short codes in other spellings are known where nothing else can be meant.
func TestKnownCode(t *testing.T) {
	t.Parallel()
	codes := []string{"8888", "10086"}
	for _, c := range []struct {
		to   string
		ton  pdu.TON
		want string // empty: foreign
	}{
		{"8888", pdu.TONUnknown, "8888"},
		{"8888", pdu.TONNetworkSpecific, "8888"},
		{"8888", pdu.TONInternational, "8888"},
		{"+8888", pdu.TONUnknown, "8888"},
		{"+8888", pdu.TONInternational, "8888"},
		{"8888 ", pdu.TONUnknown, "8888"},
		{" +8888", pdu.TONUnknown, "8888"},
		{"868888", pdu.TONInternational, "8888"},
		{"+868888", pdu.TONUnknown, "8888"},
		{"+8610086", pdu.TONUnknown, "10086"},

		{"868888", pdu.TONUnknown, ""}, // another short code, as far as anybody knows
		{"868888", pdu.TONNetworkSpecific, ""},
		{"88880", pdu.TONUnknown, ""},
		{"08888", pdu.TONUnknown, ""},
		{"008888", pdu.TONUnknown, ""},
		{"888", pdu.TONUnknown, ""},
		{"8888x", pdu.TONUnknown, ""},
		{"8613800000001", pdu.TONInternational, ""},
		{"", pdu.TONUnknown, ""},
		{"86", pdu.TONInternational, ""},
	} {
		got, ok := knownCode(codes, "86", c.to, c.ton)
		if ok != (c.want != "") || ok && got != c.want {
			t.Errorf("%q, type %d: %q, %v, want %q", c.to, c.ton, got, ok, c.want)
		}
	}
	if got := CallingCode("KE"); got != "254" {
		t.Errorf("Kenya: %q", got)
	}
	if got := CallingCode("XX"); got != "" {
		t.Errorf("nowhere: %q", got)
	}
}

// A foreign short code is warned about once, and a long one is masked: it may be
// somebody's number.
func TestForeignCodesAreToldOnce(t *testing.T) {
	t.Parallel()
	var f foreignCodes
	if !f.first("9999") || f.first("9999") || !f.first("9998") {
		t.Error("not once for each")
	}
	for i := range 2 * foreignMax {
		f.first(strconv.Itoa(10_000 + i))
	}
	if len(f.seen) > foreignMax {
		t.Errorf("%d codes are kept", len(f.seen))
	}
	if got := shownCode("+8613800000001"); strings.Contains(got, "00000") {
		t.Error(got)
	}
}
