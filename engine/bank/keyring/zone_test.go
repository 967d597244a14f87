package keyring_test

import (
	"bytes"
	"encoding/hex"
	"testing"

	"mpg/engine/bank/cbcmac"
	"mpg/engine/bank/keyring"
)

// TestAnotherZoneKeyIsEntered while a key has come that the bank may have begun to use: whatever
// shows which one it uses, the link keeps a key, and the new zone master key counts from the
// next start.
func TestAnotherZoneKeyIsEntered(t *testing.T) {
	t.Parallel()
	data := []byte("0210")
	_, nextValue, next := sealed(t, lastFill)
	for name, act := range map[string]func(*testing.T, *keyring.Ring){
		"the bank uses the next key": func(t *testing.T, r *keyring.Ring) {
			if !r.Verify(at(), data, next.Sum(data), 8) {
				t.Error("a message under the next key is not taken")
			}
		},
		"the bank was told of it": func(t *testing.T, r *keyring.Ring) {
			if err := r.Use(at()); err == nil {
				t.Error("nobody is told that the key will be lost")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := withKeys(t)
			r := open(t, path)
			if !r.Unsure() {
				t.Fatal("there is no next key")
			}
			enterZone(t, path)
			act(t, r)
			if !r.Ready() || r.Unsure() || check(r, "mac") != nextValue {
				t.Errorf("keys %v", r.Checks())
			}
			if sum, err := r.Sum(data); err != nil || sum != next.Sum(data) {
				t.Errorf("no MAC under the key in use: %v", err)
			}
			again := open(t, path)
			if again.Ready() || check(again, "zone") == check(r, "zone") {
				t.Errorf("after a restart: %v", again.Checks())
			}
		})
	}
}

// enterZone enters another zone master key.
func enterZone(t *testing.T, path string) {
	t.Helper()
	for i, by := range []string{"Li", "Wang"} {
		secret := bytes.Repeat([]byte{byte(0x51 + i), 0x3d}, 8)
		value, err := cbcmac.CheckValue(cbcmac.DES3, secret)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := keyring.Enter(path, at(), entry(hex.EncodeToString(secret), value, by)); err != nil {
			t.Fatal(err)
		}
	}
}
