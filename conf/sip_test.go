package conf

import (
	"net/netip"
	"slices"
	"testing"
)

func TestSourcesOfTheTrunk(t *testing.T) {
	t.Parallel()
	s := SIP{TrunkAddresses: []string{"192.0.2.7", "192.0.2.16/28", "2001:db8::1"}}
	want := []netip.Prefix{
		netip.MustParsePrefix("192.0.2.7/32"), netip.MustParsePrefix("192.0.2.16/28"), netip.MustParsePrefix("2001:db8::1/128"),
	}
	if got := s.Sources(); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	for _, text := range []string{"", "name", "192.0.2.0/33", "fe80::1%eth0", "192.0.2.7:5060"} {
		if p, err := readPrefix(text); err == nil {
			t.Errorf("%q is read as %v", text, p)
		}
	}
}
