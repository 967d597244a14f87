package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"mpg/cmd/mpg/hint"
	"mpg/conf"
	"mpg/engine/admin"
	"mpg/engine/api"
)

// client speaks to the running daemon.
type client struct {
	http   http.Client
	c      *cobra.Command
	socket string
	login  *api.Session // of a member of staff; nil: nobody is logged in
}

// dial finds the daemon by the configuration.
func dial(cmd *cobra.Command) (*client, error) {
	path, _ := cmd.Flags().GetString("config")
	socket, err := socketFor(path)
	if err != nil {
		return nil, err
	}
	switch _, err := os.Stat(socket); {
	case errors.Is(err, fs.ErrPermission):
		return nil, coded{hint.Add(fmt.Errorf("%s: permission denied", filepath.Dir(socket)), hint.Rights), codePermission}
	case err != nil:
		return nil, coded{hint.Add(fmt.Errorf("no daemon at %s", socket), "start it: mpg serve -c "+path), codeNoDaemon}
	}
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}
	return &client{http: http.Client{Transport: transport}, c: cmd, socket: socket, login: readLogin(socket)}, nil
}

// socketFor returns the socket of the daemon with the configuration at path. A member of
// staff may not read the configuration, and finds the socket where the package puts it.
func socketFor(path string) (string, error) {
	socket, err := conf.Socket(path)
	switch {
	case errors.Is(err, fs.ErrPermission):
		if _, err := os.Stat(conf.SharedSocket); err == nil {
			return conf.SharedSocket, nil
		}
		return "", coded{hint.Add(err, hint.Rights), codePermission}
	case err != nil:
		return "", hint.Add(err, "name the daemon's file with -c")
	}
	return socket, nil
}

// get reads path into v.
func (d *client) get(path string, value any) error { return d.do(http.MethodGet, path, "", nil, value) }

// post sends in under key and reads the answer into v.
func (d *client) post(path, key string, in, value any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	defer clear(body)
	return d.do(http.MethodPost, path, key, body, value)
}

// change has the daemon do something under the command's key, and reads the
// result into v.
func change(cmd *cobra.Command, path string, in, value any) error {
	if err := checkKeyFlag(cmd); err != nil {
		return err
	}
	d, err := dial(cmd) // before the key: a command that cannot be sent has none to be told
	if err != nil {
		return err
	}
	return d.post(path, keyOf(cmd), in, value)
}

// do sends a request and reads the answer into value.
func (d *client) do(method, path, key string, body []byte, value any) error {
	_, err := d.ask(method, path, key, body, value)
	return err
}

// ask is do, and returns the header of the answer.
func (d *client) ask(method, path, key string, body []byte, value any) (http.Header, error) {
	req, err := http.NewRequestWithContext(d.c.Context(), method, "http://mpg"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	if d.login != nil {
		req.Header.Set("Authorization", "Bearer "+d.login.Token)
	}
	res, err := d.http.Do(req)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return nil, coded{hint.Add(errors.New("the daemon's socket: permission denied"), hint.Rights), codePermission}
	case errors.Is(err, syscall.ECONNREFUSED):
		path, _ := d.c.Flags().GetString("config")
		return nil, coded{hint.Add(errors.New("the daemon is not running: its socket was left behind"), "start it: mpg serve -c "+path), codeNoDaemon}
	case err != nil:
		return nil, coded{hint.Add(fmt.Errorf("the daemon does not answer: %w", errors.Unwrap(err)), "is mpg serve running, and are you root or its user?"), codeNoDaemon}
	}
	defer func() { _ = res.Body.Close() }() // it was read to its end
	heardZone(d.c, res.Header)
	if res.StatusCode != http.StatusOK {
		return nil, d.problem(res)
	}
	switch to := value.(type) {
	case nil:
		_, err := io.Copy(io.Discard, res.Body)
		return res.Header, err
	case io.Writer: // the body itself
		_, err := io.Copy(to, res.Body)
		return res.Header, err
	}
	return res.Header, json.NewDecoder(res.Body).Decode(value)
}

// problem returns the daemon's reason for not doing a command. A request that is wrong
// in itself comes from a wrong command line.
func (d *client) problem(res *http.Response) error {
	var p api.Problem
	if err := json.NewDecoder(res.Body).Decode(&p); err != nil {
		return fmt.Errorf("the daemon answered %s", res.Status)
	}
	if res.StatusCode == http.StatusBadRequest {
		return misused{hint.Add(errors.New(p.Error), cmp.Or(p.Hint, usage(d.c)))}
	}
	return coded{hint.Add(errors.New(p.Error), p.Hint), p.Code}
}

// showRepeat says that a command repeated an earlier one under the same key.
func showRepeat(out io.Writer, repeated admin.Repeated) {
	if repeated.Repeat {
		row(out, "repeat", "of "+seconds(repeated.First)+"; nothing was done this time, and this is the first result")
	}
}

// addKey gives a command its --key.
func addKey(cmd *cobra.Command) {
	cmd.Flags().String("key", "", "key of this command: a repeat with the same key does nothing (made up and printed if not given)")
}

// checkKeyFlag refuses an empty --key. It is no wish for a made one: it is a script
// whose variable is not set, and each of its retries would be done anew.
func checkKeyFlag(cmd *cobra.Command) error {
	if key, _ := cmd.Flags().GetString("key"); key == "" && cmd.Flags().Changed("key") {
		return misused{hint.Add(errors.New("--key is empty"), "give the command a key, or leave --key out")}
	}
	return nil
}

// keyOf is the command's key. One that is made is printed before anything is
// sent, so that a lost answer can be asked for again.
func keyOf(cmd *cobra.Command) string {
	key, _ := cmd.Flags().GetString("key")
	if key == "" {
		key = rand.Text()
		_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "key: %s\n", key)
	}
	return key
}
