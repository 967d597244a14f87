package demo

import "time"

// ears follows what every handset hears, for one page.
type ears struct {
	phones map[string]*handset // nil: the page does not listen
	at     map[string]place
	ticker *time.Ticker
}

// place is how far the page has followed the sound of a call.
type place struct {
	heard  *recording
	offset int
}

// heard is a piece of a call: 16-bit little endian samples, 8 kHz, one channel.
type heard struct {
	Number string `json:"number"`
	PCM    []byte `json:"pcm"` // base64 in JSON
}

// listen returns the ears of one page and a channel that says when to call hear; it
// stays silent for a page that does not listen.
func (p *page) listen(on bool) (*ears, <-chan time.Time) {
	if !on {
		return &ears{}, nil
	}
	e := &ears{phones: p.phones, at: map[string]place{}, ticker: time.NewTicker(soundPace)}
	return e, e.ticker.C
}

func (e *ears) stop() {
	if e.ticker != nil {
		e.ticker.Stop()
	}
}

// hear returns the new sound. A page that joins a call late hears it from then on.
func (e *ears) hear() []update {
	var list []update
	for number, h := range e.phones {
		rec := h.recording()
		if rec == nil {
			continue
		}
		from, known := e.at[number]
		pcm, over, _ := rec.from(0)
		if from.heard != rec {
			from = place{rec, 0}
			if over || !known && len(pcm) > octets(lateSoundIs) {
				from.offset = len(pcm)
			}
		}
		if fresh := pcm[from.offset:]; len(fresh) > 0 {
			list = append(list, update{Topic: "sound", Value: heard{number, fresh}})
			from.offset = len(pcm)
		}
		e.at[number] = from
	}
	return list
}
