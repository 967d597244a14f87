package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mpg/cmd/mpg/hint"
	"mpg/conf"
	"mpg/engine/admin"
	"mpg/engine/bank/cbcmac"
	"mpg/engine/bank/keyring"
)

func bankCommand() *cobra.Command {
	group := &cobra.Command{Use: "bank", Short: "show the links to the banks, compare totals with them, and enter the keys shared with them"}
	group.AddCommand(bankListCommand(), bankKeyCommand(), bankTotalsCommand(), bankBreaksCommand())
	return group
}

func bankListCommand() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "list the banks: whether they can be asked, their lines, and the check values of their keys", Args: misuse(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := dial(cmd)
			if err != nil {
				return err
			}
			var status admin.Status
			if err := d.get("/status", &status); err != nil {
				return err
			}
			return show(cmd, status.Banks, func(out io.Writer) {
				row(out, "BANK", "STATE", "LINES AND KEYS")
				for _, b := range status.Banks {
					showBank(out, &b)
				}
			})
		}}
}

// showBank prints one bank, with a row for each line and each key.
func showBank(out io.Writer, b *admin.BankState) {
	name, state := b.Bank, b.State
	for _, line := range b.Lines {
		row(out, name, state, line.Addr+" "+map[bool]string{true: "up", false: "down"}[line.Up])
		name, state = "", ""
	}
	for _, key := range b.Keys {
		row(out, name, state, "key "+key.Key+", check value "+key.Value)
		name, state = "", ""
	}
	if name != "" {
		row(out, name, state, "")
	}
}

func bankKeyCommand() *cobra.Command {
	var slot, cipher string
	var anew, stdin bool
	c := &cobra.Command{
		Use: "key BANK", Short: "enter one of the two components of a key that is shared with a bank",
		Long: `Enters one component of a key. The bank hands out two, to two people, and each of them
runs this command from an account of their own on this machine, with sudo if only root or
mpg may write the key file. What counts is who logged in to the machine, not who logged in
with mpg staff login. Neither ever knows the key, which is the exclusive OR of both. The
component and its check value, which reveals a typing mistake, are not shown as they are
typed. With --stdin both are read, from two lines. Only check values are printed: compare
that of the key with the bank's.

The key goes into the bank's key_file, which serve reads at its start. --slot zone, the
default, is the zone master key, under which the bank sends the keys of MACs; --slot mac is
the key of the MACs itself, for banks that send none. --anew forgets a first component that
was entered by mistake.`,
		Example: "  mpg bank key icbc\n  mpg bank key icbc --slot mac",
		Args:    misuse(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := bankOf(cmd, args[0])
			if err != nil {
				return err
			}
			entry := keyring.Entry{Slot: keyring.Slot(slot), Cipher: cbcmac.Cipher(cipher), By: loginName(), Anew: anew}
			if cipher == "" {
				entry.Cipher = cbcmac.CipherOf(cbcmac.Algorithm(b.MAC))
			}
			if err := checkEntry(&entry); err != nil {
				return err
			}
			if err := readComponent(cmd.Context(), cmd.InOrStdin(), stdin, &entry); err != nil {
				return err
			}
			return enterKey(cmd, b, entry)
		}}
	c.Flags().StringVar(&slot, "slot", string(keyring.Zone), "what the key is for: zone or mac")
	c.Flags().StringVar(&cipher, "cipher", "", "3des or aes; if not given, that of the bank's mac")
	c.Flags().BoolVar(&anew, "anew", false, "forget a first component that is waiting for the second")
	c.Flags().BoolVar(&stdin, "stdin", false, "read the component and its check value from standard input, one per line")
	return c
}

// bankOf returns the settings of the bank of that name.
func bankOf(cmd *cobra.Command, name string) (*conf.Bank, error) {
	file, _ := cmd.Flags().GetString("config")
	f, err := conf.Inspect(file)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(f.Bank, func(b conf.Bank) bool { return b.Name == name })
	if at < 0 {
		return nil, fmt.Errorf("%s has no bank %q", file, name)
	}
	return &f.Bank[at], nil
}

