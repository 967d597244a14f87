package hint_test

import (
	"errors"
	"fmt"

	"mpg/cmd/mpg/hint"
)

// A hint travels with its error and is printed on a line of its own.
func ExampleAdd() {
	err := hint.Add(errors.New("no daemon at /var/lib/mpg/mpg.sock"), "start it: mpg serve -c /etc/mpg/mpg.toml")
	err = fmt.Errorf("user list: %w", err)
	fmt.Println("mpg: error:", err)
	fmt.Println("mpg: hint:", hint.Of(err))
	// Output:
	// mpg: error: user list: no daemon at /var/lib/mpg/mpg.sock
	// mpg: hint: start it: mpg serve -c /etc/mpg/mpg.toml
}
