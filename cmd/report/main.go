// Command report reads the events of `go test -json` from standard input and prints a
// summary: each package when it ends, what is running if nothing has ended for a while,
// the output of failed tests, and at the very end the tests that failed, each with its
// first error message. `make test` and `make check` use it:
//
//	set -o pipefail; go test -json ./... | report
//
// Its exit code is 1 if something failed, or if nothing was tested. With -failed FILE it
// then writes to FILE what may be run once more, a package and a pattern for go test -run
// in each line; see report.again.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// quietMax is how long nothing may be printed while tests run.
const quietMax = 20 * time.Second

// lineBytesMax bounds one event: a test may write a long line.
const lineBytesMax = 16 << 20

func main() {
	failed := flag.String("failed", "", "write the tests that may be run once more to `FILE`")
	flag.Parse()
	r := newReport(os.Stdout, time.Now())
	lines := make(chan []byte)
	go read(os.Stdin, lines)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	passed := r.follow(lines, time.Tick(quietMax/4), stop)
	if *failed != "" {
		if err := os.WriteFile(*failed, []byte(strings.Join(r.again(), "")), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, "report:", err)
			passed = false
		}
	}
	if !passed {
		os.Exit(1)
	}
}

// read sends each line of in, and closes lines at its end.
func read(in io.Reader, lines chan<- []byte) {
	defer close(lines)
	s := bufio.NewScanner(in)
	s.Buffer(nil, lineBytesMax)
	for s.Scan() {
		lines <- append([]byte(nil), s.Bytes()...)
	}
	if err := s.Err(); err != nil {
		lines <- []byte("report: " + err.Error())
	}
}

// follow takes all lines and returns whether everything passed. tick says when to look
// whether it has been quiet for too long; stop says that the time is up.
func (r *report) follow(lines <-chan []byte, tick <-chan time.Time, stop <-chan os.Signal) bool {
	for {
		select {
		case line, more := <-lines:
			if !more {
				return r.end()
			}
			r.line(line, time.Now())
		case now := <-tick:
			r.progress(now)
		case <-stop:
			r.end()
			return false
		}
	}
}
