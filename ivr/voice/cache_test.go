package voice

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"
	"mpg/ivr/media"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// counted is a voice that counts and can be held up.
type counted struct {
	Tones
	asked   atomic.Int64
	at      atomic.Int64 // being made now
	most    atomic.Int64
	hold    chan struct{} // nil: nothing holds it up
	refuses error
}

func (v *counted) Synthesize(ctx context.Context, lang, text string) ([]int16, int, error) {
	v.asked.Add(1)
	if n := v.at.Add(1); n > v.most.Load() {
		v.most.Store(n)
	}
	defer v.at.Add(-1)
	if v.hold != nil {
		select {
		case <-v.hold:
		case <-ctx.Done():
			return nil, 0, ctx.Err()
		}
	}
	if v.refuses != nil {
		return nil, 0, v.refuses
	}
	return v.Tones.Synthesize(ctx, lang, text)
}

func newCache(t testing.TB, cfg CacheConfig) *Cache {
	t.Helper()
	c := NewCache(cfg)
	t.Cleanup(c.Close)
	return c
}

func mustClip(t testing.TB, c *Cache, lang, text string) *media.Clip {
	t.Helper()
	clip, err := c.Clip(t.Context(), lang, text)
	if err != nil {
		t.Fatal(err)
	}
	return clip
}

func TestOneSentenceIsMadeOnceForAll(t *testing.T) {
	t.Parallel()
	v := &counted{hold: make(chan struct{})}
	c := newCache(t, CacheConfig{Voice: v})
	c.Fix("zh", []string{"您好"})
	var wg sync.WaitGroup
	got := make([]*media.Clip, 50)
	for i := range got {
		wg.Go(func() { got[i], _ = c.Clip(t.Context(), "zh", "您好") })
	}
	close(v.hold)
	wg.Wait()
	for _, clip := range got {
		if clip == nil || clip != got[0] {
			t.Fatal("not everybody got the same clip")
		}
	}
	if n := v.asked.Load(); n != 1 {
		t.Errorf("made %d times", n)
	}
	mustClip(t, c, "en", "您好")
	if n := v.asked.Load(); n != 2 {
		t.Errorf("the other language was made %d times", n-1)
	}
}

func TestWhoGivesUpDoesNotSpoilItForOthers(t *testing.T) {
	t.Parallel()
	v := &counted{hold: make(chan struct{})}
	c := newCache(t, CacheConfig{Voice: v})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Clip(ctx, "en", "hello"); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	close(v.hold)
	mustClip(t, c, "en", "hello")
	if n := v.asked.Load(); n != 1 {
		t.Errorf("made %d times", n)
	}
}

func TestErrorsAreNotKept(t *testing.T) {
	t.Parallel()
	v := &counted{refuses: errors.New("no breath")}
	c := newCache(t, CacheConfig{Voice: v})
	for range 2 {
		if _, err := c.Clip(t.Context(), "en", "hello"); !errors.Is(err, v.refuses) {
			t.Fatalf("error %v", err)
		}
	}
	if n := v.asked.Load(); n != 2 {
		t.Errorf("tried %d times, want each time", n)
	}
	if s := c.Stats(); s.Failed != 2 || s.Clips != 0 {
		t.Errorf("stats %+v", s)
	}
}

func TestTheLastUsedAreKept(t *testing.T) {
	t.Parallel()
	v := &counted{}
	size := int64(mustClip(t, newCache(t, CacheConfig{Voice: v}), "en", "a").Size())
	v.asked.Store(0)
	c := newCache(t, CacheConfig{Voice: v, Bytes: 3 * size})
	for _, text := range []string{"a", "b", "c", "a", "d"} { // d puts b out
		mustClip(t, c, "en", text)
	}
	if s := c.Stats(); s.Clips != 3 || s.Bytes != 3*size || s.Hits != 1 || s.Misses != 4 {
		t.Errorf("stats %+v", s)
	}
	mustClip(t, c, "en", "a")
	if n := v.asked.Load(); n != 4 {
		t.Errorf("a was made again")
	}
	mustClip(t, c, "en", "b")
	if n := v.asked.Load(); n != 5 {
		t.Errorf("b was still there")
	}
}

func TestNoMoreAtOnceThanAllowed(t *testing.T) {
	t.Parallel()
	v := &counted{}
	c := newCache(t, CacheConfig{Voice: v, Parallel: 2})
	texts := make([]string, 40)
	for i := range texts {
		texts[i] = fmt.Sprint("sentence ", i)
	}
	if err := c.Prepare(t.Context(), "en", texts); err != nil {
		t.Fatal(err)
	}
	if n := v.most.Load(); n > 2 {
		t.Errorf("%d at once", n)
	}
}

func TestClosedCache(t *testing.T) {
	t.Parallel()
	v := &counted{hold: make(chan struct{})}
	c := NewCache(CacheConfig{Voice: v})
	c.Fix("en", []string{"one", "two", "three"})
	c.Close()
	if _, err := c.Clip(t.Context(), "en", "one"); !errors.Is(err, ErrClosed) {
		t.Errorf("error %v", err)
	}
}

func TestNoText(t *testing.T) {
	t.Parallel()
	c := newCache(t, CacheConfig{Voice: Tones{}})
	for _, text := range []string{"", " \n", string(make([]byte, TextMax+1))} {
		if _, err := c.Clip(t.Context(), "en", text); !errors.Is(err, ErrText) {
			t.Errorf("%d octets: error %v", len(text), err)
		}
	}
}

func BenchmarkCached(b *testing.B) {
	c := newCache(b, CacheConfig{Voice: Tones{}})
	text := "请输入六位支付密码，然后按井号键。"
	mustClip(b, c, "zh", text)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Clip(b.Context(), "zh", text); err != nil {
			b.Fatal(err)
		}
	}
}
