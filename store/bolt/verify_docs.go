package bolt

import (
	"context"
	"crypto/sha256"

	"mpg/store"
	"mpg/store/money"
)

// docName and docPrint are what is kept of a document: hashes, since there may be
// very many.
type (
	docName  [16]byte
	docPrint struct {
		version  uint64
		sum      [16]byte
		archived uint64 // by which Cmd; 0: by none
	}
	rowPrint struct {
		posted money.Amount
		sum    [16]byte
	}
)

func nameOf(key docKey) docName {
	var room [1 + store.KeyBytesMax]byte
	sum := sha256.Sum256(append(append(room[:0], byte(key.table)), key.key...))
	return docName(sum[:16])
}

func printOf(data []byte) [16]byte {
	sum := sha256.Sum256(data)
	return [16]byte(sum[:16])
}

func (v *verifier) write(w *store.Write, seq uint64) {
	name := nameOf(docKey{w.Table, w.Key})
	before := v.docs[name]
	if before.version != w.Expect {
		v.fault("%s writes a document of table %d over version %d, but it has version %d", place(seq), w.Table, w.Expect, before.version)
	}
	if before.archived != 0 {
		v.fault("%s writes a document of table %d that was archived at step %d", place(seq), w.Table, before.archived)
	}
	if w.Mode == store.Delete {
		delete(v.docs, name)
		return
	}
	after := docPrint{version: w.Expect + 1, sum: printOf(w.Data)}
	if w.Mode == store.Archive {
		after.archived = seq
	}
	v.docs[name] = after
}

func (v *verifier) compareDocs(ctx context.Context) error {
	for it, err := range v.now.docs.all() {
		if err != nil {
			v.fault("%v", err)
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		v.compareDoc(it.key, it.entry.value, 0)
	}
	return nil
}

// compareDoc checks a document that is kept. Each is kept once.
func (v *verifier) compareDoc(key docKey, doc document, archivedAt uint64) {
	name := nameOf(key)
	want, ok := v.docs[name]
	if !ok || want != (docPrint{doc.version, printOf(doc.data), archivedAt}) {
		v.fault("a document of table %d is kept in version %d, which was never written, or was archived by another step", key.table, doc.version)
	}
	if ok {
		v.report.Docs++
		delete(v.docs, name)
	}
}

// compareArchive reads each archived document by its index.
func (v *verifier) compareArchive(ctx context.Context) error {
	r := archiveReader{journal: &v.mem.journal}
	for it, err := range v.now.archive.all() {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var d document
		if err == nil {
			d, err = r.document(it.key, it.entry.value)
		}
		if err != nil {
			v.fault("%v", err)
			continue
		}
		v.compareDoc(it.key, d, it.entry.value.seq)
	}
	if len(v.docs) > 0 {
		v.fault("%d documents were written and are not kept", len(v.docs))
	}
	return nil
}
