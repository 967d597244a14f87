package admin_test

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"mpg/engine/admin"
	"mpg/engine/tx"
)

// echo returns what a verb was given, and counts its runs.
func echo(args []admin.Arg, runs *atomic.Int64) func(*tx.Tx, admin.Given) (any, error) {
	return func(_ *tx.Tx, given admin.Given) (any, error) {
		runs.Add(1)
		all := make(map[string]any)
		for _, arg := range args {
			if all[arg.Name] = given.Text(arg.Name); arg.Kind == admin.ArgAmount {
				all[arg.Name] = given.Amount(arg.Name)
			}
		}
		return all, nil
	}
}

// TestVerbsThatAreNone: what cannot be typed, or does nothing or two things, is refused.
func TestVerbsThatAreNone(t *testing.T) {
	t.Parallel()
	does := func(*tx.Tx, admin.Given) (any, error) { return nil, nil }
	number := admin.Arg{Name: "number", Kind: admin.ArgPhone}
	for want, verb := range map[string]admin.Verb{
		"":                           {Name: "pay-out2", What: "pays", Do: does, Args: []admin.Arg{number, {Name: "note", Kind: admin.ArgText}}},
		`"" cannot name`:             {What: "pays", Do: does},
		`"Pay" cannot name`:          {Name: "Pay", What: "pays", Do: does},
		`"pay out" cannot name`:      {Name: "pay out", What: "pays", Do: does},
		`"-pay" cannot name`:         {Name: "-pay", What: "pays", Do: does},
		"does not say what it does":  {Name: "pay", Do: does},
		"pay needs either Do or":     {Name: "pay", What: "pays"},
		"both needs either Do":       {Name: "both", What: "pays", Do: does, Show: does},
		`argument "number" needs`:    {Name: "pay", What: "pays", Do: does, Args: []admin.Arg{number, number}},
		`argument "why" needs a`:     {Name: "pay", What: "pays", Do: does, Args: []admin.Arg{{Name: "why"}}},
		`argument "--why" needs a n`: {Name: "pay", What: "pays", Do: does, Args: []admin.Arg{{Name: "--why", Kind: admin.ArgText}}},
		`argument "odd" needs a na`:  {Name: "pay", What: "pays", Do: does, Args: []admin.Arg{{Name: "odd", Kind: admin.ArgText + 1}}},
	} {
		err := verb.Check()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", verb, err, want)
		}
	}
	o := newOffice(t)
	on := func() bool { return false }
	pay := admin.Verb{Name: "pay", What: "pays", Do: does, Args: []admin.Arg{number, {Name: "amount", Kind: admin.ArgAmount}}}
	if err := errors.Join(o.Verbs.Register("one", on, pay), o.Verbs.Register("two", on, pay)); err != nil {
		t.Errorf("the same verb of two modules: %v", err)
	}
	if err := o.Verbs.Register("one", on, pay); err == nil {
		t.Error("one verb twice")
	}
	if pay.Usage() != "pay NUMBER AMOUNT" {
		t.Error(pay.Usage())
	}
}

