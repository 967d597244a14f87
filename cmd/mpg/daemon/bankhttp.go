package daemon

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"mpg/cmd/mpg/hint"
	"mpg/conf"
	"mpg/engine/bank/httpbank"
)

// httpConnector returns the connector to a bank that speaks HTTP.
func httpConnector(settings *conf.Bank, log *slog.Logger, onAnswer func(time.Duration)) (connector, error) {
	transport, err := bankTransport(settings)
	if err != nil {
		return nil, err
	}
	return httpbank.Open(httpbank.Config{
		Name: settings.Name, URL: settings.URL, Token: settings.Token.Reveal(), Status: settings.Status, Timeout: settings.Timeout, Every: settings.Echo,
		Window: settings.ReversalWindow, Transport: transport, Log: log, OnAnswer: onAnswer,
	})
}

// badCertificates is what is wrong with the file that ca_file names.
type badCertificates struct{ error }

// bankTransport returns how the bank is reached: directly, whatever proxy the environment
// names, and by TLS 1.2 or later.
func bankTransport(settings *conf.Bank) (*http.Transport, error) {
	secure := &tls.Config{MinVersion: tls.VersionTLS12}
	if settings.CAFile != "" {
		pem, err := os.ReadFile(settings.CAFile)
		if err != nil {
			return nil, badCertificates{hint.Plainly(err)}
		}
		secure.RootCAs = x509.NewCertPool()
		if !secure.RootCAs.AppendCertsFromPEM(pem) {
			return nil, badCertificates{fmt.Errorf("%s holds no certificate in PEM", settings.CAFile)}
		}
	}
	const kept = 100 // connections that wait for the next request
	return &http.Transport{
		DialContext: (&net.Dialer{Timeout: settings.Dial}).DialContext, TLSHandshakeTimeout: settings.Dial, TLSClientConfig: secure,
		MaxIdleConnsPerHost: kept, IdleConnTimeout: settings.Echo, ForceAttemptHTTP2: true,
	}, nil
}
