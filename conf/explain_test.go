package conf

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestExplainHasEveryKey: each key is explained once, under the head of its table.
func TestExplainHasEveryKey(t *testing.T) {
	t.Parallel()
	var got []string
	table := ""
	for i, part := range Explain() {
		if part.Table != "" {
			table = strings.Trim(part.Table, "[]")
			if strings.HasPrefix(part.Table, "[[") {
				table += "[1]"
			}
		}
		for _, setting := range part.Settings {
			key, _, _ := strings.Cut(setting, " = ")
			got = append(got, strings.TrimPrefix(table+"."+key, "."))
		}
		if (part.Comment == "") != (part.Settings == nil && i > 0) && part.Table == "" {
			t.Errorf("part %d: settings %q, comment %q", i, part.Settings, part.Comment)
		}
	}
	for key := range keysOf("", reflect.TypeFor[File]()) {
		if isTable(key) {
			continue
		}
		if n := len(slices.DeleteFunc(slices.Clone(got), func(k string) bool { return k != key })); n != 1 {
			t.Errorf("%s is explained %d times", key, n)
		}
	}
}

// isTable reports whether a key of File is a table or an array of tables.
func isTable(key string) bool {
	for other := range keysOf("", reflect.TypeFor[File]()) {
		if strings.HasPrefix(other, key+".") || strings.HasPrefix(other, key+"[1].") {
			return true
		}
	}
	return false
}
