package report_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

// TestMaskedAnswers: those who may not see numbers and names get none, whatever they ask,
// and the answers are the same otherwise. What is searched for is found in the answers of
// the others, or the test would prove nothing.
func TestMaskedAnswers(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "Asia/Shanghai")
	d.world()
	secrets := []string{"13800000001", "13800000002", "13900000003", "13800008001", "13600000006", "138-0000-0001", "Wang Fang", "Fang", "王芳", "Li Lei", "Lei", "李雷", "wang.fang"}
	open, err := json.Marshal(d.answers(d.Reader))
	if err != nil {
		t.Fatal(err)
	}
	masked, err := json.Marshal(d.answers(d.Masked()))
	if err != nil {
		t.Fatal(err)
	}
	// The names of the answers are what the test asked for.
	plain := func(text []byte) string {
		return regexp.MustCompile(`"(find|purse:)[^"]*":[{]`).ReplaceAllString(string(text), "{")
	}
	for _, secret := range secrets {
		if !strings.Contains(plain(open), secret) {
			t.Errorf("%q is in no answer", secret)
		}
		if strings.Contains(plain(masked), secret) {
			t.Errorf("%q is in the masked answers", secret)
		}
	}
	for _, shown := range []string{"138****0001", "Wang F…", "王*", "BLUEBIRD FLORIST", d.refs.Ref(2), "128.50", "merchant:8001", "zhou", "purse:138****0001"} {
		if !strings.Contains(plain(masked), shown) {
			t.Errorf("%q is not in the masked answers", shown)
		}
	}
}
