package user_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/user"
)

// TestAWordIsNeverCountedAsBefore: a word that is said once more, and known to have
// been acknowledged, has a count of its own within the window, however many other
// words came in between. With the same count it would be taken for a copy of the
// first, and a NO would stop nothing.
func TestAWordIsNeverCountedAsBefore(t *testing.T) {
	t.Parallel()
	const window = 10 * time.Minute
	rapid.Check(t, func(t *rapid.T) {
		u := &user.User{}
		now := time.Unix(1_800_000_000, 0)
		counted := map[string]time.Time{}
		for range rapid.IntRange(1, 300).Draw(t, "words") {
			now = now.Add(time.Duration(rapid.IntRange(0, 30).Draw(t, "seconds")) * time.Second)
			key := fmt.Sprintf("%02d", rapid.IntRange(0, 3*user.HeardMax).Draw(t, "word"))
			times := u.TimesHeard(key, now.Add(-window))
			if last, said := counted[fmt.Sprint(key, " ", times)]; said && now.Sub(last) <= window {
				times++ // proved: the engine counts one more
			}
			name := fmt.Sprint(key, " ", times)
			if last, said := counted[name]; said && now.Sub(last) <= window {
				t.Fatalf("%s was counted %s ago", name, now.Sub(last))
			}
			counted[name] = now
			if times > 0 {
				u.Hear(user.Heard{Key: key, Times: times, At: now.Unix()}, now.Add(-window))
			}
			if len(u.Heard) > user.HeardMax {
				t.Fatalf("%d words are remembered", len(u.Heard))
			}
		}
	})
}
