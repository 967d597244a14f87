package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"mpg/cmd/mpg/hint"
)

// secretBytesMax bounds a line with a password.
const secretBytesMax = 1024

// readSecrets returns the lines of in, at most most.
func readSecrets(in io.Reader, most int) ([][]byte, error) {
	var lines [][]byte
	reader := bufio.NewReaderSize(in, secretBytesMax)
	for len(lines) < most {
		line, err := reader.ReadSlice('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return lines, errors.New("a password is one line of at most 256 bytes")
		}
		if len(line) > 0 {
			lines = append(lines, bytes.Clone(bytes.TrimRight(line, "\r\n")))
		}
		if err != nil {
			return lines, nil
		}
	}
	return lines, nil
}

// askSecret asks for a line at the terminal of this process, without showing it.
func askSecret(ctx context.Context, prompt string) ([]byte, error) {
	terminal, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, hint.Add(errors.New("there is no terminal to ask for a password"), "give it with --password-stdin")
	}
	defer func() { _ = terminal.Close() }()
	fd := int(terminal.Fd())
	shown, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return nil, err
	}
	hidden := *shown
	hidden.Lflag &^= unix.ECHO
	hidden.Lflag |= unix.ICANON | unix.ISIG
	if err := unix.IoctlSetTermios(fd, unix.TCSETSF, &hidden); err != nil {
		return nil, err
	}
	defer func() {
		_ = unix.IoctlSetTermios(fd, unix.TCSETSF, shown)
		_, _ = fmt.Fprintln(terminal)
	}()
	if _, err := fmt.Fprint(terminal, prompt); err != nil { // now, so that nothing is typed before it is hidden
		return nil, err
	}
	type result struct {
		lines [][]byte
		err   error
	}
	read := make(chan result, 1)
	go func() { // it ends with the terminal's next line, or with this process
		lines, err := readSecrets(terminal, 1)
		read <- result{lines, err}
	}()
	select {
	case <-ctx.Done():
		return nil, errors.New("nothing was typed")
	case got := <-read:
		if got.err == nil && len(got.lines) == 0 {
			got.err = errors.New("nothing was typed")
		}
		if got.err != nil {
			return nil, got.err
		}
		return got.lines[0], nil
	}
}
