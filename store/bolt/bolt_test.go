package bolt_test

import (
	"testing"

	"mpg/store"
	"mpg/store/bolt"
	"mpg/store/storetest"
)

func open(t testing.TB, dir string) store.Store {
	t.Helper()
	s, err := bolt.Open(dir, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSuite(t *testing.T) {
	t.Parallel()
	storetest.Run(t, open)
}
