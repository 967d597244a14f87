package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"mpg/cmd/mpg/hint"
	"mpg/cmd/mpg/keys"
	"mpg/conf"
	"mpg/engine/books"
	"mpg/engine/pin"
	"mpg/engine/seal"
)

// secretKey is one of the two keys, as `mpg pin` and `mpg seal` see it.
type secretKey struct {
	name    books.KeyName
	purpose string
	without string // what cannot be done without it
	setting func(f *conf.File) *conf.Key
	// make makes the file and returns the check value of the key in it.
	make func(path string) (check string, err error)
}

func pinKeyCommand() *cobra.Command {
	return keyGroup(secretKey{
		name: books.PINKey, purpose: "used to hash PINs", without: "no PIN can be checked",
		setting: func(file *conf.File) *conf.Key { return &file.PIN },
		make: func(path string) (string, error) {
			k, err := pin.LoadKey(path, rand.Reader)
			return k.CheckValue(), err
		}})
}

func sealKeyCommand() *cobra.Command {
	return keyGroup(secretKey{
		name: books.SealKey, purpose: "used to encrypt account numbers", without: "no bank can be asked for money",
		setting: func(file *conf.File) *conf.Key { return &file.Seal },
		make: func(path string) (string, error) {
			k, err := seal.LoadKey(path, rand.Reader)
			return k.CheckValue(), err
		}})
}

func keyGroup(key secretKey) *cobra.Command {
	group := &cobra.Command{Use: string(key.name), Short: "the key " + key.purpose}
	group.AddCommand(&cobra.Command{
		Use:   "new-key [FILE]",
		Short: "make a new key, before the first start",
		Long: fmt.Sprintf(`Makes a new key, %[2]s, and writes it to FILE, or else to
the file that [%[1]s] key_file of the configuration names, or else to its default. A key file
holds 64 hexadecimal digits, such as "openssl rand -hex 32" prints, and has mode 0400.
If root makes it, it is given to the owner of data_dir, or of the folder of FILE. It is
on the disk before the command ends. An existing file is never replaced, and neither is
the key of existing books.

serve makes a missing key at its first start, so this command is needed only where
serve may not write, and for systemd credentials. For those, make the key as root,
name it in the unit with LoadCredential=%[1]s.key:FILE, and set
key_credential = "%[1]s.key" in [%[1]s] in place of key_file.

Keep a copy of the key apart from the backups of data_dir: without it %[3]s.`, key.name, key.purpose, key.without),
		Example: fmt.Sprintf("  mpg %[1]s new-key\n  mpg %[1]s new-key /etc/credstore/mpg.%[1]s.key", key.name),
		Args:    misuse(cobra.MaximumNArgs(1)),
		RunE:    func(cmd *cobra.Command, args []string) error { return newKey(cmd, key, args) },
	})
	return group
}

// newKey makes the key at the path in args, or at the path in the configuration.
func newKey(cmd *cobra.Command, key secretKey, args []string) error {
	var path, ownedLike string
	var err error
	if len(args) == 1 {
		path, ownedLike = args[0], filepath.Dir(args[0])
	} else if path, ownedLike, err = configuredKey(cmd, key); err != nil {
		return err
	}
	switch _, err := os.Lstat(path); {
	case err == nil:
		return hint.Add(fmt.Errorf("%s exists, and a key is never replaced", path), "use it, or name another file")
	case !errors.Is(err, fs.ErrNotExist):
		return hint.Plainly(err)
	}
	check, err := key.make(path)
	if err == nil {
		err = giveToOwner(path, ownedLike)
	}
	if err != nil {
		return hint.Plainly(err)
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	return show(cmd, map[string]string{"file": absolute, "check_value": check}, func(out io.Writer) {
		row(out, "key", absolute)
		row(out, "check value", check)
		row(out, "", "keep a copy apart from the backups of data_dir: without it "+key.without)
	})
}

// configuredKey returns the path of the key by the configuration, and a folder that
// belongs to the user of the daemon. It refuses if there are books already, since they
// need the key that they have.
func configuredKey(cmd *cobra.Command, key secretKey) (path, ownedLike string, err error) {
	file, _ := cmd.Flags().GetString("config")
	f, err := conf.Inspect(file)
	if err != nil {
		return "", "", err
	}
	setting := key.setting(f)
	if setting.KeyCredential != "" {
		return "", "", hint.Add(fmt.Errorf("[%s] of %s takes its key from the credential %q", key.name, file, setting.KeyCredential),
			"name the file that LoadCredential= of the unit names")
	}
	b, err := keys.BooksOf(cmd.Context(), f, func(fixed *books.Fixed) error { return askBooks(cmd, fixed) })
	if err != nil {
		return "", "", hint.Plainly(err)
	}
	if b != nil {
		return "", "", hint.Add(fmt.Errorf("the books in %s were made with the key of check value %s, which no other key can replace", f.DataDir, b.Keys[key.name]), keys.PutBack(setting))
	}
	if setting.OwnFolder {
		if err := os.MkdirAll(filepath.Dir(setting.KeyPath), 0o700); err != nil {
			return "", "", hint.Plainly(err)
		}
	}
	ownedLike = f.DataDir
	if _, err := os.Stat(ownedLike); err != nil {
		ownedLike = filepath.Dir(setting.KeyPath) // serve has not made data_dir yet
	}
	return setting.KeyPath, ownedLike, nil
}

// giveToOwner gives a file that root made to the owner of a folder. A link in its place
// is not followed: whoever owns the folder could have root give away any file.
func giveToOwner(path, folder string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(folder)
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Chown(int(owner.Uid), int(owner.Gid)), f.Sync(), f.Close())
}
