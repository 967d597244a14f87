package voice

import (
	"container/list"
	"context"
	"crypto/sha256"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"mpg/ivr/media"
)

// CacheBytesDefault is CacheConfig.Bytes if it is 0: about an hour of speech.
const CacheBytesDefault = 64 << 20

// prepareWaits is how many times CacheConfig.Wait all sentences of a call together may
// take before it is placed.
const prepareWaits = 4

// ErrClosed says that the cache is closed.
var ErrClosed = errors.New("the voice cache is closed")

// CacheConfig is what a Cache is made of.
type CacheConfig struct {
	Voice    Voice
	Bytes    int64 // of clips that are kept; 0: CacheBytesDefault
	Parallel int   // sentences made at once; 0: one for each core

	// Fallback makes what Voice does not make in time; nil: the caller waits for Voice.
	Fallback Voice
	// Timed is the part of Voice that may be slow; nil: none is passed over.
	Timed *Timed
	Wait  time.Duration // that Clip waits for Voice if there is a Fallback; 0: DefaultWait
}

// Speaks reports whether a voice can say every sentence of a language.
func (cfg CacheConfig) Speaks(lang string) bool {
	return cfg.Voice.Has(lang) || cfg.Fallback != nil && cfg.Fallback.Has(lang)
}

// Cache makes clips of sentences, each once, and keeps those used last. It is
// safe for concurrent use. Clips in use stay whole when they are forgotten.
//
// If there is a Fallback, nobody waits long for a slow voice: the caller gets the
// fallback's clip, and the voice's own clip is kept for the next call when it is ready.
// While the voice is passed over, it makes one sentence at a time, for which nobody
// waits.
type Cache struct {
	voice    *maker
	fallback *maker // nil: none
	timed    *Timed // nil: none
	wait     time.Duration
	max      int64
	spare    chan struct{} // holds a token while a sentence that nobody waits for is made
	ctx      context.Context
	stop     context.CancelFunc
	work     sync.WaitGroup

	mu     sync.Mutex
	made   map[clipKey]*list.Element // of *cached
	used   *list.List                // the last used first
	fixed  map[clipKey]*media.Clip   // never forgotten; nil: to be
	making map[clipKey]*flight
	stats  CacheStats
	closed bool
}

// maker is a voice and how many sentences it makes at once.
type maker struct {
	voice Voice
	id    string
	slots chan struct{} // holds one token for each sentence being made
}

func newMaker(voice Voice, parallel int) *maker {
	return &maker{voice: voice, id: voice.ID(), slots: make(chan struct{}, parallel)}
}

type clipKey [sha256.Size]byte

type cached struct {
	key  clipKey
	clip *media.Clip
}

// flight is a sentence that is being made for everybody who waits for it.
type flight struct {
	done  chan struct{} // closed when clip or err is set
	clip  *media.Clip
	err   error
	begun atomic.Pointer[time.Time] // when the voice was asked; nil: it waits for a slot
}

// CacheStats holds the counts of a Cache.
type CacheStats struct {
	Clips    int   // kept now
	Bytes    int64 // that they take
	Hits     uint64
	Misses   uint64
	Failed   uint64 // sentences that could not be made
	Fallback uint64 // answers with the fallback's clip
}

// NewCache makes an empty cache. Close ends it.
func NewCache(cfg CacheConfig) *Cache {
	if cfg.Bytes <= 0 {
		cfg.Bytes = CacheBytesDefault
	}
	if cfg.Parallel <= 0 {
		cfg.Parallel = runtime.NumCPU()
	}
	if cfg.Wait <= 0 {
		cfg.Wait = DefaultWait
	}
	ctx, stop := context.WithCancel(context.Background())
	c := &Cache{
		voice:  newMaker(cfg.Voice, cfg.Parallel),
		timed:  cfg.Timed,
		wait:   cfg.Wait,
		max:    cfg.Bytes,
		spare:  make(chan struct{}, 1),
		ctx:    ctx,
		stop:   stop,
		made:   make(map[clipKey]*list.Element),
		used:   list.New(),
		fixed:  make(map[clipKey]*media.Clip),
		making: make(map[clipKey]*flight),
	}
	if cfg.Fallback != nil {
		c.fallback = newMaker(cfg.Fallback, cfg.Parallel)
	}
	return c
}

// Clip returns a sentence as a clip. When it has to be made, everybody who
// asks for it waits for the same work, which goes on even if ctx ends.
// It fails with ErrCannot, ErrText, ErrClosed, the error of ctx or that of the voice.
func (c *Cache) Clip(ctx context.Context, lang, text string) (*media.Clip, error) {
	patient, cancel := context.WithTimeout(ctx, c.wait)
	defer cancel()
	return c.clip(ctx, patient, lang, text)
}

