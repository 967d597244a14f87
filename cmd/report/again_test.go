package main

import (
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestAgain: what may be run once more after which failures.
func TestAgain(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		failed [][2]string // what failed, and what it wrote
		want   []string
	}{
		"nothing":           {},
		"one":               {[][2]string{{"mpg/a TestX", "    a_test.go:7: no answer\n"}}, []string{"mpg/a ^TestX$\n"}},
		"one within a test": {[][2]string{{"mpg/a TestX/a+b/c", "    a_test.go:7: no answer\n"}}, []string{"mpg/a ^TestX$/^a\\+b$/^c$\n"}},
		"two": {[][2]string{{"mpg/a TestX", "    a_test.go:7: 1\n"}, {"mpg/b TestY", "    b_test.go:7: 1\n"}},
			[]string{"mpg/a ^TestX$\n", "mpg/b ^TestY$\n"}},
		"many":                {slices.Repeat([][2]string{{"mpg/a TestX", "    a_test.go:7: no answer\n"}}, 5), nil},
		"a data race":         {[][2]string{{"mpg/a TestX", "==================\nWARNING: DATA RACE\n"}}, nil},
		"a race elsewhere":    {[][2]string{{"mpg/a TestX", "    testing.go:1: race detected during execution of test\n"}}, nil},
		"a panic":             {[][2]string{{"mpg/a TestX", "panic: nil map\n"}}, nil},
		"a random test":       {[][2]string{{"mpg/a TestX", "    a_test.go:3: [rapid] failed after 12 tests\n"}}, nil},
		"a seed":              {[][2]string{{"mpg/a TestX", "    a_test.go:3: seed 17: 2 payments\n"}}, nil},
		"one of two is final": {[][2]string{{"mpg/a TestX", "    a_test.go:7: 1\n"}, {"mpg/b TestY", "panic: 1\n"}}, nil},
		"a package":           {[][2]string{{"mpg/a", "peers: apt-get install sipp\n"}}, nil},
		"a build":             {[][2]string{{"mpg/a [mpg/a.test]", "a/a.go:3:29: undefined: x\n"}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newReport(io.Discard, time.Now())
			for _, failed := range tt.failed {
				r.fail(failed[0], failed[1], time.Now())
			}
			if got := r.again(); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestCutOffIsNotRunAgain: a test that did not end is not run once more.
func TestCutOffIsNotRunAgain(t *testing.T) {
	t.Parallel()
	r := newReport(io.Discard, time.Now())
	for _, line := range strings.Split(`{"Action":"start","Package":"mpg/a"}
{"Action":"run","Package":"mpg/a","Test":"TestX"}
{"Action":"output","Package":"mpg/b","Test":"TestY","Output":"    b_test.go:1: no\n"}
{"Action":"fail","Package":"mpg/b","Test":"TestY"}`, "\n") {
		r.line([]byte(line), time.Now())
	}
	if got := r.again(); got != nil {
		t.Errorf("%q", got)
	}
}
