package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"mpg/engine/auth"
	"mpg/engine/view"
)

// errNoView says that the daemon keeps no view.
var errNoView = errors.New("the view is switched off")

// viewRoutes returns the commands that keep the view in order.
func viewRoutes(derived *view.View) []route {
	v := derivedView{derived}
	return []route{
		{"POST /view/rebuild", auth.Maintain, v.rebuild},
		{"POST /view/check", auth.Maintain, v.check},
	}
}

type derivedView struct{ view *view.View }

// Rebuilding is a line of the answer of POST /view/rebuild: how far it has come. The last one
// has Done or a Problem.
type Rebuilding struct {
	Read uint64 `json:"read"` // records
	Of   uint64 `json:"of"`
	Done bool   `json:"done,omitempty"`
	*Problem
}

// rebuild answers with a line of JSON each time it makes progress. A rebuild that has
// begun is completed even if the client goes away.
func (v derivedView) rebuild(reply http.ResponseWriter, req *http.Request) {
	if v.view == nil {
		problem(reply, http.StatusConflict, errNoView)
		return
	}
	lines, flush := json.NewEncoder(reply), http.NewResponseController(reply).Flush
	begun := false
	done, err := v.view.Rebuild(context.WithoutCancel(req.Context()), func(read, of uint64) {
		if !begun {
			reply.Header().Set("Content-Type", "application/jsonl")
			begun = true
		}
		_ = lines.Encode(Rebuilding{Read: read, Of: of}) // a client that has left need not hear the rest
		_ = flush()
	})
	switch {
	case err != nil && begun:
		_ = lines.Encode(Rebuilding{Problem: &Problem{Error: err.Error(), Code: codeRefused}}) // as above
	case err != nil:
		problem(reply, http.StatusConflict, err)
	default:
		_ = lines.Encode(Rebuilding{Read: done.Records, Of: done.Records, Done: true}) // as above
	}
}

func (v derivedView) check(reply http.ResponseWriter, req *http.Request) {
	if v.view == nil {
		problem(reply, http.StatusConflict, errNoView)
		return
	}
	found, err := v.view.Check(req.Context())
	answer(reply, found, err)
}
