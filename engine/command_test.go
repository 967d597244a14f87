package engine_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"mpg/engine"
)

// An operator who breaks a command off has not broken the store: the daemon
// stays, and the command was done once or not at all. (newWorld fails the test
// when the engine says that the store is broken.)
func TestACommandBrokenOffIsNoFault(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	for i := range 20 { // the store may still find room in its queue first
		key := fmt.Sprintf("till-%d", i)
		if _, err := w.e.TopUp(gone, engine.Command{Key: key}, wang, 100); err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if _, err := w.e.TopUp(context.Background(), engine.Command{Key: key}, wang, 100); err != nil {
			t.Fatal(err)
		}
	}
	w.balance("purse:"+wang, "520.00", "520.00")
}
