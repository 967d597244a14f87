package conf

import (
	"iter"
	"path/filepath"
	"strings"
)

// The two ways to name a key, after the name of its table.
const (
	keyFile       = ".key_file"
	keyCredential = ".key_credential"
)

// keysIn yields every key of file and the name of its table.
func keysIn(file *File) iter.Seq2[string, *Key] {
	return func(yield func(string, *Key) bool) {
		_ = yield("pin", &file.PIN) && yield("seal", &file.Seal)
	}
}

// defaultKeyFile returns the path of a table's key if the file names none. It is in a
// folder beside data_dir, so that a backup of data_dir does not include it.
func defaultKeyFile(dataDir, table string) string {
	return filepath.Join(dataDir+"-keys", table+".key")
}

// makeable reports why serve cannot make the key that is missing.
func (k *Key) makeable() error {
	if k.OwnFolder && makeable(k.KeyPath) == nil {
		return nil // serve makes the folder, too
	}
	return usable(filepath.Dir(k.KeyPath), mayWrite|mayEnter)
}

// Unseen reports whether the key is a credential that Inspect could not look at.
func (k *Key) Unseen() bool { return strings.HasPrefix(k.KeyPath, unitOnly) }

// setting returns the key of mpg.toml that names the secret key.
func (k *Key) setting(table string) string {
	if k.KeyCredential != "" {
		return table + keyCredential
	}
	return table + keyFile
}

// KeyMistake returns a mistake about the key of a table, "pin" or "seal". It is
// for what only the users of the key can judge, such as that it is not the key
// of the books.
func (f *File) KeyMistake(table, text string) Mistake {
	for name, key := range keysIn(f) {
		if name == table {
			return f.Mistake(key.setting(table), text)
		}
	}
	return f.Mistake(table, text)
}
