package keys

import (
	"context"
	"errors"
	"fmt"
	"os"

	"mpg/conf"
	"mpg/engine/books"
	"mpg/store"
	"mpg/store/bolt"
)

// ErrNoAnswer says that a process has the books open and cannot be asked.
var ErrNoAnswer = errors.New("the process that has the books open does not answer")

// BooksOf returns what the books in data_dir fix, or nil if there are none. If a
// daemon has them open, ask asks the daemon.
func BooksOf(ctx context.Context, file *conf.File, ask func(*books.Fixed) error) (b *books.Fixed, err error) {
	err = bolt.Inspect(file.DataDir, bolt.Options{}, func(reader store.Reader) error {
		b, err = books.ReadFixed(ctx, reader)
		return err
	})
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, nil
	case errors.Is(err, store.ErrLocked):
		b = new(books.Fixed)
		if err := ask(b); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNoAnswer, err)
		}
		return b, nil
	}
	return b, err
}
