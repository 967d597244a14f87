package main

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// answers is a daemon that has one answer for each address.
type answers map[string]*http.Response

// RoundTrip implements http.RoundTripper.
func (a answers) RoundTrip(req *http.Request) (*http.Response, error) {
	res := a[req.URL.RequestURI()]
	if res == nil {
		return nil, fmt.Errorf("nobody asked for %s", req.URL)
	}
	return res, nil
}

func page(status int, link, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Link": {link}}, Body: io.NopCloser(strings.NewReader(body))}
}

// TestTheBooksAreReadToTheirEnd: all pages from the books are printed in order, even if they
// are empty; if they break off, there is an error.
func TestTheBooksAreReadToTheirEnd(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		daemon answers
		want   string // printed
		failed bool
	}{
		{"one page", answers{"/n": page(200, "", "[1,2]")}, "[1,\n2]\n", false},
		{"nothing", answers{"/n": page(200, "", "[]")}, "[]\n", false},
		{"three pages", answers{
			"/n":                     page(200, `</n?after=a%2Fb&limit=2>; rel="next"`, "[1,2]"),
			"/n?after=a%2Fb&limit=2": page(200, `</n?after=4&limit=2>; rel="next"`, "[3,4]"),
			"/n?after=4&limit=2":     page(200, "", "[5]"),
		}, "[1,\n2,\n3,\n4,\n5]\n", false},
		{"a link elsewhere", answers{"/n": page(200, `</help>; rel="help"`, "[1]")}, "[1]\n", false},
		{"the second page fails", answers{
			"/n":         page(200, `</n?after=2>; rel="next"`, "[1,2]"),
			"/n?after=2": page(409, "", `{"error":"broken","code":"refused"}`),
		}, "[1,\n2", true},
		{"the second page is cut off", answers{
			"/n":         page(200, `</n?after=2>; rel="next"`, "[1,2]"),
			"/n?after=2": page(200, "", "[3,"),
		}, "[1,\n2", true},
	} {
		var out strings.Builder
		err := printArray(&out, booksPages[json.RawMessage](tt.daemon.client(t), "/n"))
		if (err != nil) != tt.failed || out.String() != tt.want {
			t.Errorf("%s: %q, %v; want %q", tt.name, out.String(), err, tt.want)
		}
	}
}

// client returns a client of the daemon.
func (a answers) client(t *testing.T) *client {
	cmd := &cobra.Command{}
	cmd.SetContext(t.Context())
	return &client{http: http.Client{Transport: a}, c: cmd}
}

// marked is an item of a list in these tests.
type marked struct {
	No   int    `json:"no"`
	At   string `json:"at"`
	Text string `json:"text"`
}

// TestAListIsPrinted as a table with local times, as CSV that no spreadsheet takes for a
// formula, or line by line as the daemon has it; and no further than it is asked for.
func TestAListIsPrinted(t *testing.T) {
	t.Parallel()
	of := func() listing[marked] {
		return listing[marked]{path: "/n", query: wanted("payer", "1"),
			table:  []column[marked]{plain("NO", func(s marked) string { return fmt.Sprint(s.No) }), clock("AT", func(s marked) string { return s.At }), plain("TEXT", func(s marked) string { return s.Text })},
			fields: []column[marked]{plain("no", func(s marked) string { return fmt.Sprint(s.No) }), plain("at", func(s marked) string { return s.At }), written("text", func(s marked) string { return s.Text })}}
	}
	const one, two = `{"no":2,"at":"2026-11-25T17:00:00Z","text":"=1+1"}`, `{"no":1,"at":"2026-11-25T16:00:00Z","text":"a, \"b\""}`
	const tail = `"as_of":"2026-11-25T18:00:00Z","zone":"Asia/Shanghai"}`
	for name, tt := range map[string]struct {
		count int
		print func(of listing[marked], out io.Writer, all iter.Seq2[rawPage, error]) error
		pages map[string]string
		want  string
	}{
		"a table": {2, func(of listing[marked], out io.Writer, all iter.Seq2[rawPage, error]) error {
			return of.asTable(out, all)
		},
			map[string]string{"/n?limit=2&payer=1": `{"items":[` + one + "," + two + `],"next":"C",` + tail},
			"NO  AT                   TEXT\n2   2026-11-26 01:00:00  =1+1\n1   2026-11-26 00:00:00  a, \"b\"\nas of 2026-11-26 02:00:00 Asia/Shanghai\nthere are more: --cursor C\n"},
		"CSV of all": {0, func(of listing[marked], out io.Writer, all iter.Seq2[rawPage, error]) error {
			return of.asCSV(out, all)
		},
			map[string]string{"/n?limit=1000&payer=1": `{"items":[` + one + `],"next":"C",` + tail, "/n?cursor=C&limit=1000&payer=1": `{"items":[` + two + `],` + tail},
			"no,at,text\n2,2026-11-25T17:00:00Z,'=1+1\n1,2026-11-25T16:00:00Z,\"a, \"\"b\"\"\"\n"},
		"lines": {1001, func(_ listing[marked], out io.Writer, all iter.Seq2[rawPage, error]) error {
			return asLinesOf(out, all)
		},
			map[string]string{"/n?limit=1000&payer=1": `{"items":[` + one + `],"next":"C",` + tail, "/n?cursor=C&limit=1000&payer=1": `{"items":[` + two + `],` + tail},
			one + "\n" + two + "\n"},
		"nothing": {50, func(of listing[marked], out io.Writer, all iter.Seq2[rawPage, error]) error {
			return of.asTable(out, all)
		},
			map[string]string{"/n?limit=50&payer=1": `{"items":[],` + tail}, "NO  AT  TEXT\nas of 2026-11-26 02:00:00 Asia/Shanghai\n"},
	} {
		daemon := make(answers)
		for path, body := range tt.pages {
			daemon[path] = page(200, "", body)
		}
		var out strings.Builder
		list := of()
		if err := tt.print(list, &out, pages(daemon.client(t), list.path, list.query, tt.count)); err != nil || out.String() != tt.want {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, out.String(), tt.want)
		}
	}
}
