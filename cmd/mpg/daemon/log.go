package daemon

import (
	"io"
	"log/slog"

	"mpg/conf"
	"mpg/engine/pan"
)

// NewLog writes to out as the file says; level can be changed later.
func NewLog(out io.Writer, settings conf.Log, level *slog.LevelVar) *slog.Logger {
	level.Set(levelOf(settings))
	opts := &slog.HandlerOptions{Level: level, ReplaceAttr: written}
	if settings.Format == "json" {
		return slog.New(slog.NewJSONHandler(out, opts))
	}
	return slog.New(slog.NewTextHandler(out, opts))
}

// written is how an attribute is written in every format. A duration is "3ms": in JSON slog
// would write the bare number of nanoseconds. A card number, which may stand in an error about
// what somebody has typed or a peer has sent, is redacted.
func written(_ []string, attr slog.Attr) slog.Attr {
	switch attr.Value.Kind() {
	case slog.KindDuration:
		attr.Value = slog.StringValue(attr.Value.Duration().String())
	case slog.KindString:
		if text, found := pan.Redact(attr.Value.String()); found {
			attr.Value = slog.StringValue(text)
		}
	case slog.KindAny:
		if err, is := attr.Value.Any().(error); is && err != nil {
			if text, found := pan.Redact(err.Error()); found {
				attr.Value = slog.StringValue(text)
			}
		}
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