// checkEntry refuses slots and ciphers that do not exist.
func checkEntry(entry *keyring.Entry) error {
	switch {
	case entry.Slot != keyring.Zone && entry.Slot != keyring.MACKey:
		return misused{fmt.Errorf("--slot is zone or mac, not %q", entry.Slot)}
	case entry.Cipher != cbcmac.DES3 && entry.Cipher != cbcmac.AES:
		return misused{fmt.Errorf("--cipher is 3des or aes, not %q", entry.Cipher)}
	}
	return nil
}

// readComponent asks for a component and its check value.
func readComponent(ctx context.Context, in io.Reader, stdin bool, entry *keyring.Entry) error {
	var lines [][]byte
	var err error
	if stdin {
		lines, err = readSecrets(in, 2)
	} else {
		for _, prompt := range []string{"component: ", "check value: "} {
			line, asked := askSecret(ctx, prompt)
			if asked != nil {
				return hint.Add(errors.New("there is no terminal to ask for a component"), "give it with --stdin")
			}
			lines = append(lines, line)
		}
	}
	if err != nil || len(lines) != 2 {
		return errors.New("want two lines: a component in hexadecimal digits, and its check value")
	}
	plain := func(line []byte) string { return string(bytes.ReplaceAll(bytes.TrimSpace(line), []byte(" "), nil)) }
	entry.Component, entry.Check = plain(lines[0]), plain(lines[1])
	return nil
}

// enterKey puts the component into the bank's key file and shows check values.
func enterKey(cmd *cobra.Command, b *conf.Bank, entry keyring.Entry) error {
	if err := os.MkdirAll(filepath.Dir(b.KeyFile), 0o700); err != nil {
		return hint.Plainly(err)
	}
	entered, err := keyring.Enter(b.KeyFile, time.Now(), entry)
	if err != nil {
		return keyProblem(err)
	}
	if err := giveToOwner(b.KeyFile, filepath.Dir(b.KeyFile)); err != nil {
		return hint.Plainly(err)
	}
	result := struct {
		File      string   `json:"file"`
		Slot      string   `json:"slot"`
		Component string   `json:"component_check_value"`
		Key       string   `json:"check_value,omitempty"`
		By        []string `json:"by"`
	}{b.KeyFile, string(entry.Slot), entered.Component, entered.Key, entered.By}
	return show(cmd, result, func(out io.Writer) {
		row(out, "component", entered.Component+" (check value)")
		if entered.Key == "" {
			row(out, "", "somebody else now enters the other component with the same command")
			return
		}
		row(out, "key", entered.Key+" (check value); it must be the one that the bank has given")
		row(out, "entered by", strings.Join(entered.By, ", "))
		row(out, "", "restart mpg to use it")
	})
}

// keyProblem adds what to do about a component that was refused.
func keyProblem(err error) error {
	err = hint.Plainly(err)
	switch {
	case errors.Is(err, keyring.ErrSamePerson):
		return hint.Add(err, "the other person logs in and runs the command; --anew begins again")
	case errors.Is(err, keyring.ErrCheckValue):
		return hint.Add(err, "nothing was entered; type the component and its check value again")
	case errors.Is(err, keyring.ErrOtherKey):
		return hint.Add(err, "finish that key first, or begin again with --anew")
	case errors.Is(err, cbcmac.ErrKey):
		return hint.Add(err, "a component has 32 hexadecimal digits, or 48 or 64 for longer keys; --cipher says for which cipher")
	}
	return err
}

// loginName returns who is at the keyboard. The kernel notes at login whose session it is,
// and keeps that through su and sudo.
func loginName() string {
	const unset = "4294967295" // (uid_t) -1: nobody has logged in, as in a container
	uid := strconv.Itoa(os.Getuid())
	if text, err := os.ReadFile("/proc/self/loginuid"); err == nil {
		if noted := strings.TrimSpace(string(text)); noted != unset && noted != "" {
			uid = noted
		} else if sudoer := os.Getenv("SUDO_UID"); sudoer != "" {
			uid = sudoer
		}
	}
	if account, err := user.LookupId(uid); err == nil {
		return account.Username
	}
	return "uid " + uid
}
