package voice

import "time"

// If a voice makes each of its first fixTrial sentences within a fixShare of
// CacheConfig.Wait, the rest need not be made ahead.
const (
	fixTrial = 4
	fixShare = 20
)

// Fix makes sentences that are used again and again, one at a time and without delaying
// anybody, and keeps them for good. It returns at once. Sentences that the voice fails
// to make, or makes quickly, are made when somebody asks for them.
func (c *Cache) Fix(lang string, texts []string) {
	if !c.voice.voice.Has(lang) {
		return
	}
	c.work.Go(func() {
		slowest := time.Duration(0)
		for i, text := range texts {
			if i == fixTrial && slowest < c.wait/fixShare {
				return
			}
			begun := time.Now()
			if !c.fix(lang, text) {
				return
			}
			slowest = max(slowest, time.Since(begun))
		}
	})
}

// fix makes one sentence; false: the cache is closed.
func (c *Cache) fix(lang, text string) bool {
	if check(text) != nil {
		return true
	}
	select {
	case c.spare <- struct{}{}:
		defer func() { <-c.spare }()
	case <-c.ctx.Done():
		return false
	}
	key := c.voice.key(lang, text)
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return false
	}
	f, there := c.making[key], c.made[key] != nil || c.fixed[key] != nil
	if !there {
		c.fixed[key] = nil
	}
	if f != nil || there {
		c.mu.Unlock()
		return true
	}
	f = &flight{done: make(chan struct{})}
	c.making[key] = f
	c.mu.Unlock()
	c.make(key, f, c.voice.voice, nil, lang, text)
	return true
}
