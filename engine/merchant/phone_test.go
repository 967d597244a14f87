package merchant_test

import (
	"slices"
	"testing"
	"time"

	"mpg/engine/merchant"
)

// TestTheOldPhoneIsToldForAMonth, however often the number is changed meanwhile.
func TestTheOldPhoneIsToldForAMonth(t *testing.T) {
	t.Parallel()
	start, day := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC), 24*time.Hour
	m := merchant.Merchant{Phone: "1"}
	for _, tt := range []struct {
		days  int
		phone string // that it gets
		told  []string
	}{
		{0, "1", []string{"1"}}, {1, "2", []string{"2", "1"}}, {2, "3", []string{"3", "1"}}, {3, "", []string{"1"}}, {4, "1", []string{"1"}},
		{5, "4", []string{"4", "1"}}, {30, "4", []string{"4", "1"}}, {31, "4", []string{"4"}}, {32, "5", []string{"5", "4"}}, {63, "5", []string{"5"}},
	} {
		now := start.Add(time.Duration(tt.days) * day)
		m.SetPhone(tt.phone, now)
		if got := m.Phones(now); !slices.Equal(got, tt.told) {
			t.Errorf("day %d: %v are told, want %v", tt.days, got, tt.told)
		}
	}
}
