package report

import "strings"

// where collects the conditions of a query, and the values that they compare with.
type where struct {
	conditions []string
	values     []any
}

// and adds a condition.
func (w *where) and(condition string, values ...any) {
	w.conditions = append(w.conditions, condition)
	w.values = append(w.values, values...)
}

// equal adds the condition that column equals what somebody typed, as read converts it.
// If nothing was typed, it adds none.
func (w *where) equal(column, typed string, read func(typed string) (string, error)) error {
	if typed == "" {
		return nil
	}
	value, err := read(typed)
	if err == nil {
		w.and(column+" = ?", value)
	}
	return err
}

// within adds the condition that column is in a period.
func (w *where) within(column string, period Period) {
	if !period.From.IsZero() {
		w.and(column+" >= ?", micros(period.From))
	}
	if !period.To.IsZero() {
		w.and(column+" < ?", micros(period.To))
	}
}

// clause returns the conditions as a part of a query; "" if there are none.
func (w *where) clause() string {
	if len(w.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.conditions, " AND ")
}

// like returns the pattern of a text that has part in it, for LIKE … ESCAPE '\'.
func like(part string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(part) + "%"
}
