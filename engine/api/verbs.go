package api

import "net/http"

// Verb is the body of POST /modules/{module}/{verb}: what was typed, by argument. The
// verbs are those of the modules that have joined; one that changes something needs a key.
type Verb struct {
	Args map[string]string `json:"args"`
}

func (a api) verb(w http.ResponseWriter, r *http.Request) {
	var typed Verb
	if !body(w, r, &typed) {
		return
	}
	result, err := a.admin.RunVerb(r.Context(), by(r), r.PathValue("module"), r.PathValue("verb"), typed.Args)
	answer(w, result, err)
}
