package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"mpg/cmd/mpg/check"
	"mpg/cmd/mpg/daemon"
	"mpg/cmd/mpg/hint"
	"mpg/conf"
	"mpg/engine/admin"
	"mpg/engine/books"
	"mpg/engine/follow"
	"mpg/engine/module"
	"mpg/engine/tx"
	"mpg/ivr/voice"
	"mpg/store"
)

// stampsTable is the table of the module of these tests.
const stampsTable store.Table = 192

// stamp is a record of that table.
type stamp struct {
	Number string `json:"number" cbor:"1,keyasint"`
	Why    string `json:"why" cbor:"2,keyasint"`
}

// stamps gives stamps to subscribers.
func stamps() []module.Module {
	number, text := admin.Arg{Name: "number", Kind: admin.ArgPhone}, admin.Arg{Name: "why", Kind: admin.ArgText}
	var parts *module.Parts
	return []module.Module{{
		Name: "stamps", What: "stamps for good customers", Records: map[store.Table]any{stampsTable: stamp{}},
		Verbs: []admin.Verb{
			{Name: "give", What: "give a subscriber a stamp", Args: []admin.Arg{number, text, {Name: "worth", Kind: admin.ArgAmount}, {Name: "code", Kind: admin.ArgCode}},
				Do: func(t *tx.Tx, given admin.Given) (any, error) {
					u, err := t.UserOf(given.Text("number"))
					if err != nil {
						return nil, err
					}
					if u == nil {
						return nil, admin.ErrNoUser
					}
					if _, err := tx.Read[stamp](t, stampsTable, u.Phone); err != nil {
						return nil, err
					}
					tx.Save(t, stampsTable, u.Phone, &stamp{u.Phone, given.Text("why")})
					return struct {
						Number string `json:"number"`
						Why    string `json:"the_reason"`
						Worth  string `json:"worth"`
						First  bool   `json:"is_first"`
					}{u.Phone, given.Text("why"), parts.Place.Currency.Format(given.Amount("worth")), true}, nil
				}},
			{Name: "list", What: "list all stamps", Show: func(t *tx.Tx, _ admin.Given) (any, error) {
				list := []stamp{}
				for doc, err := range parts.Run.Books().Docs(t.Context(), stampsTable, "", 0) {
					one, err := tx.Decoded[stamp](doc, err)
					if err != nil {
						return nil, err
					}
					list = append(list, *one)
				}
				return list, nil
			}},
		},
		Join: func(p *module.Parts) module.Additions {
			parts = p
			return module.Additions{Followers: []follow.Follower{follow.InBooks(p.Run, "stamps", func(context.Context, *store.Entry) error { return nil })}}
		},
	}}
}

// office is a daemon with the module, and the commands that have it.
type office struct {
	t       *testing.T
	p       *premises
	modules []module.Module
	daemon  *daemon.Daemon
	stop    func()
}

// newOffice opens a daemon whose file has these lines in addition.
func newOffice(t *testing.T, own string) *office {
	t.Helper()
	o := &office{t: t, p: newPremises(t, checkCase{}), modules: stamps()}
	o.p.write(t, own)
	o.open()
	return o
}

func (o *office) open() {
	o.t.Helper()
	file, err := conf.Load(o.p.file)
	if err != nil {
		o.t.Fatal(err)
	}
	o.daemon = daemon.New(daemon.Config{File: file, Log: slog.New(slog.DiscardHandler), Level: new(slog.LevelVar), Voices: voice.CacheConfig{Voice: voice.Tones{}}, Modules: o.modules})
	if err := o.daemon.Open(o.t.Context()); err != nil {
		o.t.Fatal(errors.Join(err, o.daemon.Close()))
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- o.daemon.Run(ctx, nil) }()
	closed := false
	o.stop = func() {
		if closed {
			return
		}
		closed = true
		cancel()
		if err := <-ended; err != nil {
			o.t.Error(err)
		}
	}
	o.t.Cleanup(o.stop)
}

