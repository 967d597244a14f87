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

	"mpg/conf"
	"mpg/engine"
	"mpg/engine/api"
)

// rightsHint says who may command the daemon: the socket admits nobody else.
const rightsHint = "run this as root or as the user that runs mpg serve"

// socketName is the daemon's socket in data_dir.
const socketName = "mpg.sock"

// client speaks to the running daemon.
type client struct {
	http http.Client
	c    *cobra.Command
}

// dial finds the daemon by the configuration.
func dial(c *cobra.Command) (*client, error) {
	path, _ := c.Flags().GetString("config")
	dir, err := conf.DataDir(path)
	if err != nil {
		return nil, hinted{err, "name the daemon's file with -c"}
	}
	socket := filepath.Join(dir, socketName)
	switch _, err := os.Stat(socket); {
	case errors.Is(err, fs.ErrPermission):
		return nil, coded{hinted{fmt.Errorf("%s: permission denied", dir), rightsHint}, codePermission}
	case err != nil:
		return nil, coded{hinted{fmt.Errorf("no daemon at %s", socket), "start it: mpg serve -c " + path}, codeNoDaemon}
	}
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}
	return &client{http: http.Client{Transport: transport}, c: c}, nil
}

// get reads path into v.
func (d *client) get(path string, v any) error { return d.do(http.MethodGet, path, "", nil, v) }

// post sends in under key and reads the answer into v.
func (d *client) post(path, key string, in, v any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	defer clear(body)
	return d.do(http.MethodPost, path, key, body, v)
}

// change has the daemon do something under the command's key, and reads the
// result into v.
func change(c *cobra.Command, path string, in, v any) error {
	key, err := keyOf(c)
	if err != nil {
		return err
	}
	d, err := dial(c)
	if err != nil {
		return err
	}
	return d.post(path, key, in, v)
}

func (d *client) do(method, path, key string, body []byte, v any) error {
	req, err := http.NewRequestWithContext(d.c.Context(), method, "http://mpg"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := d.http.Do(req)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return coded{hinted{errors.New("the daemon's socket: permission denied"), rightsHint}, codePermission}
	case errors.Is(err, syscall.ECONNREFUSED):
		path, _ := d.c.Flags().GetString("config")
		return coded{hinted{errors.New("the daemon is not running: its socket was left behind"), "start it: mpg serve -c " + path}, codeNoDaemon}
	case err != nil:
		return coded{hinted{fmt.Errorf("the daemon does not answer: %w", errors.Unwrap(err)), "is mpg serve running, and are you root or its user?"}, codeNoDaemon}
	}
	defer func() { _ = res.Body.Close() }() // it was read to its end
	if res.StatusCode != http.StatusOK {
		return d.problem(res)
	}
	switch to := v.(type) {
	case nil:
		_, err := io.Copy(io.Discard, res.Body)
		return err
	case io.Writer: // the body itself
		_, err := io.Copy(to, res.Body)
		return err
	}
	return json.NewDecoder(res.Body).Decode(v)
}

// problem returns the daemon's reason for not doing a command. A request that is wrong
// in itself comes from a wrong command line.
func (d *client) problem(res *http.Response) error {
	var p api.Problem
	if err := json.NewDecoder(res.Body).Decode(&p); err != nil {
		return fmt.Errorf("the daemon answered %s", res.Status)
	}
	if res.StatusCode == http.StatusBadRequest {
		return misused{hinted{errors.New(p.Error), cmp.Or(p.Hint, usage(d.c))}}
	}
	return coded{hinted{errors.New(p.Error), p.Hint}, p.Code}
}

// showRepeat says that a command repeated an earlier one under the same key.
func showRepeat(w io.Writer, r engine.Repeated) {
	if r.Repeat {
		row(w, "repeat", "of "+seconds(r.First)+"; nothing was done now, and this is how it stood then")
	}
}

// addKey gives a command its --key.
func addKey(c *cobra.Command) {
	c.Flags().String("key", "", "key of this command: a repeat with the same key does nothing (made up and printed if not given)")
}

// keyOf is the command's key. One that is made is printed before anything is
// sent, so that a lost answer can be asked for again.
//
// An empty --key is no wish for a made one: it is a script whose variable is not
// set, and each of its retries would be done anew.
func keyOf(c *cobra.Command) (string, error) {
	key, _ := c.Flags().GetString("key")
	switch {
	case key != "":
	case c.Flags().Changed("key"):
		return "", misused{hinted{errors.New("--key is empty"), "name the command, or leave --key out"}}
	default:
		key = rand.Text()
		_, _ = fmt.Fprintf(c.ErrOrStderr(), "key: %s\n", key)
	}
	return key, nil
}
