package engine

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mpg/engine/books"
	"mpg/engine/codec"
	"mpg/engine/module"
	"mpg/engine/notice"
	"mpg/store"
)

// records are the types that are stored; those of the outbox have no table.
func records() []any {
	return slices.AppendSeq([]any{notice.Notice{}}, maps.Values(coreRecords()))
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
	head := fmt.Sprintf("format %d\n", books.Format) // raised with each new line: an older build would not read the record
	if got := head + strings.Join(list, "\n") + "\n"; got != string(want) {
		t.Errorf("the fields are now:\n%s", got)
	}
}

// TestEachTableHasItsOwnNumber: no two rooms have a table of the same number, neither those
// that are listed nor those that only the source names.
func TestEachTableHasItsOwnNumber(t *testing.T) {
	t.Parallel()
	rooms := make(map[store.Table]int)
	for i, room := range coreRooms() {
		for table := range room {
			if other, taken := rooms[table]; taken {
				t.Errorf("rooms %d and %d both have table %d", other, i, table)
			}
			rooms[table] = i
		}
	}
	numbered := regexp.MustCompile(`(?m)^\s*(?:const )?(\w+)\s+store\.Table = ([0-9]+)`)
	named, found := make(map[string]string), 0
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, match := range numbered.FindAllStringSubmatch(string(source), -1) {
			name, number := filepath.Dir(path)+"."+match[1], match[2]
			if name == "audit.commandTable" || name == "module.FirstTable" {
				continue // names the table of another package, which it may not import; no table
			}
			if other := named[number]; other != "" {
				t.Errorf("%s and %s are both table %s", other, name, number)
			}
			named[number] = name
			found++
			if no, err := strconv.Atoi(number); err != nil || no >= int(module.FirstTable) {
				t.Errorf("%s: table %s belongs to modules", name, number)
			} else if _, listed := rooms[store.Table(no)]; !listed {
				t.Errorf("%s: table %s is not among the records of the core", name, number)
			}
		}
		return err
	})
	if err != nil || found < 20 {
		t.Errorf("%d tables were found: %v", found, err)
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
		if !f.IsExported() || f.Anonymous { // the fields of an embedded record are its own
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

// TestFullRecordsComeBack: so is one with a value in each field, among them texts that
// are not UTF-8 and times of other zones.
func TestFullRecordsComeBack(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 1)) // the same every time
	for range 20 {
		for _, r := range records() {
			want := reflect.New(reflect.TypeOf(r))
			fill(random, want.Elem())
			data, err := codec.Encode(want.Interface())
			if err != nil {
				t.Fatal(err)
			}
			back := reflect.New(reflect.TypeOf(r))
			if err := codec.Decode(data, back.Interface()); err != nil || !reflect.DeepEqual(back.Interface(), want.Interface()) {
				t.Errorf("%T: got %+v, %v\nwant %+v", r, back.Elem(), err, want.Elem())
			}
		}
	}
}

// fill gives v and all in it random values.
func fill(r *rand.Rand, v reflect.Value) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		at := time.Unix(r.Int64N(1<<33), r.Int64N(1e9)).In(time.FixedZone("", (r.IntN(107)-48)*900))
		at, _ = time.Parse(time.RFC3339Nano, at.Format(time.RFC3339Nano)) // so that it has the location that decoding gives it
		v.Set(reflect.ValueOf(at))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(r, v.Field(i))
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(r, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 3, 3))
		for i := range v.Len() {
			fill(r, v.Index(i))
		}
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(r, key)
		fill(r, value)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.String:
		text := make([]byte, 1+r.IntN(40))
		for i := range text {
			text[i] = byte(r.IntN(256))
		}
		v.SetString(string(text))
	case reflect.Bool:
		v.SetBool(true)
	default:
		n := r.Uint64() >> (64 - v.Type().Bits())
		if v.CanInt() {
			v.SetInt(int64(n) << (64 - v.Type().Bits()) >> (64 - v.Type().Bits()))
		} else {
			v.SetUint(n)
		}
	}
}
