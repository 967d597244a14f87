package iso8583_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/bank/iso8583"
	"mpg/store/money"
)

// dialect93 returns the dialect of 1993 in ASCII.
func dialect93(t testing.TB, name string) *iso8583.Dialect {
	t.Helper()
	d, err := iso8583.Named(name)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// asked93 is a request at the turn of a year, in a zone that is ahead.
func asked93() *iso8583.Message {
	at := time.Date(2027, 1, 1, 7, 8, 9, 0, time.FixedZone("CST", 8*3600))
	t := iso8583.Transaction{STAN: 42, RRN: "700107000042", At: at, Account: "6222020200001", Amount: 4500, Currency: "156",
		Acquirer: "62000001", Terminal: "MPG00001", Merchant: "8001", MerchantType: "5992", Reference: "K7QH2M9X"}
	return t.Request()
}

// returned93 is a return of 28.50 of what was asked for, some days later.
func returned93(of *iso8583.Message) *iso8583.Message {
	t := iso8583.Transaction{STAN: 44, RRN: "700907000044", At: time.Date(2027, 1, 9, 7, 0, 0, 0, time.FixedZone("CST", 8*3600)), Account: "6222020200001",
		Processing: iso8583.ReturnToAccount, Amount: 2850, Currency: "156", Terminal: "MPG00001", Of: of, AuthID: "A00001"}
	return t.Request()
}

// TestOriginalOfAnotherEdition: a payment that was asked for in the words of 1987, which have no
// year, is named in those of 1993 by the latest year in which it can have been.
func TestOriginalOfAnotherEdition(t *testing.T) {
	t.Parallel()
	old, since := dialect93(t, iso8583.ISO87), dialect93(t, iso8583.ISO93)
	for asked, want := range map[time.Time]string{
		time.Date(2027, 1, 9, 7, 0, 0, 0, time.UTC):   "270109070000",
		time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC):   "270101000000",
		time.Date(2026, 12, 31, 9, 0, 0, 0, time.UTC): "261231090000",
		time.Date(2026, 1, 10, 9, 0, 0, 0, time.UTC):  "260110090000",
	} {
		of := iso8583.Transaction{STAN: 42, RRN: "700107000042", At: asked, Account: "6222020200001", Amount: 4500, Currency: "156"}
		packed, err := old.Pack(of.Request())
		if err != nil {
			t.Fatal(err)
		}
		read, err := old.Unpack(packed)
		if err != nil {
			t.Fatal(err)
		}
		if packed, err = since.Pack(returned93(read)); err != nil || !strings.Contains(string(packed), "1200000042"+want+"00") {
			t.Errorf("%s: %q, %v", want, packed, err)
		}
	}
}

// TestKeyOf1993: the element of a key has any length there, which is told in octets or, in
// ASCII, in the digits that it is written in.
func TestKeyOf1993(t *testing.T) {
	t.Parallel()
	const key = "00112233445566778899AABBCCDDEEFF"
	for name, want := range map[string]string{iso8583.ISO93: "032" + key, iso8583.ISO93Binary: "\x00\x16\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff"} {
		dialect, err := iso8583.Named(name)
		if err != nil {
			t.Fatal(err)
		}
		m := iso8583.Network(iso8583.KeyChange, 7, time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC), "")
		m.Set(iso8583.DESecurity, key)
		packed, err := dialect.Pack(m)
		if err != nil || !strings.HasSuffix(string(packed), want) {
			t.Errorf("%s: %q, %v", name, packed, err)
		}
		if got, err := dialect.Unpack(packed); err != nil || got.Get(iso8583.DESecurity) != key || got.Get(iso8583.DENetworkCode) != iso8583.KeyChange {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// TestWordsOf93: what goes over the wire, element by element.
func TestWordsOf93(t *testing.T) {
	t.Parallel()
	d := dialect93(t, iso8583.ISO93)
	request := asked93()
	approval := request.Answer("00")
	approval.Set(iso8583.DESettlementDate, "1231")
	reversal := iso8583.Reversal(request, time.Date(2026, 12, 31, 23, 8, 30, 0, time.UTC), false, iso8583.TooLate)
	returned := returned93(request)
	for name, c := range map[string]struct {
		message *iso8583.Message
		begins  string
		holds   []string
	}{
		// The local time with its year, and the function code, where 1987 has date and condition.
		"request":  {request, "1200", []string{"270101070809", "200" + "08" + "62000001"}},
		"approval": {approval, "1210", []string{"270101070809" + "261231", "000" + "MPG00001"}},
		"reversal": {reversal, "1420", []string{"400" + "4021", "32" + "1200" + "000042" + "270101070809" + "08" + "62000001"}},
		"return":   {returned, "1200", []string{"200000" + "000000002850", "A00001" + "MPG00001", "32" + "1200" + "000042" + "270101070809" + "08" + "62000001"}},
		"undone":   {reversal.Answer("00"), "1430", []string{"400" + "MPG00001"}},
		"declined": {request.Answer("51"), "1210", []string{"116" + "MPG00001"}},
		"sign-on":  {iso8583.Network(iso8583.SignOn, 1, time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), ""), "1804", []string{"801"}},
		"echoed":   {iso8583.Network(iso8583.Echo, 1, time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), "").Answer("00"), "1814", []string{"831", "800"}},
		"totals":   {iso8583.TotalsOf(iso8583.Totals{DebitCount: 1, DebitSum: 4500}, "0101", "156", 3, time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), ""), "1500", []string{"270101", "156" + "0000000000"}},
	} {
		packed, err := d.Pack(c.message)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !bytes.HasPrefix(packed, []byte(c.begins)) {
			t.Errorf("%s begins with %s, want %s", name, packed[:4], c.begins)
		}
		for _, part := range c.holds {
			if !strings.Contains(string(packed), part) {
				t.Errorf("%s lacks %q: %s", name, part, packed)
			}
		}
	}
}

