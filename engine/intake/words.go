package intake

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"mpg/engine/intent"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
)

// heardWord is a word as it was said; times counts the earlier ones.
type heardWord struct {
	key   string
	times int
}

// hear marks the step as that of a word: its digest includes how often the
// sender has said it and had it acknowledged. It runs in every attempt, because
// that count is part of the subscriber's record.
func (w *worker) hear(t *tx.Tx, text *arrival) {
	body, sender, window := text.req.Digest, text.req.Sender, text.req.Rules.Redelivery
	word := &heardWord{key: hex.EncodeToString(body[:user.HeardKeyBytes])}
	if sender != nil {
		word.times = sender.TimesHeard(word.key, t.Now.Add(-window))
	}
	take := &store.DedupKey{Digest: said(body, word.times), Window: window}
	if text.req.Class != intent.Acts {
		take.Window = min(window, questionWindow)
	}
	again := w.wordAcknowledged(take.Digest, text.by(), t.Now)
	if again && sender != nil {
		word.times++
		take.Digest = said(body, word.times)
	}
	if word.times > 0 { // remembered for the window from now on
		sender.Hear(user.Heard{Key: word.key, Times: word.times, At: t.Now.Unix()}, t.Now.Add(-window))
		t.SaveUser(sender)
	}
	take.KnownAcked = again && sender == nil
	text.word, text.key = word, take
	t.TakeIn(take)
}

// said returns the digest of a word that was said times times before.
func said(word store.Digest, times int) store.Digest {
	if times == 0 {
		return word
	}
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(word[:], uint64(times)))
	return store.Digest(sum[:len(word)])
}

// remindOrCopy answers a word that is either a copy or was said once more; nobody can
// tell which. It only tells the sender what the word would act on, if that has
// come up since the first one. It returns copied where there is nothing to
// tell.
func (w *worker) remindOrCopy(ctx context.Context, text *arrival, copied error) error {
	cfg := &w.in.cfg
	return cfg.Run.Do(ctx, func(t *tx.Tx) error {
		var err error
		if text.req.Sender, err = t.UserOf(text.req.Phone); err != nil {
			return err
		}
		about, err := cfg.Handler.Remind(t, &text.req)
		if err != nil {
			return err
		}
		if about == "" {
			return copied
		}
		told := sha256.Sum256(append(text.key.Digest[:], about...))
		t.TakeIn(&store.DedupKey{Digest: store.Digest(told[:len(text.key.Digest)]), Window: text.req.Rules.Redelivery})
		return nil
	})
}
