package conf

import (
	"maps"
	"reflect"
	"slices"
	"strings"
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

// TestSMSCBounds: of each setting of a bind, what is just within its bounds is taken, and
// what is just beyond is told by its own key, though the types of SMSC share the table.
func TestSMSCBounds(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", addressRangeMax)
	for _, tt := range []struct {
		key      string
		in, over []string
	}{
		{"name", []string{`"a"`, `"a-1_b"`}, []string{`""`, `"A"`, `"a b"`, `1`}},
		{"addr", []string{`"smsc:1"`, `"[::1]:65535"`}, []string{`""`, `"smsc"`, `"smsc:0"`, `"smsc:65536"`, `":1"`}},
		{"window", []string{"1", "1000"}, []string{"0", "1001", `"100"`}},
		{"rate", []string{"0", "10000"}, []string{"-1", "10001"}},
		{"short_codes", []string{`["888"]`, `["123456789012345"]`}, []string{`[]`, `["88"]`, `["1234567890123456"]`, `["8a8"]`, `"8888"`}},
		{"alphabet", []string{`"gsm"`, `"gbk"`}, []string{`""`, `"GSM"`, `"ebcdic"`}},
		{"bind", []string{`"transceiver"`}, []string{`""`, `"trx"`}},
		{"system_id", []string{`"` + long[:systemIDMax] + `"`}, []string{`""`, `"a b"`, `"` + long[:systemIDMax+1] + `"`}},
		{"system_type", []string{`""`, `"` + long[:systemTypeMax] + `"`}, []string{`"` + long[:systemTypeMax+1] + `"`, `"短"`}},
		{"interface_version", []string{`"3.3"`, `"5.0"`}, []string{`"3.5"`, `"34"`, `52`}},
		{"address_range", []string{`"^8888"`, `"` + long + `"`}, []string{`"` + long + `a"`}},
		{"addr_ton", []string{"0", "7"}, []string{"-1", "8"}},
		{"addr_npi", []string{"0", "18"}, []string{"-1", "19"}},
		{"source_ton", []string{"0", "7"}, []string{"-1", "8"}},
		{"source_npi", []string{"0", "18"}, []string{"-1", "19"}},
		{"dest_ton", []string{"0", "7"}, []string{"-1", "8", "1.5"}},
		{"dest_npi", []string{"0", "18"}, []string{"-1", "19"}},
		{"dest_form", []string{`"plus"`, `"national"`}, []string{`"+"`}},
		{"ambiguous_sender", []string{`"national"`, `"international"`}, []string{`"guess"`}},
		{"dial", []string{`"10ms"`, `"1h"`}, []string{`"9ms"`, `"61m"`, `"10"`, "10"}},
		{"response", []string{`"10ms"`, `"1h"`}, []string{`"0s"`, `"3601s"`}},
		{"write", []string{`"10ms"`, `"1h"`}, []string{`"-1s"`, `"2h"`}},
		{"enquire_link", []string{`"10ms"`, `"1h"`}, []string{`"1ms"`, `"1d"`}},
	} {
		given := func(value string) Mistakes {
			_, r := parse("mpg.toml", withSMSC(tt.key, value))
			return r.all
		}
		for _, value := range tt.in {
			if all := given(value); len(all) > 0 {
				t.Errorf("%s = %s: %v", tt.key, value, all)
			}
		}
		for _, value := range tt.over {
			all := given(value)
			if len(all) != 1 || !strings.HasPrefix(all[0].Key, "smsc[1]."+tt.key) || all[0].Line == 0 {
				t.Errorf("%s = %s: got %v, want one mistake about it", tt.key, value, all)
			}
		}
	}
}

// withSMSC is the least file with one more setting of its bind, or another value of one.
func withSMSC(key, value string) string {
	var kept []string
	for line := range strings.Lines(least) {
		if !strings.HasPrefix(line, key+" ") {
			kept = append(kept, line)
		}
	}
	return strings.Replace(strings.Join(kept, ""), "[[smsc]]\n", "[[smsc]]\n"+key+" = "+value+"\n", 1)
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
