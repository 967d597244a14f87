package daemon

import (
	"mpg/conf"
	"mpg/smpp"
)

// File returns the configuration of a daemon.
func (d *Daemon) File() *conf.File { return d.conf }

// Pace returns how fast the first bind sends.
func (d *Daemon) Pace() smpp.Pace { return d.binds.all[0].session.Pace() }

// ReloadSending applies how the binds send.
func (d *Daemon) ReloadSending(f *conf.File) { d.binds.reload(f) }

// VoiceProbes returns the lines of /readyz?verbose about the voice that was chosen.
func (cs *Calls) VoiceProbes() (lines []string) {
	for _, p := range cs.voiceProbes() {
		lines = append(lines, p.String())
	}
	return lines
}

// VoiceFigures returns the metrics of the voices by name.
func (cs *Calls) VoiceFigures() map[string]float64 {
	figures := make(map[string]float64)
	for _, g := range cs.voiceGauges() {
		figures[g.name] = g.read()
	}
	return figures
}

// ReloadTills does what a reload does with the certificate for tills.
func (d *Daemon) ReloadTills() { d.tills.reload() }
