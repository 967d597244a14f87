package conf

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"time"
)

// live matches the keys that a running daemon takes over at SIGHUP, except order.words. All
// others are read once, at the start.
var live = regexp.MustCompile(
	`^((product|first_payee|tariff|limit|ask|claim|order|notice|texts|approval)\..*|log\.level|staff\.session|bank\[\d+\]\.reversal_(retry|for)|smsc\[\d+\]\.(rate|(source|dest)_(ton|npi)|dest_form))$`)

// Restart returns the keys that differ between two files and that a running
// daemon cannot take over: they wait for its next start. Values are not told.
func Restart(old, new *File) []string {
	was, is := settings(old), settings(new)
	var keys []string
	for _, key := range sortedKeys(merged(was, is)) {
		if was[key] != is[key] && (!live.MatchString(key) || key == "order.words") {
			keys = append(keys, key)
		}
	}
	return keys
}

func merged(was, is map[string]string) map[string]string {
	all := maps.Clone(was)
	maps.Copy(all, is)
	return all
}

// settings lists every setting as key and text. Secrets are told in the clear:
// it never leaves this package.
func settings(file *File) map[string]string {
	found := make(map[string]string)
	flatten("", reflect.ValueOf(file).Elem(), found)
	return found
}

func flatten(key string, value reflect.Value, found map[string]string) {
	switch s := value.Interface().(type) {
	case Secret:
		found[key] = s.text
		return
	case *time.Location:
		found[key] = s.String()
		return
	case fmt.Stringer:
		found[key] = s.String()
		return
	}
	switch value.Kind() {
	case reflect.Struct:
		for name, field := range fieldsOf(value) {
			flatten(join(key, name), field, found)
		}
	case reflect.Slice:
		if value.Type().Elem().Kind() != reflect.Struct {
			found[key] = fmt.Sprintf("%q", value.Interface())
			return
		}
		for i := range value.Len() {
			flatten(at(key, i), value.Index(i), found)
		}
	default:
		found[key] = fmt.Sprint(value.Interface())
	}
}
