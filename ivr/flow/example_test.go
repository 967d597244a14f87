package flow_test

import (
	"context"
	"fmt"
	"time"

	"mpg/ivr/flow"
)

// typist is a line whose caller has keyed everything already.
type typist struct{ keys chan byte }

func (typist) Play(_ context.Context, say []string) (<-chan struct{}, error) {
	fmt.Println("says", say)
	played := make(chan struct{})
	close(played)
	return played, nil
}

func (typist) Stop()                   {}
func (typist) Slower()                 {}
func (t typist) Keys() <-chan byte     { return t.keys }
func (typist) Idle() time.Duration     { return time.Hour }
func (typist) HungUp() <-chan struct{} { return nil }

// The script of a call asks for a key, then for a PIN. Keys that are pressed early wait
// for the step that wants them, and a question that is answered already is not asked.
func ExampleRun() {
	line := typist{make(chan byte, 10)}
	for _, key := range []byte("1482913") {
		line.keys <- key
	}
	script := flow.Script{
		{Name: "guard", Say: []string{"Press 1 to go on."}, Want: flow.Key},
		{Name: "pin", Say: []string{"Key your PIN."}, Want: flow.PIN},
	}
	judge := func(_ context.Context, step string, in flow.Input) flow.Verdict {
		if step == "guard" {
			return flow.Verdict{Do: flow.Next}
		}
		fmt.Println("the judge gets", in.Digits.Len(), "digits:", in.Digits)
		return flow.Verdict{Say: []string{"Paid. Good bye."}, Do: flow.End}
	}
	result := flow.Run(context.Background(), line, script, judge, flow.Timing{})
	fmt.Println(result.End, result.Err)
	// Output:
	// the judge gets 6 digits: ******
	// says [Paid. Good bye.]
	// finished <nil>
}
