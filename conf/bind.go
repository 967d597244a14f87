package conf

import (
	"encoding"
	"fmt"
	"iter"
	"maps"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/agnivade/levenshtein"
)

// keyTag is the struct tag that names a field's key.
const keyTag = "toml"

// slot is where the value of a key goes: a field, or for a Secret the one of
// its three ways that the key's ending says.
type slot struct {
	field  reflect.Value
	ending string
}

// binder copies the tree of a parsed TOML file into the types of this package.
// It goes on after a mistake, so that all are told together.
type binder struct{ *report }

// table copies the keys of one table into the struct into.
func (b binder) table(path string, tree map[string]any, into reflect.Value) {
	slots := slotsOf(into)
	for _, name := range sortedKeys(tree) {
		key := join(path, name)
		s, ok := slots[name]
		if !ok {
			near := nearestKey(name, slots)
			if near == "" {
				b.add(key, "unknown key")
				continue
			}
			b.add(key, "unknown key; did you mean %s?", near)
			b.meant = append(b.meant, join(path, near))
			continue
		}
		b.value(key, tree[name], s)
	}
}

// slotsOf lists the keys that a struct takes.
func slotsOf(into reflect.Value) map[string]slot {
	slots := make(map[string]slot)
	for name, field := range fieldsOf(into) {
		slots[name] = slot{field: field}
		if field.Type() == reflect.TypeFor[Secret]() {
			slots[name+asFile] = slot{field, asFile}
			slots[name+asCredential] = slot{field, asCredential}
		}
	}
	return slots
}

// fieldsOf yields the fields of a struct that have a key, by the key. The fields of an
// embedded struct count as its own: in the file they are one table.
func fieldsOf(table reflect.Value) iter.Seq2[string, reflect.Value] {
	return func(yield func(string, reflect.Value) bool) {
		for _, field := range reflect.VisibleFields(table.Type()) {
			if name, ok := field.Tag.Lookup(keyTag); ok && name != "-" && !yield(name, table.FieldByIndex(field.Index)) {
				return
			}
		}
	}
}

// value copies one value into its slot, or says what is wanted there.
func (b binder) value(key string, value any, into slot) {
	switch to := into.field.Addr().Interface().(type) {
	case *Secret:
		b.secret(key, value, to, into.ending)
	case *time.Duration:
		b.duration(key, value, to)
	case **time.Location:
		b.zone(key, value, to)
	case encoding.TextUnmarshaler:
		if text, ok := b.text(key, value, "it in quotes"); ok {
			b.unmarshal(key, text, to)
		}
	default:
		b.plain(key, value, into.field)
	}
}

// plain copies a value whose Go kind says it all.
func (b binder) plain(key string, value any, field reflect.Value) {
	switch field.Kind() {
	case reflect.Struct:
		if tree, ok := value.(map[string]any); ok {
			b.table(key, tree, field)
			return
		}
		b.add(key, "is %s; want a table: [%s]", shown(value), key)
	case reflect.Slice:
		b.list(key, value, field)
	case reflect.String:
		if text, ok := b.text(key, value, "a text in quotes"); ok {
			field.SetString(text)
		}
	case reflect.Int:
		if n, ok := value.(int64); ok {
			field.SetInt(n)
			return
		}
		b.add(key, "is %s; want a whole number", shown(value))
	case reflect.Bool:
		if is, ok := value.(bool); ok {
			field.SetBool(is)
			return
		}
		b.add(key, "is %s; want true or false", shown(value))
	default:
		panic("conf: no way to read a " + field.Type().String())
	}
}

