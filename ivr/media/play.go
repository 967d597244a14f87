package media

// PlayID names one Play of a stream; the first is 1.
type PlayID uint64

// player hands out a queue of clips frame by frame. Its zero value is silent.
type player struct {
	clips []*Clip
	at    int    // octets of clips[0] handed out
	id    PlayID // 0: nothing plays
}

// frame returns the next frame, or nil for silence, and the id of the play
// that ends with it, or 0.
func (p *player) frame(codec Codec) (frame []byte, ended PlayID) {
	if p.id == 0 {
		return nil, 0
	}
	if p.skip(codec); len(p.clips) > 0 {
		payload := p.clips[0].Payload(codec)
		frame = payload[p.at : p.at+FrameSamples : p.at+FrameSamples]
		p.at += FrameSamples
		p.skip(codec)
	}
	if len(p.clips) == 0 {
		ended = p.id
		*p = player{}
	}
	return frame, ended
}

// skip drops clips that have no whole frame left.
func (p *player) skip(codec Codec) {
	for len(p.clips) > 0 && p.at+FrameSamples > len(p.clips[0].Payload(codec)) {
		p.clips = p.clips[1:]
		p.at = 0
	}
}
