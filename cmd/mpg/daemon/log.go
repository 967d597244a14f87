package daemon

import (
	"io"
	"log/slog"

	"mpg/conf"
)

// NewLog writes to w as the file says; level can be changed later.
func NewLog(w io.Writer, l conf.Log, level *slog.LevelVar) *slog.Logger {
	level.Set(levelOf(l))
	opts := &slog.HandlerOptions{Level: level, ReplaceAttr: timesWithUnits}
	if l.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}

// timesWithUnits writes a duration as "3ms" in every format: in JSON slog would
// write the bare number of nanoseconds.
func timesWithUnits(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		a.Value = slog.StringValue(a.Value.Duration().String())
	}
	return a
}

// levelOf reads a level that conf has checked.
func levelOf(l conf.Log) slog.Level {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.Level)); err != nil {
		return slog.LevelInfo
	}
	return level
}