// types runs a command line and returns what it prints, and its exit code.
func (o *office) types(args ...string) (stdout, stderr string, code int) {
	o.t.Helper()
	var out, said bytes.Buffer
	root := rootCommand(o.modules)
	root.SetArgs(append(args, "-c", o.p.file))
	root.SetOut(&out)
	root.SetErr(&said)
	c, err := root.ExecuteContextC(o.t.Context())
	code = conclude(&out, &said, c, err, wantsJSON(args))
	return out.String(), said.String(), code
}

// TestVerbsAreCommands: the verbs of a module are typed, refused and shown like any other
// command.
func TestVerbsAreCommands(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "")
	if _, said, code := o.types("user", "add", "+8613800000001", "--name", "Wang Fang", "--key", "u1"); code != exitDone {
		t.Fatal(said)
	}
	give := []string{"stamps", "give", "13800000001", "a good customer", "1.50", "8001"}
	for _, tt := range []struct {
		args []string
		code int
		want []string // in what is printed
		not  string
	}{
		{give, exitDone, []string{"key: ", "number      +8613800000001\n", "the reason  a good customer\n", "worth       1.50\n", "is first    yes\n"}, "repeat"},
		{append(give, "--key", "k1", "--json"), exitDone, []string{`{"number":"+8613800000001","the_reason":"a good customer","worth":"1.50","is_first":true}` + "\n"}, "repeat"},
		{append(give, "--key", "k1"), exitDone, []string{"repeat      of 20", "nothing was done this time", "worth       1.50\n"}, "first result\nfirst"},
		{append(give, "--key", "k1", "--json"), exitDone, []string{`{"repeat":true,"first":"20`, `"worth":"1.50"`}, ""},
		{[]string{"stamps", "give", "13800000001", "another", "1.50", "8001", "--key", "k1"}, exitRefused, []string{"mpg: error: this key was used for another command"}, ""},
		{[]string{"stamps", "list"}, exitDone, []string{"NUMBER          WHY\n+8613800000001  a good customer\n"}, "key: "},
		{[]string{"stamps", "list", "--json"}, exitDone, []string{`[{"number":"+8613800000001","why":"a good customer"}]` + "\n"}, ""},
		{[]string{"stamps", "give", "13800000009", "x", "1", "8001", "--json"}, exitRefused, []string{`"code":"no_user"`, "mpg: hint: register the number"}, ""},

		{[]string{"stamps", "give", "13800000001"}, exitMisuse, []string{"mpg stamps give: WHY is missing", "mpg: hint: usage: mpg stamps give NUMBER WHY WORTH CODE"}, "key: "},
		{[]string{"stamps", "give", "Wang", "x", "1", "8001"}, exitMisuse, []string{`"Wang" is not a phone number`}, "key: "},
		{[]string{"stamps", "give", "13800000001", "x", "-1", "8001"}, exitMisuse, []string{"the amount must be positive"}, "key: "},
		{[]string{"stamps", "give", "13800000001", " ", "1", "8001"}, exitMisuse, []string{"WHY is empty"}, "key: "},
		{[]string{"stamps", "give", "13800000001", "x", "1.505", "8001"}, exitMisuse, []string{"1.505"}, ""},
		{[]string{"stamps", "give", "13800000001", "x", "1", "80"}, exitMisuse, []string{`"80" is not a merchant code`}, ""},
		{[]string{"stamps", "gvie", "13800000001"}, exitMisuse, []string{`unknown command "gvie"`, "did you mean mpg stamps give?"}, ""},
		{[]string{"stamp", "give"}, exitMisuse, []string{"did you mean mpg stamps?"}, ""},
		{[]string{"stamps"}, exitMisuse, []string{"mpg stamps needs a subcommand"}, ""},
		{[]string{"stamps", "list", "--key", "k"}, exitMisuse, []string{"unknown flag: --key"}, ""},
		{[]string{"status"}, exitDone, []string{"stamps   on            stamps for good customers\n"}, ""},
	} {
		out, said, code := o.types(tt.args...)
		all := out + said
		missing := slices.ContainsFunc(tt.want, func(part string) bool { return !strings.Contains(all, part) })
		if code != tt.code || missing || tt.not != "" && strings.Contains(all, tt.not) {
			t.Errorf("%q: exit code %d, want %d\n%swant %q, not %q", tt.args, code, tt.code, all, tt.want, tt.not)
		}
	}
	o.stop()
	if _, said, code := o.types(give...); code != exitRefused || !strings.Contains(said, "no daemon at") && !strings.Contains(said, "not running") || strings.Contains(said, "key: ") && !strings.Contains(said, "left behind") {
		t.Errorf("without a daemon: %d %s", code, said)
	}
}

