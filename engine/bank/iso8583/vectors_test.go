package iso8583_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mpg/engine/bank/iso8583"
)

// vector reads an annotated frame of testdata: hexadecimal digits, and after # a
// remark. The files were packed by a program of their own from the standard's
// table, so that they and this package cannot be wrong together.
func vector(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".hex"))
	if err != nil {
		t.Fatal(err)
	}
	var digits strings.Builder
	for line := range strings.Lines(string(text)) {
		code, _, _ := strings.Cut(line, "#")
		digits.WriteString(strings.TrimSpace(code))
	}
	octets, err := hex.DecodeString(digits.String())
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return octets
}

func dialect(t testing.TB) *iso8583.Dialect {
	t.Helper()
	d, err := iso8583.Named(iso8583.ISO87)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// shanghai is a fixed zone: the tests need no zone files.
func shanghai() *time.Location { return time.FixedZone("CST", 8*60*60) }

func florist() *iso8583.Transaction {
	return &iso8583.Transaction{
		STAN: 42, RRN: "632601000042", At: time.Date(2026, 11, 22, 9, 30, 5, 0, shanghai()),
		Account: "6222000000000001", Amount: 4500, Currency: "156",
		Acquirer: "62000001", Terminal: "MPG00001", Merchant: "8001", MerchantType: "5992", Reference: "K7QH2M9X",
	}
}

// processed is the florist's transaction with another processing code.
func processed(code string) *iso8583.Message {
	transaction := florist()
	transaction.Processing = code
	return transaction.Request()
}

// answered is what a host makes of m in the vectors.
func answered(m *iso8583.Message, code, authID string) *iso8583.Message {
	a := m.Answer(code)
	a.Set(iso8583.DESettlementDate, "1122")
	a.Set(iso8583.DEAuthID, authID)
	return a
}

func vectors() map[string]*iso8583.Message {
	at := func(minute, second int) time.Time { return time.Date(2026, 11, 22, 9, minute, second, 0, shanghai()) }
	request := florist().Request()
	reversal := iso8583.Reversal(florist().Request(), at(30, 20), false, iso8583.TooLate)
	deposit := processed(iso8583.DepositToAccount)
	recall := iso8583.Reversal(deposit, at(30, 20), false, iso8583.TooLate)
	authorization := florist()
	authorization.MTI = iso8583.AuthorizationRequest
	auth, part := authorization.Request(), answered(authorization.Request(), "10", "000001")
	part.Set(iso8583.DEAmount, "000000003000")
	completion := florist()
	completion.MTI, completion.STAN, completion.RRN, completion.At = iso8583.FinancialAdvice, 43, "632601000043", at(40, 5)
	completion.Amount, completion.Of, completion.AuthID = 4000, auth, "000001"
	advice := completion.Request()
	back := florist()
	back.Processing, back.STAN, back.RRN, back.At = iso8583.ReturnToAccount, 44, "632601000044", at(50, 5)
	back.Amount, back.Of, back.AuthID = 2850, request, "000001"
	signOn := iso8583.Network(iso8583.SignOn, 1, at(30, 0), "62000001")
	return map[string]*iso8583.Message{
		"0100":               auth,
		"0110-approved":      answered(auth, "00", "000001"),
		"0110-part":          part,
		"0220":               advice,
		"0221":               iso8583.Repeat(advice),
		"0230":               answered(advice, "00", ""),
		"0420-authorization": iso8583.Reversal(auth, at(30, 20), false, iso8583.TooLate),

		"0200":           request,
		"0210-approved":  answered(request, "00", "000001"),
		"0210-funds":     answered(request, "51", ""),
		"0420":           reversal,
		"0421":           iso8583.Reversal(florist().Request(), at(30, 50), true, iso8583.TooLate),
		"0430":           answered(reversal, "00", ""),
		"0200-deposit":   deposit,
		"0200-return":    processed(iso8583.ReturnToAccount),
		"0200-return-of": back.Request(),
		"0210-deposit":   answered(deposit, "00", "000001"),
		"0420-deposit":   recall,
		"0430-deposit":   answered(recall, "00", ""),
		"0800-sign-on":   signOn,
		"0810-sign-on":   signOn.Answer("00"),
		"0800-echo":      iso8583.Network(iso8583.Echo, 2, at(31, 0), ""),
	}
}

func TestVectors(t *testing.T) {
	t.Parallel()
	d := dialect(t)
	for name, m := range vectors() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := vector(t, name)
			packed, err := d.Pack(m)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := iso8583.AppendFrame(nil, packed); err != nil || !bytes.Equal(got, want) {
				t.Errorf("packed\n %q, %v; want\n %q", got, err, want)
			}
			read, err := iso8583.ReadFrame(bytes.NewReader(want))
			if err != nil {
				t.Fatal(err)
			}
			again, err := d.Unpack(read)
			if err != nil {
				t.Fatal(err)
			}
			same(t, again, m)
		})
	}
}

// same compares all elements of two messages.
func same(t testing.TB, got, want *iso8583.Message) {
	t.Helper()
	if got.MTI != want.MTI || got.Len() != want.Len() {
		t.Errorf("%s with %d elements, want %s with %d", got.MTI, got.Len(), want.MTI, want.Len())
	}
	for de := iso8583.DE(2); de <= 128; de++ {
		if got.Get(de) != want.Get(de) {
			t.Errorf("DE%d is %q, want %q", de, got.Get(de), want.Get(de))
		}
	}
}