// TestArgumentsAreRead by their kinds, before anything is done.
func TestArgumentsAreRead(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	var runs atomic.Int64
	for kind, name := range map[admin.ArgKind]string{admin.ArgPhone: "phone", admin.ArgAmount: "amount", admin.ArgCode: "code", admin.ArgText: "text"} {
		args := []admin.Arg{{Name: "it", Kind: kind}}
		if err := o.Verbs.Register("test", func() bool { return false }, admin.Verb{Name: name, What: "tries", Args: args, Show: echo(args, &runs)}); err != nil {
			t.Fatal(err)
		}
	}
	good := int64(0)
	for _, tt := range []struct{ verb, typed, want string }{ // want is JSON, or begins an error
		{"phone", "+8613800000001", `{"it":"+8613800000001"}`},
		{"phone", " 138 0000 0001 ", `{"it":"+8613800000001"}`},
		{"phone", "8613800000001", `{"it":"+8613800000001"}`},
		{"phone", "Wang Fang", `"Wang Fang" is not a phone number`},
		{"phone", "", `"" is not a phone number`},
		{"amount", "128.50", `{"it":12850}`},
		{"amount", "0.01", `{"it":1}`},
		{"amount", "0", "0: the amount must be positive"},
		{"amount", "-1", `"-1" `},
		{"amount", "1.005", `"1.005" `},
		{"amount", "1e3", `"1e3" `},
		{"amount", "", `"" `},
		{"amount", "99999999999999999999", `"99999999999999999999" `},
		{"code", "8001", `{"it":"8001"}`},
		{"code", " 0042 ", `{"it":"0042"}`},
		{"code", "800", `"800" is not a merchant code`},
		{"code", "8001234", `"8001234" is not a merchant code`},
		{"code", "８００１", `"８００１" is not a merchant code`},
		{"text", "  a good customer ", `{"it":"a good customer"}`},
		{"text", strings.Repeat("好", 200), `{"it":"` + strings.Repeat("好", 200) + `"}`},
		{"text", strings.Repeat("好", 201), "it is a text of 1 to 200 characters"},
		{"text", " ", "it is a text of 1 to 200 characters"},
		{"text", "two\nlines", "it is a text of 1 to 200 characters"},
	} {
		got, err := o.Verbs.Run(t.Context(), admin.Command{}, "test", tt.verb, map[string]string{"it": tt.typed})
		if strings.HasPrefix(tt.want, "{") {
			good++
			if err != nil || string(got) != tt.want {
				t.Errorf("%s %q: %s %v", tt.verb, tt.typed, got, err)
			}
			continue
		}
		if !errors.Is(err, admin.ErrArgument) || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s %q: %s %v, want %s", tt.verb, tt.typed, got, err, tt.want)
		}
	}
	if runs.Load() != good {
		t.Errorf("%d runs of %d", runs.Load(), good)
	}
}

// TestAVerbIsACommand: it is done once under its key, and logged with what it acts on,
// masked, and what it moves; a body differs if any argument does. A verb that is off
// changes nothing.
func TestAVerbIsACommand(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	var runs atomic.Int64
	var off atomic.Bool
	args := []admin.Arg{{Name: "number", Kind: admin.ArgPhone}, {Name: "why", Kind: admin.ArgText}, {Name: "amount", Kind: admin.ArgAmount}}
	if err := o.Verbs.Register("points", off.Load, admin.Verb{Name: "give", What: "gives", Args: args, Do: echo(args, &runs)}); err != nil {
		t.Fatal(err)
	}
	give := func(key, why, amount string) (string, error) {
		result, err := o.Verbs.Run(t.Context(), admin.Command{Key: key, UID: 1000}, "points", "give", map[string]string{"number": mobile(1), "why": why, "amount": amount})
		return string(result), err
	}
	first, err := give("k", "a gift", "1.50")
	if want := `{"amount":150,"number":"` + mobile(1) + `","why":"a gift"}`; err != nil || first != want {
		t.Errorf("%s %v", first, err)
	}
	if again, err := give("k", "a gift", "1.5"); err != nil || !strings.HasPrefix(again, `{"repeat":true,"first":"2026-11-25T10:00:00Z","amount":150`) {
		t.Errorf("%s %v", again, err)
	}
	for _, body := range [][2]string{{"a gift", "1.51"}, {"another", "1.50"}} {
		if _, err := give("k", body[0], body[1]); !errors.Is(err, admin.ErrKeyBody) {
			t.Errorf("%v: %v", body, err)
		}
	}
	off.Store(true)
	if _, err := give("k2", "a gift", "1.50"); !errors.Is(err, admin.ErrOff) || !strings.Contains(err.Error(), "points is switched off") {
		t.Errorf("while it is off: %v", err)
	}
	if _, err := give("k3", "", "1.50"); !errors.Is(err, admin.ErrArgument) {
		t.Errorf("a mistake while it is off: %v", err)
	}
	off.Store(false)
	if _, err := give("", "a gift", "1.50"); !errors.Is(err, admin.ErrArgument) {
		t.Errorf("without a key: %v", err)
	}
	if runs.Load() != 1 {
		t.Errorf("done %d times", runs.Load())
	}
	log := o.log.String()
	if want := `command="points give" object=138****0001 uid=1000 repeat=false amount=1.50 currency=CNY`; strings.Count(log, want) != 1 || strings.Count(log, "msg=command") != 2 || strings.Contains(log, mobile(1)) {
		t.Errorf("%s", log)
	}
}
