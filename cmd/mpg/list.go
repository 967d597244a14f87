package main

import (
	"net/http"
	"strings"
)

// list reads a list from the daemon, page by page.
func list[T any](from *client, path string) ([]T, error) {
	all := []T{}
	for path != "" {
		var page []T
		header, err := from.ask(http.MethodGet, path, "", nil, &page)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		path = nextPage(header)
	}
	return all, nil
}

// nextPage returns the address of the page that follows the answer with this header, or
// "" if that was the last: RFC 8288, Link with rel="next", in the form in which
// engine/api writes it.
func nextPage(header http.Header) string {
	address, rel, _ := strings.Cut(header.Get("Link"), ">; ")
	if rel != `rel="next"` {
		return ""
	}
	return strings.TrimPrefix(address, "<")
}
