package daemon

import (
	"io"
	"log/slog"

	"mpg/conf"
)

// NewLog writes to out as the file says; level can be changed later.
func NewLog(out io.Writer, settings conf.Log, level *slog.LevelVar) *slog.Logger {
	level.Set(levelOf(settings))
	opts := &slog.HandlerOptions{Level: level, ReplaceAttr: timesWithUnits}
	if settings.Format == "json" {
		return slog.New(slog.NewJSONHandler(out, opts))
	}
	return slog.New(slog.NewTextHandler(out, opts))
}

// timesWithUnits writes a duration as "3ms" in every format: in JSON slog would
// write the bare number of nanoseconds.
func timesWithUnits(_ []string, attr slog.Attr) slog.Attr {
	if attr.Value.Kind() == slog.KindDuration {
		attr.Value = slog.StringValue(attr.Value.Duration().String())
	}
	return attr
}

// levelOf reads a level that conf has checked.
func levelOf(settings conf.Log) slog.Level {
	var level slog.Level
	if err := level.UnmarshalText([]byte(settings.Level)); err != nil {
		return slog.LevelInfo
	}
	return level
}
