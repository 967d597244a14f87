package codec

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// entry has every kind of field that a record has.
type entry struct {
	Name  string            `cbor:"1,keyasint"`
	Count int64             `cbor:"2,keyasint,omitempty"`
	At    time.Time         `cbor:"3,keyasint,omitzero"`
	Raw   []byte            `cbor:"4,keyasint,omitempty"`
	Below *entry            `cbor:"5,keyasint,omitempty"`
	List  []entry           `cbor:"6,keyasint,omitempty"`
	By    map[string]uint64 `cbor:"7,keyasint,omitempty"`
}

func TestWhatIsEncodedIsDecoded(t *testing.T) {
	t.Parallel()
	beijing := time.FixedZone("", 8*3600)
	for _, want := range []entry{
		{},
		{Name: "付 8001 128.50", Count: -1 << 62},
		{Name: "cut in a character: \xe4\xbb"},
		{At: time.Date(2026, 11, 25, 12, 0, 0, 123456789, time.UTC)},
		{At: time.Date(2026, 11, 25, 12, 0, 0, 0, beijing)},
		{Raw: []byte{0, 255}, Below: &entry{Name: "below"}, List: []entry{{Name: "a"}, {}}, By: map[string]uint64{"float": 1, "fees": 1 << 63}},
	} {
		data, err := Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		var got entry
		if err := Decode(data, &got); err != nil || !got.At.Equal(want.At) || got.At.Format(time.RFC3339) != want.At.Format(time.RFC3339) {
			t.Errorf("%+v came back as %+v, %v", want, got, err)
		}
		if got.At = want.At; !reflect.DeepEqual(got, want) {
			t.Errorf("%+v came back as %+v", want, got)
		}
	}
	if data, err := Encode(entry{}); err != nil || len(data) != 3 { // {1: ""}
		t.Errorf("an empty record takes %x", data)
	}
}

func TestWhatIsNoRecord(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ data, want string }{
		"nothing":           {"", "EOF"},
		"JSON":              {`{"name":"x"}`, "EOF"},
		"cut short":         {"\xa1\x01\x62a", "EOF"},
		"more behind it":    {"\xa0\xa0", "extraneous"},
		"another kind":      {"\xa1\x01\x01", "cannot unmarshal"},
		"a newer field":     {"\xa1\x18\xc8\x01", "unknown field"},
		"a field twice":     {"\xa2\x01\x61a\x01\x61b", "duplicate"},
		"a bottomless list": {"\xa1\x06\x9b\x00\x00\x00\xff\xff\xff\xff\xff", "exceeded"},
	} {
		if err := Decode([]byte(tt.data), new(entry)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
	var head struct {
		Count int64 `cbor:"2,keyasint"`
	}
	if err := Peek([]byte("\xa2\x02\x07\x18\xc8\x01"), &head); err != nil || head.Count != 7 {
		t.Errorf("a field of a newer record: %d, %v", head.Count, err)
	}
	if err := Peek([]byte("{"), &head); err == nil {
		t.Error("a text was peeked into")
	}
}

// FuzzDecode: damaged records give an error or a record that can be stored again.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("\xa1\x01\x61a"))
	f.Add([]byte("\xa2\x01\x60\x06\x81\xa1\x01\x61b"))
	f.Add([]byte("\xa1\x03\x742026-11-25T12:00:00Z"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var first, second entry
		if Decode(data, &first) != nil {
			return
		}
		again, err := Encode(first)
		if err != nil {
			if strings.Contains(err.Error(), "year outside of range") {
				return // a number can be a time that RFC 3339 cannot name; we write no such number
			}
			t.Fatal(err)
		}
		if err := Decode(again, &second); err != nil {
			t.Fatalf("%+v was encoded as %x: %v", first, again, err)
		}
	})
}
