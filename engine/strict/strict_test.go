package strict_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"mpg/engine/strict"
)

// TestDecode: what is wrong is said without a word of how it is read here.
func TestDecode(t *testing.T) {
	t.Parallel()
	type inner struct {
		Code string `json:"code"`
	}
	type wish struct {
		Amount string   `json:"amount"`
		Part   bool     `json:"part"`
		Count  uint8    `json:"count"`
		Secret []byte   `json:"secret"`
		List   []string `json:"list"`
		Inner  inner    `json:"inner"`
	}
	for body, want := range map[string]string{
		`{"amount":"5","part":true,"count":3,"inner":{"code":"x"}}`: "",
		`{"amount":5}`:         `"amount" is a number; want a text in quotes`,
		`{"amount":true}`:      `"amount" is true or false; want a text in quotes`,
		`{"amount":["5"]}`:     `"amount" is an array; want a text in quotes`,
		`{"part":"yes"}`:       `"part" is a text; want true or false`,
		`{"count":"3"}`:        `"count" is a text; want a whole number without quotes`,
		`{"count":300}`:        `"count" is a number 300; want a whole number without quotes`,
		`{"secret":5}`:         `"secret" is a number; want a text in quotes`,
		`{"list":"a"}`:         `"list" is a text; want a list in [ ]`,
		`{"inner":5}`:          `"inner" is a number; want an object in { }`,
		`{"inner":{"code":5}}`: `"inner.code" is a number; want a text in quotes`,
		`[]`:                   `the value is an array; want an object in { }`,
		`{"amout":"5"}`:        `unknown field "amout"`,
		`{"amount":"5"`:        "it is not JSON: unexpected EOF",
		`{amount:"5"}`:         "it is not JSON: invalid character 'a' looking for beginning of object key string",
	} {
		switch err := strict.Decode(strings.NewReader(body), new(wish)); {
		case want == "" && err != nil, want != "" && (err == nil || err.Error() != want):
			t.Errorf("%s: %v, want %q", body, err, want)
		case err != nil && (strings.Contains(err.Error(), "Go ") || strings.Contains(err.Error(), "wish")):
			t.Errorf("%s tells of Go: %v", body, err)
		}
	}
	if err := strict.Decode(strings.NewReader(""), new(wish)); !errors.Is(err, io.EOF) {
		t.Errorf("nothing: %v", err)
	}
	broken := errors.New("the line is broken")
	if err := strict.Decode(io.MultiReader(strings.NewReader(`{"amount":`), failing{broken}), new(wish)); !errors.Is(err, broken) {
		t.Errorf("a reader that fails: %v", err)
	}
}

// failing is a reader that fails.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
