package bolt

import "testing"

// A table that grows keeps what it has and is zero behind that, on both sides of the
// size from which it asks for huge pages.
func TestGrown(t *testing.T) {
	t.Parallel()
	var all []uint64
	for _, n := range []int{1, 1, 3, 100_000, 1, 500_000, 7, 2_000_000, 0} {
		before := len(all)
		all = grown(all, n)
		if len(all) != before+n {
			t.Fatalf("%d elements and %d more are %d", before, n, len(all))
		}
		for i := range before {
			if all[i] != uint64(i)+1 {
				t.Fatalf("element %d was %d and is %d", i, i+1, all[i])
			}
		}
		for i := before; i < len(all); i++ {
			if all[i] != 0 {
				t.Fatalf("new element %d is %d", i, all[i])
			}
			all[i] = uint64(i) + 1
		}
	}
}
