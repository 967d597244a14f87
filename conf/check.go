package conf

import (
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Rights of files and folders.
const (
	othersMask  = 0o077 // all that anybody but the owner may do
	worldMask   = 0o007 // what anybody at all may do
	dataDirMode = 0o700
)

// Finding is something around a right file that may be wrong.
type Finding struct {
	Mistake
	Fatal bool `json:"fatal"` // serve refuses to start; otherwise it runs, perhaps not as intended
}

// Check looks at what a file that Load took may still get wrong: rights of
// files and folders, as the user who runs it has them, and settings that are
// allowed but rarely meant. It changes nothing.
func Check(file *File) []Finding {
	c := checker{file: file}
	c.dataDir(file)
	for table, key := range keysIn(file) {
		c.key(table, key)
	}
	c.ownRights(file)
	c.credentials(file)
	c.smsc(file)
	c.voice(file)
	c.sip(file)
	c.copies(file)
	c.till(&file.Till)
	if p := file.Product.MPurse; !p.PINAbove.isZero() && p.PINFreeDay.isZero() {
		c.warn("product.mpurse.pin_above", "has no effect: pin_free_day is 0, so every payment gets a PIN call")
	}
	if a := file.HTTP.Listen.Addr(); a.IsValid() && !a.IsLoopback() {
		c.warn("http.listen", "%s is open to others; metrics and health ask for no password", file.HTTP.Listen)
	}
	return c.findings
}

type checker struct {
	file     *File
	findings []Finding
}

func (c *checker) find(fatal bool, key, format string, args ...any) {
	c.findings = append(c.findings, Finding{c.file.Mistake(key, fmt.Sprintf(format, args...)), fatal})
}

func (c *checker) warn(key, format string, args ...any)   { c.find(false, key, format, args...) }
func (c *checker) refuse(key, format string, args ...any) { c.find(true, key, format, args...) }

func (c *checker) dataDir(file *File) {
	const key = "data_dir"
	info, err := os.Stat(file.DataDir)
	switch {
	case os.IsNotExist(err):
		if err := makeable(file.DataDir); err != nil {
			c.refuse(key, "%s does not exist and cannot be made: %v", file.DataDir, err)
			return
		}
		c.warn(key, "%s does not exist yet; serve makes it with mode 0700", file.DataDir)
	case err != nil:
		c.refuse(key, "%v", plain(err))
	case !info.IsDir():
		c.refuse(key, "%s is not a folder", file.DataDir)
	case info.Mode().Perm()&othersMask != 0:
		c.refuse(key, "%s has mode %04o; chmod it to %04o, since it holds money", file.DataDir, info.Mode().Perm(), dataDirMode)
	default:
		c.within(key, file.DataDir)
	}
}

// within checks that the folder and the ledger's files can be used.
func (c *checker) within(key, dir string) {
	paths, _ := filepath.Glob(filepath.Join(dir, ledgerFiles)) // the pattern is right
	for i, path := range append([]string{dir}, paths...) {
		rights := uint32(mayRead | mayWrite)
		if i == 0 {
			rights |= mayEnter
		}
		if err := usable(path, rights); err != nil {
			c.refuse(key, "%v", err)
			return
		}
	}
}

func (c *checker) key(table string, key *Key) {
	setting := key.setting(table)
	if key.Unseen() {
		c.warn(setting, notSeen)
		return
	}
	info, err := os.Stat(key.KeyPath)
	switch {
	case os.IsNotExist(err) && key.KeyCredential == "":
		if err := key.makeable(); err != nil {
			folder := filepath.Dir(key.KeyPath)
			c.refuse(setting, "%s does not exist and cannot be made: %v; as root, make its folder for the user who runs serve: install -d -m 0700 -o %d %s", key.KeyPath, err, os.Geteuid(), folder)
			return
		}
		c.warn(setting, "%s does not exist yet; serve makes it at its first start", key.KeyPath)
	case err != nil:
		c.refuse(setting, "%v", plain(err))
	case !info.Mode().IsRegular():
		c.refuse(setting, "%s is not a file", key.KeyPath)
	case key.KeyCredential == "":
		if err := errors.Join(mustBePrivate(key.KeyPath, info), usable(key.KeyPath, mayRead)); err != nil {
			c.refuse(setting, "%v", err)
		}
	}
}

// ownRights looks at the file itself where passwords stand in it.
func (c *checker) ownRights(file *File) {
	info, err := os.Stat(file.Path())
	if err != nil || info.Mode().Perm()&worldMask == 0 {
		return
	}
	for key, secret := range secretsOf(file) {
		if secret.inline() {
			c.warn(key, "%s may be read by everybody (mode %04o) and holds a password; %s, or use %s_file",
				file.Path(), info.Mode().Perm(), narrowed(info), last(key))
			return
		}
	}
}

// narrowed says how a file is closed to others and stays open to this user, who may
// read it by its group: the package makes it root's, with the group of the daemon.
func narrowed(info os.FileInfo) string {
	sys, ok := info.Sys().(*syscall.Stat_t)
	groups, err := os.Getgroups()
	if !ok || err != nil {
		return "close it to others"
	}
	return narrow(int(sys.Uid), int(sys.Gid), os.Geteuid(), append(groups, os.Getegid()))
}

// narrow is narrowed for a file of owner and group, and a user with groups.
func narrow(owner, group, user int, groups []int) string {
	const root = 0
	switch {
	case owner == user && (user != root || group == root):
		return "chmod 0600 it"
	case user == root || slices.Contains(groups, group):
		return "chmod 0640 it"
	}
	return "chgrp it to the group of the user who runs serve and chmod 0640 it"
}

const notSeen = "is a credential, which only the running unit can see; not looked at"

// credentials says what Inspect has passed over.
func (c *checker) credentials(file *File) {
	for key, secret := range secretsOf(file) {
		if secret.unread() {
			c.warn(key+asCredential, notSeen)
		}
	}
}

func (c *checker) voice(file *File) {
	v := file.Voice
	if v.Clips == "" && v.Espeak == "" && len(v.Command) == 0 {
		c.warn("voice", "no clips, no espeak and no command; without a voice there are no calls")
	}
	if v.Clips == "" {
		return
	}
	if info, err := os.Stat(v.Clips); err != nil || !info.IsDir() {
		c.refuse("voice.clips", "%s is not a folder that can be read", v.Clips)
	}
}

func (c *checker) sip(file *File) {
	s := file.SIP
	if len(s.AllowPrefixes) == 0 {
		c.warn("sip.allow_prefixes", `empty: nobody is called, and orders that need a PIN are refused; want prefixes such as ["+86"]`)
	}
	if s.Listen.Addr().IsLoopback() && !trunkIsLocal(s.Trunk) {
		c.warn("sip.listen", "%s is this machine only, and the trunk is elsewhere; want an address that it can reach", s.Listen)
	}
	if file.Order.Expires < s.Ring {
		c.warn("order.expires", "is %v, less than sip.ring, which is %v: an order may end while its phone rings", file.Order.Expires, s.Ring)
	}
}

// copies checks the settings by which a text delivered twice is recognised. A text
// whose acknowledgement the SMSC lost comes again within redelivery; after that,
// the question of repeat is all that prevents a second payment.
func (c *checker) copies(file *File) {
	o := file.Order
	switch {
	case o.Repeat == 0:
		c.warn("order.repeat", "is 0: mpg never asks whether to pay an equal order again, so a copy of a text that is not recognised is paid twice")
	case o.Repeat < o.Redelivery:
		c.warn("order.repeat", "is %v, less than order.redelivery, which is %v: mpg may pay a copy that is not recognised without asking", o.Repeat, o.Redelivery)
	}
}

// trunkIsLocal reports whether the trunk is on this machine. A name other than
// localhost counts as elsewhere; names are not looked up here.
func trunkIsLocal(trunk string) bool {
	host := strings.TrimPrefix(trunk, "sip:")
	if strings.HasPrefix(host, "localhost") {
		return true
	}
	if ap, err := netip.ParseAddrPort(host); err == nil {
		return ap.Addr().IsLoopback()
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && addr.IsLoopback()
}

// secretsOf yields every secret of file and its key.
func secretsOf(file *File) iter.Seq2[string, *Secret] {
	return func(yield func(string, *Secret) bool) {
		for i := range file.SMSC {
			if !yield(at("smsc", i)+".password", &file.SMSC[i].Password) {
				return
			}
		}
		for i := range file.Bank {
			if !yield(at("bank", i)+".token", &file.Bank[i].Token) {
				return
			}
		}
		yield("sip.password", &file.SIP.Password)
	}
}
