package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mpg/engine/admin"
	"mpg/engine/api"
	"mpg/engine/module"
)

// The commands of modules are made from the same list that the daemon uses, since both are
// one binary: their names and arguments are known without a daemon.

// moduleCommands returns a command for each module that has verbs.
func moduleCommands(modules []module.Module) []*cobra.Command {
	var list []*cobra.Command
	for _, m := range modules {
		if len(m.Verbs) == 0 {
			continue
		}
		group := &cobra.Command{Use: m.Name, Short: m.What}
		for _, verb := range m.Verbs {
			group.AddCommand(verbCommand(m.Name, verb))
		}
		list = append(list, group)
	}
	return list
}

// verbCommand returns the command of a verb.
func verbCommand(module string, verb admin.Verb) *cobra.Command {
	c := &cobra.Command{Use: verb.Usage(), Short: verb.What, Args: misuse(cobra.ExactArgs(len(verb.Args)))}
	if verb.Changes() {
		addKey(c)
	}
	if slices.ContainsFunc(verb.Args, func(arg admin.Arg) bool { return arg.Kind == admin.ArgAmount }) {
		c.Annotations = map[string]string{amountMark: ""}
	}
	c.RunE = func(cmd *cobra.Command, args []string) error {
		typed := api.Verb{Args: make(map[string]string)}
		for i, arg := range verb.Args {
			if err := checkArg(cmd, arg, args[i]); err != nil {
				return err
			}
			typed.Args[arg.Name] = args[i]
		}
		path := "/modules/" + module + "/" + verb.Name
		var result json.RawMessage
		if verb.Changes() {
			if err := change(cmd, path, typed, &result); err != nil {
				return err
			}
			return showResult(cmd, result)
		}
		d, err := dial(cmd)
		if err != nil {
			return err
		}
		if err := d.post(path, "", typed, &result); err != nil {
			return err
		}
		return showResult(cmd, result)
	}
	return c
}

// checkArg refuses what no daemon could accept, before the command has a key.
func checkArg(cmd *cobra.Command, arg admin.Arg, typed string) error {
	switch {
	case arg.Kind == admin.ArgPhone:
		return checkNumber(cmd, typed)
	case arg.Kind == admin.ArgAmount:
		return checkAmount(cmd, typed)
	case strings.TrimSpace(typed) == "":
		return misusedBy(cmd, "%s is empty", strings.ToUpper(arg.Name))
	}
	return nil
}

// showResult prints what a verb returned.
func showResult(cmd *cobra.Command, result json.RawMessage) error {
	fields, items, err := readResult(result)
	if err != nil {
		return fmt.Errorf("the daemon's answer cannot be shown: %w", err)
	}
	return show(cmd, result, func(out io.Writer) {
		var repeated admin.Repeated
		if json.Unmarshal(result, &repeated) == nil {
			showRepeat(out, repeated)
		}
		for _, f := range fields {
			if f.name != "repeat" && f.name != "first" {
				row(out, strings.ReplaceAll(f.name, "_", " "), f.text())
			}
		}
		printItems(out, items)
	})
}

// printItems prints a list under the names of its first item's fields.
func printItems(out io.Writer, items [][]field) {
	if len(items) == 0 {
		return
	}
	var heads []string
	for _, f := range items[0] {
		heads = append(heads, strings.ToUpper(strings.ReplaceAll(f.name, "_", " ")))
	}
	row(out, heads...)
	for _, item := range items {
		cells := make([]string, len(items[0]))
		for _, f := range item {
			for i := range items[0] {
				if items[0][i].name == f.name {
					cells[i] = f.text()
				}
			}
		}
		row(out, cells...)
	}
}

// field is a field of a JSON object.
type field struct {
	name  string
	value json.RawMessage
}

// text returns the value in the form that people read.
func (f field) text() string {
	var text string
	if json.Unmarshal(f.value, &text) == nil {
		return text
	}
	switch string(f.value) {
	case "true":
		return "yes"
	case "false":
		return "no"
	case "null":
		return ""
	}
	return string(f.value)
}

// readResult returns the fields of an object in their order, or those of each object of a
// list.
func readResult(result json.RawMessage) (fields []field, items [][]field, err error) {
	if bytes.HasPrefix(bytes.TrimSpace(result), []byte("[")) {
		var list []json.RawMessage
		if err := json.Unmarshal(result, &list); err != nil {
			return nil, nil, err
		}
		for _, one := range list {
			item, err := readFields(one)
			if err != nil {
				return nil, nil, err
			}
			items = append(items, item)
		}
		return nil, items, nil
	}
	fields, err = readFields(result)
	return fields, nil, err
}

// readFields returns the fields of an object in their order.
func readFields(object json.RawMessage) ([]field, error) {
	dec := json.NewDecoder(bytes.NewReader(object))
	if start, err := dec.Token(); err != nil || start != json.Delim('{') {
		return nil, fmt.Errorf("%.40q is not a JSON object", object)
	}
	var fields []field
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		f := field{name: fmt.Sprint(name)}
		if err := dec.Decode(&f.value); err != nil {
			return nil, err
		}
		fields = append(fields, f)
	}
	return fields, nil
}
