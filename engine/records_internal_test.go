package engine

import (
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"mpg/engine/admin"
	"mpg/engine/attempt"
	"mpg/engine/books"
	"mpg/engine/call"
	"mpg/engine/cdr"
	"mpg/engine/codec"
	"mpg/engine/due"
	"mpg/engine/merchant"
	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/refusal"
	"mpg/engine/user"
)

// records are the types that are stored.
func records() []any {
	stored := append(slices.Collect(maps.Values(books.Records())), slices.Collect(maps.Values(call.Records()))...)
	stored = slices.AppendSeq(stored, maps.Values(admin.Records()))
	return append(stored,
		attempt.Attempt{}, cdr.Record{}, due.Row{}, merchant.Merchant{}, notice.Notice{}, payment.Payment{}, payment.Request{}, payment.Returned{},
		refusal.Refused{}, user.Alias{}, user.Consent{}, user.User{})
}

// TestKeysOfFieldsStay: the journal is kept for ever, so a key that was once written
// must keep its meaning. testdata/records.txt lists them all; a new field adds a line,
// and no line ever changes, except that the field's name may.
func TestKeysOfFieldsStay(t *testing.T) {
	t.Parallel()
	known := make(map[string]bool)
	var list []string
	for _, r := range records() {
		list = append(list, fieldKeys(t, reflect.TypeOf(r), known)...)
	}
	slices.Sort(list)
	want, err := os.ReadFile("testdata/records.txt")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(list, "\n") + "\n"; got != string(want) {
		t.Errorf("the fields are now:\n%s", got)
	}
}

// fieldKeys lists the fields of a type and of those within it.
func fieldKeys(t *testing.T, typ reflect.Type, known map[string]bool) (list []string) {
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice || typ.Kind() == reflect.Map {
		typ = typ.Elem()
	}
	if typ.Kind() != reflect.Struct || typ == reflect.TypeFor[time.Time]() || known[typ.String()] {
		return nil
	}
	known[typ.String()] = true
	keys := make(map[string]string)
	for _, f := range reflect.VisibleFields(typ) {
		if !f.IsExported() {
			continue
		}
		key, options, _ := strings.Cut(f.Tag.Get("cbor"), ",")
		if !strings.HasPrefix(options, "keyasint") {
			t.Errorf("%s.%s has no integer key", typ, f.Name)
		}
		if other := keys[key]; other != "" {
			t.Errorf("%s.%s has the key of %s", typ, f.Name, other)
		}
		keys[key] = f.Name
		list = append(list, fmt.Sprintf("%-19s %2s %-10s %s", typ, key, f.Name, f.Type))
		list = append(list, fieldKeys(t, f.Type, known)...)
	}
	return list
}

// TestRecordsComeBack: what was encoded is decoded as it was, and a field of a newer
// build is refused.
func TestRecordsComeBack(t *testing.T) {
	t.Parallel()
	for _, r := range records() {
		data, err := codec.Encode(r)
		if err != nil {
			t.Fatal(err)
		}
		back := reflect.New(reflect.TypeOf(r))
		if err := codec.Decode(data, back.Interface()); err != nil || !reflect.DeepEqual(back.Elem().Interface(), r) {
			t.Errorf("%T: got %+v, %v", r, back.Elem(), err)
		}
		newer := []byte{0xa1, 0x18, 200, 0x01} // {200: 1}
		if err := codec.Decode(newer, back.Interface()); err == nil {
			t.Errorf("%T: a key that nobody knows was read", r)
		}
	}
}
