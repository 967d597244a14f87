package daemon

import (
	"fmt"
	"os"
	"path/filepath"

	"mpg/cmd/mpg/hint"
	"mpg/conf"
	"mpg/engine/bank"
	"mpg/engine/bank/cbcmac"
	"mpg/engine/bank/iso8583"
	"mpg/engine/bank/keyring"
)

// macOf returns how the messages of a bank are authenticated, with its keys.
func macOf(settings *conf.Bank) (bank.MAC, error) {
	if settings.MAC == "" {
		return bank.MAC{}, nil
	}
	ring, err := keyring.Open(keyring.Config{
		Path: settings.KeyFile, Algorithm: cbcmac.Algorithm(settings.MAC), Padding: cbcmac.Padding(settings.MACPadding),
		Grace: 2 * settings.Timeout,
	})
	if err != nil {
		return bank.MAC{}, hint.Add(fmt.Errorf("bank %s: %w", settings.Name, hint.Plainly(err)), "enter the keys again with mpg bank key "+settings.Name)
	}
	m := bank.MAC{Keys: ring, Octets: settings.MACOctets, KeyCode: settings.KeyCode, KeyElement: iso8583.DE(settings.KeyElement), KeyEvery: settings.KeyEvery}
	for _, class := range settings.MACOn {
		m.On = append(m.On, bank.MACClass(class))
	}
	return m, nil
}

// makeKeyFolders makes the folders of key files that the file does not name, since the
// banks' keys are written there.
func makeKeyFolders(file *conf.File) error {
	for _, b := range file.Bank {
		if folder := filepath.Dir(b.KeyFile); b.MAC != "" && folder == file.DataDir+"-keys" {
			if err := os.MkdirAll(folder, 0o700); err != nil {
				return hint.Plainly(err)
			}
		}
	}
	return nil
}
