package voice

// Fix makes sentences that are said again and again, one at a time and without
// holding up anybody, and never forgets them. It returns at once. What the voice
// fails to make is left to those who ask for it.
func (c *Cache) Fix(lang string, texts []string) {
	if !c.voice.voice.Has(lang) {
		return
	}
	c.work.Go(func() {
		for _, text := range texts {
			if !c.fix(lang, text) {
				return
			}
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
