package main

import (
	"bytes"
	"strings"
	"testing"
	"text/tabwriter"

	"pgregory.net/rapid"
)

// TestColumns: how many columns of a terminal a text takes.
func TestColumns(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"": 0, "BLUEBIRD": 8, "蓝鸟花店": 8, "花 shop": 7, "￥1,234.50": 10, "¥1": 2, "（ＡＢ）": 8, "José": 4, "Jose\u0301": 4, "꿀벌": 4, "カナ": 4, "ｶﾅ": 2, "—": 1, "…": 1,
	} {
		if got := columns(text); got != want {
			t.Errorf("%q takes %d columns, want %d", text, got, want)
		}
	}
}

// TestTablesLineUp in the columns of a terminal, whatever the language of the names.
func TestTablesLineUp(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"CODE\tNAME\tPHONE\n8001\tBLUEBIRD 蓝鸟花店\t+86\n80010\t花\t\n": "CODE   NAME               PHONE\n8001   BLUEBIRD 蓝鸟花店  +86\n80010  花                 \n",
		"name\t王芳\nstate\tactive\n":                                 "name   王芳\nstate  active\n",
		"one\n":                                                     "one\n",
		"a\tb\nno columns here, however long it is\nlonger\tb\n":    "a  b\nno columns here, however long it is\nlonger  b\n",
	} {
		if got := aligned(given); got != want {
			t.Errorf("%q\n%s\nwant\n%s", given, got, want)
		}
	}
}

// TestTablesAreThoseOfTabwriter, which knows no width, for texts of Latin letters.
func TestTablesAreThoseOfTabwriter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var lines []string
		for range rapid.IntRange(1, 6).Draw(t, "lines") {
			lines = append(lines, strings.Join(rapid.SliceOfN(rapid.StringMatching(`[a-z ]{0,9}`), 1, 4).Draw(t, "cells"), "\t"))
		}
		text := strings.Join(lines, "\n") + "\n"
		var want bytes.Buffer
		w := tabwriter.NewWriter(&want, 0, 0, columnGap, ' ', 0)
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if got := aligned(text); got != want.String() {
			t.Errorf("%q\n%q, want\n%q", text, got, want.String())
		}
	})
}
