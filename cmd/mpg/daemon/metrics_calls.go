package daemon

import (
	"github.com/prometheus/client_golang/prometheus"

	"mpg/ivr"
)

// gauges returns the figures of calls and their sound.
func (cs *Calls) gauges() []gauge {
	list := []gauge{
		{"mpg_sip_trunk_up", "Whether the SIP trunk answers.", nil, false, flag(cs.trunkUp)},
		{"mpg_sip_calls_active", "Calls that are ringing or in progress.", nil, false, func() float64 { return float64(cs.caller.Stats().Active) }},
		{"mpg_rtp_packets_due_total", "RTP packets that should have been sent.", nil, true, func() float64 { return float64(cs.media.Stats().Due) }},
		{"mpg_rtp_packets_sent_total", "RTP packets sent.", nil, true, func() float64 { return float64(cs.media.Stats().Sent) }},
	}
	for end := ivr.Finished; end <= ivr.Cancelled; end++ {
		list = append(list, gauge{"mpg_sip_calls_total", "Calls, by end.", prometheus.Labels{"result": end.String()}, true,
			func() float64 { return float64(cs.caller.Stats().Ends[end]) }})
	}
	return list
}

// voiceGauges returns the metrics of the voices.
func (cs *Calls) voiceGauges() []gauge {
	list := []gauge{
		{"mpg_voice_sentences_made_total", "Sentences that a voice was asked to make because no copy was kept.", nil, true, func() float64 { return float64(cs.clips.Stats().Misses) }},
		{"mpg_voice_sentences_failed_total", "Sentences that a voice could not make.", nil, true, func() float64 { return float64(cs.clips.Stats().Failed) }},
		{"mpg_voice_sentences_fallback_total", "Sentences said by another voice in place of the command.", nil, true, func() float64 { return float64(cs.clips.Stats().Fallback) }},
	}
	if t := cs.voices.Timed; t != nil {
		list = append(list,
			gauge{"mpg_voice_command_late_total", "Sentences of the voice command that took too long.", nil, true, func() float64 { return float64(t.Stats().Late) }},
			gauge{"mpg_voice_command_passed_over", "Whether the voice command is too slow or fails, so that calls do not wait for it.", nil, false,
				flag(func() bool { return t.Stats().Passed })})
	}
	return list
}
