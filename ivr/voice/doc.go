// Package voice turns finished sentences into clips that a telephone can play.
// Amounts and times come to it written out.
//
//	voice.go     Voice: who can say a sentence; First: several voices in order
//	clips.go     Clips: sentences that the operator recorded
//	espeak.go    Espeak: espeak-ng, run as a child program
//	command.go   Command: any other program
//	tones.go     Tones: no speech at all; for the demo on a bare machine
//	timed.go     Timed: a voice that is passed over while it is slow or fails
//	lexicon.go   words that espeak-ng reads wrongly -> pinyin (lexicon.txt)
//	cache.go     Cache: sentence -> *media.Clip, made once, kept while it is used
//	fixed.go     sentences of every call, made before the first one
//	sound.go     resampling to 8 kHz, trimming; pure
//	level.go     loudness, ITU-T P.56; pure
//	slower.go    speech made slower at the same pitch; pure
//	pause.go     the mark of a pause before a sentence
//	wav.go       WAV files, both ways
//	child.go     running a program with limits
//
// # Voices
//
// espeak-ng is GPL-3, keeps its state in the process and is written in C:
// therefore a child program, never a library. A sentence takes it about 30 ms,
// and then the cache has it. Its Debian voice cmn
// reads Chinese as English and is never used; cmn-latn-pinyin is right but for
// words with several readings, which the lexicon spells out in pinyin.
//
// The operator's recordings come first where there are any: a folder with a
// folder for each language, in it WAV files of any rate and an index.txt that
// says what each one says:
//
//	zh/index.txt:
//	    # file       sentence, exactly as it is worded
//	    press1.wav   请按一。
//	    thanks.wav   谢谢，再见。
//
// `mpg say --words` prints a sentence as it is worded. What is not recorded is
// left to the next voice. A … before a sentence is a pause, not a part of it.
//
// # Slow voices
//
// The operator's own program may take seconds, fail or return silence. All sentences
// of a call are made before it is placed (Cache.Prepare), so that a slow voice delays
// the ringing and never leaves a silent line. The first sentence that takes longer than
// the wait, or fails, trips the Timed around it: from then on the fallback speaks and
// nobody waits. One sentence at a time is still made for the next call, and after three
// quick ones in a row the voice is used again. Only the time package's clock is used:
// tests run in testing/synctest bubbles.
//
// # Loudness
//
// Levelling by peaks left sentences 4 dB apart. Each is brought to the same
// active speech level of ITU-T P.56, -20 dB of overload or -14 dBm0; peaks that would
// then exceed G.711 are limited.
//
// # Rules
//
// Imports mpg/ivr/media for Clip, and no library. Sentences go to children by
// standard input, never on a command line or through a shell. They are not
// logged: they name people, and what people pay.
package voice
