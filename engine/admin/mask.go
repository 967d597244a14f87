package admin

import (
	"context"
	"slices"
	"strings"

	"mpg/engine/auth"
	"mpg/engine/lang"
)

// masked reports whether names and numbers are to be hidden from the caller.
func masked(ctx context.Context) bool { return auth.CallerOf(ctx).Masked() }

// maskParty hides a person's number; a shop's code is no secret.
func maskParty(party string) string {
	if strings.HasPrefix(party, "+") {
		return lang.Mask(party)
	}
	return party
}

// maskAccount hides the number in the name of a purse.
func maskAccount(name string) string {
	kind, of, is := strings.Cut(name, ":")
	switch {
	case is && kind == "purse":
		return kind + ":" + lang.Mask(of)
	case is && kind == "merchant":
		return name // a code may be as long as a number
	}
	return lang.MaskText(name)
}

// Masked returns the view as shown to those who may not see whole names and numbers.
func (v UserView) Masked() UserView {
	v.Number, v.Name, v.NameZH = lang.Mask(v.Number), lang.MaskName(v.Name), lang.MaskName(v.NameZH)
	v.Why = lang.MaskText(v.Why)
	return v
}

// Masked returns the view as shown to those who may not see whole numbers.
func (v LimitTestView) Masked() LimitTestView {
	v.Number = lang.Mask(v.Number)
	return v
}

// Masked returns the view as shown to those who may not see whole numbers. The name of a
// shop is on its sign.
func (v MerchantView) Masked() MerchantView {
	if v.Number != "" {
		v.Number = lang.Mask(v.Number)
	}
	v.Why = lang.MaskText(v.Why)
	return v
}

// Masked returns the view as shown to those who may not see whole names and numbers.
func (v PaymentView) Masked() PaymentView {
	v.Payer, v.Payee, v.Manager = maskParty(v.Payer), maskParty(v.Payee), maskParty(v.Manager)
	v.Memo, v.Why = "", lang.MaskText(v.Why) // nothing marks a name in a memo
	if v.By != nil {
		v.By = &ActorView{UID: v.By.UID, Person: v.By.Person} // people write anything in a key
	}
	if v.Request != nil {
		v.Request = v.Request.masked()
	}
	earlier := v.Earlier
	v.Earlier = nil
	for _, request := range earlier {
		v.Earlier = append(v.Earlier, request.masked())
	}
	v.Calls = slices.Clone(v.Calls)
	for i := range v.Calls {
		v.Calls[i].Text = lang.MaskText(v.Calls[i].Text)
	}
	return v
}

// masked returns a request whose texts by people have no numbers.
func (v *RequestView) masked() *RequestView {
	hidden := *v
	if v.Resolved != nil {
		resolved := *v.Resolved
		resolved.Reason = lang.MaskText(resolved.Reason)
		hidden.Resolved = &resolved
	}
	return &hidden
}

// shown returns view, masked if the caller may not see it whole.
func shown[V interface{ Masked() V }](ctx context.Context, view V) V {
	if masked(ctx) {
		return view.Masked()
	}
	return view
}
