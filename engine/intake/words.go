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
func (w *worker) hear(t *tx.Tx, a *arrival) {
	body, sender, window := a.req.Digest, a.req.Sender, a.req.Rules.Redelivery
	word := &heardWord{key: hex.EncodeToString(body[:user.HeardKeyBytes])}
	if sender != nil {
		word.times = sender.TimesHeard(word.key, t.Now.Add(-window))
	}
	take := &store.Intake{Digest: said(body, word.times), Window: window}
	if a.req.Class != intent.Acts {
		take.Window = min(window, questionWindow)
	}
	again := w.wordAcknowledged(take.Digest, a.by(), t.Now)
	if again && sender != nil {
		word.times++
		take.Digest = said(body, word.times)
	}
	if word.times > 0 { // remembered for the window from now on
		sender.Hear(user.Heard{Key: word.key, Times: word.times, At: t.Now.Unix()}, t.Now.Add(-window))
		t.SaveUser(sender)
	}
	take.Again = again && sender == nil
	a.word, a.key = word, take
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
func (w *worker) remindOrCopy(ctx context.Context, a *arrival, copied error) error {
	cfg := &w.in.cfg
	return cfg.Run.Do(ctx, func(t *tx.Tx) error {
		var err error
		if a.req.Sender, err = t.UserOf(a.req.Phone); err != nil {
			return err
		}
		about, err := cfg.Handler.Remind(t, &a.req)
		if err != nil {
			return err
		}
		if about == "" {
			return copied
		}
		told := sha256.Sum256(append(a.key.Digest[:], about...))
		t.TakeIn(&store.Intake{Digest: store.Digest(told[:len(a.key.Digest)]), Window: a.req.Rules.Redelivery})
		return nil
	})
}
