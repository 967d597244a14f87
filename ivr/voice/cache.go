package voice

import (
	"container/list"
	"context"
	"crypto/sha256"
	"errors"
	"runtime"
	"sync"

	"mpg/ivr/media"
)

// CacheBytesDefault is CacheConfig.Bytes if it is 0: about an hour of speech.
const CacheBytesDefault = 64 << 20

// ErrClosed says that the cache is closed.
var ErrClosed = errors.New("the voice cache is closed")

// CacheConfig is what a Cache is made of.
type CacheConfig struct {
	Voice    Voice
	Bytes    int64 // of clips that are kept; 0: CacheBytesDefault
	Parallel int   // sentences made at once; 0: one for each core
}

// Cache makes clips of sentences, each once, and keeps those used last. It is
// safe for concurrent use. Clips in use stay whole when they are forgotten.
type Cache struct {
	voice Voice
	id    string // of the voice
	max   int64
	slots chan struct{} // holds one token for each sentence being made
	ctx   context.Context
	stop  context.CancelFunc
	work  sync.WaitGroup

	mu     sync.Mutex
	made   map[clipKey]*list.Element // of *cached
	used   *list.List                // the last used first
	making map[clipKey]*flight
	stats  CacheStats
	closed bool
}

type clipKey [sha256.Size]byte

type cached struct {
	key  clipKey
	clip *media.Clip
}

// flight is a sentence that is being made for everybody who waits for it.
type flight struct {
	done chan struct{} // closed when clip or err is set
	clip *media.Clip
	err  error
}

// CacheStats is what came of a cache.
type CacheStats struct {
	Clips  int   // kept now
	Bytes  int64 // that they take
	Hits   uint64
	Misses uint64
	Failed uint64 // sentences that could not be made
}

// NewCache makes an empty cache. Close ends it.
func NewCache(cfg CacheConfig) *Cache {
	if cfg.Bytes <= 0 {
		cfg.Bytes = CacheBytesDefault
	}
	if cfg.Parallel <= 0 {
		cfg.Parallel = runtime.NumCPU()
	}
	ctx, stop := context.WithCancel(context.Background())
	return &Cache{
		voice:  cfg.Voice,
		id:     cfg.Voice.ID(),
		max:    cfg.Bytes,
		slots:  make(chan struct{}, cfg.Parallel),
		ctx:    ctx,
		stop:   stop,
		made:   make(map[clipKey]*list.Element),
		used:   list.New(),
		making: make(map[clipKey]*flight),
	}
}

// Clip returns a sentence as a clip. When it has to be made, everybody who
// asks for it waits for the same work, which goes on even if ctx ends.
// It fails with ErrCannot, ErrText, ErrClosed, the error of ctx or that of the voice.
func (c *Cache) Clip(ctx context.Context, lang, text string) (*media.Clip, error) {
	clip, f, err := c.find(lang, text)
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

// Prefetch has sentences made and returns at once. Errors are left to Clip.
func (c *Cache) Prefetch(lang string, texts ...string) {
	for _, text := range texts {
		_, _, _ = c.find(lang, text)
	}
}

// Has reports whether the voice can say every sentence of a language.
func (c *Cache) Has(lang string) bool { return c.voice.Has(lang) }

// Phonemes returns how the voice reads a sentence, in its own notation;
// ErrCannot if it cannot tell.
func (c *Cache) Phonemes(ctx context.Context, lang, text string) (string, error) {
	p, ok := c.voice.(Phonemizer)
	if !ok {
		return "", ErrCannot
	}
	return p.Phonemes(ctx, lang, text)
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

// find returns the clip, or the flight that will bring it.
func (c *Cache) find(lang, text string) (*media.Clip, *flight, error) {
	if err := check(text); err != nil {
		return nil, nil, err
	}
	key := c.key(lang, text)
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
	c.stats.Misses++
	f := c.making[key]
	if f == nil {
		f = &flight{done: make(chan struct{})}
		c.making[key] = f
		c.work.Go(func() { c.make(key, f, lang, text) })
	}
	return nil, f, nil
}

// key names a clip. Each part ends in a zero octet: no two keys run together.
func (c *Cache) key(lang, text string) clipKey {
	return sha256.Sum256([]byte(c.id + "\x00" + lang + "\x00" + text))
}

// make brings a flight to its end.
func (c *Cache) make(key clipKey, f *flight, lang, text string) {
	f.clip, f.err = c.synthesize(lang, text)
	c.mu.Lock()
	delete(c.making, key)
	if f.err == nil {
		c.keep(key, f.clip)
	} else {
		c.stats.Failed++
	}
	c.mu.Unlock()
	close(f.done)
}

func (c *Cache) synthesize(lang, text string) (*media.Clip, error) {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-c.ctx.Done():
		return nil, ErrClosed
	}
	pcm, rate, err := c.voice.Synthesize(c.ctx, lang, text)
	if err != nil {
		return nil, err
	}
	return clip(pcm, rate)
}

// keep adds a clip and forgets those used longest ago; c.mu is held.
func (c *Cache) keep(key clipKey, clip *media.Clip) {
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
