package approval_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"mpg/engine/approval"
	"mpg/engine/auth"
)

// made returns when the approvals of the tests were asked for.
func made() time.Time { return time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC) }

// waiting returns an approval that lin has asked for.
func waiting() approval.Approval {
	return approval.Approval{ID: "MNQRS2X", State: approval.Waiting, Maker: approval.Who{Name: "lin", UID: 1}, Made: made(), Expires: made().Add(time.Hour)}
}

// TestWhoMayEndAnApproval in each state, in time and too late.
func TestWhoMayEndAnApproval(t *testing.T) {
	t.Parallel()
	for _, state := range approval.States() {
		for _, late := range []bool{false, true} {
			for _, who := range []string{"", "lin", "hu"} {
				a, now := waiting(), made().Add(time.Hour-1)
				if late {
					now = made().Add(time.Hour)
				}
				if state != approval.Waiting {
					a.End(state, approval.Who{Name: "hu"}, made())
				}
				answers, withdraws := error(nil), error(nil)
				switch {
				case who == "":
					answers, withdraws = approval.ErrNobody, approval.ErrNobody
				case state == approval.Expired, state == approval.Waiting && late:
					answers, withdraws = approval.ErrExpired, approval.ErrExpired
				case state != approval.Waiting:
					answers, withdraws = approval.ErrEnded, approval.ErrEnded
				case who == "lin":
					answers = approval.ErrOwn
				default:
					withdraws = approval.ErrOthers
				}
				person := auth.Person{Name: who, Role: auth.Admin}
				if err := a.MayAnswer(person, now); !errors.Is(err, answers) {
					t.Errorf("%s, late %v, answered by %q: %v, want %v", state, late, who, err, answers)
				}
				if err := a.MayWithdraw(person, now); !errors.Is(err, withdraws) {
					t.Errorf("%s, late %v, withdrawn by %q: %v, want %v", state, late, who, err, withdraws)
				}
			}
		}
	}
}

// TestSame: what is shown before, what is shown after, and each version count.
func TestSame(t *testing.T) {
	t.Parallel()
	a := waiting()
	a.Before, a.After, a.Versions = []byte(`{"a":"1"}`), []byte(`{"a":"2"}`), []approval.Version{{Table: 1, Key: "k", Version: 3}}
	for name, tt := range map[string]struct {
		before, after string
		versions      []approval.Version
		same          bool
	}{
		"the same":         {`{"a":"1"}`, `{"a":"2"}`, []approval.Version{{1, "k", 3}}, true},
		"another before":   {`{"a":"0"}`, `{"a":"2"}`, []approval.Version{{1, "k", 3}}, false},
		"another after":    {`{"a":"1"}`, `{"a":"3"}`, []approval.Version{{1, "k", 3}}, false},
		"another version":  {`{"a":"1"}`, `{"a":"2"}`, []approval.Version{{1, "k", 4}}, false},
		"another document": {`{"a":"1"}`, `{"a":"2"}`, []approval.Version{{1, "l", 3}}, false},
		"no document":      {`{"a":"1"}`, `{"a":"2"}`, nil, false},
	} {
		if got := a.Same([]byte(tt.before), []byte(tt.after), tt.versions); got != tt.same {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func ExampleApproval_Fate() {
	a := waiting()
	fmt.Println(a.Fate())
	a.Word = "the slip is missing"
	a.End(approval.Refused, approval.Who{Name: "hu"}, made())
	fmt.Println(a.Fate())
	a.Why = "the account does not hold enough"
	a.End(approval.Failed, approval.Who{Name: "hu"}, made())
	fmt.Println(a.Fate())
	// Output:
	// waiting
	// refused by hu: the slip is missing
	// failed by hu: the account does not hold enough
}
