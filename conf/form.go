package conf

import (
	"cmp"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// nameWanted says nameForm in words.
const nameWanted = `a name of lower-case letters, digits, - and _, such as "main"`

// absent says how a key without a value stands in the file.
func (r *report) absent(key string) string {
	if r.lines.has(key) {
		return "is empty"
	}
	return "missing"
}

func (r *report) need(key, text string) {
	if text == "" && !r.wrong(key) {
		r.add(key, "%s", r.absent(key))
	}
}

// form checks text against a form; want says it in words.
func (r *report) form(key, text string, form *regexp.Regexp, want string) {
	switch {
	case r.wrong(key) || form.MatchString(text):
	case text == "":
		r.add(key, "%s; want %s", r.absent(key), want)
	default:
		r.add(key, "is %q; want %s", text, want)
	}
}

func (r *report) forms(key string, texts []string, form *regexp.Regexp, want string) {
	for i, text := range texts {
		r.form(at(key, i), text, form, want)
	}
}

// field checks that text fits an octet string of SMPP.
func (r *report) field(key, text string, longest int) {
	if len(text) > longest || !printableForm.MatchString(text) {
		r.add(key, "want at most %d printable ASCII characters without spaces", longest)
	}
}

func (r *report) oneOf(key, text string, known ...string) {
	if !slices.Contains(known, text) && !r.wrong(key) {
		n := len(known) - 1
		r.add(key, "is %q; want %s", text, strings.TrimPrefix(strings.Join(known[:n], ", ")+" or "+known[n], " or "))
	}
}

func (r *report) hostPort(key, addr string) {
	switch {
	case r.wrong(key) || isHostPort(addr):
	case addr == "":
		r.add(key, `%s; want a host and a port such as "127.0.0.1:2775"`, r.absent(key))
	default:
		r.add(key, `is %q; want a host and a port such as "127.0.0.1:2775"`, addr)
	}
}

func isHostPort(addr string) bool {
	host, port, err := net.SplitHostPort(addr)
	if err != nil || host == "" || strings.ContainsAny(host, " /@") {
		return false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0
}

// secret wants it given in one way, or not at all where it is not needed.
func (r *report) secret(key string, secret Secret, needed bool) {
	ways := 0
	for _, way := range []string{secret.text, secret.file, secret.credential} {
		if way != "" {
			ways++
		}
	}
	switch {
	case ways > 1:
		r.add(key, "given in more than one way; want one of %[1]s, %[1]s_file and %[1]s_credential", last(key))
	case ways == 0 && needed && !r.wrong(key) && !r.wrong(key+asFile) && !r.wrong(key+asCredential):
		r.add(key, "missing; want one of %[1]s, %[1]s_file and %[1]s_credential", last(key))
	}
}

func last(key string) string { return key[strings.LastIndexByte(key, '.')+1:] }

// between wants value within the bounds, inclusive.
func between[T cmp.Ordered](report *report, key string, value, lowest, greatest T) {
	if (value < lowest || value > greatest) && !report.wrong(key) {
		report.add(key, "is %s; want %s to %s", short(value), short(lowest), short(greatest))
	}
}

// short writes a number, or a time as one writes it in the file: 1h, not 1h0m0s.
func short(value any) string {
	text := fmt.Sprint(value)
	if _, ok := value.(time.Duration); !ok {
		return text
	}
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// unique wants the names of the tables of an array to differ.
func unique(report *report, array string, tables int, name func(i int) string) {
	first := make(map[string]int, tables)
	for i := range tables {
		if j, seen := first[name(i)]; seen && name(i) != "" {
			report.add(at(array, i)+".name", "is %q, as is %s", name(i), at(array, j))
			continue
		}
		first[name(i)] = i
	}
}