// Prepare makes the sentences of a call that is about to be placed, and waits for the
// voice longer than Clip does. Afterwards Clip returns at once.
func (c *Cache) Prepare(ctx context.Context, lang string, texts []string) error {
	patient, cancel := context.WithTimeout(ctx, prepareWaits*c.wait)
	defer cancel()
	errs := make([]error, len(texts))
	var all sync.WaitGroup
	for i, text := range texts {
		all.Go(func() { _, errs[i] = c.clip(ctx, patient, lang, text) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// clip waits for the voice until patient ends, then asks the fallback.
func (c *Cache) clip(ctx, patient context.Context, lang, text string) (*media.Clip, error) {
	if c.fallback == nil || !c.fallback.voice.Has(lang) {
		return c.sure(ctx, c.voice, lang, text)
	}
	if !c.voice.voice.Has(lang) {
		return c.sure(ctx, c.fallback, lang, text)
	}
	passed, tripped := c.passedOver()
	clip, f, err := c.find(c.voice, lang, text, passed)
	if clip != nil || errors.Is(err, ErrText) || errors.Is(err, ErrClosed) {
		return clip, err
	}
	if f != nil && !passed && !c.has(c.fallback, lang, text) {
		select {
		case <-f.done:
			if f.err == nil {
				return f.clip, nil
			}
		case <-tripped:
		case <-patient.Done():
			c.timed.overdue(f.begun.Load())
		}
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	c.mu.Lock()
	c.stats.Fallback++
	c.mu.Unlock()
	return c.sure(ctx, c.fallback, lang, text)
}

// sure returns the clip of one voice, however long it takes.
func (c *Cache) sure(ctx context.Context, source *maker, lang, text string) (*media.Clip, error) {
	clip, f, err := c.find(source, lang, text, false)
	if f == nil {
		return clip, err
	}
	select {
	case <-f.done:
		return f.clip, f.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (c *Cache) passedOver() (bool, <-chan struct{}) {
	if c.timed == nil {
		return false, nil
	}
	return c.timed.PassedOver()
}

// Stats returns the counts so far.
func (c *Cache) Stats() CacheStats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stats
}

// Close stops what is being made and waits for it.
func (c *Cache) Close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.stop()
	c.work.Wait()
}

// key names a clip. Each part ends in a zero byte, so that no two clips share a key.
func (m *maker) key(lang, text string) clipKey {
	return sha256.Sum256([]byte(m.id + "\x00" + lang + "\x00" + text))
}

// has reports whether the clip is there.
func (c *Cache) has(source *maker, lang, text string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := source.key(lang, text)
	return c.made[key] != nil || c.fixed[key] != nil
}

// find returns the clip, or the flight that will make it. A spare flight is one that
// nobody waits for; if another is under way already, find returns neither.
func (c *Cache) find(source *maker, lang, text string, spare bool) (*media.Clip, *flight, error) {
	if err := check(text); err != nil {
		return nil, nil, err
	}
	key := source.key(lang, text)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, nil, ErrClosed
	}
	if e := c.made[key]; e != nil {
		c.used.MoveToFront(e)
		c.stats.Hits++
		return e.Value.(*cached).clip, nil, nil
	}
	if clip := c.fixed[key]; clip != nil {
		c.stats.Hits++
		return clip, nil, nil
	}
	c.stats.Misses++
	f := c.making[key]
	if f != nil {
		return nil, f, nil
	}
	slots := source.slots
	if spare {
		select {
		case c.spare <- struct{}{}:
			slots = nil
		default:
			return nil, nil, nil
		}
	}
	f = &flight{done: make(chan struct{})}
	c.making[key] = f
	c.work.Go(func() {
		if spare {
			defer func() { <-c.spare }()
		}
		c.make(key, f, source.voice, slots, lang, text)
	})
	return nil, f, nil
}

// make completes a flight once a slot is free, if there are slots.
func (c *Cache) make(key clipKey, pending *flight, voice Voice, slots chan struct{}, lang, text string) {
	pending.clip, pending.err = c.synthesize(pending, voice, slots, lang, text)
	c.mu.Lock()
	delete(c.making, key)
	if pending.err == nil {
		c.keep(key, pending.clip)
	} else {
		c.stats.Failed++
	}
	c.mu.Unlock()
	close(pending.done)
}

func (c *Cache) synthesize(pending *flight, voice Voice, slots chan struct{}, lang, text string) (*media.Clip, error) {
	if slots != nil {
		select {
		case slots <- struct{}{}:
			defer func() { <-slots }()
		case <-c.ctx.Done():
			return nil, ErrClosed
		}
	}
	words, before := cutPause(text)
	begun := time.Now()
	pending.begun.Store(&begun)
	pcm, rate, err := voice.Synthesize(c.ctx, lang, words)
	if err != nil {
		return nil, err
	}
	return clip(pcm, rate, before)
}

// keep adds a clip and forgets those used longest ago; c.mu is held.
func (c *Cache) keep(key clipKey, clip *media.Clip) {
	if _, forever := c.fixed[key]; forever {
		c.fixed[key] = clip
		return
	}
	c.made[key] = c.used.PushFront(&cached{key, clip})
	c.stats.Bytes += int64(clip.Size())
	for c.stats.Bytes > c.max {
		e := c.used.Back()
		old := c.used.Remove(e).(*cached)
		delete(c.made, old.key)
		c.stats.Bytes -= int64(old.clip.Size())
	}
	c.stats.Clips = len(c.made)
}
