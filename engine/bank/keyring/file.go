package keyring

import (
	"crypto/cipher"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"mpg/engine/bank/cbcmac"
)

// othersMask holds the permission bits of everybody but the owner.
const othersMask = 0o077

// content is what a key file holds, as JSON.
type content struct {
	// Component is the first half of a key, whose second half has not been entered.
	Component *component `json:"component,omitempty"`
	Zone      *key       `json:"zone,omitempty"` // the zone master key
	MAC       *key       `json:"mac,omitempty"`
	Before    *key       `json:"before,omitempty"`
	Next      *key       `json:"next,omitempty"`
}

// key is one key.
type key struct {
	Cipher cbcmac.Cipher `json:"cipher"`
	Sealed bool          `json:"sealed,omitempty"` // encrypted under the zone master key
	Secret string        `json:"secret"`           // hexadecimal digits
	Check  string        `json:"check"`
	Since  time.Time     `json:"since"`
	By     []string      `json:"by,omitempty"` // who entered it
}

// component is half of a key.
type component struct {
	Slot   Slot          `json:"slot"`
	Cipher cbcmac.Cipher `json:"cipher"`
	Secret string        `json:"secret"`
	By     string        `json:"by"`
}

// String says that it is a key, so that none is ever printed by mistake.
func (k *key) String() string { return "a key" }

// String says that it is a component.
func (c *component) String() string { return "a component of a key" }

// open returns the key itself.
func (k *key) open(zone *key) ([]byte, error) {
	secret, err := unhex(k.Secret)
	if err != nil || !k.Sealed {
		return secret, err
	}
	if zone == nil {
		return nil, ErrNoKey
	}
	master, err := unhex(zone.Secret)
	if err != nil {
		return nil, err
	}
	defer clear(master)
	block, err := cbcmac.NewCipher(zone.Cipher, master)
	if err != nil {
		return nil, err
	}
	return decrypt(block, secret)
}

// prove returns an error unless secret, which the file holds, has the check value that was
// stored with it: under a damaged key every answer of the bank would seem to be forged.
func (k *key) prove(secret []byte) error {
	value, err := cbcmac.CheckValue(k.Cipher, secret)
	if err != nil {
		return err
	}
	if value != k.Check {
		return fmt.Errorf("%w: the file is damaged", ErrCheckValue)
	}
	return nil
}

// decrypt deciphers each block of sealed by itself, as keys are encrypted under a zone master
// key. ANSI X9.17
func decrypt(block cipher.Block, sealed []byte) ([]byte, error) {
	size := block.BlockSize()
	if len(sealed)%size != 0 {
		return nil, ErrForm
	}
	plain := make([]byte, len(sealed))
	for at := 0; at < len(sealed); at += size {
		block.Decrypt(plain[at:], sealed[at:at+size])
	}
	return plain, nil
}

// checked returns a stored key, if secret has that check value. Four digits of it are enough,
// since some banks give no more.
func checked(cipher cbcmac.Cipher, secret []byte, check string) (*key, error) {
	value, err := cbcmac.CheckValue(cipher, secret)
	if err != nil {
		return nil, err
	}
	const least = 4
	if len(check) < least || !strings.HasPrefix(value, strings.ToUpper(check)) {
		return nil, fmt.Errorf("%w: it is %s", ErrCheckValue, value)
	}
	return &key{Cipher: cipher, Secret: strings.ToUpper(hex.EncodeToString(secret)), Check: value}, nil
}

// read returns what the file at path holds.
func read(path string) (*content, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if mode := info.Mode().Perm(); mode&othersMask != 0 {
		return nil, fmt.Errorf("%s: %w (mode %04o): chmod 0600 it", path, ErrOpen, mode)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	defer clear(text)
	c := new(content)
	if json.Unmarshal(text, c) != nil { // its errors may quote the text
		return nil, fmt.Errorf("%s is not a key file of a bank", path)
	}
	return c, nil
}

// change reads the file, changes it and writes it back, under a lock on its folder that
// other processes respect, too. A file that is missing is empty.
func change(path string, fn func(*content) error) (*content, error) {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	defer func() { _ = folder.Close() }()
	if err := syscall.Flock(int(folder.Fd()), syscall.LOCK_EX); err != nil {
		return nil, err
	}
	c, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		c, err = new(content), nil
	}
	if err == nil {
		err = fn(c)
	}
	if err != nil {
		return nil, err
	}
	return c, write(path, folder, c)
}

// write replaces the file at path. It is on the disk, with its name in folder, when write
// returns. The owner of a file that was there keeps it.
func write(path string, folder *os.File, c *content) error {
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	defer clear(text)
	draft := path + ".new"
	if err := os.Remove(draft); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	if err == nil && os.Geteuid() == 0 {
		err = giveAway(f, folder)
	}
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(draft))
	}
	if err := os.Rename(draft, path); err != nil {
		return err
	}
	if err := folder.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) {
		return err
	}
	return nil
}

// giveAway gives a file that root made to the owner of its folder, who is the daemon.
func giveAway(f, folder *os.File) error {
	info, err := folder.Stat()
	if err != nil {
		return err
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok {
		return f.Chown(int(owner.Uid), int(owner.Gid))
	}
	return nil
}
