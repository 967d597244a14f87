package api

import (
	"io"
	"net/http"
)

// backup answers with a copy of the books. Once it has begun, an error cuts the
// connection, so that nobody takes a part for the whole.
func (a api) backup(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/octet-stream")
	out := &begun{w: w}
	if _, err := a.admin.Backup(r.Context(), out); err != nil {
		if out.begun {
			panic(http.ErrAbortHandler)
		}
		problem(w, http.StatusConflict, err)
	}
}

// begun is a writer that knows whether something was written.
type begun struct {
	w     io.Writer
	begun bool
}

func (b *begun) Write(p []byte) (int, error) {
	b.begun = true
	return b.w.Write(p)
}
