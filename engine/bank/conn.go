package bank

import (
	"net"
	"time"
)

// timedConn gives each write a deadline, and each read one of the longest silence.
type timedConn struct {
	net.Conn
	write, read time.Duration
}

func (c *timedConn) Write(data []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(c.write)); err != nil {
		return 0, err
	}
	return c.Conn.Write(data)
}

func (c *timedConn) Read(into []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.read)); err != nil {
		return 0, err
	}
	return c.Conn.Read(into)
}
