package engine

import (
	"context"

	"mpg/engine/tx"
)

// work is one attempt at a step of the engine.
type work struct {
	*tx.Tx
	e *Engine
}

// step does fn as one commit; see tx.Runner.Do.
func (e *Engine) step(ctx context.Context, fn func(w *work) error) error {
	return e.run.Do(ctx, func(t *tx.Tx) error { return fn(&work{t, e}) })
}

// view returns a step to read with, which is never committed.
func (e *Engine) view() *work { return &work{e.run.View(), e} }
