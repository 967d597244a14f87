package books_test

import (
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"

	"mpg/engine/books"
	"mpg/engine/seal"
)

// TestBooksRememberTheirModules: those that have ever joined must be there at each later
// start. A refused start changes nothing.
func TestBooksRememberTheirModules(t *testing.T) {
	t.Parallel()
	l := open(t, privateDir(t))
	defer l.close(t)
	for _, start := range []struct {
		built   []string
		missing []string // they are refused
		joined  []string
	}{
		{nil, nil, nil},
		{[]string{"savings"}, nil, []string{"savings"}},
		{[]string{"points", "savings"}, nil, []string{"points", "savings"}},
		{[]string{"bills", "points"}, []string{"savings"}, []string{"points", "savings"}},
		{nil, []string{"points", "savings"}, []string{"points", "savings"}},
		{[]string{"savings", "bills", "points"}, nil, []string{"bills", "points", "savings"}},
	} {
		before := l.store.Seq()
		_, err := books.Open(t.Context(), books.Config{Run: l.run, Rand: rand.Reader, Seal: seal.Key{}, Currency: "CNY", Banks: []string{"icbc"}, Modules: start.built})
		var missing *books.MissingError
		switch {
		case len(start.missing) == 0 && err != nil:
			t.Errorf("%v: %v", start.built, err)
		case len(start.missing) > 0 && (!errors.As(err, &missing) || !slices.Equal(missing.Modules, start.missing) || l.store.Seq() != before):
			t.Errorf("%v: %v", start.built, err)
		case len(start.missing) > 1 && !strings.Contains(err.Error(), "the modules points, savings, which"):
			t.Errorf("%v", err)
		}
		if fixed, err := books.ReadFixed(t.Context(), l.store); err != nil || !slices.Equal(fixed.Modules, start.joined) {
			t.Errorf("%v: %+v %v", start.built, fixed, err)
		}
	}
}
