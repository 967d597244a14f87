package tillhttp

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"mpg/engine/till"
)

// lastEventID is the header by which a till says what it has heard last. HTML, 9.2
const lastEventID = "Last-Event-ID"

// reconnect is what a till is told to wait before it connects again, in milliseconds.
const reconnect = 1000

// events streams the payments of the shop. Each event has an id, which is its place in the
// journal; what comes after it is sent to a till that names it in Last-Event-ID. Without one,
// a stream begins with what is committed from now on. An id is also sent without an event, so
// that a till that has heard nothing for long need not look through what concerned others.
func (s *Server) events(reply http.ResponseWriter, req *http.Request, by *till.Till) error {
	at := s.cfg.Feed.End()
	if id := req.Header.Get(lastEventID); id != "" {
		var err error
		if at, err = s.cfg.Feed.Position(id); err != nil {
			return err
		}
	}
	stream, err := s.cfg.Feed.Open(by, at, s.cfg.Streams)
	if err != nil {
		return err
	}
	defer stream.Close()
	// The stream reads of a block that comes after its position, but the key may have been
	// blocked between the request and that.
	if _, err := s.cfg.Till(req.Context(), bearer(req)); err != nil {
		return err
	}
	out := sink{reply, http.NewResponseController(reply), s.cfg.WriteWait}
	_ = out.control.SetReadDeadline(time.Time{}) // nothing more is read; the end of the connection is noticed all the same
	header := reply.Header()
	header.Set("Content-Type", "text/event-stream; charset=utf-8")
	header.Set("X-Accel-Buffering", "no") // a proxy in between must not hold events back
	if err = out.send(fmt.Sprintf("retry: %d\nid: %s\n\n", reconnect, s.cfg.Feed.Text(at))); err == nil {
		err = s.stream(req, stream, out)
	}
	switch {
	case cut(err):
		s.Counts.Slow.Add(1)
		s.cfg.Log.Warn("till does not read its events, and is cut off", "shop", by.Shop, "till", by.Name)
	case errors.Is(err, till.ErrBlocked):
		s.cfg.Log.Info("stream of a blocked till ended", "shop", by.Shop, "till", by.Name)
	case err != nil && req.Context().Err() == nil:
		s.cfg.Log.Error("stream of a till failed", "shop", by.Shop, "till", by.Name, "err", err)
	}
	return nil // the header is sent: an error has no place any more
}

// stream sends events until the till is gone, is blocked or does not read.
func (s *Server) stream(req *http.Request, stream *till.Stream, out sink) error {
	for {
		events, err := stream.Next(req.Context(), s.cfg.Heartbeat)
		if err != nil {
			return err
		}
		text := ""
		for i := range events {
			data, err := json.Marshal(events[i].View)
			if err != nil {
				return err
			}
			text += fmt.Sprintf("id: %s\ndata: %s\n\n", s.cfg.Feed.Text(events[i].After), data)
		}
		if text == "" {
			text = fmt.Sprintf(": still here\nid: %s\n\n", s.cfg.Feed.Text(stream.At()))
		}
		if err := out.send(text); err != nil {
			return err
		}
	}
}

// sink sends text to a till at once.
type sink struct {
	reply   http.ResponseWriter
	control *http.ResponseController
	wait    time.Duration
}

// send fails if the till does not take text in time.
func (o sink) send(text string) error {
	if err := o.control.SetWriteDeadline(time.Now().Add(o.wait)); err != nil {
		return err
	}
	if _, err := o.reply.Write([]byte(text)); err != nil {
		return err
	}
	return o.control.Flush()
}
