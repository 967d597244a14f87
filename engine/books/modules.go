package books

import (
	"fmt"
	"slices"
	"strings"
)

// MissingError says that the books hold records and money of modules that this build does
// not have. Nothing would account for them.
type MissingError struct{ Modules []string }

// Error names the modules.
func (e *MissingError) Error() string {
	what := "module " + e.Modules[0]
	if len(e.Modules) > 1 {
		what = "modules " + strings.Join(e.Modules, ", ")
	}
	return fmt.Sprintf("engine: the books were kept with the %s, which this build does not have; use a build that includes every module of the books, "+
		"and list in product.off those that are not wanted", what)
}

// Missing returns a *MissingError for the modules that have joined the books but are not in
// this build.
func Missing(joined, built []string) error {
	var missing []string
	for _, name := range joined {
		if !slices.Contains(built, name) {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return &MissingError{missing}
}

// union returns the names that are in either list, sorted.
func union(joined, built []string) []string {
	all := slices.Concat(joined, built)
	slices.Sort(all)
	return slices.Compact(all)
}
