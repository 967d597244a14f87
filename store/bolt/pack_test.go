package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	commandline "flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	bbolt "go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"mpg/store"
)

// train makes a dictionary: see TestTrain.
var train = commandline.String("train", "", "folders of stores, separated by commas, from whose journals TestTrain makes the dictionary")

// Sizes of the dictionary and of what it is made from.
const (
	dictionaryMax = 20 << 10 // bytes: more makes frequent records no smaller
	trainedMax    = 20_000   // records looked at
	knownShare    = 0.35     // of its size, to which a record is compressed if the dictionary has one like it
)

// TestTrain makes journal1.dict from the journals of stores in which made-up subscribers
// did a little of everything: it quotes records of theirs, one of each kind. It is
// skipped unless -train names their folders:
//
//	go test ./store/bolt -run TestTrain -train /tmp/a/data,/tmp/b/data
//
// Once a journal in use was written with a dictionary, that dictionary must stay: write a
// new one to journal2.dict, with the number 2, and teach pack.go both.
func TestTrain(t *testing.T) {
	if *train == "" {
		t.Skip("no stores to train from")
	}
	records := recordsOf(t, strings.Split(*train, ",")...)
	r := rand.New(rand.NewPCG(1, 1)) // the same every time
	r.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
	content := dictionaryOf(t, records[:min(len(records), trainedMax)])
	if err := os.WriteFile("journal1.dict", content, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes from %d records", len(content), len(records))
}

// recordsOf reads the journals of stores.
func recordsOf(t testing.TB, dirs ...string) (records [][]byte) {
	t.Helper()
	for _, dir := range dirs {
		err := Inspect(dir, Options{}, func(r store.Reader) error {
			for e, err := range r.(*Store).Records(context.Background(), 1) {
				if err != nil {
					return err
				}
				records = append(records, appendRecord(nil, &e))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return records
}

// dictionaryOf collects the records that those collected before do not help to compress.
// The first ones, which are the most frequent kinds, come last: what is near is cheap to
// point at.
func dictionaryOf(t testing.TB, records [][]byte) []byte {
	t.Helper()
	var content []byte
	var encoder *zstd.Encoder
	for _, record := range records {
		if encoder != nil && float64(len(encoder.EncodeAll(record, nil))) < knownShare*float64(len(record)) {
			continue
		}
		if len(content)+len(record) > dictionaryMax {
			continue
		}
		content = append(bytes.Clone(record), content...)
		var err error
		if encoder, err = zstd.NewWriter(nil, encoderOptions(content)...); err != nil {
			t.Fatal(err)
		}
	}
	return content
}

func testPacker(t testing.TB) *packer {
	t.Helper()
	p, err := newPacker()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// chunkValue is the value of a chunk with these records.
func chunkValue(p *packer, records []byte) []byte {
	value, _ := p.pack(nil, nil, records)
	return append(value, make([]byte, hashBytes)...)
}

// TestChunkComesBack packs records of all kinds and sizes.
func TestChunkComesBack(t *testing.T) {
	t.Parallel()
	p := testPacker(t)
	rapid.Check(t, func(t *rapid.T) {
		var records []byte
		for range rapid.IntRange(1, 40).Draw(t, "records") {
			e := drawEntry(t)
			records = appendRecord(records, &e)
		}
		value := chunkValue(p, records)
		if len(value) > 1+len(records)+hashBytes {
			t.Fatalf("%d bytes became %d", len(records), len(value))
		}
		packed, err := parseChunk(uint64Key(7), value)
		if err != nil || packed.first != 7 || packed.size != len(records) {
			t.Fatalf("%+v, %v", packed, err)
		}
		if c, err := packed.unpack(p); err != nil || !bytes.Equal(c.records, records) {
			t.Fatalf("%d bytes came back as %d, %v", len(records), len(c.records), err)
		}
	})
}

// TestWhatDoesNotGetSmaller is kept as it is.
func TestWhatDoesNotGetSmaller(t *testing.T) {
	t.Parallel()
	noise := make([]byte, headBytes)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	value := chunkValue(testPacker(t), noise)
	if value[0] != packedNot || !bytes.Equal(value[1:len(value)-hashBytes], noise) {
		t.Errorf("noise is kept as %x", value)
	}
}

// TestRepeatedRecordsGetSmaller: the dictionary and the repetition within a chunk make a
// plain transfer cost only a part of the size of its record.
func TestRepeatedRecordsGetSmaller(t *testing.T) {
	t.Parallel()
	p := testPacker(t)
	records := func(n int) (all []byte) {
		r := rand.New(rand.NewPCG(1, 3))
		for i := range n {
			e := store.Entry{Seq: uint64(1000 + i), At: time.Unix(1_800_000_000, int64(r.Uint32())), Transfers: []store.Transfer{{Op: store.Post, Debit: store.AccountID(r.Uint32N(1e6)), Credit: store.AccountID(r.Uint32N(1e6)), Amount: 1}}}
			binary.BigEndian.PutUint64(e.ID[:], r.Uint64())
			binary.BigEndian.PutUint64(e.ID[8:], r.Uint64())
			all = appendRecord(all, &e)
		}
		return all
	}
	for n, share := range map[int]float64{1: 0.7, 10: 0.5, 200: 0.4} {
		all := records(n)
		if got := float64(len(chunkValue(p, all))-hashBytes) / float64(len(all)); got > share {
			t.Errorf("%d records are packed to %.2f of their size, not %.2f", n, got, share)
		}
	}
}

// frame is a chunk whose frame was made by another encoder, or by hand.
func frame(t testing.TB, records []byte, opts ...zstd.EOption) []byte {
	t.Helper()
	e, err := zstd.NewWriter(nil, opts...)
	if err != nil {
		t.Fatal(err)
	}
	b := e.EncodeAll(records, nil)
	return append(append([]byte{packedZstd1}, b[len(zstdMagic):]...), make([]byte, hashBytes)...)
}

// TestHostileChunks: what nobody wrote is refused, without the memory it asks for.
func TestHostileChunks(t *testing.T) {
	t.Parallel()
	p := testPacker(t)
	e := store.Entry{Seq: 5, At: time.Unix(9, 0), Writes: []store.Write{{Key: "key", Data: bytes.Repeat([]byte("data"), 100)}}}
	record := appendRecord(nil, &e)
	good := chunkValue(p, record)
	if good[0] != packedZstd1 {
		t.Fatal("the record does not get smaller: the test proves nothing")
	}
	changed := func(at int, to byte) []byte { b := bytes.Clone(good); b[at] = to; return b }
	zeros := make([]byte, recordsMax+1)
	for name, value := range map[string][]byte{
		"nothing":                {},
		"a hash alone":           make([]byte, hashBytes),
		"an unknown packing":     changed(0, 9),
		"plain and short":        append([]byte{packedNot}, make([]byte, hashBytes+headBytes-1)...),
		"a frame cut short":      append(bytes.Clone(good[:len(good)-hashBytes-3]), make([]byte, hashBytes)...),
		"a header alone":         append(bytes.Clone(good[:4]), make([]byte, hashBytes)...),
		"another dictionary":     frame(t, record, zstd.WithEncoderDictRaw(77, record)),
		"no dictionary":          frame(t, record, zstd.WithSingleSegment(true)),
		"a bomb":                 frame(t, zeros, zstd.WithEncoderDictRaw(packedZstd1, dictionary1), zstd.WithSingleSegment(true)),
		"a size that is smaller": changed(3, good[3]-1),
		"a size that is larger":  changed(3, good[3]+1),
	} {
		packed, err := parseChunk(uint64Key(5), value)
		if err == nil {
			_, err = packed.unpack(p)
		}
		if !errors.Is(err, store.ErrCorrupt) || !strings.Contains(fmt.Sprint(err), "journal") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := parseChunk([]byte("short"), good); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("a key of 5 bytes: %v", err)
	}
}

// FuzzChunk reads chunks that nobody wrote: they are refused, or unpack to the size they
// tell, within the limit.
func FuzzChunk(f *testing.F) {
	p := testPacker(f)
	e := store.Entry{Seq: 5, ID: store.ID{1}, Writes: []store.Write{{Key: "key", Data: bytes.Repeat([]byte("data"), 100)}}, Done: []store.RowID{1, 2}}
	record := appendRecord(nil, &e)
	f.Add(chunkValue(p, record))
	f.Add(append(append([]byte{packedNot}, record...), make([]byte, hashBytes)...))
	f.Add(frame(f, record, zstd.WithEncoderDictRaw(packedZstd1, dictionary1)))
	f.Add(frame(f, make([]byte, 1<<20), zstd.WithEncoderDictRaw(packedZstd1, dictionary1), zstd.WithSingleSegment(true)))
	f.Fuzz(func(t *testing.T, value []byte) {
		packed, err := parseChunk(uint64Key(5), value)
		if err != nil {
			return
		}
		c, err := packed.unpack(p)
		if err == nil && (len(c.records) != packed.size || len(c.records) > max(recordsMax, len(value))) || err != nil && !errors.Is(err, store.ErrCorrupt) {
			t.Fatalf("%d bytes of %d, %v", len(c.records), packed.size, err)
		}
	})
}

// TestDamagedChunk spoils the middle of a chunk: the start and Verify name the step.
func TestDamagedChunk(t *testing.T) {
	t.Parallel()
	dir := smallLedger(t)
	edit(t, dir, func(tx *bbolt.Tx) error {
		key, value := tx.Bucket(bucketJournal).Cursor().Last()
		value = bytes.Clone(value)
		for i := 10; i < len(value)-hashBytes; i++ {
			value[i] ^= 0x55
		}
		return tx.Bucket(bucketJournal).Put(bytes.Clone(key), value)
	})
	_, err := Open(dir, Options{})
	if !errors.Is(err, store.ErrCorrupt) || !strings.Contains(err.Error(), "step ") {
		t.Errorf("%v", err)
	}
}
