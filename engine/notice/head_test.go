package notice_test

import (
	"testing"

	"mpg/engine/lang"
	"mpg/engine/notice"
	"mpg/store"
)

// TestHead: a head says the same as the whole notice.
func TestHead(t *testing.T) {
	t.Parallel()
	whole := notice.Notice{Medium: notice.SMS, Via: "main", From: "8888", To: "+8613800000001", Lang: lang.ZH, Text: lang.Locked, Args: lang.Args{Ref: "ABCDEFGH", Amount: 5}, Purse: 7, Class: lang.Security}
	row, err := whole.Row()
	if err != nil {
		t.Fatal(err)
	}
	head, err := notice.ReadHead(store.OutRow{Data: row.Data})
	if err != nil || head.Medium != whole.Medium || head.Via != whole.Via || head.To != whole.To || head.Lang != whole.Lang || head.Text != whole.Text ||
		head.About.Ref != whole.Args.Ref || head.Class != whole.Class {
		t.Errorf("%+v %v", head, err)
	}
	if _, err := notice.ReadHead(store.OutRow{Data: []byte{0xff}}); err == nil {
		t.Error("read what is no notice")
	}
}
