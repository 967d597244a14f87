package bolt

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// hugePage is how much memory one entry of the page table covers where the kernel has
// transparent huge pages: 2 MiB on the machines that we know.
const hugePage = 2 << 20

// grown returns all with n zero elements more. Where it has to move them, it leaves room
// for a quarter more, and asks the kernel for huge pages: look-ups in a table of hundreds
// of megabytes otherwise wait for the page table as long as for the element.
func grown[E any](all []E, n int) []E {
	size := len(all) + n
	if size <= cap(all) {
		return all[:size] // it has been zero since it was made: no table here shrinks
	}
	moved := make([]E, size+size/4)
	wantHugePages(moved)
	copy(moved, all)
	return moved[:size]
}

// wantHugePages asks for huge pages where all covers whole ones. The kernel may say no,
// and nothing but the time depends on it.
func wantHugePages[E any](all []E) {
	if len(all) == 0 {
		return
	}
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(&all[0])), uintptr(len(all))*unsafe.Sizeof(all[0]))
	address := uintptr(unsafe.Pointer(&bytes[0]))
	before := int(-address & (hugePage - 1))
	if whole := (len(bytes) - before) &^ (hugePage - 1); whole > 0 {
		_ = unix.Madvise(bytes[before:before+whole], unix.MADV_HUGEPAGE)
	}
}
