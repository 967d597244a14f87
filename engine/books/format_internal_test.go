package books

import (
	"strings"
	"testing"

	"mpg/engine/codec"
	"mpg/store"
)

// TestFormats: what an older build wrote is read, as long as its fields still mean
// the same; what a newer build wrote is refused, before any of it is lost.
func TestFormats(t *testing.T) {
	t.Parallel()
	for format, want := range map[int]string{
		oldest - 1: "reads only",
		oldest:     "",
		Format:     "",
		Format + 1: "use the build that wrote them",
	} {
		data, err := codec.Encode(struct {
			Format int               `cbor:"1,keyasint"`
			Keys   map[string]string `cbor:"2,keyasint"`
			RefKey []byte            `cbor:"3,keyasint"`
			Newer  string            `cbor:"250,keyasint,omitempty"`
		}{Format: format, Newer: strings.Repeat("x", max(0, format-Format))})
		if err != nil {
			t.Fatal(err)
		}
		s, err := decodeSettings(store.Doc{Data: data})
		switch {
		case want == "" && (err != nil || s.Format != format):
			t.Errorf("format %d: %+v, %v", format, s, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("format %d: %v, want %q", format, err, want)
		}
	}
}
