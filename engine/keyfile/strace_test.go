package keyfile_test

import (
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mpg/engine/keyfile"
)

// makesEnv names the key file that a child process of the test makes.
const makesEnv = "KEYFILE_TEST_MAKES"

// returned is what the child writes once Make has returned.
const returned = "the key is given out"

func TestMain(m *testing.M) {
	path := os.Getenv(makesEnv)
	if path == "" {
		os.Exit(m.Run())
	}
	if _, err := keyfile.Make(path, rand.Reader); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(returned)
}

// call is a system call as strace -y writes it, which names the files of
// descriptors.
var call = regexp.MustCompile(`\b(fsync|linkat|link|renameat2|renameat|rename|write)\((.*)\) += [0-9]+`)

// TestTheFolderIsSynced: a key is returned only after its bytes, its name and the
// folder that holds the name are on the disk, in this order. fsync(2): the directory
// entry needs a sync of its own.
func TestTheFolderIsSynced(t *testing.T) {
	t.Parallel()
	strace, err := exec.LookPath("strace")
	if err != nil {
		notTested(t, "strace is not installed")
	}
	for name, torn := range map[string]bool{"no file": false, "a torn file": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, "some.key")
			if torn {
				write(t, path, "0123")
			}
			calls := traced(t, strace, path)
			last := -1
			for _, want := range []string{
				`^fsync .*/some\.key\.new>`, `^(link|rename)[a-z0-9]* .*some\.key\.new".*some\.key"`, `^fsync .*/some\.key>`,
				`^fsync [0-9]+<` + regexp.QuoteMeta(dir) + `>`, `^write .*` + returned,
			} {
				at := slices.IndexFunc(calls, regexp.MustCompile(want).MatchString)
				if at <= last {
					t.Fatalf("%s is call %d, after %d of:\n%s", want, at, last, strings.Join(calls, "\n"))
				}
				last = at
			}
		})
	}
}

// notTested skips the test, or fails it where all peers are required.
func notTested(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("MPG_PEERS") == "require" {
		t.Fatal(why + ", and MPG_PEERS=require")
	}
	t.Skip("NOT TESTED: " + why)
}

// traced makes a key at path in another process and returns its system calls.
func traced(t *testing.T, strace, path string) []string {
	t.Helper()
	log := filepath.Join(t.TempDir(), "strace")
	c := exec.CommandContext(t.Context(), strace, "-f", "-y", "-s", "200", "-o", log,
		"-e", "trace=fsync,link,linkat,rename,renameat,renameat2,write", os.Args[0])
	c.Env = append(os.Environ(), makesEnv+"="+path)
	out, err := c.CombinedOutput()
	if err != nil && strings.Contains(string(out), "ptrace") {
		notTested(t, "no process may be traced here")
	}
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	var calls []string
	for line := range strings.Lines(string(text)) {
		if m := call.FindStringSubmatch(line); m != nil {
			calls = append(calls, m[1]+" "+m[2])
		}
	}
	return calls
}
