// Package media carries the sound of calls: RTP (RFC 3550) with G.711 and
// telephone-event (RFC 4733), for thousands of calls at once on few cores.
//
//	engine.go    Engine: configuration, ports, shards
//	open.go      which stream gets a place on which local port
//	stream.go    Stream: one call's sound; what other goroutines may ask of it
//	shard.go     the wheel: one locked thread that sends and receives for many
//	port.go      a shared local port: its streams, their sources, who owns a packet
//	send.go      a stream's next packet: prompt, key or silence
//	receive.go   a packet that came for a stream
//	play.go      a queue of clips, frame by frame
//	rtp.go       the RTP header, both ways; pure; fuzzed
//	g711.go      A-law and mu-law; pure
//	clip.go      Clip: a finished prompt in both laws
//	stats.go     what is counted, and the histogram of lateness
//	sock_linux.go, thread_linux.go  sendmmsg, recvmmsg, epoll, thread times
//	sock_other.go                   the same by package net
//
// # The wheel
//
// Each shard is one goroutine locked to its thread. It wakes every millisecond;
// a revolution is 20 slots, one packet time. A local port has a slot, and all
// its streams are sent in that slot with one sendmmsg: the header lies in the
// stream, the payload in the clip that thousands of calls share, and nothing
// is copied or allocated. Received packets are taken in every slot. Against a
// goroutine and a ticker per call this took a fifth less processor time with
// 500 calls on two cores (mpg bench ivr), most of it the kernel's for the
// packets themselves, and it did not collapse at 3,000 calls.
//
// The wheel hands its processor back while it sleeps. Where other goroutines
// keep all of them busy, let GOMAXPROCS be the number of cores plus Shards:
// then the kernel, not the Go scheduler, decides who waits, and it favours
// threads that sleep much. With four busy goroutines on two cores this takes
// the median lateness of 200 calls from 3.3 to 0.3 ms. The thread asks for a
// higher priority as well, which the kernel grants to root, CAP_SYS_NICE and
// LimitNICE=.
//
// # Which packet belongs to which call
//
// Up to PortStreamsMax calls share a local port. What tells them apart is the
// address that a packet comes from, so no two streams of a port may have the
// same remote address:
//
//   - Open spreads the streams over the ports, the emptiest first.
//   - Who knows the remote address when it opens (the answering side) gives it
//     as StreamConfig.Peer and gets a port where it is free.
//   - Start refuses a remote address that another stream of the port has
//     (ErrPeerTaken): the call fails rather than that a PIN crosses calls.
//
// For the same reason SSRCs are not used to tell calls apart: they may change
// within a call and are not known before its first packet. Two engines that
// face each other carry at most Ports x Ports calls.
//
// # Whose sound is taken
//
// Sound is sent to the address of the session description and taken from it.
// Some peers send from elsewhere; then the first source with an answered payload
// type and the described port is taken, or one of the described host if no other
// call is on the local port: once per description, until the described address
// sends itself. A session refresh that names the same address changes nothing.
// A source that belonged to another call is not taken before it has been silent
// for two seconds, and what came while no call was on belongs to none. All else is
// counted and dropped. With Remote.Strict only the
// described address is taken.
//
// # Rules
//
// Imports mpg/ivr/dtmf and golang.org/x/sys/unix (mmsg system calls, thread
// times). pion/rtp serves the tests as an oracle. Handlers run on the wheel's
// thread: they must not block, and must not call Stream.Close or Engine.Close.
// Event payloads are wiped from the receive buffers once they are read; no
// payload and no whole address is ever logged.
package media
