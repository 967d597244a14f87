package demo

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// allTold is the comment behind the first value of every topic. HTML 9.2.5
const allTold = ": all"

// Pace of the streams.
const (
	heartbeat   = 15 * time.Second       // a comment, so that a dead connection is noticed
	lateSoundIs = 500 * time.Millisecond // a listener who comes later than this hears from now on
	soundPace   = 60 * time.Millisecond  // of sound among the events
)

// limited refuses a stream when too many are under way.
func (p *page) limited(next http.HandlerFunc) http.HandlerFunc {
	return func(response http.ResponseWriter, request *http.Request) {
		select {
		case p.streams <- struct{}{}:
			defer func() { <-p.streams }()
			next(response, request)
		default:
			http.Error(response, "Too many pages are open. Close one.", http.StatusServiceUnavailable)
		}
	}
}

// stream is a response without end. Each write has a deadline of its own in
// place of the server's for the whole response.
type stream struct {
	w    http.ResponseWriter
	ctrl *http.ResponseController
}

func newStream(response http.ResponseWriter, contentType string) stream {
	s := stream{response, http.NewResponseController(response)}
	// A recorder in a test has no deadlines; a connection always does.
	_ = s.ctrl.SetReadDeadline(time.Time{})
	response.Header().Set("Content-Type", contentType)
	return s
}

func (s stream) write(data []byte) error {
	_ = s.ctrl.SetWriteDeadline(time.Now().Add(writeTimeout))
	if _, err := s.w.Write(data); err != nil {
		return err
	}
	return s.ctrl.Flush()
}

// events sends the value of every topic, then each change, as server-sent
// events: event is the kind of topic, data its JSON. With ?sound the sound of the
// handsets comes in between, on the same connection: a browser opens at most six to
// a host, and key presses need one. HTML 9.2. With ?once every value is sent once, and
// the response ends: a window asks for that when other windows have the streams.
func (p *page) events(response http.ResponseWriter, request *http.Request) {
	s := newStream(response, "text/event-stream")
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	ears, tick := p.listen(request.URL.Query().Has("sound"))
	defer ears.stop()
	var seen uint64
	for first := true; ; first = false {
		list, changed := p.hub.since(seen)
		for _, u := range list {
			if err := s.write(eventOf(u)); err != nil {
				return
			}
			seen = u.Version
		}
		if first && s.write([]byte(allTold+"\n\n")) != nil {
			return
		}
		if request.URL.Query().Has("once") {
			return
		}
		for _, u := range ears.hear() {
			if err := s.write(eventOf(u)); err != nil {
				return
			}
		}
		select {
		case <-changed:
		case <-tick:
		case <-beat.C:
			if err := s.write([]byte(": still here\n\n")); err != nil {
				return
			}
		case <-request.Context().Done():
			return
		}
	}
}

func eventOf(news update) []byte {
	data, err := json.Marshal(news.Value)
	if err != nil {
		panic(fmt.Sprintf("demo: %s is not JSON: %v", news.Topic, err)) // topics are plain structs of this package
	}
	event, _, _ := strings.Cut(news.Topic, ":") // phone:+86… is the event "phone"
	return fmt.Appendf(nil, "event: %s\ndata: %s\n\n", event, data)
}

// sound sends what a handset hears in its call: 16-bit little endian samples, 8 kHz, one
// channel, until the call is over. A listener who comes late hears from now on, unless ?whole
// asks for all; a call that is over is sent whole.
func (p *page) sound(response http.ResponseWriter, request *http.Request) {
	h, ok := p.phones[request.PathValue("number")]
	if !ok || h.recording() == nil {
		http.Error(response, "This handset has had no call yet.", http.StatusNotFound)
		return
	}
	rec := h.recording()
	s := newStream(response, "application/octet-stream")
	if err := s.ctrl.Flush(); err != nil {
		return
	}
	offset := 0
	if pcm, over, _ := rec.from(0); !over && len(pcm) > octets(lateSoundIs) && !request.URL.Query().Has("whole") {
		offset = len(pcm)
	}
	for {
		pcm, over, more := rec.from(offset)
		if len(pcm) > 0 {
			if err := s.write(pcm); err != nil {
				return
			}
			offset += len(pcm)
			continue
		}
		if over {
			return
		}
		select {
		case <-more:
		case <-request.Context().Done():
			return
		}
	}
}
