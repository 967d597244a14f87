package proof

import (
	"bytes"
	"os"
	"testing"
)

// TestWhatIsInstalledHasNoTestProducts: they are in the build of the proofs alone.
func TestWhatIsInstalledHasNoTestProducts(t *testing.T) {
	t.Parallel()
	for env, want := range map[string]bool{binaryEnv: false, productsEnv: true} {
		binary, err := os.ReadFile(os.Getenv(env))
		if err != nil {
			t.Fatal(err)
		}
		if got := bytes.Contains(binary, []byte("moduletest")); got != want {
			t.Errorf("%s has the products of moduletest: %t", os.Getenv(env), got)
		}
	}
}
