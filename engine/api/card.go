package api

import (
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"mpg/engine/pan"
)

// No card number is taken in: neither in a name, a reason or a note, nor in what is searched
// for. Such a request does nothing, and nothing of it is kept. A bank account is another
// matter: where it is asked for, it may be the number of the card that goes with it, and it
// is sealed.

// errCard is the answer to a request that holds a card number.
var errCard = errors.New("this contains a card number; nothing was done or kept")

// accountMember is the member of a request that may hold a bank account.
const accountMember = "bank_account"

// withoutCards serves requests that have no card number in their address or their key. What
// is in a body is looked at once it is read; see body.
func withoutCards(serve http.Handler) http.Handler {
	return http.HandlerFunc(func(reply http.ResponseWriter, req *http.Request) {
		address, err := url.QueryUnescape(req.URL.RawQuery)
		if err != nil {
			address = req.URL.RawQuery
		}
		if pan.Holds(req.URL.Path) || pan.Holds(address) || pan.Holds(req.Header.Get("Idempotency-Key")) {
			problem(reply, http.StatusBadRequest, errCard)
			return
		}
		serve.ServeHTTP(reply, req)
	})
}

// holdsCard reports whether a text in what was read from a request holds a card number.
func holdsCard(value reflect.Value) bool {
	switch value.Kind() {
	case reflect.String:
		return pan.Holds(value.String())
	case reflect.Pointer, reflect.Interface:
		return !value.IsNil() && holdsCard(value.Elem())
	case reflect.Struct:
		for _, field := range reflect.VisibleFields(value.Type()) {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if field.IsExported() && name != accountMember && len(field.Index) == 1 && holdsCard(value.FieldByIndex(field.Index)) {
				return true
			}
		}
	case reflect.Map:
		for _, key := range value.MapKeys() {
			if holdsCard(key) || holdsCard(value.MapIndex(key)) {
				return true
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range value.Len() {
			if holdsCard(value.Index(i)) {
				return true
			}
		}
	}
	return false
}