// TestAModuleInTheDaemon: the file can switch a module off, its lag is a metric, and a
// build without it neither starts with its books nor passes the check.
func TestAModuleInTheDaemon(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "[product]\noff = [\"stamps\", \"mp2p\"]")
	if out, said, _ := o.types("status"); !strings.Contains(out, "stamps   off           ") || !strings.Contains(out, "mp2p     off           ") || !strings.Contains(out, "mdebit   needs a bank  ") {
		t.Errorf("%s%s", out, said)
	}
	if _, said, code := o.types("stamps", "give", "13800000001", "x", "1", "8001"); code != exitRefused || !strings.Contains(said, "mpg: error: stamps is switched off") || !strings.Contains(said, "product.off") {
		t.Errorf("%d %s", code, said)
	}
	families, err := o.daemon.Metrics().Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == "mpg_follower_lag_records" && m.GetLabel()[0].GetName()+"="+m.GetLabel()[0].GetValue() == "module=stamps" {
				found = m.GetGauge().GetValue() > 0 // it is off
			}
		}
	}
	if !found {
		t.Error("no mpg_follower_lag_records{module=\"stamps\"}")
	}
	o.stop()

	o.p.write(t, "")
	file, err := conf.Load(o.p.file)
	if err != nil {
		t.Fatal(err)
	}
	without := daemon.New(daemon.Config{File: file, Log: slog.New(slog.DiscardHandler), Level: new(slog.LevelVar), Voices: voice.CacheConfig{Voice: voice.Tones{}}, Modules: []module.Module{}})
	err = without.Open(t.Context())
	if !errors.As(err, new(*books.MissingError)) || !strings.Contains(err.Error(), "module stamps") || hint.Of(err) == "" {
		t.Errorf("opened without the module: %v", err)
	}
	if err := without.Close(); err != nil {
		t.Error(err)
	}
	for _, built := range [][]string{nil, {"points"}, {"points", "stamps"}} {
		verdict, err := check.Run(t.Context(), check.Options{Path: o.p.file, Modules: built, Ask: func(*books.Fixed) error { return errors.New("no daemon") }})
		if err != nil {
			t.Fatal(err)
		}
		told := slices.ContainsFunc(verdict.Findings, func(f conf.Finding) bool {
			return f.Fatal && f.Key == "data_dir" && strings.Contains(f.Text, "module stamps")
		})
		if want := !slices.Contains(built, "stamps"); told != want || want && verdict.Fit {
			t.Errorf("with %v: %+v", built, verdict.Findings)
		}
	}
	o.open()
	if out, _, code := o.types("status", "--json"); code != exitDone || !json.Valid([]byte(out)) {
		t.Errorf("with the module: %d %s", code, out)
	}
}

// TestModulesLeaveTheCommandsAlone: no module of this build has the name of a command of
// the core, and each says what its commands do.
func TestModulesLeaveTheCommandsAlone(t *testing.T) {
	t.Parallel()
	if err := module.Check(daemon.Modules(conf.Default()), nil); err != nil {
		t.Error(err)
	}
	core := rootCommand(nil)
	for _, name := range module.Names(daemon.Modules(conf.Default())) {
		if c, _, err := core.Find([]string{name}); err == nil && c != core {
			t.Errorf("module %s has the name of a command", name)
		}
	}
}
