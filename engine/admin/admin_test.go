package admin_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"mpg/engine/acquirer"
	"mpg/engine/admin"
	"mpg/engine/lang"
	"mpg/store/money"
)

// TestEveryCommandIsDoneOnce: however many clerks give the same command under the same
// key at the same time, it is done once, all get the same answer, and all but one are told
// that it was a repeat.
func TestEveryCommandIsDoneOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	must(o.AddUser(t.Context(), admin.Command{Key: "u"}, admin.NewUser{Phone: mobile(1), Name: lang.Name{EN: "Wang Fang"}}))
	const clerks = 12
	results := make(chan admin.PaymentView, clerks)
	var all sync.WaitGroup
	for range clerks {
		all.Go(func() {
			results <- read[admin.PaymentView](t)(o.TopUp(t.Context(), admin.Command{Key: "till 7"}, mobile(1), 500))
		})
	}
	all.Wait()
	close(results)
	first, refs := 0, make(map[string]bool)
	for p := range results {
		refs[p.Ref] = true
		if !p.Repeat {
			first++
		}
	}
	if first != 1 || len(refs) != 1 {
		t.Errorf("%d were the first, of payments %v", first, refs)
	}
	if purse, err := o.Account(t.Context(), "purse:"+mobile(1)); err != nil || purse.Posted != "5.00" {
		t.Errorf("the purse has %+v, %v", purse, err)
	}
}

// TestMerchantsAreChangedAsAsked: after any commands, a shop is as a plain record of what
// was asked says, a refused command changes nothing, and each change was logged.
func TestMerchantsAreChangedAsAsked(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		o, closeIt := openOffice(t)
		defer closeIt()
		want := make(map[string]admin.NewMerchant)
		for step := range rapid.IntRange(1, 12).Draw(rt, "steps") {
			by := admin.Command{Key: fmt.Sprint("k", step), UID: 1000}
			code := rapid.SampledFrom([]string{"8001", "8002", "80010"}).Draw(rt, "code")
			name, nameZH, number := part(rt, "BLUEBIRD", "KFC", "花"), part(rt, "蓝鸟", "花店", "KFC"), part(rt, mobile(1), mobile(2), "1380")
			shop, known := want[code]
			if !known && rapid.Bool().Draw(rt, "add") {
				shop = admin.NewMerchant{Code: code, Name: lang.Name{EN: "SHOP"}, Phone: mobile(9)}
				want[code] = shop
				must(o.AddMerchant(t.Context(), by, shop))
				continue
			}
			_, err := o.ChangeMerchant(t.Context(), by, code, admin.MerchantChange{Name: name, NameZH: nameZH, Phone: number})
			put(&shop.Name.EN, name)
			put(&shop.Name.ZH, nameZH)
			put(&shop.Phone, number)
			switch right := fits(shop); {
			case err == nil && known && right:
				want[code] = shop
			case err == nil:
				rt.Fatalf("%q became %+v", code, shop)
			case known && right && !errors.Is(err, admin.ErrNoChange):
				rt.Fatalf("%q cannot become %+v: %v", code, shop, err)
			case !known && !errors.Is(err, admin.ErrNoMerchant) && !errors.Is(err, admin.ErrArgument):
				rt.Fatalf("there is no %q: %v", code, err)
			}
		}
		for code, shop := range want {
			got, err := o.Merchant(t.Context(), code)
			if err != nil || got.Name != shop.Name.EN || got.NameZH != shop.Name.ZH || got.Number != shop.Phone {
				rt.Errorf("%s: %+v, %v; want %+v", code, got, err, shop)
			}
		}
	})
}

// part returns nothing, an empty value, or one of values, the last of which is refused.
func part(rt *rapid.T, values ...string) *string {
	switch i := rapid.IntRange(-4, len(values)).Draw(rt, "part"); {
	case i < 0:
		return nil
	case i == len(values):
		return new(string)
	default:
		return &values[i]
	}
}

func put(field, value *string) {
	if value != nil {
		*field = *value
	}
}

// fits reports whether a shop may be registered with these names and this number.
func fits(shop admin.NewMerchant) bool {
	return shop.Name.EN+shop.Name.ZH != "" && shop.Name.EN != "花" && shop.Name.ZH != "KFC" && shop.Phone != "1380"
}

// TestAPageHoldsWhatIsThere: pages of any size hold each payment once and in order, even
// when payments are added between two pages; these are seen too.
func TestAPageHoldsWhatIsThere(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		o, closeIt := openOffice(t)
		defer closeIt()
		must(o.AddUser(t.Context(), admin.Command{Key: "wang"}, admin.NewUser{Phone: mobile(1), Name: lang.Name{EN: "Wang Fang"}}))
		total := rapid.IntRange(0, 12).Draw(rt, "payments")
		early := rapid.IntRange(0, total).Draw(rt, "early")
		var refs []string
		add := func() {
			view := read[admin.PaymentView](t)(o.TopUp(t.Context(), admin.Command{Key: fmt.Sprint("t", len(refs))}, mobile(1), 100))
			refs = append(refs, view.Ref)
		}
		for range early {
			add()
		}
		var seen []string
		page := admin.Page{Limit: rapid.IntRange(1, 5).Draw(rt, "limit")}
		for {
			list := must(o.ListPayments(t.Context(), page))
			if len(seen) > total {
				rt.Fatalf("no end after %v", seen)
			}
			for _, p := range list.Items {
				seen = append(seen, p.Ref)
			}
			if list.Next == "" {
				break
			}
			if len(list.Items) != page.Limit {
				rt.Fatalf("a page of %d items, then %q, after %v", len(list.Items), list.Next, seen)
			}
			page.After = list.Next
			if len(refs) < total {
				add()
			}
		}
		if !slices.Equal(seen, refs) {
			rt.Fatalf("seen %v, and there are %v", seen, refs)
		}
	})
}

