package pdu_test

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mpg/smpp/pdu"
)

// TestTsharkReadsWhatWeWrite gives binds, submits and answers to Wireshark's
// dissector, which must find in each the fields that were meant, and no fault.
func TestTsharkReadsWhatWeWrite(t *testing.T) {
	t.Parallel()
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("no tshark")
	}
	bind := pdu.Bind{SystemID: []byte("mpg"), Password: []byte("sesame"), SystemType: []byte("PAY"),
		InterfaceVersion: pdu.InterfaceVersion, AddrTON: 3, AddrNPI: 1, AddressRange: []byte("^8888$")}
	long := bind
	long.LongCredentials, long.SystemID, long.InterfaceVersion = true, []byte("a-system-id-of-over-15"), pdu.InterfaceVersion50
	sm := pdu.SM{SourceAddr: []byte("8888"), SourceAddrTON: 3, DestinationAddr: []byte("8613800000001"), DestAddrTON: 1, DestAddrNPI: 1,
		DataCoding: 8, ShortMessage: []byte("\x4e\xd8\x00\x35")}
	var frames [][]byte
	add := func(frame []byte, err error) {
		if err != nil {
			t.Fatal(err)
		}
		frames = append(frames, frame)
	}
	add(pdu.AppendBind(nil, pdu.BindReceiver, 1, &bind))
	add(pdu.AppendBind(nil, pdu.BindTransmitter, 1, &long))
	add(pdu.AppendBind(nil, pdu.BindTransceiver, 1, &bind))
	add(pdu.AppendSM(nil, pdu.SubmitSM, 2, &sm))
	add(pdu.AppendDeliverSMResp(nil, pdu.RxTAppn, 7), nil)
	add(pdu.AppendHeader(nil, pdu.EnquireLinkResp, pdu.ROK, 8), nil)

	path := filepath.Join(t.TempDir(), "smpp.pcap")
	if err := os.WriteFile(path, capture(frames), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-r", path, "-d", "tcp.port==2775,smpp", "-T", "fields", "-E", "separator=|"}
	for _, field := range []string{"command_id", "command_status", "sequence_number", "system_id", "interface_version", "addr_ton", "addr_npi",
		"address_range", "source_addr", "source_addr_ton", "dest_addr_ton", "data_coding"} {
		args = append(args, "-e", "smpp."+field)
	}
	out, err := exec.Command(tshark, append(args, "-e", "_ws.malformed")...).Output()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSpace(string(out)), "\n")
	for i, want := range []string{
		"0x00000001||1|mpg|52|0x03|0x01|^8888$|||||",
		"0x00000002||1|a-system-id-of-over-15|80|0x03|0x01|^8888$|||||",
		"0x00000009||1|mpg|52|0x03|0x01|^8888$|||||",
		"0x00000004||2||||||8888|0x03|0x01|0x08|",
		"0x80000005|0x00000064|7||||||||||",
		"0x80000015|0x00000000|8||||||||||",
	} {
		if i >= len(got) || got[i] != want {
			t.Errorf("frame %d: tshark reads\n%s\nwant\n%s", i, strings.Join(got[min(i, len(got)):], "\n"), want)
			break
		}
	}
}

// capture returns a pcap file of one TCP segment for each frame, from ESME to SMSC.
// The link type is 101, raw IP.
func capture(frames [][]byte) []byte {
	const port, ipLen, tcpLen = 2775, 20, 20
	file := binary.LittleEndian.AppendUint32(nil, 0xA1B2C3D4)
	file = append(file, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 101, 0, 0, 0)
	seq := uint32(1)
	for i, frame := range frames {
		n := ipLen + tcpLen + len(frame)
		for _, v := range []uint32{uint32(i), 0, uint32(n), uint32(n)} {
			file = binary.LittleEndian.AppendUint32(file, v)
		}
		file = append(file, 0x45, 0)
		file = binary.BigEndian.AppendUint16(file, uint16(n))
		file = append(file, 0, 0, 0, 0, 64, 6, 0, 0, 127, 0, 0, 1, 127, 0, 0, 2)
		file = binary.BigEndian.AppendUint16(file, 40000)
		file = binary.BigEndian.AppendUint16(file, port)
		file = binary.BigEndian.AppendUint32(file, seq)
		file = append(file, 0, 0, 0, 1, tcpLen<<2, 0x18, 0xFF, 0xFF, 0, 0, 0, 0)
		file = append(file, frame...)
		seq += uint32(len(frame))
	}
	return file
}
