package report

import (
	"fmt"
	"regexp"
	"strconv"
)

// parser reads what people type.
type parser struct{ cfg *Config }

// FilterError says which filter of a question cannot be used.
type FilterError struct {
	Filter string // as people type it, without dashes
	Value  string
	Want   string
	Near   string // what was most likely meant; "": nothing is close
	Hint   string // what else may have been meant
}

// Error names the filter, and what it should be.
func (e *FilterError) Error() string {
	return fmt.Sprintf("%s is %q; want %s", e.Filter, e.Value, e.Want)
}

// Remedy returns what to do about it; "": what Error says is all.
func (e *FilterError) Remedy() string {
	if e.Hint == "" && e.Near != "" {
		return "did you mean " + e.Near + "?"
	}
	return e.Hint
}

// limitOf reads the number of items of a page.
func limitOf(typed string) (int, error) {
	if typed == "" {
		return LimitDefault, nil
	}
	limit, err := strconv.Atoi(typed)
	if err != nil || limit < 1 || limit > LimitMax {
		return 0, &FilterError{Filter: "limit", Value: typed, Want: fmt.Sprintf("1 to %d", LimitMax)}
	}
	return limit, nil
}

// number reads a phone number in any spelling.
func (t *parser) number(filter, typed string) (string, error) {
	number, ok := t.cfg.Numbers.Number(typed)
	if !ok {
		return "", &FilterError{Filter: filter, Value: typed, Want: "a phone number" + t.cfg.Numbers.Such()}
	}
	return number, nil
}

// codeForm is the code of a shop.
var codeForm = regexp.MustCompile(`^[0-9]{4,6}$`)

// party reads one side of a payment: a shop's code, or a phone number in any spelling.
func (t *parser) party(filter, typed string) (string, error) {
	if codeForm.MatchString(typed) {
		return typed, nil
	}
	number, ok := t.cfg.Numbers.Number(typed)
	if !ok {
		return "", &FilterError{Filter: filter, Value: typed, Want: "a phone number, or a shop's code"}
	}
	return number, nil
}

// object returns what a command calls the object that somebody typed: a number in
// E.164, a reference as it is printed, or whatever was typed.
func (t *parser) object(typed string) string {
	if codeForm.MatchString(typed) {
		return typed
	}
	if number, ok := t.cfg.Numbers.Number(typed); ok {
		return number
	}
	if no, err := t.cfg.Refs.Number(typed); err == nil {
		return t.cfg.Refs.Ref(no)
	}
	return typed
}
