package conf

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

// examples are the keys that have no default; the sample shows one of each.
var examples = map[string]bool{
	"smsc[1].name": true, "smsc[1].addr": true, "smsc[1].system_id": true, "smsc[1].password": true,
	"smsc[1].short_codes": true, "sip.trunk": true, "sip.allow_prefixes": true,
	"sip.from":     true, // filled in from the short codes
	"bank[1].name": true, "bank[1].addr": true,
}

// off matches a setting of the sample that is switched off.
var off = regexp.MustCompile(`(?m)^#(\[|[a-z_]+ = )`)

// on is the sample with every setting switched on.
func on() string { return off.ReplaceAllString(Sample(), "$1") }

func TestSampleIsTaken(t *testing.T) {
	t.Parallel()
	if ms := mistakes(t, Sample()); ms != nil {
		t.Error(ms)
	}
}

func TestSampleHasEveryKey(t *testing.T) {
	t.Parallel()
	if _, err := toml.Decode(on(), new(map[string]any)); err != nil {
		t.Fatal(err)
	}
	shown := findLines(on())
	known := keysOf("", reflect.TypeFor[File]())
	for key := range known {
		if !shown.has(key) {
			t.Errorf("%s is not in mpg.toml", key)
		}
	}
	for key := range shown {
		if !known[key] && !strings.HasSuffix(key, "]") {
			t.Errorf("%s is in mpg.toml, and nothing knows it", key)
		}
	}
}

// keysOf lists the keys that a type takes, tables included.
func keysOf(at string, typ reflect.Type) map[string]bool {
	keys := make(map[string]bool)
	for name, s := range slotsOf(reflect.New(typ).Elem()) {
		key := join(at, name)
		keys[key] = true
		inner := s.field.Type()
		if inner.Kind() == reflect.Slice {
			inner, key = inner.Elem(), key+"[1]"
		}
		if inner.Kind() == reflect.Struct {
			for k := range keysOf(key, inner) {
				keys[k] = true
			}
		}
	}
	return keys
}

func TestSampleShowsTheDefaults(t *testing.T) {
	t.Parallel()
	text := strings.Replace(Sample(), "#[[bank]]", "[[bank]]", 1)
	head, bank, _ := strings.Cut(text, "[[bank]]")
	bank, tail, _ := strings.Cut(bank, "\n[product")
	bank = regexp.MustCompile(`(?m)^#token.*`).ReplaceAllString(bank, "") // a secret has no default
	f, r := parse("mpg.toml", head+"[[bank]]"+off.ReplaceAllString(bank, "$1")+"\n[product"+tail)
	if err := r.err(); err != nil {
		t.Fatal(err)
	}
	defaults := Default()
	defaults.SMSC = []SMSC{DefaultSMSC()}
	defaults.Bank = []Bank{DefaultBank()}
	want, got := settings(defaults), settings(f)
	if len(got) != len(want) {
		t.Errorf("%d settings in the sample, %d in the types", len(got), len(want))
	}
	for key, value := range want {
		if got[key] != value && !examples[key] {
			t.Errorf("%s: the sample says %s, the default is %s", key, got[key], value)
		}
	}
}

func TestSampleExplainsEveryKey(t *testing.T) {
	t.Parallel()
	setting := regexp.MustCompile(`^#?[a-z_]+ = |^#?\[`)
	explained := false
	for i, line := range strings.Split(Sample(), "\n") {
		switch {
		case strings.HasPrefix(line, "# "):
			explained = true
		case line == "":
			explained = false
		case strings.HasPrefix(line, "["):
			// what is said of a table is said at its keys where not above it
		case setting.MatchString(line) && !explained:
			t.Errorf("line %d: no comment above %q", i+1, line)
		}
	}
}

// TestEveryKeyIsHeld proves that each key has a rule: a value that no key can
// mean is refused, with its own line and key.
func TestEveryKeyIsHeld(t *testing.T) {
	t.Parallel()
	free := map[string]bool{ // any text may be right
		"data_dir": true, "voice.clips": true, "voice.espeak": true, "sip.username": true,
		"order.words": true, "texts.file": true, "staff.socket": true, "till.certificate": true, "till.key_file": true,
		"bank[1].key_file": true, "bank[1].ca_file": true, "pin.key_file": true, "pin.key_credential": true, "seal.key_file": true, "seal.key_credential": true,
	}
	shown := findLines(on())
	lines := strings.Split(on(), "\n")
	for key := range keysOf("", reflect.TypeFor[File]()) {
		line := shown[key] - 1
		name := last("." + key)
		if free[key] || strings.HasPrefix(lines[line], "[") || strings.Contains(key, "password") || strings.Contains(key, "token") {
			continue
		}
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			changed := strings.Split(on(), "\n")
			changed[line] = name + ` = "\u0000 not a value \uFFFF"`
			_, r := parse("mpg.toml", strings.Join(changed, "\n"))
			want := fmt.Sprintf("mpg.toml:%d: %s: ", line+1, key)
			if err := r.err(); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q…", err, want)
			}
		})
	}
}
