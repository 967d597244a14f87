// Package strict reads the JSON that programs of others send, and says in plain words what is
// wrong with it.
//
// An unknown field is a mistake, since a misspelt one must not be ignored. What an error says
// is for whoever writes such a program; it names no type of ours.
//
// The package is pure, and imports none of our code.
package strict

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// Decode reads one value. The error is io.EOF if there is none, the error of the reader, or
// says what is wrong.
func Decode(in io.Reader, into any) error {
	dec := json.NewDecoder(in)
	dec.DisallowUnknownFields()
	return plainly(dec.Decode(into))
}

// plainly returns an error of encoding/json in words that its readers understand.
func plainly(err error) error {
	var kind *json.UnmarshalTypeError
	var form *json.SyntaxError
	switch {
	case err == nil || errors.Is(err, io.EOF):
		return err
	case errors.As(err, &kind):
		where := "the value"
		if kind.Field != "" {
			where = fmt.Sprintf("%q", kind.Field)
		}
		return fmt.Errorf("%s is %s; want %s", where, article(kind.Value), wanted(kind.Type))
	case errors.As(err, &form), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("it is not JSON: " + strings.TrimPrefix(err.Error(), "json: "))
	case strings.HasPrefix(err.Error(), "json: "): // an unknown field has no type of its own
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	return err
}

// article returns what encoding/json calls a value, with an article.
func article(value string) string {
	what, _, _ := strings.Cut(value, " ") // "number 5" of what is out of range
	switch what {
	case "array", "object":
		return "an " + what
	case "bool":
		return "true or false"
	case "string":
		return "a text"
	}
	return "a " + value
}

// wanted says what a value has to be.
func wanted(kind reflect.Type) string {
	switch kind.Kind() {
	case reflect.String:
		return "a text in quotes"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		if kind.Elem().Kind() == reflect.Uint8 {
			return "a text in quotes"
		}
		return "a list in [ ]"
	case reflect.Struct, reflect.Map:
		return "an object in { }"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number without quotes"
	default:
		return "a number"
	}
}
