package bolt

// Failpoint is a moment of a commit. They are in order. A test stops the process there
// and checks what the next start finds.
type Failpoint uint8

// The failpoints. A batch stopped before BeforeSync may be lost, since nobody has been
// answered; one stopped after AfterSync is kept, answered or not.
const (
	BeforeWrite   Failpoint = iota + 1 // the batch is decided, and nothing of it is in the transaction
	AfterAccounts                      // the slice of the checkpoint has its accounts
	AfterDocs                          // its documents
	AfterArchive                       // its index of archived documents
	AfterHolds                         // its open holds
	AfterEnded                         // its ended holds
	AfterRows                          // its outbox rows
	BeforeCommit                       // all is in the transaction, and nothing in the file
	BeforeSync                         // all is in the file, and perhaps not on the disk
	AfterSync                          // all is on the disk, and nothing in memory
	BeforeAnswer                       // all is in memory, and nobody has been answered
)

// hook is Options.Failpoint.
type hook func(Failpoint)

// at calls the hook, if there is one.
func (h hook) at(point Failpoint) {
	if h != nil {
		h(point)
	}
}