// list copies an array: of tables, each beginning with its defaults, or of
// texts.
func (b binder) list(key string, value any, field reflect.Value) {
	entries, ok := asList(value)
	if !ok {
		b.add(key, "is %s; want %s", shown(value), wantedList(key, field))
		return
	}
	tables := field.Type().Elem().Kind() == reflect.Struct
	for _, entry := range entries {
		if _, ok := entry.(map[string]any); tables && !ok {
			b.add(key, "has %s in it; want %s", shown(entry), wantedList(key, field))
			return
		}
	}
	list := reflect.MakeSlice(field.Type(), len(entries), len(entries))
	for i, entry := range entries {
		to := list.Index(i)
		switch d := to.Addr().Interface().(type) {
		case *SMSC:
			*d = DefaultSMSC()
		case *Bank:
			*d = DefaultBank()
		case *Printer:
			*d = DefaultPrinter()
		}
		b.value(at(key, i), entry, slot{field: to})
	}
	field.Set(list)
}

// asList brings the two forms in which the parser gives arrays into one.
func asList(value any) ([]any, bool) {
	switch list := value.(type) {
	case []any:
		return list, true
	case []map[string]any:
		entries := make([]any, len(list))
		for i, tree := range list {
			entries[i] = tree
		}
		return entries, true
	}
	return nil, false
}

func wantedList(key string, field reflect.Value) string {
	if field.Type().Elem().Kind() == reflect.Struct {
		return fmt.Sprintf("an array of tables: [[%s]]", key)
	}
	return `a list of texts such as ["a", "b"]`
}

// text returns value if it is a string.
func (b binder) text(key string, value any, want string) (string, bool) {
	text, ok := value.(string)
	if !ok {
		b.add(key, "is %s; want %s", shown(value), want)
	}
	return text, ok
}

// secret says nothing of the value, whatever is wrong with it.
func (b binder) secret(key string, value any, to *Secret, ending string) {
	text, ok := value.(string)
	switch {
	case !ok:
		b.add(key, "want a text in quotes")
	case text == "":
		b.add(key, "is empty")
	default:
		to.set(ending, text)
	}
}

func (b binder) duration(key string, value any, to *time.Duration) {
	const want = `a time in quotes such as "30s", "5m" or "24h"`
	text, ok := b.text(key, value, want)
	if !ok {
		return
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		b.add(key, "is %q; want %s", text, want)
		return
	}
	*to = d
}

// zone takes names of the IANA data base only: what "Local" means would change
// with the machine.
func (b binder) zone(key string, value any, to **time.Location) {
	const want = `a zone such as "Asia/Shanghai" or "UTC"`
	text, ok := b.text(key, value, want)
	if !ok {
		return
	}
	zone, err := time.LoadLocation(text)
	if err != nil || text == "" || text == "Local" {
		b.add(key, "is %q; want %s", text, want)
		return
	}
	*to = zone
}

// unmarshal lets the type read itself. An empty text makes an address zero,
// which is how those are switched off that may be.
func (b binder) unmarshal(key, text string, to encoding.TextUnmarshaler) {
	err := to.UnmarshalText([]byte(text))
	if err == nil {
		return
	}
	want := err.Error()
	switch to.(type) {
	case *netip.AddrPort:
		want = `want an IP address and a port such as "127.0.0.1:5090"`
	case *netip.Addr:
		want = `want an IP address such as "192.0.2.1"`
	}
	b.add(key, "is %q; %s", text, want)
}

// shown names a value of the wrong type without telling texts, which may be
// secrets in the wrong place.
func shown(value any) string {
	switch v := value.(type) {
	case string:
		return "a text"
	case bool, int64, float64:
		return fmt.Sprint(v)
	case map[string]any:
		return "a table"
	case []map[string]any:
		return "an array of tables"
	case []any:
		return "a list"
	}
	return "a date"
}

// nearestKey returns the known key that is nearest to name; empty: none is near.
func nearestKey(name string, slots map[string]slot) string {
	near, best := "", len(name)/2+1
	for _, known := range sortedKeys(slots) {
		if d := levenshtein.ComputeDistance(strings.ToLower(name), known); d < best {
			near, best = known, d
		}
	}
	return near
}

func sortedKeys[V any](all map[string]V) []string {
	return slices.Sorted(maps.Keys(all))
}
