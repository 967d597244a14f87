package api

import (
	"io"
	"net/http"
)

// backup answers with a copy of the books. Once it has begun, an error cuts the
// connection, so that nobody takes a part for the whole.
func (a api) backup(reply http.ResponseWriter, req *http.Request) {
	_, _ = io.Copy(io.Discard, req.Body)
	reply.Header().Set("Content-Type", "application/octet-stream")
	out := &begun{w: reply}
	if _, err := a.admin.Backup(req.Context(), out); err != nil {
		if out.begun {
			panic(http.ErrAbortHandler)
		}
		problem(reply, http.StatusConflict, err)
	}
}

// begun is a writer that knows whether something was written.
type begun struct {
	w     io.Writer
	begun bool
}

func (b *begun) Write(data []byte) (int, error) {
	b.begun = true
	return b.w.Write(data)
}