// TestAChangeIsLogged: by whom and of what, and neither a name nor a number.
func TestAChangeIsLogged(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	must(o.AddMerchant(t.Context(), admin.Command{Key: "m"}, admin.NewMerchant{Code: "8001", Name: lang.Name{EN: "SHOP"}}))
	name, number := "BLUEBIRD", mobile(4711)
	for range 2 {
		must(o.ChangeMerchant(t.Context(), admin.Command{Key: "c", UID: 1007}, "8001", admin.MerchantChange{Name: &name, Phone: &number}))
	}
	for _, want := range []string{`command="merchant set" object=8001 uid=1007 repeat=false`, `command="merchant set" object=8001 uid=1007 repeat=true`} {
		if strings.Count(o.log.String(), want) != 1 {
			t.Errorf("not once in the log: %s\n%s", want, o.log.String())
		}
	}
	if log := o.log.String(); strings.Contains(log, name) || strings.Contains(log, "4711") {
		t.Errorf("the log says too much: %s", log)
	}
}

// TestResolveLeavesTheBankToTheAcquirer: what is asked wrongly never reaches it, a repeat
// reaches it once, and what it refuses is not done and may be asked again.
func TestResolveLeavesTheBankToTheAcquirer(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	must(o.AddUser(t.Context(), admin.Command{Key: "u"}, admin.NewUser{Phone: mobile(1), Name: lang.Name{EN: "Wang Fang"}}))
	ref := read[admin.PaymentView](t)(o.TopUp(t.Context(), admin.Command{Key: "t"}, mobile(1), 500)).Ref
	resolve := func(key, ref, as, reason string) (admin.PaymentView, error) {
		result, err := o.Resolve(t.Context(), admin.Command{Key: key, UID: 1007}, ref, as, reason)
		if err != nil {
			return admin.PaymentView{}, err
		}
		return read[admin.PaymentView](t)(result, nil), nil
	}
	for _, wrong := range []struct {
		ref, as, reason string
		want            error
	}{
		{ref, "void", "asked", admin.ErrArgument},
		{ref, "paid", " ", admin.ErrReason},
		{"0000", "paid", "asked", admin.ErrArgument},
		{"22222222", "paid", "asked", admin.ErrNoPayment},
	} {
		if _, err := resolve("w", wrong.ref, wrong.as, wrong.reason); !errors.Is(err, wrong.want) {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
	if _, err := (admin.AtBank{Service: o.Service, Found: acquirer.Found{Holds: 1}}).Resolve(t.Context(), admin.Command{Key: "w"}, ref, "reversed", "asked"); !errors.Is(err, admin.ErrArgument) {
		t.Errorf("an amount of what is reversed: %v", err)
	}
	if len(o.banks.resolved) != 0 {
		t.Fatalf("the acquirer was told %+v", o.banks.resolved)
	}
	o.banks.refuses = acquirer.ErrNotInDoubt
	if _, err := resolve("r", ref, "paid", "asked"); !errors.Is(err, acquirer.ErrNotInDoubt) {
		t.Errorf("a refusal is %v", err)
	}
	o.banks.refuses = nil
	for i := range 2 {
		p, err := resolve("r", ref, "paid", " asked ")
		if err != nil || p.Repeat != (i == 1) || p.Request == nil || p.Request.Resolved == nil || p.Request.Resolved.UID != 1007 {
			t.Errorf("try %d: %+v, %v", i, p, err)
		}
	}
	if len(o.banks.resolved) != 2 || o.banks.resolved[1].Reason != "asked" || !o.banks.resolved[1].At.Equal(o.clock()) {
		t.Errorf("the acquirer was told %+v", o.banks.resolved)
	}
	part := func(held money.Amount) error {
		found := acquirer.Found{Bank: "icbc", Holds: held}
		_, err := admin.AtBank{Service: o.Service, Found: found}.Resolve(t.Context(), admin.Command{Key: "p"}, ref, "paid", "asked")
		return err
	}
	if err := part(200); err != nil || len(o.banks.found) != 3 || o.banks.found[2] != (acquirer.Found{Bank: "icbc", Holds: 200}) {
		t.Errorf("the acquirer was told of %+v: %v", o.banks.found, err)
	}
	if err := part(201); !errors.Is(err, admin.ErrKeyBody) {
		t.Errorf("another amount with the same key: %v", err)
	}
}

// TestAChangeThatLostTheRace is made on what the other one left.
func TestAChangeThatLostTheRace(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	must(o.AddMerchant(t.Context(), admin.Command{Key: "m"}, admin.NewMerchant{Code: "8001", Name: lang.Name{EN: "SHOP"}}))
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			name, nameZH, number := "BLUEBIRD", "蓝鸟", mobile(4711)
			change := []admin.MerchantChange{{Name: &name}, {NameZH: &nameZH}, {Phone: &number}}[i%3]
			if _, err := o.ChangeMerchant(t.Context(), admin.Command{Key: fmt.Sprint(i)}, "8001", change); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	shop, err := o.run.View(t.Context()).Merchant("8001")
	if err != nil || shop.Name != (lang.Name{EN: "BLUEBIRD", ZH: "蓝鸟"}) || shop.Phone != mobile(4711) {
		t.Errorf("%+v, %v", shop, err)
	}
}
