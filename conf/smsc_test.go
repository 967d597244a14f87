package conf

import (
	"maps"
	"reflect"
	"slices"
	"testing"
)

func TestReplyBind(t *testing.T) {
	t.Parallel()
	bind := func(name, kind, replyBy string, codes ...string) SMSC {
		return SMSC{Name: name, ReplyBy: replyBy, ShortCodes: codes, BindRequest: BindRequest{Bind: kind}}
	}
	for _, c := range []struct {
		name  string
		binds []SMSC
		want  []string
	}{
		{"alone", []SMSC{bind("a", "transceiver", "", "8888")}, []string{"a"}},
		{"a pair", []SMSC{bind("in", "receiver", "", "8888"), bind("out", "transmitter", "", "8888")}, []string{"out", "out"}},
		{"by the short code", []SMSC{bind("a", "transmitter", "", "7777"), bind("b", "transmitter", "", "8888"), bind("in", "receiver", "", "9999", "8888")}, []string{"a", "b", "b"}},
		{"by name", []SMSC{bind("a", "transmitter", "", "8888"), bind("b", "transmitter", "", "7777"), bind("in", "receiver", "b", "8888")}, []string{"a", "b", "b"}},
		{"the only one that sends", []SMSC{bind("a", "transceiver", "", "8888"), bind("in", "receiver", "", "9999")}, []string{"a", "a"}},
		{"nobody to choose", []SMSC{bind("a", "transceiver", "", "8888"), bind("b", "transceiver", "", "7777"), bind("in", "receiver", "", "9999")}, []string{"a", "b", ""}},
		{"a name that does not send", []SMSC{bind("a", "transceiver", "", "8888"), bind("in", "receiver", "in", "8888")}, []string{"a", ""}},
	} {
		f := &File{SMSC: c.binds}
		for i, want := range c.want {
			if got := f.ReplyBind(f.SMSC[i]); got != want {
				t.Errorf("%s: what comes in by %s is answered by %q, want %q", c.name, f.SMSC[i].Name, got, want)
			}
		}
	}
}

// TestSMSCTakesEachKeyOnce: embedded types are read as one table. A key that two of them
// had would go to neither.
func TestSMSCTakesEachKeyOnce(t *testing.T) {
	t.Parallel()
	tagged := 0
	for _, part := range []reflect.Type{reflect.TypeFor[SMSC](), reflect.TypeFor[BindRequest](), reflect.TypeFor[Addressing](), reflect.TypeFor[SMSCTimes]()} {
		for i := range part.NumField() {
			if _, ok := part.Field(i).Tag.Lookup(keyTag); ok {
				tagged++
			}
		}
	}
	keys := make(map[string]bool)
	for key := range fieldsOf(reflect.ValueOf(SMSC{})) {
		keys[key] = true
	}
	if len(keys) != tagged {
		t.Errorf("%d fields have a key, and %d keys are read: %v", tagged, len(keys), slices.Sorted(maps.Keys(keys)))
	}
}
