package call

import "mpg/engine/lang"

// speech is what a call speaks from: its language, and the texts as they were when it
// began, so that one call never mixes two versions.
type speech struct {
	texts    *lang.Texts
	language lang.Lang
}

// speechIn returns the speech of a call that begins now.
func (d *Dialer) speechIn(language lang.Lang) speech { return speech{d.cfg.Texts(), language} }

// words returns the sentences of a prompt.
func (s speech) words(prompt lang.Prompt, args lang.Args) []string {
	return s.texts.Voice(s.language, prompt, args)
}

// verdict says a prompt, and then does what is to be done.
func (s speech) verdict(prompt lang.Prompt, args lang.Args, do Do) Verdict {
	return Verdict{Say: s.words(prompt, args), Do: do}
}

// guardStep returns the first step of a call.
func (s speech) guardStep(guard, bye lang.Prompt) Step {
	plain := func(prompt lang.Prompt) []string { return s.words(prompt, lang.Args{}) }
	return Step{Name: stepGuard, Say: plain(guard), Again: plain(lang.Ask1Again), Bye: plain(bye), Want: WantKey}
}

// pinStep returns a step that asks for a PIN.
func (s speech) pinStep(name string, ask, again []string, bye lang.Prompt) Step {
	plain := func(prompt lang.Prompt) []string { return s.words(prompt, lang.Args{}) }
	return Step{Name: name, Say: ask, Again: again, Short: plain(lang.PINShort), GoOn: plain(lang.PINGoOn), Bye: plain(bye), Want: WantPIN}
}
