package daemon

import (
	"errors"
	"fmt"
	"syscall"

	"mpg/cmd/mpg/hint"
	"mpg/conf"
)

// portHints says what to do about an address that cannot be listened on.
var portHints = map[syscall.Errno]string{
	syscall.EADDRINUSE:    "another program uses it, perhaps another mpg (ss -lnptu shows which): stop that program, or choose another port",
	syscall.EACCES:        "ports below 1024 need rights that mpg does not have: choose a higher one",
	syscall.EADDRNOTAVAIL: "this machine does not have that address (ip addr lists those it has)",
}

// portProblem names the key of an address that cannot be listened on, and what to
// do. The error of the network alone names neither.
func portProblem(file *conf.File, key, addr string, err error) error {
	for errno, remedy := range portHints {
		if errors.Is(err, errno) {
			return hint.Add(file.Mistake(key, fmt.Sprintf("%s: %v", addr, errno)), remedy)
		}
	}
	return file.Mistake(key, err.Error())
}

// soundProblem is portProblem for the ports of RTP, whose address is that of SIP.
func soundProblem(file *conf.File, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return portProblem(file, "sip.listen", file.SIP.Listen.Addr().String(), err)
	case !soundIP(file.SIP).IsValid():
		return file.Mistake("sip.advertise", "is empty, and sip.listen is every address; want the address that the trunk should send RTP to")
	}
	return portProblem(file, "sip.rtp_ports", file.SIP.RTPPorts.String(), err)
}
