package rig

import (
	"context"
	"slices"
	"testing"

	"mpg/engine/call"
	"mpg/engine/pin"
)

// TestKeys: each step gets what it wants, and the call ends as what was keyed deserves.
func TestKeys(t *testing.T) {
	t.Parallel()
	secret := pin.PIN([]byte("582193"))
	for _, c := range []struct {
		name  string
		does  []call.Do
		keyed []string
		end   call.End
		step  string
	}{
		{"right", []call.Do{call.GoOn, call.HangUp}, []string{"confirm a key", "pin the PIN"}, call.EndFinished, "pin"},
		{"to the end", []call.Do{call.GoOn, call.GoOn}, []string{"confirm a key", "pin the PIN"}, call.EndFinished, "pin"},
		{"wrong", []call.Do{call.GoOn, call.AskAgain}, []string{"confirm a key", "pin the PIN"}, call.EndSilent, "pin"},
		{"ended early", []call.Do{call.HangUp}, []string{"confirm a key"}, call.EndFinished, "confirm"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var keyed []string
			picked := 0
			report := Keys(secret)(t.Context(), call.Call{
				Steps:    []call.Step{{Name: "confirm", Want: call.WantKey}, {Name: "pin", Want: call.WantPIN}},
				OnAnswer: func() { picked++ },
				OnInput: func(_ context.Context, step string, digits *pin.PIN) call.Verdict {
					what := " a key"
					if digits != nil && digits.Equal(&secret) {
						what = " the PIN"
						digits.Wipe() // the next call still has it
					}
					keyed = append(keyed, step+what)
					return call.Verdict{Do: c.does[len(keyed)-1]}
				},
			})
			if !slices.Equal(keyed, c.keyed) || report.End != c.end || report.Step != c.step || !report.Answered || picked != 1 {
				t.Errorf("keyed %q, report %+v, picked up %d times", keyed, report, picked)
			}
			if again := pin.PIN([]byte("582193")); !secret.Equal(&again) {
				t.Error("the PIN was wiped")
			}
		})
	}
}
