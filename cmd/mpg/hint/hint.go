// Package hint is how a command's error tells its reader what to do: an error, and a
// hint about its remedy. It lies below every other room of the command and imports
// nothing of ours. What prints both is refusal.go of package main.
package hint

import (
	"errors"
	"fmt"
	"io/fs"
)

// Rights says who may command the daemon: its socket admits nobody else.
const Rights = "run this as root or as the user that runs mpg serve, or as a member of the group named by staff.group in mpg.toml"

// Error is an error with a hint about its remedy.
type Error struct {
	cause  error
	remedy string
}

// Add returns err with a hint about its remedy.
func Add(err error, remedy string) error { return Error{err, remedy} }

// Error returns the error without its hint.
func (e Error) Error() string { return e.cause.Error() }

// Unwrap returns the error without its hint.
func (e Error) Unwrap() error { return e.cause }

// Of returns the hint of an error, the outermost if it has several, or "".
func Of(err error) string {
	var e Error
	errors.As(err, &e)
	return e.remedy
}

// Plainly drops the name of the system call from the error of a file.
func Plainly(err error) error {
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return fmt.Errorf("%s: %w", failed.Path, failed.Err)
	}
	return err
}
