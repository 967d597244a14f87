package main

import (
	"fmt"
	"io"
	"net/http"
	"slices"
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

// TestListsAreReadToTheirEnd: a list is all its pages in their order, even if it is
// empty; one that breaks off is an error.
func TestListsAreReadToTheirEnd(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		daemon answers
		want   []int // nil: an error
	}{
		{"one page", answers{"/n": page(200, "", "[1,2]")}, []int{1, 2}},
		{"nothing", answers{"/n": page(200, "", "[]")}, []int{}},
		{"three pages", answers{
			"/n":                     page(200, `</n?after=a%2Fb&limit=2>; rel="next"`, "[1,2]"),
			"/n?after=a%2Fb&limit=2": page(200, `</n?after=4&limit=2>; rel="next"`, "[3,4]"),
			"/n?after=4&limit=2":     page(200, "", "[5]"),
		}, []int{1, 2, 3, 4, 5}},
		{"a link elsewhere", answers{"/n": page(200, `</help>; rel="help"`, "[1]")}, []int{1}},
		{"the second page fails", answers{
			"/n":         page(200, `</n?after=2>; rel="next"`, "[1,2]"),
			"/n?after=2": page(409, "", `{"error":"broken","code":"refused"}`),
		}, nil},
		{"the second page is cut off", answers{
			"/n":         page(200, `</n?after=2>; rel="next"`, "[1,2]"),
			"/n?after=2": page(200, "", "[3,"),
		}, nil},
	} {
		cmd := &cobra.Command{}
		cmd.SetContext(t.Context())
		got, err := list[int](&client{http: http.Client{Transport: tt.daemon}, c: cmd}, "/n")
		if (err != nil) != (tt.want == nil) || !slices.Equal(got, tt.want) || err == nil && got == nil {
			t.Errorf("%s: %v, %v; want %v", tt.name, got, err, tt.want)
		}
	}
}