// TestBackFrom93: each message that mpg and a host exchange is read as it was meant, in both
// forms, whatever 1993 has no word for.
func TestBackFrom93(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{iso8583.ISO93, iso8583.ISO93Binary}).Draw(t, "dialect")
		d, err := iso8583.Named(name)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Date(2026, 1, 1, 0, 0, rapid.IntRange(0, 20*365*86400).Draw(t, "second"), 0, time.UTC)
		asked := iso8583.Transaction{STAN: uint32(rapid.IntRange(1, 999_999).Draw(t, "stan")), RRN: "700107000042", At: at, Account: "6222020200001",
			MTI:    rapid.SampledFrom([]iso8583.MTI{iso8583.FinancialRequest, iso8583.AuthorizationRequest}).Draw(t, "type"),
			Amount: money.Amount(rapid.Int64Range(1, 999_999_999_999).Draw(t, "amount")), Currency: "156", Acquirer: "62000001", Terminal: "MPG00001", Merchant: "8001"}
		request := asked.Request()
		answer := request.Answer(rapid.SampledFrom([]string{"00", "05", "10", "14", "25", "30", "41", "43", "51", "54", "55", "57", "61", "62", "65", "75", "91", "94", "96"}).Draw(t, "code"))
		answer.Set(iso8583.DESettlementDate, at.AddDate(0, 0, rapid.IntRange(-3, 3).Draw(t, "days")).Format("0102"))
		answer.Set(iso8583.DEAuthID, "A00001")
		reversal := iso8583.Reversal(request, at.Add(time.Minute), rapid.Bool().Draw(t, "repeat"), iso8583.TooLate)
		completion := iso8583.Transaction{MTI: iso8583.FinancialAdvice, STAN: 7, RRN: "700107000043", At: at.Add(time.Hour), Account: "6222020200001", Amount: 1, Currency: "156", Of: request, AuthID: "A00001"}
		back := completion
		back.MTI, back.Processing = iso8583.FinancialRequest, iso8583.ReturnToAccount
		for _, m := range []*iso8583.Message{request, answer, reversal, reversal.Answer("00"), completion.Request(), back.Request(), iso8583.Network(iso8583.CutOver, 3, at, "1")} {
			packed, err := d.Pack(m)
			if err != nil {
				t.Fatalf("%s: %v", m.MTI, err)
			}
			got, err := d.Unpack(packed)
			if err != nil {
				t.Fatalf("%s: %v", m.MTI, err)
			}
			if got.MTI != m.MTI || got.Len() != m.Len() {
				t.Fatalf("%s with %d elements is %s with %d", m.MTI, m.Len(), got.MTI, got.Len())
			}
			for de := iso8583.DE(2); de <= 128; de++ {
				if de != iso8583.DEOriginalData && got.Get(de) != m.Get(de) {
					t.Fatalf("%s: element %d is %q, was %q", m.MTI, de, got.Get(de), m.Get(de))
				}
			}
			was, _ := iso8583.ParseOriginal(m.Get(iso8583.DEOriginalData))
			is, _ := iso8583.ParseOriginal(got.Get(iso8583.DEOriginalData))
			if was != is { // in UTC, as here, the local time of the original is that of its transmission
				t.Fatalf("%s: the original is %+v, was %+v", m.MTI, is, was)
			}
			again, err := d.Pack(got)
			if err != nil || !bytes.Equal(again, packed) {
				t.Fatalf("%s: packed again it differs: %v", m.MTI, err)
			}
		}
	})
}

// TestUnknownActions: an action code that the table lacks decides nothing, and is seen as it
// came.
func TestUnknownActions(t *testing.T) {
	t.Parallel()
	d := dialect93(t, iso8583.ISO93)
	packed, err := d.Pack(asked93().Answer("00"))
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(packed, []byte("000MPG00001"))
	copy(packed[at:], "789")
	if m, err := d.Unpack(packed); err != nil || m.Get(iso8583.DEResponse) != "789" {
		t.Errorf("%v, %q", err, m.Get(iso8583.DEResponse))
	}
}

// FuzzRead93: whatever comes, reading ends, and what is read can be written or is refused.
func FuzzRead93(f *testing.F) {
	d := dialect93(f, iso8583.ISO93)
	for _, m := range []*iso8583.Message{asked93(), asked93().Answer("00"), iso8583.Network(iso8583.Echo, 1, time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), "")} {
		packed, err := d.Pack(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(packed)
	}
	f.Fuzz(func(t *testing.T, octets []byte) {
		m, err := d.Read(octets)
		if err != nil {
			return
		}
		if packed, err := d.Pack(m); err == nil {
			if _, err := d.Read(packed); err != nil {
				t.Fatalf("what was written cannot be read: %v", err)
			}
		}
	})
}
