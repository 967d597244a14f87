package iso8583_test

import (
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mpg/engine/bank/iso8583"
)

// TestTsharkReadsWhatWeWrite gives every message of the vectors, packed here, to
// Wireshark's dissector, which must find in each the elements that were meant, and no
// fault.
func TestTsharkReadsWhatWeWrite(t *testing.T) {
	t.Parallel()
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("no tshark")
	}
	messages := vectors()
	names := slices.Sorted(maps.Keys(messages))
	var frames [][]byte
	for _, name := range names {
		packed, err := dialect(t).Pack(messages[name])
		if err != nil {
			t.Fatal(err)
		}
		frame, err := iso8583.AppendFrame(nil, packed)
		if err != nil {
			t.Fatal(err)
		}
		frames = append(frames, frame)
	}
	path := filepath.Join(t.TempDir(), "bank.pcap")
	if err := os.WriteFile(path, capture(frames), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-r", path, "-d", fmt.Sprintf("tcp.port==%d,iso8583", capturePort), "-o", "iso8583.len_endian:Big endian",
		"-T", "fields", "-E", "separator=|", "-e", "_ws.malformed", "-e", "iso8583.mti"}
	elements := slices.DeleteFunc(allElements(), func(de iso8583.DE) bool { return de.Name() == "" })
	for _, de := range elements {
		args = append(args, "-e", fmt.Sprintf("iso8583.bit%d", de))
	}
	out, err := exec.Command(tshark, args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimRight(string(out), "\n"), "\n")
	if len(got) != len(names) {
		t.Fatalf("tshark reads %d messages, want %d", len(got), len(names))
	}
	for i, name := range names {
		columns := []string{"", string(messages[name].MTI)}
		for _, de := range elements {
			columns = append(columns, messages[name].Get(de))
		}
		read := strings.Split(got[i], "|")
		for j := range read {
			read[j] = strings.TrimRight(read[j], " ") // the filling of DE42
		}
		if !slices.Equal(read, columns) {
			t.Errorf("%s: tshark reads\n%q\nwant\n%q", name, read, columns)
		}
	}
}

func allElements() []iso8583.DE {
	var all []iso8583.DE
	for de := iso8583.DE(2); de <= 128; de++ {
		all = append(all, de)
	}
	return all
}

// capturePort is the bank's port in capture.
const capturePort = 8583

// capture returns a pcap file of one TCP segment for each frame, from the gateway to the
// bank. The link type is 101, raw IP.
func capture(frames [][]byte) []byte {
	const linkType, headers, gateway = 101, 40, 40000
	file := binary.LittleEndian.AppendUint32(nil, 0xA1B2C3D4)
	file = append(file, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, linkType, 0, 0, 0)
	sent := uint32(1)
	for i, frame := range frames {
		size := headers + len(frame)
		for _, value := range []uint32{uint32(i), 0, uint32(size), uint32(size)} {
			file = binary.LittleEndian.AppendUint32(file, value)
		}
		file = append(file, 0x45, 0)
		file = binary.BigEndian.AppendUint16(file, uint16(size))
		file = append(file, 0, 0, 0, 0, 64, 6, 0, 0, 127, 0, 0, 1, 127, 0, 0, 2)
		file = binary.BigEndian.AppendUint16(file, gateway)
		file = binary.BigEndian.AppendUint16(file, capturePort)
		file = binary.BigEndian.AppendUint32(file, sent)
		file = append(file, 0, 0, 0, 1, 0x50, 0x18, 0xFF, 0xFF, 0, 0, 0, 0)
		file = append(file, frame...)
		sent += uint32(len(frame))
	}
	return file
}
